//! Whether what was answered and is stored is that of one of the orders in which the operations may have taken place.

use std::collections::{BTreeMap, HashSet};

use super::observed::Observed;
use super::operations::{Answer, Operation, Shown};
use super::specification::{Progress, State, Step, Token};

/// An operation of a run.
#[derive(Clone, Debug)]
pub(super) struct Run {
    pub(super) operation: Operation,
    /// The value of what it writes.
    pub(super) label: String,
    /// `None`: it died.
    pub(super) answer: Option<Answer<String>>,
    /// Operations of the run that were over before this one began.
    pub(super) after: Vec<usize>,
}

/// A state of the specification, and which ids its tokens are.
#[derive(Clone, Debug, Default)]
pub(super) struct Place {
    pub(super) state: State,
    pub(super) ids: Ids,
}

/// Which id each token is: a one-to-one relation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Ids(BTreeMap<Token, String>);

impl Ids {
    fn bind(&mut self, token: Token, id: &str) -> bool {
        match self.0.get(&token) {
            Some(known) => known == id,
            None if self.0.values().any(|known| known == id) => false,
            None => {
                self.0.insert(token, id.to_owned());
                true
            }
        }
    }

    /// The id of a token, where it was answered or found.
    pub(super) fn get(&self, token: Token) -> Option<&str> {
        self.0.get(&token).map(String::as_str)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (Token, &str)> {
        self.0.iter().map(|(token, id)| (*token, id.as_str()))
    }

    /// Whether an answer is the one that is specified, under these ids or more.
    pub(super) fn answer(&mut self, specified: &Answer<Token>, answered: &Answer<String>) -> bool {
        match (specified, answered) {
            (Answer::Profile(token), Answer::Profile(id))
            | (Answer::Event(token), Answer::Event(id))
            | (Answer::Accepted(token), Answer::Accepted(id))
            | (Answer::Delivery(token), Answer::Delivery(id)) => self.bind(*token, id),
            (Answer::Webhook, Answer::Webhook) => true,
            (Answer::Forgotten { profile, deletion }, Answer::Forgotten { profile: id, deletion: of }) => {
                self.bind(*profile, id) && self.bind(*deletion, of)
            }
            (Answer::Applied(specified), Answer::Applied(answered)) => specified == answered,
            // A specified refusal without a text may have any.
            (Answer::Refused(status, text), Answer::Refused(answered, message)) => {
                status == answered && (text.is_empty() || text == message)
            }
            (Answer::Shown(specified), Answer::Shown(answered)) => self.shown(specified, answered),
            _ => false,
        }
    }

    fn shown(&mut self, specified: &Shown<Token>, shown: &Shown<String>) -> bool {
        specified.uid == shown.uid
            && specified.email == shown.email
            && specified.properties == shown.properties
            && specified.company == shown.company
            && specified.is_cleared == shown.is_cleared
            && specified.deliveries.len() == shown.deliveries.len()
            && self.bind(specified.id, &shown.id)
            && specified.deliveries.iter().zip(&shown.deliveries).all(|(token, id)| self.bind(*token, id))
    }

    /// Binds a token that was not answered.
    pub(super) fn found(&mut self, token: Token, id: &str) -> bool {
        self.bind(token, id)
    }
}

/// Does one operation after the other, from this place on; `None` when one of the answers is not as specified.
pub(super) fn one_after_the_other(mut place: Place, operation: &Operation, label: &str, answer: &Answer<String>) -> Option<Place> {
    let mut progress = Progress::default();
    loop {
        let (state, step) = place.state.step(operation, label, &progress).swap_remove(0);
        place.state = state;
        match step {
            Step::Went(next) => progress = next,
            Step::Ended(specified) => {
                place.state.prepared(operation, label, &specified);
                return place.ids.answer(&specified, answer).then_some(place);
            }
        }
    }
}

/// Whether some order of the operations' steps gives these answers and what is stored.
pub(super) fn some_order_gives(start: &Place, runs: &[Run], stored: &Observed) -> bool {
    let begun = runs.iter().map(|_| Some(Progress::default())).collect();
    Search { runs, stored, seen: HashSet::new() }.from(start.clone(), begun)
}

struct Search<'a> {
    runs: &'a [Run],
    stored: &'a Observed,
    seen: HashSet<(State, Ids, Vec<Option<Progress>>)>,
}

impl Search<'_> {
    /// `left` has for each operation how far it is; none when it is over.
    fn from(&mut self, place: Place, left: Vec<Option<Progress>>) -> bool {
        if !self.seen.insert((place.state.clone(), place.ids.clone(), left.clone())) {
            return false;
        }
        let has_no_answer = |run: &Run| matches!(run.answer, None | Some(Answer::Unknown(_)));
        // What died may have done all of its steps, some or none.
        let is_over = self.runs.iter().zip(&left).all(|(run, left)| left.is_none() || has_no_answer(run));
        if is_over && self.stored.is(&place) {
            return true;
        }
        for (index, run) in self.runs.iter().enumerate() {
            let Some(progress) = &left[index] else { continue };
            if run.after.iter().any(|earlier| left[*earlier].is_some() && !has_no_answer(&self.runs[*earlier])) {
                continue;
            }
            for (state, step) in place.state.step(&run.operation, &run.label, progress) {
                let mut next = Place { state, ids: place.ids.clone() };
                let mut left = left.clone();
                // After this, what died before it does nothing any more.
                run.after.iter().for_each(|earlier| left[*earlier] = None);
                match step {
                    Step::Went(progress) => left[index] = Some(progress),
                    Step::Ended(specified) => {
                        left[index] = None;
                        let is_as_answered = match &run.answer {
                            None | Some(Answer::Unknown(_)) => true,
                            Some(answer) => next.ids.answer(&specified, answer),
                        };
                        if !is_as_answered {
                            continue;
                        }
                        if let (Operation::Accept(batch), Answer::Accepted(_)) = (&run.operation, &specified) {
                            next.state.accepted(ACCEPTED_HERE + index, batch, &run.label);
                        }
                    }
                }
                if self.from(next, left) {
                    return true;
                }
            }
        }
        false
    }
}

/// The places of batches that operations of the run have accepted begin here.
pub(super) const ACCEPTED_HERE: usize = 1_000;
