//! What each operation does to a state, one after the other: the API's rules as a small program without a database.
//!
//! Operations are steps, each of which is atomic. What it allows beyond one step for each operation are these exceptions, which `docs/architecture.md`
//! and `docs/api.md` tell:
//!
//! - **company last**: the properties of a company are a second step of their upsert (`upsert`);
//! - **forget repeated**: a forget that finds nobody may answer as one before it of the same user (`forgotten_by_another`);
//! - **items apart**: the items of a batch are a step each, and those that share no identifier have no order (`apply`);
//! - **fence**: a batch's item is ignored where somebody was forgotten since it was accepted, or up to two minutes before (`is_fenced`). The
//!   time of a run is less than that, so the order does not matter;
//! - **failed stays failed**: an item that failed before one that is done fails again (`apply_one`).

use std::collections::{BTreeMap, BTreeSet};

use super::operations::{Answer, Batch, Company, Operation, Properties, Shown, Size, Who, address};

/// The name of a profile, record or deletion in the specification.
pub(super) type Token = u32;

/// All that clients can find out about an account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct State {
    pub(super) profiles: BTreeMap<Token, Profile>,
    /// Merged profiles, each with the one that it was merged into.
    pub(super) merged: BTreeMap<Token, Token>,
    /// Companies by their uids, with their properties.
    pub(super) companies: BTreeMap<String, Properties>,
    keys: BTreeMap<(&'static str, &'static str), (Operation, Token)>,
    /// Who was forgotten lately, by uid and address, and by what they were.
    tombstones: BTreeSet<String>,
    forgotten: BTreeMap<Token, Token>,
    names_of_forgotten: BTreeMap<String, Token>,
    batches: BTreeMap<usize, Applied>,
    /// What preparations wrote.
    pub(super) written: Vec<Option<Token>>,
    waiting: BTreeMap<usize, (Batch, String)>,
    tokens: Token,
}

/// A profile and what was recorded of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Profile {
    pub(super) uid: Option<String>,
    pub(super) email: Option<String>,
    pub(super) properties: Properties,
    pub(super) company: Option<String>,
    pub(super) deliveries: Vec<Token>,
    pub(super) events: BTreeSet<Token>,
    /// Interactions by where they began: in this profile, or in one that was merged into it.
    pub(super) interactions: BTreeMap<Token, Interaction>,
    pub(super) is_cleared: bool,
    /// The uid that it was created by: the place of the profile, and of those before and after it with that uid.
    home: Option<String>,
    former: BTreeSet<String>,
}

/// What a user did in the one tour there is.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Interaction {
    pub(super) state: String,
    pub(super) counts: BTreeMap<String, u64>,
}

/// How far a batch is applied: each item that is done, and how.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Applied {
    outcomes: BTreeMap<usize, usize>,
    failed: BTreeSet<usize>,
}

/// How far an operation is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Progress {
    /// Items of a batch that were looked at.
    items: BTreeSet<usize>,
    answer: Option<Answer<Token>>,
}

/// A step that was done.
pub(super) enum Step {
    Went(Progress),
    Ended(Answer<Token>),
}

/// Why an upsert writes nothing.
enum Refusal {
    Refused(u16, String),
    /// Of a batch: its user was forgotten since, or isn't there.
    Ignored,
}

/// Under what terms a write is done.
#[derive(Clone, Copy)]
struct Terms {
    of_batch: bool,
    ignore: bool,
}

const SINGLE: Terms = Terms { of_batch: false, ignore: false };

impl State {
    fn token(&mut self) -> Token {
        self.tokens += 1;
        self.tokens
    }

    /// The time goes on so far that no batch was accepted before anybody was forgotten.
    pub(super) fn hour(&mut self) {
        self.tombstones.clear();
        self.forgotten.clear();
        self.names_of_forgotten.clear();
    }

    /// Notes what a preparation wrote, for those that name it by its place.
    pub(super) fn prepared(&mut self, operation: &Operation, label: &str, answer: &Answer<Token>) {
        let place = self.written.len();
        if let Operation::Accept(batch) = operation {
            self.waiting.insert(place, (batch.clone(), label.to_owned()));
        }
        self.written.push(match answer {
            Answer::Profile(token) | Answer::Delivery(token) => Some(*token),
            _ => None,
        });
    }

    /// Notes a batch that was accepted by an operation, to be applied under this place.
    pub(super) fn accepted(&mut self, place: usize, batch: &Batch, label: &str) {
        self.waiting.insert(place, (batch.clone(), label.to_owned()));
    }

