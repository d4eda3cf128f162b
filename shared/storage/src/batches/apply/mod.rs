//! Applying a part of a batch: reads many profiles at once, skips those that are as asked for already, and writes the others as a
//! single upsert does, many at a time.

mod disjoint_sets;
mod failure;
mod fold;
mod groups;
mod links;
mod steps;

use std::collections::{BTreeMap, HashMap};

use futures_util::{StreamExt, stream};
use profiles_domain::{BatchItem, CompanyId, Email, Error, Identifier, OnModelMissing, Outcome, Slot};
use profiles_normalization::{Timestamp, Value};

pub use groups::{Group, group};

use super::Source;
use crate::companies::Membership;
use crate::dynamo::database::Database;
use crate::dynamo::item::{Item, Key};
use crate::dynamo::read_many::{Found, Wanted};
use crate::dynamo::retry::Attempts;
use crate::schema::applied_log::{Chunk, Ended, Left};
use crate::schema::attributes::APPLIED;
use crate::schema::keys;
use crate::upsert::{Change, Expected, Stop, Terms, Writer, in_order};
use crate::{Storage, companies};
use fold::{Fold, company_properties, differing};
use steps::{Step, steps};

/// Users whose profiles are written at once. Each waits for the database alone, so a throttled table slows all of them down.
const WRITES_AT_ONCE: usize = 32;

/// What became of one item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// Its place in the batch.
    pub index: u32,
    /// How it ended; an error is one that no repetition mends.
    pub result: Result<Outcome, Error>,
}

/// What became of items that were applied together.
#[derive(Default)]
pub struct Report {
    /// Each item.
    pub items: Vec<Applied>,
    /// Items that were not applied, since other writers were quicker every time or what is stored contradicts itself, and those that are
    /// applied together with them. Applied again later, they may be.
    pub blocked: Vec<u32>,
    /// Items whose company has not all of the properties that they gave it, since it would be over DynamoDB's 400 KB with them.
    pub company_is_too_large: Vec<u32>,
}

/// Properties for a company, and the item that has them.
type ForCompany<'a> = (u32, CompanyId, &'a BTreeMap<String, Value>);

impl Storage {
    /// Applies items: those of each list in their order, and the lists side by side. To do the same again changes nothing, and has the
    /// same result.
    ///
    /// # Errors
    /// `Unavailable`, `Denied`: some or all of the items may have been applied, and applying all of them again does the rest.
    pub async fn apply(&self, source: &Source, lists: &[Vec<&BatchItem>], now: Timestamp) -> Result<Report, Error> {
        let work = Work { storage: self, database: &self.database, source, now };
        let known = work.read(lists).await?;
        let all: Vec<_> = lists.iter().map(async |items| (items, work.apply(items, &known).await)).collect();
        let mut done = stream::iter(all).buffer_unordered(WRITES_AT_ONCE);
        let (mut report, mut for_companies) = (Report::default(), Vec::new());
        while let Some((items, done)) = done.next().await {
            match done {
                Ok(Done { applied, companies, .. }) => {
                    report.items.extend(applied);
                    for_companies.extend(companies);
                }
                // What was written of them has its traces.
                Err(Error::Contended) => report.blocked.extend(items.iter().map(|item| item.index)),
                Err(error) => return Err(error),
            }
        }
        report.company_is_too_large = work.write_companies(for_companies).await?;
        Ok(report)
    }
}

struct Work<'a> {
    storage: &'a Storage,
    database: &'a Database,
    source: &'a Source,
    now: Timestamp,
}

/// What the items of one list came to.
#[derive(Default)]
struct Done<'a> {
    applied: Vec<Applied>,
    companies: Vec<ForCompany<'a>>,
    /// Items that wrote nothing, of which no write has left a trace yet. The next one does: applied again after it, they might.
    untraced: Vec<(u32, Ended)>,
}

/// What a step came to.
enum Written<'a> {
    /// Each item ended so, in their order.
    Outcomes(Vec<Outcome>, Option<CompanyId>),
    /// Some of the items were done before, each so; the others are left.
    Before(Vec<Applied>, Vec<&'a BatchItem>),
    /// All of them were left out.
    Ignored,
    /// Nothing was written: one after the other they may end otherwise than all at once.
    Apart,
}

