//! Applying a part of a batch: reads many profiles at once, skips those that are as asked for already, and writes the others as a
//! single upsert does, many at a time.

mod fold;
mod groups;

use std::collections::{BTreeMap, HashMap};

use futures_util::{StreamExt, stream};
use profiles_domain::{AccountId, BatchId, CompanyId, Counts, Email, Error, Identifier, OnModelMissing, Outcome, Slot};
use profiles_normalization::{Timestamp, Value};

pub use groups::{Group, group};

use crate::database::Database;
use crate::item::Item;
use crate::keys::{self, Key};
use crate::read_many::{Found, Wanted};
use crate::retry::Attempts;
use crate::upsert::{Change, Expected, Membership, Stop, Terms, Trace, Writer};
use crate::{Storage, companies};
use fold::{Fold, company_properties, differing};
use groups::Step;

/// Users whose profiles are written at once. Each waits for the database alone, so a throttled table slows all of them down.
const WRITES_AT_ONCE: usize = 32;

/// Where items come from that are applied, and under what terms.
#[derive(Clone, Copy, Debug)]
pub struct Source {
    /// Whose profiles they are about.
    pub account: AccountId,
    /// The batch.
    pub batch: BatchId,
    /// The chunk of it.
    pub chunk: u32,
    /// When the batch was accepted. Who was forgotten since is not brought back.
    pub accepted_at: Timestamp,
    /// What becomes of items whose profile isn't there.
    pub on_model_missing: OnModelMissing,
}

/// What became of one item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// Its place in the batch.
    pub index: u32,
    /// How it ended; an error is one that no repetition mends.
    pub result: Result<Outcome, Error>,
}

/// Properties for a company, and the item that has them.
type ForCompany = (u32, CompanyId, BTreeMap<String, Value>);

impl Storage {
    /// Applies the items of these groups. To do the same again changes nothing, and has the same result.
    ///
    /// # Errors
    /// `Unavailable`: some or all of the items may have been applied, and applying all of them again does the rest.
    pub async fn apply(&self, source: &Source, groups: &[Group], now: Timestamp) -> Result<Vec<Applied>, Error> {
        let work = Work { storage: self, database: &self.database, source, now };
        let known = work.read(groups).await?;
        let known = &known;
        let all: Vec<_> = groups.iter().map(|group| work.apply(group, known)).collect();
        let mut done = stream::iter(all).buffer_unordered(WRITES_AT_ONCE);
        let (mut applied, mut for_companies) = (Vec::new(), Vec::new());
        while let Some(group) = done.next().await {
            let (items, companies) = group?;
            applied.extend(items);
            for_companies.extend(companies);
        }
        work.write_companies(for_companies).await?;
        Ok(applied)
    }
}

struct Work<'a> {
    storage: &'a Storage,
    database: &'a Database,
    source: &'a Source,
    now: Timestamp,
}

/// What one write came to.
enum Written {
    /// Each item ended so.
    Outcomes(Vec<Outcome>),
    /// All of them were left out.
    Ignored,
}

