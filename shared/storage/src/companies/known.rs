//! What an instance remembers of companies, for as long as a lease.
//!
//! So most upserts that name a company cost one request. A company may be deleted meanwhile by another instance. Therefore an instance
//! trusts what it read for [`LEASE`], and whoever deletes a company answers only when that time is over. An upsert that is sent after the
//! answer finds the company gone; one that was under way was there before the deletion.

use std::time::{Duration, SystemTime};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use profiles_domain::{AccountId, CompanyId, Error, Slot};
use profiles_normalization::Timestamp;

use super::founding::Founding;
use crate::dynamo::database::Database;
use crate::dynamo::item::Item;
use crate::dynamo::read_many::Wanted;
use crate::remembered::Remembered;
use crate::schema::attributes::ID;
use crate::schema::keys;

/// The time for which an instance trusts what it read of a company, from the moment before it read it.
pub(crate) const LEASE: Duration = Duration::from_secs(3);

/// The time that whoever deletes a company waits for: a little longer, because clocks run at different rates.
const LEASES_END_AFTER: Duration = Duration::from_millis(3_500);

/// Companies as they were read of late.
pub(crate) struct Companies {
    in_slots: Remembered<(AccountId, Slot), Company>,
    time: Time,
}

/// The time by which leases end.
pub(crate) struct Time {
    pub(crate) now: Box<dyn Fn() -> Timestamp + Send + Sync>,
    pub(crate) wait: Box<dyn Fn(Duration) -> BoxFuture<'static, ()> + Send + Sync>,
}

impl Time {
    /// The system's.
    pub(crate) fn of_system() -> Self {
        Self { now: Box::new(|| SystemTime::now().into()), wait: Box::new(|time| tokio::time::sleep(time).boxed()) }
    }
}

/// A company that was in a slot.
#[derive(Clone)]
struct Company {
    seen: Seen,
    uid: String,
    /// When the one before it was deleted.
    deleted_at: Option<Timestamp>,
}

/// A company that was there.
#[derive(Clone, Copy)]
pub(crate) struct Seen {
    pub(crate) id: CompanyId,
    /// A moment before it was read.
    pub(super) since: Timestamp,
}

/// The content of a company's slot.
pub(super) enum InSlot {
    Company(CompanyInSlot),
    /// Nothing, or a tombstone.
    Vacant(Item),
}

/// A company in its slot.
pub(super) struct CompanyInSlot(Company);

impl Companies {
    /// Remembers nothing yet.
    pub(crate) fn new(time: Time) -> Self {
        Self { in_slots: Remembered::default(), time }
    }

    /// The present time, by which leases end.
    pub(crate) fn now(&self) -> Timestamp {
        (self.time.now)()
    }

    /// Waits until all leases are over that had begun before `since`.
    pub(crate) async fn leases_end(&self, since: Timestamp) {
        let passed = since.until(self.now());
        (self.time.wait)(LEASES_END_AFTER.saturating_sub(passed)).await;
    }

    /// Returns what is in a slot: as it is remembered, else as it is read.
    pub(super) async fn in_slot(&self, database: &Database, account: AccountId, slot: Slot) -> Result<InSlot, Error> {
        match self.in_slots.get(&(account, slot), self.now()) {
            Some(company) => Ok(InSlot::Company(CompanyInSlot(company))),
            None => self.read(database, account, slot).await,
        }
    }

    /// Reads what is in a slot, strongly consistent.
    pub(super) async fn read(&self, database: &Database, account: AccountId, slot: Slot) -> Result<InSlot, Error> {
        let since = self.now();
        let item = database.get(&database.tables.companies, keys::slot(account, slot)).await?;
        Ok(self.remember(account, slot, item, since))
    }

    /// Reads the companies in these slots that are not remembered, many in a request.
    pub(crate) async fn prefetch(&self, database: &Database, account: AccountId, mut slots: Vec<Slot>) -> Result<(), Error> {
        let since = self.now();
        let mut wanted = Wanted::default();
        slots.sort_unstable();
        slots.dedup();
        slots.retain(|slot| self.in_slots.get(&(account, *slot), since).is_none());
        slots.iter().for_each(|slot| wanted.add(&database.tables.companies, keys::slot(account, *slot)));
        let found = database.get_many(wanted).await?;
        for slot in slots {
            self.remember(account, slot, found.get(&keys::slot(account, slot)), since);
        }
        Ok(())
    }

    /// Whether the lease of a company that was seen is not over.
    pub(super) fn is_trusted(&self, seen: Seen) -> bool {
        let now = self.now();
        seen.since <= now && seen.since.until(now) < LEASE
    }

    /// Remembers a company that was founded.
    pub(super) fn remember_founded(&self, account: AccountId, founding: &Founding) {
        let Founding { id, uid, begun, .. } = founding;
        let company = Company { seen: Seen { id: *id, since: *begun }, uid: uid.as_str().to_owned(), deleted_at: founding.deleted_at() };
        self.in_slots.put((account, id.slot()), company, *begun, LEASE);
    }

    fn remember(&self, account: AccountId, slot: Slot, item: Item, since: Timestamp) -> InSlot {
        let in_slot = InSlot::of(item, since);
        if let InSlot::Company(CompanyInSlot(company)) = &in_slot {
            self.in_slots.put((account, slot), company.clone(), since, LEASE);
        }
        in_slot
    }
}

impl InSlot {
    /// What was read at this time or later.
    pub(super) fn of(item: Item, since: Timestamp) -> Self {
        let company = item.text(ID).and_then(|id| id.parse().ok()).zip(item.uid());
        match company {
            Some((id, uid)) => {
                Self::Company(CompanyInSlot(Company { seen: Seen { id, since }, uid: uid.to_owned(), deleted_at: item.forgotten_at() }))
            }
            None => Self::Vacant(item),
        }
    }

    /// When a company was last deleted here.
    pub(super) fn deleted_at(&self) -> Option<Timestamp> {
        match self {
            Self::Company(CompanyInSlot(company)) => company.deleted_at,
            Self::Vacant(item) => item.forgotten_at(),
        }
    }
}

impl CompanyInSlot {
    pub(super) fn seen(&self) -> Seen {
        self.0.seen
    }

    pub(super) fn uid(&self) -> &str {
        &self.0.uid
    }
}