impl Work<'_> {
    fn slot_key(&self, slot: Slot) -> Key {
        keys::slot(self.source.account, slot)
    }

    fn claim_key(&self, email: &Email) -> Key {
        keys::claim(self.source.account, email.as_str())
    }

    /// Reads where each list begins, and what that leads to.
    async fn read(&self, lists: &[Vec<&BatchItem>]) -> Result<Found, Error> {
        let tables = &self.database.tables;
        let mut wanted = Wanted::default();
        let (mut slots, mut claims) = (Vec::new(), Vec::new());
        for identity in lists.iter().filter_map(|items| Some(&items.first()?.upsert.identity)) {
            match (identity.id, &identity.uid, &identity.email) {
                (Some(id), ..) => slots.push(self.slot_key(id.slot())),
                (None, Some(uid), _) => slots.push(self.slot_key(Slot::of_uid(self.source.account, uid.as_str()))),
                (None, None, Some(email)) => claims.push(self.claim_key(email)),
                (None, None, None) => {}
            }
        }
        slots.iter().for_each(|key| wanted.add(&tables.profiles, key.clone()));
        claims.iter().for_each(|key| wanted.add(&tables.identities, key.clone()));
        let mut found = self.database.get_many(wanted, self.storage.patience).await?;
        let mut wanted = Wanted::default();
        let targets = slots.iter().filter_map(|key| found.get(key).alias_of());
        let owners = claims.iter().filter_map(|key| found.get(key).id());
        targets.chain(owners).for_each(|id| wanted.add(&tables.profiles, self.slot_key(id.slot())));
        found.extend(self.database.get_many(wanted, self.storage.patience).await?);
        Ok(found)
    }

    /// Applies the items of one list, one step after the other.
    async fn apply<'i>(&self, items: &[&'i BatchItem], known: &Found) -> Result<Done<'i>, Error> {
        let mut done = Done::default();
        let mut left = steps(items.iter().copied());
        // After the first write, what was read before says nothing any more.
        let mut known = Some(known);
        while let Some(step) = left.pop_front() {
            match self.write(&step, known.take(), &mut done.untraced).await {
                Ok(Written::Before(before, rest)) => {
                    done.applied.extend(before);
                    // Their company may not have its properties yet.
                    let company = self.company_of(&step).await?;
                    done.companies.extend(company.into_iter().flat_map(|company| for_company(&step, company)));
                    steps(rest).into_iter().rev().for_each(|step| left.push_front(step));
                }
                Ok(Written::Outcomes(outcomes, company)) => {
                    done.companies.extend(company.into_iter().flat_map(|company| for_company(&step, company)));
                    let items = step.items.iter().zip(outcomes);
                    done.applied.extend(items.map(|(item, outcome)| Applied { index: item.index, result: Ok(outcome) }));
                }
                // Perhaps only one of them is to be left out.
                Ok(Written::Ignored) if step.is_of_several() => step.into_single().for_each(|step| left.push_front(step)),
                Ok(Written::Ignored) => {
                    done.untraced.extend(step.items.iter().map(|item| (item.index, Ended::Done(Outcome::Ignored))));
                    done.applied.extend(step.items.iter().map(|item| Applied { index: item.index, result: Ok(Outcome::Ignored) }));
                }
                Ok(Written::Apart) => step.into_single().for_each(|step| left.push_front(step)),
                Err(error) => match failure::letter(&error) {
                    // It is none of theirs.
                    None => return Err(error),
                    // Perhaps only one of them cannot be applied.
                    Some(_) if step.items.len() > 1 => step.into_single().for_each(|step| left.push_front(step)),
                    Some(letter) => {
                        done.untraced.extend(step.items.iter().map(|item| (item.index, Ended::Failed(letter))));
                        done.applied.extend(step.items.iter().map(|item| Applied { index: item.index, result: Err(error.clone()) }));
                    }
                },
            }
        }
        Ok(done)
    }

    /// Writes the items of a step into their profile, unless it is as they ask for.
    async fn write<'i>(&self, step: &Step<'i>, mut known: Option<&Found>, untraced: &mut Vec<(u32, Ended)>) -> Result<Written<'i>, Error> {
        let (mut races, mut calls) = (Attempts::new(self.storage.patience.with_races()), Attempts::of_call(self.storage.patience));
        let mut attaches = false;
        races.next().await?;
        loop {
            match self.attempt(step, known.take(), attaches, untraced).await {
                Ok(written) => return Ok(written),
                Err(Stop::Error(Error::Unavailable)) => calls.next().await?,
                Err(Stop::Error(error)) => return Err(error),
                Err(Stop::Forgotten | Stop::Missing) => return Ok(Written::Ignored),
                Err(Stop::Overtaken) => races.next().await?,
                Err(Stop::Apart) => return Ok(Written::Apart),
                Err(Stop::Known(_)) => return Err(Error::Defect("an item of a batch was known by a key".into())),
                // Somebody else created or changed it meanwhile: look again.
                Err(Stop::Unexpected(found)) => {
                    attaches = found == Expected::Attachment;
                    races.next().await?;
                }
            }
        }
    }

    async fn attempt<'i>(
        &self,
        step: &Step<'i>,
        known: Option<&Found>,
        attaches: bool,
        untraced: &mut Vec<(u32, Ended)>,
    ) -> Result<Written<'i>, Stop> {
        let Place { first, profile } = self.find(step, known).await?;
        let Source { account, accepted_at, on_model_missing, .. } = *self.source;
        let chunk = Chunk { batch: self.source.batch, number: self.source.chunk };
        // In the claim that leads there, or led there when the items were written: those of who had the address then.
        let (traces, of_claim) = (profile.traces(), first.traces());
        let ended = |item: &BatchItem| traces.ended(chunk, item.index).or_else(|| of_claim.ended(chunk, item.index));
        let before: Vec<_> = step.items.iter().filter_map(|item| Some(before(item, ended(item)?))).collect();
        if !before.is_empty() {
            return Ok(Written::Before(before, step.items.iter().copied().filter(|item| ended(item).is_none()).collect()));
        }
        let expected = match (profile.is_live(), attaches) {
            (true, _) => Expected::Change,
            (false, true) => Expected::Attachment,
            (false, false) => Expected::Creation,
        };
        let fold = Fold::of(step, account, &profile, expected == Expected::Creation);
        let outcomes = step.items.iter().map(|item| item.index).zip(fold.outcomes.iter().map(|outcome| Ended::Done(*outcome)));
        let left = Left { chunk, items: untraced.iter().copied().chain(outcomes.clone()).collect() };
        let is_by_address = step.identity.id.is_none() && step.identity.uid.is_none();
        let terms = Terms {
            accepted_at,
            on_model_missing,
            expected,
            seen: profile.revision(),
            seen_id: profile.id(),
            seen_in_claim: is_by_address.then(|| in_order(first.set(APPLIED))),
            is_of_several: step.items.len() > 1,
            traces,
            left,
        };
        terms.admit(&first)?;
        terms.admit(&profile)?;
        if let Some(id) = step.identity.id.filter(|_| !profile.is_live()) {
            return Err(Error::ProfileNotFound(Identifier::Id(id)).into());
        }
        if fold.changes_nothing() {
            untraced.extend(outcomes);
            return Ok(Written::Outcomes(fold.outcomes, self.company_of(step).await?));
        }
        if expected == Expected::Creation && on_model_missing == OnModelMissing::Ignore && step.identity.email.is_none() {
            return Err(Stop::Missing);
        }
        let membership = self.storage.companies.membership(self.database, account, step.membership, self.now).await?;
        let change = Change::new(fold.properties, membership, self.now);
        let writer = Writer::new(self.database, self.storage.patience.with_races(), account, change).under(terms);
        writer.write(&step.identity, Some(first)).await?;
        let company = self.storage.companies.written(account, writer.into_membership());
        Ok(Written::Outcomes(fold.outcomes, company))
    }

    async fn slot(&self, slot: Slot, known: Option<&Found>) -> Result<Item, Error> {
        self.item(&self.database.tables.profiles, self.slot_key(slot), known).await
    }

    /// An item, out of what was read before if that is still to be trusted.
    async fn item(&self, table: &str, key: Key, known: Option<&Found>) -> Result<Item, Error> {
        match known {
            Some(known) => Ok(known.get(&key)),
            None => self.database.get(table, key).await,
        }
    }

    /// What is stored where the step's identifiers lead.
    async fn find(&self, step: &Step<'_>, known: Option<&Found>) -> Result<Place, Stop> {
        let identity = &step.identity;
        let (first, target) = match (identity.id, &identity.uid, &identity.email) {
            (Some(id), ..) => {
                let first = self.slot(id.slot(), known).await?;
                let target = first.alias_of().filter(|_| first.alias_id() == Some(id)).unwrap_or(id);
                (first, Some(target))
            }
            (None, Some(uid), _) => {
                let first = self.slot(Slot::of_uid(self.source.account, uid.as_str()), known).await?;
                let target = first.alias_of().or(first.id());
                (first, target)
            }
            (None, None, Some(email)) => {
                let first = self.item(&self.database.tables.identities, self.claim_key(email), known).await?;
                let target = first.id();
                (first, target)
            }
            (None, None, None) => return Err(Error::NoIdentifier.into()),
        };
        let profile = match target {
            Some(target) if first.is_at(target.slot()) => first.clone(),
            Some(target) => self.slot(target.slot(), known).await?,
            None => Item::default(),
        };
        // What is there may be a mark, whose time tells whether the item still counts, but never another profile.
        let is_other = profile.is_live() && profile.id() != target;
        Ok(Place { first, profile: if is_other { Item::default() } else { profile } })
    }

    /// The company that items name which were written before, or need not be. It may lack their properties yet.
    async fn company_of(&self, step: &Step<'_>) -> Result<Option<CompanyId>, Error> {
        if company_properties(step).next().is_none() {
            return Ok(None);
        }
        match self.storage.companies.membership(self.database, self.source.account, step.membership, self.now).await? {
            Membership::Company(company) => Ok(Some(company)),
            Membership::Keep | Membership::End | Membership::Founding(..) => Ok(None),
        }
    }

    /// Gives companies their properties, each company once, and only what it does not have yet. Returns the last item that gave
    /// properties to each company which would be too large with them.
    async fn write_companies(&self, mut for_companies: Vec<ForCompany<'_>>) -> Result<Vec<u32>, Error> {
        for_companies.sort_by_key(|(index, ..)| *index);
        let mut by_company: HashMap<CompanyId, (u32, BTreeMap<String, Value>)> = HashMap::new();
        for (index, company, properties) in for_companies {
            let (last, all) = by_company.entry(company).or_default();
            *last = index;
            all.extend(properties.iter().map(|(name, value)| (name.clone(), value.clone())));
        }
        let account = self.source.account;
        let mut wanted = Wanted::default();
        for company in by_company.keys() {
            wanted.add(&self.database.tables.companies, self.slot_key(company.slot()));
        }
        let stored = self.database.get_many(wanted, self.storage.patience).await?;
        let mut too_large = Vec::new();
        for (company, (last, properties)) in by_company {
            let stored = stored.get(&self.slot_key(company.slot()));
            let now = stored.next_update(self.now);
            let changed = differing(&stored.0, properties);
            if !changed.is_empty() && !companies::set_properties(self.database, account, company, changed, now).await? {
                too_large.push(last);
            }
        }
        Ok(too_large)
    }
}

/// How an item ended before.
fn before(item: &BatchItem, ended: Ended) -> Applied {
    let result = match ended {
        Ended::Done(outcome) => Ok(outcome),
        Ended::Failed(letter) => Err(failure::error(letter, item)),
    };
    Applied { index: item.index, result }
}

/// What a step's items give to their company.
fn for_company<'a>(step: &Step<'a>, company: CompanyId) -> impl Iterator<Item = ForCompany<'a>> {
    company_properties(step).map(move |(index, properties)| (index, company, properties))
}

/// Where a step's identifiers lead.
struct Place {
    /// The slot or claim to begin at.
    first: Item,
    /// The profile; empty, or a mark, when there is none.
    profile: Item,
}