impl Work<'_> {
    fn slot_key(&self, slot: Slot) -> Key {
        keys::slot(self.source.account, slot)
    }

    fn claim_key(&self, email: &Email) -> Key {
        keys::claim(self.source.account, email.as_str())
    }

    /// Reads where each group begins, and what that leads to.
    async fn read(&self, groups: &[Group]) -> Result<Found, Error> {
        let tables = &self.database.tables;
        let mut wanted = Wanted::default();
        let (mut slots, mut claims) = (Vec::new(), Vec::new());
        for identity in groups.iter().filter_map(Group::first) {
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

    /// Applies the items of one group, one step after the other.
    async fn apply(&self, group: &Group, known: &Found) -> Result<(Vec<Applied>, Vec<ForCompany>), Error> {
        let (mut applied, mut for_companies) = (Vec::with_capacity(group.len()), Vec::new());
        let mut known = Some(known);
        for step in group.steps() {
            // After the first write, what was read before says nothing any more.
            match self.write(&step, known.take()).await {
                Err(Error::Unavailable) => return Err(Error::Unavailable),
                // Perhaps only one of them cannot be applied.
                Err(_) if step.items.len() > 1 => {
                    for item in &step.items {
                        let step = Step::of(item);
                        let result = match self.write(&step, None).await {
                            Err(Error::Unavailable) => return Err(Error::Unavailable),
                            result => result,
                        };
                        self.note(&step, result, &mut applied, &mut for_companies);
                    }
                }
                result => self.note(&step, result, &mut applied, &mut for_companies),
            }
        }
        Ok((applied, for_companies))
    }

    fn note(
        &self,
        step: &Step<'_>,
        result: Result<(Written, Option<CompanyId>), Error>,
        applied: &mut Vec<Applied>,
        companies: &mut Vec<ForCompany>,
    ) {
        let indexes = step.items.iter().map(|item| item.index);
        match result {
            Ok((Written::Outcomes(outcomes), company)) => {
                if let Some(company) = company {
                    companies.extend(company_properties(step).map(|(index, properties)| (index, company, properties.clone())));
                }
                applied.extend(indexes.zip(outcomes).map(|(index, outcome)| Applied { index, result: Ok(outcome) }));
            }
            Ok((Written::Ignored, _)) => applied.extend(indexes.map(|index| Applied { index, result: Ok(Outcome::Ignored) })),
            Err(error) => applied.extend(indexes.map(|index| Applied { index, result: Err(error.clone()) })),
        }
    }

    /// Writes the items of a step into their profile, unless it is as they ask for. Returns also the company that they name.
    async fn write(&self, step: &Step<'_>, known: Option<&Found>) -> Result<(Written, Option<CompanyId>), Error> {
        let mut attempts = Attempts::new(self.storage.patience);
        let mut known = known;
        let mut attaches = false;
        loop {
            attempts.next().await?;
            let attempt = self.attempt(step, known.take(), attaches).await;
            match attempt {
                Ok(done) => return Ok(done),
                Err(Stop::Error(Error::Unavailable)) => {}
                Err(Stop::Error(error)) => return Err(error),
                Err(Stop::Forgotten | Stop::Missing) => return Ok((Written::Ignored, None)),
                Err(Stop::Applied(trace)) => return Ok((Written::Outcomes(traced(step, &trace)), self.company_of(step).await?)),
                // Somebody else created or changed it meanwhile: look again.
                Err(Stop::Unexpected(found)) => attaches = found == Expected::Attachment,
            }
        }
    }

    async fn attempt(&self, step: &Step<'_>, known: Option<&Found>, attaches: bool) -> Result<(Written, Option<CompanyId>), Stop> {
        let Place { first, profile } = self.find(step, known).await?;
        let Source { account, batch, chunk, accepted_at, on_model_missing } = *self.source;
        let creates = !profile.is_live() && !attaches;
        let expected = match (profile.is_live(), attaches) {
            (true, _) => Expected::Change,
            (false, true) => Expected::Attachment,
            (false, false) => Expected::Creation,
        };
        let fold = Fold::of(step, account, &profile, creates);
        let index = step.items.last().map_or(0, |item| item.index);
        let trace = Trace { batch, chunk, index, counts: fold.counts() };
        let terms = Terms { accepted_at, on_model_missing, expected, trace };
        terms.admit(&first)?;
        terms.admit(&profile)?;
        if let Some(id) = step.identity.id.filter(|_| !profile.is_live()) {
            return Err(Error::ProfileNotFound(Identifier::Id(id)).into());
        }
        if fold.changes_nothing() {
            return Ok((Written::Outcomes(fold.outcomes), self.company_of(step).await?));
        }
        if creates && on_model_missing == OnModelMissing::Ignore && step.identity.email.is_none() {
            return Err(Stop::Missing);
        }
        let membership = self.storage.companies.membership(self.database, account, step.membership, self.now).await?;
        let change = Change::new(fold.properties, membership, self.now);
        let writer = Writer::new(self.database, self.storage.patience, account, change).under(terms);
        writer.write(&step.identity, Some(first)).await?;
        let company = self.storage.companies.written(account, writer.into_membership());
        Ok((Written::Outcomes(fold.outcomes), company))
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

    /// Gives companies their properties, each company once, and only what it does not have yet.
    async fn write_companies(&self, mut for_companies: Vec<ForCompany>) -> Result<(), Error> {
        for_companies.sort_by_key(|(index, ..)| *index);
        let mut by_company: HashMap<CompanyId, BTreeMap<String, Value>> = HashMap::new();
        for (_, company, properties) in for_companies {
            by_company.entry(company).or_default().extend(properties);
        }
        let account = self.source.account;
        let mut wanted = Wanted::default();
        for company in by_company.keys() {
            wanted.add(&self.database.tables.companies, self.slot_key(company.slot()));
        }
        let stored = self.database.get_many(wanted, self.storage.patience).await?;
        for (company, properties) in by_company {
            let item = stored.get(&self.slot_key(company.slot()));
            let changed = differing(&item.0, properties);
            if !changed.is_empty() {
                // One that would be too large keeps what it has, as after a single upsert.
                companies::set_properties(self.database, account, company, changed, self.now).await?;
            }
        }
        Ok(())
    }
}

/// Where a step's identifiers lead.
struct Place {
    /// The slot or claim to begin at.
    first: Item,
    /// The profile; empty, or a mark, when there is none.
    profile: Item,
}

/// What became of items that were written before: what their trace says, in no particular order; where a later item's trace is in
/// its place, an update each.
fn traced(step: &Step<'_>, trace: &Trace) -> Vec<Outcome> {
    let of_this = step.items.last().is_some_and(|item| item.index == trace.index);
    let Counts { created, unchanged, .. } = if of_this { trace.counts } else { Counts::default() };
    let all = [(created, Outcome::Created), (unchanged, Outcome::Unchanged)];
    let all = all.into_iter().flat_map(|(count, outcome)| std::iter::repeat_n(outcome, usize::try_from(count).unwrap_or(0)));
    all.chain(std::iter::repeat(Outcome::Updated)).take(step.items.len()).collect()
}
