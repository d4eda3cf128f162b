//! Applying a chunk: reads many profiles at once, skips those that are as asked for already, and writes the others as a single upsert
//! does, many at a time.

mod disjoint_sets;
mod failure;
mod fold;
mod groups;
mod links;
mod plan;
mod steps;

use std::collections::{BTreeMap, HashMap, HashSet};

use futures_util::{StreamExt, stream};
use profiles_domain::{BatchItem, CompanyId, Email, Error, Identifier, OnModelMissing, Outcome, Slot};
use profiles_normalization::{Timestamp, Value};

pub use plan::{Plan, Portion};

use super::Source;
use crate::companies::Membership;
use crate::dynamo::database::Database;
use crate::dynamo::item::{Item, Key};
use crate::dynamo::read_many::{Found, Wanted};
use crate::schema::applied_log::{AppliedEntry, Chunk, ItemResult};
use crate::schema::attributes::APPLIED;
use crate::schema::keys;
use crate::upsert::{Abort, BatchGuard, Change, Effect, Writer, in_order};
use crate::{Storage, companies};
use fold::{Fold, company_properties, differing};
use steps::{Step, steps};

/// Users whose profiles are written at once. Each waits for the database by itself, so a throttled table slows all of them down.
const WRITES_AT_ONCE: usize = 32;

/// The result of one item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// Its place in the batch.
    pub index: u32,
    /// Its outcome, or an error that no repetition mends.
    pub result: Result<Outcome, Error>,
}

/// The result of a portion.
#[derive(Default)]
pub struct Report {
    /// The items of its groups that were applied.
    pub items: Vec<Applied>,
    /// Groups that were not applied. Other writers were quicker every time, or what is stored contradicts itself, or they wait for such a
    /// group. They may be applied later.
    pub blocked: Vec<u32>,
    /// Items whose company did not get all properties they gave it, because it would be over DynamoDB's 400 KB with them.
    pub company_is_too_large: Vec<u32>,
}

/// The properties that an item gives to a company.
type ForCompany<'a> = (u32, CompanyId, &'a BTreeMap<String, Value>);

impl Storage {
    /// Applies a portion of a plan: the items of each profile in their order, and the profiles side by side. Applying it again changes
    /// nothing, and has the same result.
    ///
    /// # Errors
    /// `Unavailable`, `Denied`: some or all of the items may have been applied, and applying all of them again does the rest.
    pub async fn apply(&self, plan: &Plan, portion: &Portion, now: Timestamp) -> Result<Report, Error> {
        let work = Work { storage: self, database: &self.database, source: &plan.source, now };
        let lists = plan.lists(portion);
        let known = work.read(&lists).await?;
        let all: Vec<_> = lists.iter().map(async |items| (items, work.apply(items, &known).await)).collect();
        let mut done = stream::iter(all).buffer_unordered(WRITES_AT_ONCE);
        let (mut applied, mut blocked, mut for_companies) = (Vec::new(), HashSet::new(), Vec::new());
        while let Some((items, done)) = done.next().await {
            match done {
                Ok(done) => {
                    applied.extend(done.applied);
                    for_companies.extend(done.companies);
                }
                // The items that were written are in the applied log.
                Err(Error::Contended) => blocked.extend(items.iter().map(|item| item.index)),
                Err(error) => return Err(error),
            }
        }
        let mut company_is_too_large = work.write_companies(for_companies).await?;
        // Items of later groups were applied only to keep their order; they are counted in their own portion.
        let mut report = Report { blocked: portion.waiting.iter().copied().filter_map(number).collect(), ..Report::default() };
        let mut counted = HashSet::new();
        for (group, items) in portion.groups.iter().filter_map(|group| Some((*group, &plan.groups.get(*group)?.0))) {
            if items.iter().any(|item| blocked.contains(&item.index)) {
                report.blocked.extend(number(group));
            } else {
                counted.extend(items.iter().map(|item| item.index));
            }
        }
        applied.retain(|item| counted.contains(&item.index));
        company_is_too_large.retain(|index| counted.contains(index));
        Ok(Report { items: applied, company_is_too_large, ..report })
    }
}

fn number(group: usize) -> Option<u32> {
    u32::try_from(group).ok()
}

struct Work<'a> {
    storage: &'a Storage,
    database: &'a Database,
    source: &'a Source,
    now: Timestamp,
}

/// The result of one list of items.
#[derive(Default)]
struct Done<'a> {
    applied: Vec<Applied>,
    companies: Vec<ForCompany<'a>>,
    /// Items that wrote nothing and are not yet in the applied log. The next write records them too; otherwise a second run would apply
    /// them over that write.
    unrecorded: Vec<(u32, ItemResult)>,
}