    /// The profile that a token leads to.
    pub(super) fn resolve(&self, token: Token) -> Option<Token> {
        let token = self.merged.get(&token).copied().unwrap_or(token);
        self.profiles.contains_key(&token).then_some(token)
    }

    fn by_uid(&self, uid: &str) -> Option<Token> {
        self.profiles.iter().find(|(_, profile)| profile.uid.as_deref() == Some(uid)).map(|(token, _)| *token)
    }

    fn by_email(&self, email: &str) -> Option<Token> {
        self.profiles.iter().find(|(_, profile)| profile.email.as_deref() == Some(email)).map(|(token, _)| *token)
    }

    fn by_id(&self, place: usize) -> Option<Token> {
        self.resolve(self.written.get(place).copied().flatten()?)
    }

    /// The profile that all identifiers name.
    fn find(&self, who: Who) -> Option<Token> {
        let email = who.email.map(address);
        let token = match who {
            Who { id: Some(place), .. } => self.by_id(place),
            Who { uid: Some(uid), .. } => self.by_uid(uid),
            Who { .. } => self.by_email(email.as_ref()?),
        }?;
        let profile = &self.profiles[&token];
        let is_named = who.uid.is_none_or(|uid| profile.uid.as_deref() == Some(uid));
        (is_named && email.is_none_or(|email| profile.email == Some(email))).then_some(token)
    }

    /// Whether a batch may not bring back who had this name.
    fn is_fenced(&self, terms: Terms, name: &str) -> bool {
        terms.of_batch && self.tombstones.contains(name)
    }

    /// Creates or updates the profile that is named, without any property.
    fn identify(&mut self, who: Who, terms: Terms) -> Result<(Token, Identified), Refusal> {
        let email = who.email.map(address);
        if let Some(place) = who.id {
            return self.identify_by_id(place, who.uid, email.as_deref(), terms);
        }
        let Some(uid) = who.uid else {
            let email = email.expect("some identifier");
            if self.is_fenced(terms, &email) {
                return Err(Refusal::Ignored);
            }
            return match self.by_email(&email) {
                Some(token) => Ok((token, Identified::Known)),
                None => self.create(None, Some(&email), terms),
            };
        };
        if self.is_fenced(terms, uid) {
            return Err(Refusal::Ignored);
        }
        match (self.by_uid(uid), email) {
            (Some(token), email) => self.readdress(token, email.as_deref(), terms),
            (None, None) => self.create(Some(uid), None, terms),
            (None, Some(email)) => {
                if self.is_fenced(terms, &email) {
                    return Err(Refusal::Ignored);
                }
                match self.by_email(&email) {
                    None => self.create(Some(uid), Some(&email), terms),
                    Some(token) if self.profiles[&token].uid.is_some() => Err(taken_email(&email)),
                    Some(token) => {
                        self.profile(token).uid = Some(uid.to_owned());
                        Ok((token, Identified::Changed))
                    }
                }
            }
        }
    }

    fn identify_by_id(
        &mut self,
        place: usize,
        uid: Option<&str>,
        email: Option<&str>,
        terms: Terms,
    ) -> Result<(Token, Identified), Refusal> {
        let written = self.written.get(place).copied().flatten();
        let Some(token) = self.by_id(place) else {
            let is_fenced = terms.of_batch && written.is_some_and(|token| self.forgotten.contains_key(&token));
            return Err(if is_fenced { Refusal::Ignored } else { not_found() });
        };
        if self.profiles[&token].home.clone().is_some_and(|home| self.is_fenced(terms, &home)) {
            return Err(Refusal::Ignored);
        }
        match (self.profiles[&token].uid.clone(), uid) {
            (Some(stored), Some(sent)) if stored != sent => {
                Err(Refusal::Refused(409, format!("Conflict: the profile has another uid than `{sent}`, and a uid never changes")))
            }
            (Some(_), _) => self.readdress(token, email, terms),
            (None, Some(uid)) => {
                if self.is_fenced(terms, uid) {
                    return Err(Refusal::Ignored);
                }
                if self.by_uid(uid).is_some() {
                    return Err(Refusal::Refused(409, format!("Conflict: the uid `{uid}` belongs to another profile")));
                }
                self.take_free(token, email, terms)?;
                self.profile(token).uid = Some(uid.to_owned());
                Ok((token, Identified::Changed))
            }
            (None, None) => {
                let moved = self.take_free(token, email, terms)?;
                Ok((token, if moved { Identified::Changed } else { Identified::Known }))
            }
        }
    }

