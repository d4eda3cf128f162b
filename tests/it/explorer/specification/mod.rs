//! The API's rules as a small program without a database: the effect of each operation on a state, one after the other.
//!
//! An operation is one or more atomic steps. More than one step, or more than one result, is one of these exceptions, which
//! `docs/architecture.md` and `docs/api.md` also name:
//!
//! - **company last**: the properties of a company are a second step of their upsert (`upsert`);
//! - **forget repeated**: a forget that finds no user may answer like an earlier forget of the same user (`forgotten_before`);
//! - **items apart**: each item of a batch is a step, and items that share no identifier have no order (`apply`);
//! - **tombstone**: a batch's item is ignored if its user was forgotten after the batch was accepted, or up to two minutes before
//!   (`has_tombstone`). A run takes less time than that, so the order does not matter;
//! - **written and gone**: an item whose user was forgotten after it was written may be ignored when its chunk is applied again (`apply`);
//! - **failed stays failed**: an item that failed before one that is done fails again (`apply_one`);
//! - **company leaves late**: an upsert that began before the deletion of its company was answered may join the one that is gone (`join`), and
//!   moves to the next one in a second step (`second_step`); each member is forgotten or taken off in a step of its own (`without_a_member`);
//! - **deletion repeated**: a deletion of a company that finds none may answer like an earlier one (`delete_company`);
//! - **torn claim**: an item with an address whose claim names an id that has it not is ignored if a user of that id was forgotten after
//!   the batch was accepted (`may_be_ignored`).

mod activities;
mod batches;
mod companies;
mod deletions;
mod identity;

use std::collections::{BTreeMap, BTreeSet};

use self::batches::Applied;
use self::companies::Gone;
use super::catalogue::Tear;
use super::operations::{Answer, Batch, Company, Operation, Properties, Shown, Size, Who, address};

/// The name of a profile, record or deletion in the specification.
pub(super) type Token = u32;

/// The state of an account, as far as clients can observe it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct State {
    pub(super) profiles: BTreeMap<Token, Profile>,
    /// Merged profiles, each with the one that it was merged into.
    pub(super) merged: BTreeMap<Token, Token>,
    /// Companies: uid and properties.
    pub(super) companies: BTreeMap<Token, (String, Properties)>,
    gone: BTreeMap<Token, Gone>,
    /// The uids of companies that batches may not name, because they were deleted.
    deleted_companies: BTreeSet<String>,
    keys: BTreeMap<(&'static str, &'static str), (Operation, Token)>,
    /// The uids and addresses that batches may not use, because their users were forgotten.
    tombstones: BTreeSet<String>,
    /// The same of addresses that such users had before others. They count while nobody has the address.
    fences: BTreeSet<String>,
    /// The profiles that were forgotten, each with its deletion.
    forgotten: BTreeMap<Token, Token>,
    /// The profiles that were forgotten, by uid and by address.
    forgotten_by_name: BTreeMap<String, Token>,
    batches: BTreeMap<usize, Applied>,
    /// The addresses whose claims name an id that has not the address.
    torn: BTreeSet<String>,
    /// The profile or delivery that each preparation wrote.
    pub(super) written: Vec<Option<Token>>,
    /// Batches, by the place of the operation that sent them.
    accepted_batches: BTreeMap<usize, (Batch, String)>,
    tokens: Token,
}

/// A profile and its activities.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Profile {
    pub(super) uid: Option<String>,
    pub(super) email: Option<String>,
    pub(super) properties: Properties,
    /// It is shown if it is there.
    pub(super) company: Option<Token>,
    pub(super) deliveries: Vec<Token>,
    /// What was ordered under each key.
    pub(super) delivery_keys: BTreeMap<&'static str, Token>,
    pub(super) events: BTreeSet<Token>,
    /// The states that the interaction with the only tour reached. (Which one it is in depends on the instances' clocks.)
    pub(super) reached: BTreeSet<String>,
    pub(super) is_cleared: bool,
    /// The uid that the profile was created with. It decides the slot, which earlier and later profiles with this uid also have.
    created_by_uid: Option<String>,
    former_addresses: BTreeSet<String>,
}

/// The progress of an operation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Progress {
    /// The items of a batch that this run has tried.
    items: BTreeSet<usize>,
    answer: Option<Answer<Token>>,
    /// The company that an upsert has joined: its properties are the second step, or the move to another company if this one is gone.
    joined: Option<Token>,
}

/// The result of a step.
pub(super) enum Step {
    Continues(Progress),
    Ended(Answer<Token>),
}

/// The reason why an upsert writes nothing.
enum Refusal {
    Refused(u16, String),
    /// A batch's item is ignored: its user was forgotten meanwhile, or does not exist.
    Ignored,
}

/// The extra conditions of a batch's write.
#[derive(Clone, Copy)]
struct Guard {
    of_batch: bool,
    ignore: bool,
}

const NO_GUARD: Guard = Guard { of_batch: false, ignore: false };

