//! Checks that the answers and the stored state are those of some order of the operations.

use std::collections::{BTreeMap, HashSet};

use super::observed::Observed;
use super::operations::{Answer, Operation, Shown};
use super::specification::{Progress, State, Step, Token};

/// An operation of a run, with its answer.
#[derive(Clone, Debug)]
pub(super) struct Invocation {
    pub(super) operation: Operation,
    /// The value of the properties that it writes.
    pub(super) label: String,
    /// `None`: it crashed.
    pub(super) answer: Option<Answer<String>>,
    /// The operations of the run that were over before this one began.
    pub(super) after: Vec<usize>,
}

/// A state of the specification, and the ids of its tokens.
#[derive(Clone, Debug, Default)]
pub(super) struct BoundState {
    pub(super) state: State,
    pub(super) ids: Ids,
}

/// The id of each token: a one-to-one relation.
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

    /// Returns the id of a token, if an answer or the stored state has shown it.
    pub(super) fn get(&self, token: Token) -> Option<&str> {
        self.0.get(&token).map(String::as_str)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (Token, &str)> {
        self.0.iter().map(|(token, id)| (*token, id.as_str()))
    }

    /// Returns whether an answer is the specified one, and binds the ids in it.
    pub(super) fn answer(&mut self, specified: &Answer<Token>, answered: &Answer<String>) -> bool {
        match (specified, answered) {
            (Answer::Profile(token), Answer::Profile(id))
            | (Answer::Event(token), Answer::Event(id))
            | (Answer::Accepted(token), Answer::Accepted(id))
            | (Answer::Company(token), Answer::Company(id))
            | (Answer::CompanyDeleted(token), Answer::CompanyDeleted(id))
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

    /// Binds a token to an id in the stored state.
    pub(super) fn found(&mut self, token: Token, id: &str) -> bool {
        self.bind(token, id)
    }
}

/// Does a whole operation from this state on; `None` if its answer is not the specified one.
pub(super) fn sequential(mut specified: BoundState, operation: &Operation, label: &str, answer: &Answer<String>) -> Option<BoundState> {
    let mut progress = Progress::default();
    loop {
        let (state, step) = specified.state.step(operation, label, &progress, false).swap_remove(0);
        specified.state = state;
        match step {
            Step::Continues(next) => progress = next,
            Step::Ended(expected) => {
                specified.state.prepared(operation, label, &expected);
                return specified.ids.answer(&expected, answer).then_some(specified);
            }
        }
    }
}

/// Returns whether some order of the operations' steps gives these answers and the stored state.
pub(super) fn is_linearizable(start: &BoundState, invocations: &[Invocation], stored: &Observed) -> bool {
    let begun = invocations.iter().map(|_| Some(Progress::default())).collect();
    Search { invocations, stored, seen: HashSet::new() }.from(start.clone(), begun)
}

struct Search<'a> {
    invocations: &'a [Invocation],
    stored: &'a Observed,
    seen: HashSet<(State, Ids, Vec<Option<Progress>>)>,
}

impl Search<'_> {
    /// `left` has the progress of each operation; `None` when it is over.
    fn from(&mut self, specified: BoundState, left: Vec<Option<Progress>>) -> bool {
        if !self.seen.insert((specified.state.clone(), specified.ids.clone(), left.clone())) {
            return false;
        }
        let has_no_answer = |invocation: &Invocation| matches!(invocation.answer, None | Some(Answer::Unknown(_)));
        // A crashed operation may have done all of its steps, some, or none.
        let is_over = self.invocations.iter().zip(&left).all(|(invocation, left)| left.is_none() || has_no_answer(invocation));
        if is_over && self.stored.equals(&specified) {
            return true;
        }
        for (index, invocation) in self.invocations.iter().enumerate() {
            let Some(progress) = &left[index] else { continue };
            if invocation.after.iter().any(|earlier| left[*earlier].is_some() && !has_no_answer(&self.invocations[*earlier])) {
                continue;
            }
            let may_join_gone = self.overlaps_deletion(invocation);
            for (state, step) in specified.state.step(&invocation.operation, &invocation.label, progress, may_join_gone) {
                let mut next = BoundState { state, ids: specified.ids.clone() };
                let mut left = left.clone();
                // A crashed operation does no more steps once an operation that began after it has done one.
                invocation.after.iter().for_each(|earlier| left[*earlier] = None);
                match step {
                    Step::Continues(progress) => left[index] = Some(progress),
                    Step::Ended(expected) => {
                        left[index] = None;
                        let is_as_answered = match &invocation.answer {
                            None | Some(Answer::Unknown(_)) => true,
                            Some(answer) => next.ids.answer(&expected, answer),
                        };
                        if !is_as_answered {
                            continue;
                        }
                        if let (Operation::Accept(batch), Answer::Accepted(_)) = (&invocation.operation, &expected) {
                            next.state.accepted(FIRST_ACCEPTED + index, batch, &invocation.label);
                        }
                    }
                }
                if self.from(next, left) {
                    return true;
                }
            }
        }
        let without_a_member = specified.state.without_a_member();
        without_a_member.into_iter().any(|state| self.from(BoundState { state, ids: specified.ids.clone() }, left.clone()))
    }

    /// Returns whether a deletion of a company was not answered when this began.
    fn overlaps_deletion(&self, invocation: &Invocation) -> bool {
        self.invocations.iter().enumerate().any(|(index, other)| {
            let is_answered = !matches!(other.answer, None | Some(Answer::Unknown(_)));
            matches!(other.operation, Operation::DeleteCompany { .. }) && !(is_answered && invocation.after.contains(&index))
        })
    }
}

/// The first place of batches that were accepted during the run.
pub(super) const FIRST_ACCEPTED: usize = 1_000;