    /// Gives a profile an address that nobody may have.
    fn take_free(&mut self, token: Token, email: Option<&str>, terms: Terms) -> Result<bool, Refusal> {
        let Some(email) = email.filter(|email| self.profiles[&token].email.as_deref() != Some(*email)) else { return Ok(false) };
        if self.is_fenced(terms, email) {
            return Err(Refusal::Ignored);
        }
        if self.by_email(email).is_some() {
            return Err(taken_email(email));
        }
        self.take(token, email);
        Ok(true)
    }

    /// Gives a profile with a uid this address, and merges into it who has only that.
    fn readdress(&mut self, token: Token, email: Option<&str>, terms: Terms) -> Result<(Token, Identified), Refusal> {
        let Some(email) = email.filter(|email| self.profiles[&token].email.as_deref() != Some(*email)) else {
            return Ok((token, Identified::Known));
        };
        if self.is_fenced(terms, email) {
            return Err(Refusal::Ignored);
        }
        match self.by_email(email) {
            None => {}
            Some(other) if self.profiles[&other].uid.is_some() => return Err(taken_email(email)),
            Some(other) => self.merge(token, other),
        }
        self.take(token, email);
        Ok((token, Identified::Changed))
    }

    fn take(&mut self, token: Token, email: &str) {
        let profile = self.profile(token);
        let old = profile.email.replace(email.to_owned());
        profile.former.extend(old);
    }

    fn merge(&mut self, token: Token, other: Token) {
        let twin = self.profiles.remove(&other).expect("a profile");
        for target in self.merged.values_mut().filter(|target| **target == other) {
            *target = token;
        }
        self.merged.insert(other, token);
        let profile = self.profile(token);
        for (name, value) in twin.properties {
            profile.properties.entry(name).or_insert(value);
        }
        profile.company = profile.company.take().or(twin.company);
        profile.deliveries.extend(twin.deliveries);
        profile.events.extend(twin.events);
        profile.interactions.extend(twin.interactions);
        profile.former.extend(twin.former);
        profile.is_cleared |= twin.is_cleared;
    }

    fn create(&mut self, uid: Option<&str>, email: Option<&str>, terms: Terms) -> Result<(Token, Identified), Refusal> {
        let names = uid.map(str::to_owned).into_iter().chain(email.map(str::to_owned));
        if terms.ignore || names.into_iter().any(|name| self.is_fenced(terms, &name)) {
            return Err(Refusal::Ignored);
        }
        let token = self.token();
        let own = |text: Option<&str>| text.map(str::to_owned);
        self.profiles.insert(token, Profile { uid: own(uid), email: own(email), home: own(uid), ..Profile::default() });
        Ok((token, Identified::Created))
    }

    pub(super) fn profile(&mut self, token: Token) -> &mut Profile {
        self.profiles.get_mut(&token).expect("a profile")
    }

    /// The profile that a record is of, which comes into being if it is new.
    fn recorded_of(&mut self, who: Who) -> Result<Token, Refusal> {
        match self.find(who) {
            Some(token) => Ok(token),
            None => self.identify(who, SINGLE).map(|(token, _)| token),
        }
    }

    /// Does the next step of an operation. Each way in which it may end is in the result.
    pub(super) fn step(&self, operation: &Operation, label: &str, progress: &Progress) -> Vec<(Self, Step)> {
        let mut after = self.clone();
        let step = match operation {
            Operation::Upsert { who, company, size } => after.upsert(*who, *company, *size, label, progress),
            Operation::Apply(place) => return self.apply(*place, progress),
            Operation::Forget(who) => return self.forget(*who),
            _ => Step::Ended(after.at_once(operation, label)),
        };
        vec![(after, step)]
    }