impl State {
    fn token(&mut self) -> Token {
        self.tokens += 1;
        self.tokens
    }

    /// Advances the time so far that no tombstone affects a batch accepted from now on.
    pub(super) fn hour(&mut self) {
        self.tombstones.clear();
        self.fences.clear();
        self.forgotten.clear();
        self.forgotten_by_name.clear();
        self.deleted_companies.clear();
    }

    /// Stores the profile or batch that a preparation wrote, under the preparation's place.
    pub(super) fn prepared(&mut self, operation: &Operation, label: &str, answer: &Answer<Token>) {
        let place = self.written.len();
        if let Operation::Accept(batch) = operation {
            self.accepted_batches.insert(place, (batch.clone(), label.to_owned()));
        }
        self.written.push(match answer {
            Answer::Profile(token) | Answer::Delivery(token) | Answer::Company(token) => Some(*token),
            _ => None,
        });
    }

    /// Tears claims and profiles from each other. Of that, clients notice only a profile that is lost.
    pub(super) fn tear(&mut self, tear: Tear) {
        if let Tear::LostProfile(place) = tear
            && let Some(profile) = self.written[place].and_then(|token| self.profiles.remove(&token))
        {
            self.torn.extend(profile.email);
        }
        if let Tear::Claim(email, _) = tear {
            self.torn.insert(address(email));
        }
        self.written.push(None);
    }

    /// Stores a batch that an operation sent, under this place.
    pub(super) fn accepted(&mut self, place: usize, batch: &Batch, label: &str) {
        self.accepted_batches.insert(place, (batch.clone(), label.to_owned()));
    }

    /// Returns the profile that a token leads to, also after a merge.
    pub(super) fn resolve(&self, token: Token) -> Option<Token> {
        let token = self.merged.get(&token).copied().unwrap_or(token);
        self.profiles.contains_key(&token).then_some(token)
    }

    pub(super) fn profile(&mut self, token: Token) -> &mut Profile {
        self.profiles.get_mut(&token).expect("a profile")
    }

    /// Does the next step of an operation. Returns every possible result. With `may_join_gone`, an upsert may join a company that is gone.
    pub(super) fn step(&self, operation: &Operation, label: &str, progress: &Progress, may_join_gone: bool) -> Vec<(Self, Step)> {
        let mut after = self.clone();
        let step = match operation {
            Operation::Upsert { who, company, size } => return self.upsert(*who, *company, *size, label, progress, may_join_gone),
            Operation::UpsertCompany => Step::Ended(after.upsert_company(label)),
            Operation::DeleteCompany { cascade } => return self.delete_company(*cascade),
            Operation::RetrieveCompany => Step::Ended(self.retrieve_company()),
            Operation::Apply(place) => return self.apply(*place, progress),
            Operation::Forget(who) => return self.forget(*who),
            Operation::Event { who, key } => Step::Ended(after.event(operation, *who, *key)),
            Operation::Webhook { who, id, state } => Step::Ended(after.webhook(operation, *who, id, state)),
            Operation::Deliver { who, key } => Step::Ended(after.deliver(*who, *key)),
            Operation::Withdraw(place) => Step::Ended(after.withdraw(*place)),
            Operation::Clear(who) => Step::Ended(after.clear(*who)),
            Operation::Retrieve(who) => {
                Step::Ended(self.find(*who).map_or_else(|| refused(not_found()), |token| Answer::Shown(self.shown(token))))
            }
            Operation::Accept(_) => Step::Ended(Answer::Accepted(after.token())),
        };
        vec![(after, step)]
    }

    fn upsert(&self, who: Who, company: Company, size: Size, label: &str, progress: &Progress, may_join_gone: bool) -> Vec<(Self, Step)> {
        let mut after = self.clone();
        if let (Some(answer), Some(joined)) = (&progress.answer, progress.joined) {
            return self.second_step(company, label, answer, joined);
        }
        let token = match after.identify(who, NO_GUARD) {
            Ok((token, _)) => token,
            Err(refusal) => return vec![(after, Step::Ended(refused(refusal)))],
        };
        let profile = after.profile(token);
        profile.properties.insert("p".to_owned(), label.to_owned());
        profile.properties.insert(format!("p_{label}"), label.to_owned());
        if size == Size::Large {
            profile.properties.insert("q".to_owned(), label.to_owned());
        }
        after.join(token, company, &Answer::Profile(token), may_join_gone)
    }

    fn shown(&self, token: Token) -> Shown<Token> {
        let company = self.shown_company(&self.profiles[&token]);
        let Profile { uid, email, properties, deliveries, is_cleared, .. } = self.profiles[&token].clone();
        Shown { id: token, uid, email, properties, company, deliveries, is_cleared }
    }
}

fn not_found() -> Refusal {
    Refusal::Refused(404, String::new())
}

fn refused(refusal: Refusal) -> Answer<Token> {
    match refusal {
        Refusal::Refused(status, message) => Answer::Refused(status, message),
        Refusal::Ignored => panic!("a single request is never ignored"),
    }
}
