//! Many instances of a function, which get their events at once.

use super::contender::Contender;
use crate::lambda::Function;

/// Instances that start together. More at once would wait for the processor only.
const TOGETHER: usize = 8;

/// Instances that wait for events.
pub(super) struct Crowd<'a> {
    contender: &'a Contender,
    functions: Vec<Function>,
}

impl<'a> Crowd<'a> {
    /// Starts some, and has each answer a request, so that it is connected to the database.
    pub(super) fn start(contender: &'a Contender, size: usize) -> Self {
        let mut crowd = Self { contender, functions: Vec::new() };
        while crowd.functions.len() < size {
            let first = crowd.functions.len();
            let together = TOGETHER.min(size - first);
            crowd.functions.extend((0..together).map(|_| contender.start()));
            for (number, function) in crowd.functions.iter().enumerate().skip(first) {
                function.send(contender.event_of(&format!("warm-{number:02}")));
            }
            crowd.wait_for(first);
        }
        crowd
    }

    /// Has one of them answer an event.
    pub(super) fn one(&mut self, event: String) {
        let answer = self.functions[0].invoke(event).unwrap_or_else(|failure| self.contender.failed(&failure));
        self.contender.check(&answer.body);
    }

    /// Has each upsert another body, all at once.
    pub(super) fn upsert(&mut self, body: impl Fn(usize) -> String) {
        let events: Vec<String> = (0..self.functions.len()).map(|number| self.contender.event(&body(number))).collect();
        for (function, event) in self.functions.iter().zip(events) {
            function.send(event);
        }
        self.wait_for(0);
    }

    /// Waits for an answer of each from this one on.
    fn wait_for(&mut self, first: usize) {
        for function in &mut self.functions[first..] {
            let (_, answer) = function.answer().unwrap_or_else(|failure| self.contender.failed(&failure));
            self.contender.check(&answer);
        }
    }
}