    fn upsert(&mut self, who: Who, company: Company, size: Size, label: &str, progress: &Progress) -> Step {
        if let Some(answer) = &progress.answer {
            let properties = self.companies.entry("c".to_owned()).or_default();
            properties.insert("plan".to_owned(), label.to_owned());
            return Step::Ended(answer.clone());
        }
        let token = match self.identify(who, SINGLE) {
            Ok((token, _)) => token,
            Err(refusal) => return Step::Ended(refused(refusal)),
        };
        let profile = self.profile(token);
        profile.properties.insert("p".to_owned(), label.to_owned());
        profile.properties.insert(format!("p_{label}"), label.to_owned());
        if size == Size::Large {
            profile.properties.insert("q".to_owned(), label.to_owned());
        }
        if company != Company::Unnamed {
            profile.company = Some("c".to_owned());
            self.companies.entry("c".to_owned()).or_default();
        }
        let answer = Answer::Profile(token);
        match company {
            Company::WithProperties => Step::Went(Progress { items: BTreeSet::new(), answer: Some(answer) }),
            Company::Unnamed | Company::Named => Step::Ended(answer),
        }
    }

    fn at_once(&mut self, operation: &Operation, label: &str) -> Answer<Token> {
        match operation {
            Operation::Event { who, key } => {
                if let Some(answer) = self.known("event", *key, operation) {
                    return answer.map_or_else(|answer| answer, Answer::Event);
                }
                let token = match self.recorded_of(*who) {
                    Ok(token) => token,
                    Err(refusal) => return refused(refusal),
                };
                let event = self.token();
                self.profile(token).events.insert(event);
                self.remember("event", *key, operation, event);
                Answer::Event(event)
            }
            Operation::Webhook { who, id, state } => {
                if self.keys.contains_key(&("webhook", id)) {
                    return Answer::Webhook;
                }
                let token = match self.recorded_of(*who) {
                    Ok(token) => token,
                    Err(refusal) => return refused(refusal),
                };
                self.remember("webhook", Some(id), operation, 0);
                let interaction = self.profile(token).interactions.entry(token).or_default();
                interaction.state = (*state).to_owned();
                *interaction.counts.entry((*state).to_owned()).or_default() += 1;
                Answer::Webhook
            }
            Operation::Deliver { who, key } => {
                if let Some(answer) = self.known("delivery", *key, operation) {
                    return answer.map_or_else(|answer| answer, Answer::Delivery);
                }
                let Some(token) = self.find(*who) else { return refused(not_found()) };
                if self.profiles[&token].deliveries.len() >= 3 {
                    return Answer::Refused(409, String::new());
                }
                let delivery = self.token();
                self.profile(token).deliveries.push(delivery);
                self.remember("delivery", *key, operation, delivery);
                Answer::Delivery(delivery)
            }
            Operation::Withdraw(place) => {
                let delivery = self.written.get(*place).copied().flatten();
                let pending = self.profiles.values_mut().find(|profile| delivery.is_some_and(|id| profile.deliveries.contains(&id)));
                match pending.zip(delivery) {
                    Some((profile, delivery)) => {
                        profile.deliveries.retain(|pending| *pending != delivery);
                        Answer::Delivery(delivery)
                    }
                    None => Answer::Refused(404, String::new()),
                }
            }
            Operation::Clear(who) => {
                let Some(token) = self.find(*who) else { return refused(not_found()) };
                let profile = self.profile(token);
                profile.deliveries.clear();
                profile.events.clear();
                profile.interactions.clear();
                profile.is_cleared = true;
                Answer::Shown(self.shown(token))
            }
            Operation::Retrieve(who) => match self.find(*who) {
                Some(token) => Answer::Shown(self.shown(token)),
                None => refused(not_found()),
            },
            Operation::Accept(_) => Answer::Accepted(self.token()),
            Operation::Upsert { .. } | Operation::Apply(_) | Operation::Forget(_) => panic!("{label} has steps of its own"),
        }
    }

    fn shown(&self, token: Token) -> Shown<Token> {
        let Profile { uid, email, properties, company, deliveries, is_cleared, .. } = self.profiles[&token].clone();
        Shown { id: token, uid, email, properties, company, deliveries, is_cleared }
    }

    /// What a key was used for: the same request, or another.
    fn known(&self, of: &'static str, key: Option<&'static str>, operation: &Operation) -> Option<Result<Token, Answer<Token>>> {
        let (known, token) = self.keys.get(&(of, key?))?;
        Some(if known == operation { Ok(*token) } else { Err(Answer::Refused(409, String::new())) })
    }

    fn remember(&mut self, of: &'static str, key: Option<&'static str>, operation: &Operation, token: Token) {
        if let Some(key) = key {
            self.keys.insert((of, key), (operation.clone(), token));
        }
    }

