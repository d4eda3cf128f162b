//! How many requests and units it takes to clear and to forget a user.

use std::collections::BTreeMap;

use profiles_api::Clock;
use profiles_storage::{RetryPolicy, Storage};

use super::users::{self, Mix};
use crate::local::{Local, tables};
use crate::progress;
use crate::recorder::Recorder;
use crate::stored::Stored;
use crate::units;

/// What users have when they are cleared or forgotten.
const CASES: [(Mix, usize); 5] = [(Mix::Events, 0), (Mix::Events, 10), (Mix::AllKinds, 10), (Mix::Events, 1_000), (Mix::AllKinds, 1_000)];

/// What is done to a user.
#[derive(Clone, Copy)]
pub(super) enum Operation {
    Clear,
    Forget,
}

/// What it took.
pub(super) struct Counted {
    pub(super) operation: Operation,
    pub(super) mix: Mix,
    pub(super) records: usize,
    /// Requests.
    pub(super) sent: BTreeMap<String, u32>,
    /// Write units of requests that are no transactions.
    pub(super) units: f64,
    /// Those of transactions.
    pub(super) transactions: f64,
}

impl Counted {
    pub(super) fn requests(&self) -> u32 {
        self.sent.values().sum()
    }
}

/// Does both to a user of each kind.
pub(super) async fn count(local: &Local) -> Vec<Counted> {
    let work = CASES.len() * 2;
    let bar = progress::bar("recording what users did, clearing and forgetting them (a minute)", work as u64);
    let recorder = Recorder::default();
    let [creates, removes] =
        [local.client.clone(), local.recorded_by(&recorder)].map(|client| Storage::new(client, tables(), RetryPolicy::default()));
    let account = local.account.parse().expect("an account's id");
    let tables = tables();
    let concerned = [&tables.profiles, &tables.identities, &tables.activities, &tables.summaries, &tables.deletions];
    let mut counted = Vec::with_capacity(work);
    for operation in [Operation::Clear, Operation::Forget] {
        for (mix, records) in CASES {
            let user = users::create(&creates, account, mix, records).await;
            let before = Stored::now(&local.client, concerned).await;
            let (deletions, now) = (removes.deletions(), Clock::system().now());
            recorder.take();
            match operation {
                Operation::Clear => drop(deletions.clear(account, &user, &|| now, &|| true).await.expect("a user is cleared")),
                Operation::Forget => _ = deletions.forget(account, &user, &|| now, &|| true).await.expect("a user is forgotten"),
            }
            let notes = recorder.take();
            let after = Stored::now(&local.client, concerned).await;
            let removed = before.count(&tables.activities) - after.count(&tables.activities);
            assert_eq!(removed, records, "all of a user's records are removed");
            let mut sent = BTreeMap::new();
            for ((name, _), requests) in notes.sent {
                *sent.entry(name).or_default() += requests;
            }
            let transactions = notes.transactions.iter().map(|transaction| units::of(transaction, &before, &after)).sum();
            counted.push(Counted { operation, mix, records, sent, units: notes.write_units, transactions });
            bar.inc(1);
        }
    }
    bar.finish_and_clear();
    counted
}
