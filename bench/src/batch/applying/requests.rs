//! How many requests it takes to apply a batch of one chunk, whatever its items come to.

use super::worker::Worker;
use crate::batch::bodies::{Body, Kind, User};
use crate::local::{Local, tables};
use crate::progress;
use crate::recorder::{Notes, Recorder};

/// Items of a chunk that is full.
pub(super) const FULL: usize = 5_000;
/// Batches of this size are applied, each in all cases.
const SIZES: [usize; 2] = [FULL, 1_000];

/// What the items of a batch come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Case {
    New,
    Unchanged,
    Changed,
    NewWithEmail,
    ChangedWithEmail,
    NewWithCompany,
}

impl Case {
    /// In the order in which they are applied: each needs what the ones before it left.
    const ALL: [Self; 6] = [Self::New, Self::Unchanged, Self::Changed, Self::NewWithEmail, Self::ChangedWithEmail, Self::NewWithCompany];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::New => "all new, without e-mail",
            Self::Unchanged => "nothing changes",
            Self::Changed => "all change",
            Self::NewWithEmail => "all new, with e-mail",
            Self::ChangedWithEmail => "all change, with e-mail",
            Self::NewWithCompany => "all new, with e-mail and company",
        }
    }

    /// What is sent about which crowd of users, with which plan, and how the items are counted then.
    fn batch(self) -> (Kind, usize, &'static str, &'static str) {
        match self {
            Self::New => (Kind::Short, 0, "gold", "created_count"),
            Self::Unchanged => (Kind::Short, 0, "gold", "unchanged_count"),
            Self::Changed => (Kind::Short, 0, "silver", "updated_count"),
            Self::NewWithEmail => (Kind::Email, 1, "gold", "created_count"),
            Self::ChangedWithEmail => (Kind::Email, 1, "silver", "updated_count"),
            Self::NewWithCompany => (Kind::Long, 2, "gold", "created_count"),
        }
    }
}

/// The requests for one batch.
pub(super) struct Requests {
    pub(super) items: usize,
    pub(super) case: Case,
    /// For ticket, chunk and counts.
    pub(super) own: u32,
    /// That read what is there.
    pub(super) reads: u32,
    /// That write a profile, claim or company.
    pub(super) writes: u32,
}

impl Requests {
    fn of(items: usize, case: Case, notes: &Notes) -> Self {
        let tables = tables();
        let mut counted = Self { items, case, own: 0, reads: 0, writes: 0 };
        for ((operation, table), count) in &notes.sent {
            if [&tables.batches, &tables.batch_chunks].contains(&table) {
                counted.own += count;
            } else if ["BatchGetItem", "GetItem", "Query"].contains(&operation.as_str()) {
                counted.reads += count;
            } else {
                counted.writes += count;
            }
        }
        counted
    }

    pub(super) fn all(&self) -> u32 {
        self.own + self.reads + self.writes
    }

    /// For a thousand items.
    pub(super) fn per_thousand(&self) -> f64 {
        f64::from(self.all()) * 1000.0 / self.items as f64
    }
}

/// Applies a batch of each size in each case.
pub(super) async fn count(local: &Local) -> Vec<Requests> {
    let bar = progress::bar("applying batches of one chunk (a minute)", (SIZES.len() * Case::ALL.len()) as u64);
    let recorder = Recorder::default();
    let worker = Worker::new(local, local.recorded_by(&recorder));
    let mut counted = Vec::new();
    for items in SIZES {
        let crowds: [Vec<User>; 3] = std::array::from_fn(|_| (0..items).map(|_| User::random()).collect());
        for case in Case::ALL {
            let (kind, crowd, plan, name) = case.batch();
            let waiting = worker.accept(&Body::about(kind, &crowds[crowd], plan)).await;
            recorder.take();
            let id = worker.apply(waiting).await;
            counted.push(Requests::of(items, case, &recorder.take()));
            assert_eq!(worker.count(&id, name).await, items, "{} came to something else", case.name());
            bar.inc(1);
        }
    }
    bar.finish_and_clear();
    counted
}
