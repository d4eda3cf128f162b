//! Rounds: in each, every function starts anew, and then they take turns in short slices, so that other work of the machine falls on all
//! alike.

use std::time::Duration;

use rand::seq::SliceRandom;

use super::contender::Contender;
use crate::effort::Effort;
use crate::lambda::Function;
use crate::progress;

/// The known users, whose upserts take turns.
const USERS: usize = 20;

/// How much is done.
struct Plan {
    rounds: usize,
    /// Requests of a slice.
    slice: usize,
    /// Slices before the first that counts: Node compiles what it runs often.
    warm_up: usize,
    slices: usize,
}

/// What a round tells of a function.
pub(super) struct Figures {
    /// Milliseconds from the start of its process to its first answer.
    pub(super) cold: f64,
    /// Milliseconds from an event to its answer, for half of them.
    pub(super) p50: f64,
    /// The same for all but one in a hundred.
    pub(super) p99: f64,
    /// Milliseconds of the processor for a request, where the system tells.
    pub(super) cpu: Option<f64>,
    /// The most bytes in memory, where the system tells.
    pub(super) peak: Option<u64>,
}

/// Follows the plan. Returns the figures of each function, one for each round.
pub(super) fn run(contenders: &[Contender], effort: Effort) -> Vec<Vec<Figures>> {
    let plan = effort.choose(Plan { rounds: 15, slice: 50, warm_up: 6, slices: 20 }, Plan { rounds: 1, slice: 2, warm_up: 0, slices: 1 });
    let bar = progress::bar("comparing upserts (three minutes)", plan.rounds as u64);
    if effort == Effort::Full {
        // The database compiles what it runs often, too, and the functions are read from the disk.
        round(contenders, &plan);
    }
    let mut figures: Vec<Vec<Figures>> = contenders.iter().map(|_| Vec::new()).collect();
    for _ in 0..plan.rounds {
        for (all, of_round) in figures.iter_mut().zip(round(contenders, &plan)) {
            all.push(of_round);
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    figures
}

/// Makes a round. Whoever has a turn first is drawn each time.
fn round(contenders: &[Contender], plan: &Plan) -> Vec<Figures> {
    let mut order: Vec<(usize, &Contender)> = contenders.iter().enumerate().collect();
    order.shuffle(&mut rand::rng());
    let mut running: Vec<(usize, Running<'_>)> = order.into_iter().map(|(place, contender)| (place, Running::start(contender))).collect();
    for _ in 0..plan.warm_up {
        running.iter_mut().for_each(|(_, running)| running.slice(plan.slice));
    }
    running.iter_mut().for_each(|(_, running)| running.begin());
    for _ in 0..plan.slices {
        running.shuffle(&mut rand::rng());
        running.iter_mut().for_each(|(_, running)| running.slice(plan.slice));
    }
    running.sort_unstable_by_key(|(place, _)| *place);
    running.into_iter().map(|(_, running)| running.figures()).collect()
}

/// A function in a round.
struct Running<'a> {
    contender: &'a Contender,
    function: Function,
    cold: Duration,
    requests: usize,
    /// Of the requests that count: their milliseconds.
    times: Vec<f64>,
    /// The time of the processor before them.
    cpu: Option<Duration>,
}

impl<'a> Running<'a> {
    /// Starts an instance, and waits for its first answer.
    fn start(contender: &'a Contender) -> Self {
        let mut function = contender.start();
        let answer = function.invoke(contender.event_of(&user(0))).unwrap_or_else(|failure| contender.failed(&failure));
        let cold = answer.at - function.began;
        contender.check(&answer.body);
        Self { contender, function, cold, requests: 1, times: Vec::new(), cpu: None }
    }

    /// Begins to count.
    fn begin(&mut self) {
        self.times.clear();
        self.cpu = self.function.cpu();
    }

    /// Makes some requests, one after the other.
    fn slice(&mut self, requests: usize) {
        for _ in 0..requests {
            let event = self.contender.event_of(&user(self.requests));
            let answer = self.function.invoke(event).unwrap_or_else(|failure| self.contender.failed(&failure));
            self.contender.check(&answer.body);
            self.times.push(millis(answer.took));
            self.requests += 1;
        }
    }

    fn figures(mut self) -> Figures {
        let cpu = self.function.cpu().zip(self.cpu).map(|(after, before)| millis(after - before) / self.times.len() as f64);
        self.times.sort_unstable_by(f64::total_cmp);
        let at = |percent: usize| self.times[(self.times.len() - 1) * percent / 100];
        Figures { cold: millis(self.cold), p50: at(50), p99: at(99), cpu, peak: self.function.peak() }
    }
}

fn user(number: usize) -> String {
    format!("known-{:02}", number % USERS)
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