/// The result of a step.
enum Written<'a> {
    /// Each item has its outcome, in their order.
    Outcomes(Vec<Outcome>, Option<CompanyId>),
    /// Some of the items were applied before, with these results; the others are left.
    Before(Vec<Applied>, Vec<&'a BatchItem>),
    /// All of them are ignored.
    Ignored,
    /// Nothing was written: the items may have other results one after the other than all at once.
    NotAtOnce,
}

impl Work<'_> {
    fn slot_key(&self, slot: Slot) -> Key {
        keys::slot(self.source.account, slot)
    }

    fn claim_key(&self, email: &Email) -> Key {
        keys::claim(self.source.account, email.as_str())
    }

    /// Reads the slot or claim that each list begins at, and the profile it leads to.
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
        let mut found = self.database.get_many(wanted).await?;
        let mut wanted = Wanted::default();
        let targets = slots.iter().filter_map(|key| found.get(key).alias_of());
        let owners = claims.iter().filter_map(|key| found.get(key).id());
        targets.chain(owners).for_each(|id| wanted.add(&tables.profiles, self.slot_key(id.slot())));
        found.extend(self.database.get_many(wanted).await?);
        Ok(found)
    }

    /// Applies the items of one list, step by step.
    async fn apply<'i>(&self, items: &[&'i BatchItem], known: &Found) -> Result<Done<'i>, Error> {
        let mut done = Done::default();
        let mut left = steps(items.iter().copied());
        // After the first write, what was read before is out of date.
        let mut known = Some(known);
        while let Some(step) = left.pop_front() {
            match self.write(&step, known.take(), &mut done.unrecorded).await {
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
                // Perhaps only some of them are to be ignored.
                Ok(Written::Ignored) if step.is_mixed() => step.into_single().for_each(|step| left.push_front(step)),
                Ok(Written::Ignored) => {
                    done.unrecorded.extend(step.items.iter().map(|item| (item.index, ItemResult::Done(Outcome::Ignored))));
                    done.applied.extend(step.items.iter().map(|item| Applied { index: item.index, result: Ok(Outcome::Ignored) }));
                }
                Ok(Written::NotAtOnce) => step.into_single().for_each(|step| left.push_front(step)),
                Err(error) => match failure::letter(&error) {
                    // It is not the error of an item.
                    None => return Err(error),
                    // Perhaps only one of them cannot be applied.
                    Some(_) if step.items.len() > 1 => step.into_single().for_each(|step| left.push_front(step)),
                    Some(letter) => {
                        done.unrecorded.extend(step.items.iter().map(|item| (item.index, ItemResult::Failed(letter))));
                        done.applied.extend(step.items.iter().map(|item| Applied { index: item.index, result: Err(error.clone()) }));
                    }
                },
            }
        }
        Ok(done)
    }

    /// Writes the items of a step into their profile, unless it is as they ask for.
    async fn write<'i>(
        &self,
        step: &Step<'i>,
        mut known: Option<&Found>,
        unrecorded: &mut Vec<(u32, ItemResult)>,
    ) -> Result<Written<'i>, Error> {
        let (mut races, mut calls) = (self.database.race_retries(), self.database.call_retries());
        let mut attaches = false;
        races.wait_for_next().await?;
        loop {
            match self.attempt(step, known.take(), attaches, unrecorded).await {
                Ok(written) => return Ok(written),
                Err(Abort::Error(Error::Unavailable)) => calls.wait_for_next().await?,
                Err(Abort::Error(error)) => return Err(error),
                Err(Abort::Forgotten | Abort::Missing) => return Ok(Written::Ignored),
                Err(Abort::Overtaken) => races.wait_for_next().await?,
                Err(Abort::NotAtOnce) => return Ok(Written::NotAtOnce),
                Err(Abort::AlreadyRecorded(_)) => return Err(Error::Defect("an item of a batch recorded an activity".into())),
                // Another request created or changed the profile meanwhile: look again.
                Err(Abort::OtherEffect(found)) => {
                    attaches = found == Effect::Attachment;
                    races.wait_for_next().await?;
                }
            }
        }
    }

    async fn attempt<'i>(
        &self,
        step: &Step<'i>,
        known: Option<&Found>,
        attaches: bool,
        unrecorded: &mut Vec<(u32, ItemResult)>,
    ) -> Result<Written<'i>, Abort> {
        let Place { first, profile } = self.find(step, known).await?;
        let Source { account, accepted_at, on_model_missing, .. } = *self.source;
        let chunk = Chunk { batch: self.source.batch, number: self.source.chunk };
        // A claim has the applied logs of the profiles that released it, to one of which the items may have been written.
        let (applied, in_claim) = (profile.applied_log(), first.applied_log());
        let recorded = |item: &BatchItem| applied.result_of(chunk, item.index).or_else(|| in_claim.result_of(chunk, item.index));
        let before: Vec<_> = step.items.iter().filter_map(|item| Some(before(item, recorded(item)?))).collect();
        if !before.is_empty() {
            return Ok(Written::Before(before, step.items.iter().copied().filter(|item| recorded(item).is_none()).collect()));
        }
        let effect = match (profile.is_live(), attaches) {
            (true, _) => Effect::Change,
            (false, true) => Effect::Attachment,
            (false, false) => Effect::Creation,
        };
        let fold = Fold::of(step, account, &profile, effect == Effect::Creation);
        let outcomes = step.items.iter().map(|item| item.index).zip(fold.outcomes.iter().map(|outcome| ItemResult::Done(*outcome)));
        let entry = AppliedEntry { chunk, items: unrecorded.iter().copied().chain(outcomes.clone()).collect() };
        let is_by_address = step.identity.id.is_none() && step.identity.uid.is_none();
        let guard = BatchGuard {
            accepted_at,
            on_model_missing,
            effect,
            seen: profile.revision(),
            seen_id: profile.id(),
            applied_in_claim: is_by_address.then(|| in_order(first.set(APPLIED))),
            is_of_several: step.items.len() > 1,
            applied,
            entry,
        };
        guard.check(&first)?;
        guard.check(&profile)?;
        if let Some(id) = step.identity.id.filter(|_| !profile.is_live()) {
            return Err(Error::ProfileNotFound(Identifier::Id(id)).into());
        }
        if fold.changes_nothing() {
            unrecorded.extend(outcomes);
            return Ok(Written::Outcomes(fold.outcomes, self.company_of(step).await?));
        }
        if effect == Effect::Creation && on_model_missing == OnModelMissing::Ignore && step.identity.email.is_none() {
            return Err(Abort::Missing);
        }
        let membership = self.storage.companies.membership(self.database, account, step.membership, self.now).await?;
        let change = Change::new(fold.properties, membership, self.now);
        let mut writer = Writer::new(self.database, account, change).guarded(guard);
        writer.write(&step.identity, Some(first)).await?;
        let company = self.storage.companies.joined(account, writer.into_membership(), self.now);
        Ok(Written::Outcomes(fold.outcomes, company))
    }

    async fn slot(&self, slot: Slot, known: Option<&Found>) -> Result<Item, Error> {
        self.item(&self.database.tables.profiles, self.slot_key(slot), known).await
    }

    /// Returns an item from what was read before, or reads it if that is out of date.
    async fn item(&self, table: &str, key: Key, known: Option<&Found>) -> Result<Item, Error> {
        match known {
            Some(known) => Ok(known.get(&key)),
            None => self.database.get(table, key).await,
        }
    }

    /// Finds the profile that the step's identifiers lead to.
    async fn find(&self, step: &Step<'_>, known: Option<&Found>) -> Result<Place, Abort> {
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
        // A tombstone counts, because its time decides whether the item is applied. Another profile does not.
        let is_other = profile.is_live() && profile.id() != target;
        Ok(Place { first, profile: if is_other { Item::default() } else { profile } })
    }

    /// The company of items that need no write. It may still lack their properties.
    async fn company_of(&self, step: &Step<'_>) -> Result<Option<CompanyId>, Error> {
        if company_properties(step).next().is_none() {
            return Ok(None);
        }
        match self.storage.companies.membership(self.database, self.source.account, step.membership, self.now).await? {
            Membership::Company(company) => Ok(Some(company)),
            Membership::Keep | Membership::End | Membership::Founding(..) => Ok(None),
        }
    }

    /// Gives companies the properties that they do not have yet, each company once. Returns, for each company that would be too large with
    /// them, the last item that gave it properties.
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
        let stored = self.database.get_many(wanted).await?;
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

/// The result that an item had before.
fn before(item: &BatchItem, recorded: ItemResult) -> Applied {
    let result = match recorded {
        ItemResult::Done(outcome) => Ok(outcome),
        ItemResult::Failed(letter) => Err(failure::error(letter, item)),
    };
    Applied { index: item.index, result }
}

/// The properties that a step's items give to their company.
fn for_company<'a>(step: &Step<'a>, company: CompanyId) -> impl Iterator<Item = ForCompany<'a>> {
    company_properties(step).map(move |(index, properties)| (index, company, properties))
}

/// The place that a step's identifiers lead to.
struct Place {
    /// The slot or claim to begin at.
    first: Item,
    /// The profile; empty or a tombstone when there is none.
    profile: Item,
}