    fn forget(&self, who: Who) -> Vec<(Self, Step)> {
        let mut after = self.clone();
        let Some(token) = self.find(who) else {
            let gone = (after.clone(), Step::Ended(refused(not_found())));
            return [gone].into_iter().chain(self.forgotten_by_another(who).map(|answer| (after, Step::Ended(answer)))).collect();
        };
        let profile = after.profiles.remove(&token).expect("a profile");
        let deletion = after.token();
        let ids: Vec<_> = after.merged.extract_if(.., |_, target| *target == token).map(|(id, _)| id).chain([token]).collect();
        for id in &ids {
            after.forgotten.insert(*id, deletion);
        }
        let free = profile.former.iter().filter(|email| self.by_email(email).is_none());
        after.tombstones.extend(free.cloned());
        let names = profile.uid.into_iter().chain(profile.email);
        for name in names {
            after.names_of_forgotten.insert(name.clone(), token);
            after.tombstones.insert(name);
        }
        vec![(after, Step::Ended(Answer::Forgotten { profile: token, deletion }))]
    }

    /// **forget repeated**: a forget that finds nobody answers as another that is under way, or died, of the same user.
    fn forgotten_by_another(&self, who: Who) -> Option<Answer<Token>> {
        let profile = match who {
            Who { id: Some(place), .. } => self.written.get(place).copied().flatten()?,
            Who { uid: Some(uid), .. } => *self.names_of_forgotten.get(uid)?,
            Who { email, .. } => *self.names_of_forgotten.get(&address(email?))?,
        };
        Some(Answer::Forgotten { profile, deletion: *self.forgotten.get(&profile)? })
    }

    /// Applies one of the next items of a batch. Those that share an identifier keep their order; of others, whose user became one only
    /// meanwhile, none is promised.
    fn apply(&self, place: usize, progress: &Progress) -> Vec<(Self, Step)> {
        let (batch, label) = &self.waiting[&place];
        let applied = self.batches.get(&place).cloned().unwrap_or_default();
        let left: Vec<usize> =
            (0..batch.items.len()).filter(|index| !progress.items.contains(index) && !applied.outcomes.contains_key(index)).collect();
        if left.is_empty() {
            let mut counts = [0; 5];
            applied.outcomes.values().for_each(|outcome| counts[*outcome] += 1);
            counts[4] += (batch.items.len() - applied.outcomes.len()) as u64;
            return vec![(self.clone(), Step::Ended(Answer::Applied(counts)))];
        }
        let is_next = |index: &&usize| left.iter().all(|other| other >= *index || !batch.items[*other].shares_with(batch.items[**index]));
        left.iter().filter(is_next).map(|index| self.apply_one(place, batch, label, *index, progress)).collect()
    }

    fn apply_one(&self, place: usize, batch: &Batch, label: &str, index: usize, progress: &Progress) -> (Self, Step) {
        let mut after = self.clone();
        let mut applied = self.batches.get(&place).cloned().unwrap_or_default();
        // What failed before an item that is done stays so, else the items would not be applied in their order.
        let is_passed = applied.failed.contains(&index) && applied.outcomes.keys().any(|done| *done > index);
        if !is_passed {
            match after.apply_item(batch.items[index], batch.ignore, &format!("{label}{index}")) {
                Ok(outcome) => _ = applied.outcomes.insert(index, outcome),
                Err(Refusal::Ignored) => _ = applied.outcomes.insert(index, 3),
                Err(Refusal::Refused(..)) => _ = applied.failed.insert(index),
            }
            after.batches.insert(place, applied);
        }
        let items = progress.items.iter().copied().chain([index]).collect();
        (after, Step::Went(Progress { items, answer: None }))
    }

    fn apply_item(&mut self, who: Who, ignore: bool, label: &str) -> Result<usize, Refusal> {
        let (token, identified) = self.identify(who, Terms { of_batch: true, ignore })?;
        let profile = self.profile(token);
        let mut changes = identified == Identified::Changed;
        for name in ["p".to_owned(), format!("p_{label}")] {
            changes |= profile.properties.insert(name, label.to_owned()).as_deref() != Some(label);
        }
        Ok(match (identified, changes) {
            (Identified::Created, _) => 0,
            (_, true) => 1,
            (_, false) => 2,
        })
    }
}

/// What identifiers did to a profile.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Identified {
    Created,
    Changed,
    Known,
}

fn taken_email(email: &str) -> Refusal {
    Refusal::Refused(409, format!("Conflict: the email `{email}` belongs to another profile"))
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
