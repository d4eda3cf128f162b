//! How fast the worker applies a batch in which all items change, beside the bare updates that this comes to.
//!
//! DynamoDB Local takes most of the time, and drifts: so they take turns in slices, and each is compared with its own round's.

use std::time::{Duration, Instant};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::batch_get_item::BatchGetItemInput;
use aws_sdk_dynamodb::operation::update_item::UpdateItemInput;
use futures_util::{StreamExt, stream};
use rand::seq::SliceRandom;

use super::worker::Worker;
use crate::batch::bodies::{Body, Kind, User};
use crate::local::{Local, tables};
use crate::recorder::{Notes, Recorder};
use crate::statistics::Spread;
use crate::{again, progress};

/// Items of a slice. One takes a second or two.
pub(super) const ITEMS: usize = 1_000;
/// As many as the worker has under way.
pub(super) const AT_ONCE: usize = 32;
const ROUNDS: u64 = 20;
/// Batches whose traces a profile keeps. Users have as many before anything is measured, so that items don't grow meanwhile.
const TRACES: u8 = 4;
/// Whatever happens, it does not go on for longer.
const AT_MOST: Duration = Duration::from_secs(80);

/// Who changes the items.
#[derive(Clone, Copy)]
pub(super) enum Way {
    /// The worker, from its ticket to the end of its batch.
    Worker,
    /// Its updates alone, ready-made.
    Updates,
    /// Its reads one by one, then its updates: what a worker reaches that costs nothing, and does nothing while it reads.
    ReadsAndUpdates,
}

impl Way {
    const ALL: [Self; 3] = [Self::Worker, Self::Updates, Self::ReadsAndUpdates];
}

/// Items a second of each way, a round each.
#[derive(Default)]
pub(super) struct Pace([Vec<f64>; Way::ALL.len()]);

impl Pace {
    pub(super) fn of(&self, way: Way) -> Spread {
        Spread::of(self.0[way as usize].iter().copied())
    }

    /// One way's pace beside another's of the same round.
    pub(super) fn ratio(&self, way: Way, other: Way) -> Spread {
        Spread::of(self.0[way as usize].iter().zip(&self.0[other as usize]).map(|(way, other)| way / other))
    }
}

/// Lets all ways take turns. The worker has users of its own, since its traces would stand in the way of updates that are made again.
pub(super) async fn measure(local: &Local) -> Pace {
    let bar = progress::bar("applying, in turns with bare updates (up to two minutes)", ROUNDS + u64::from(TRACES) + 2);
    let [its_users, other_users] = [(); 2].map(|()| (0..ITEMS).map(|_| User::random()).collect::<Vec<_>>());
    let recorder = Recorder::default();
    let worker = Worker::new(local, local.recorded_by(&recorder));
    // The first creates them.
    for number in 0..=TRACES {
        for users in [&its_users, &other_users] {
            apply(&worker, users, &format!("before {number}")).await;
        }
        bar.inc(1);
    }
    recorder.take();
    apply(&worker, &other_users, "recorded").await;
    let calls = Calls::again(recorder.take());
    bar.inc(1);

    let worker = Worker::new(local, local.client.clone());
    let mut pace = Pace::default();
    let began = Instant::now();
    for round in 0..ROUNDS {
        // In random order, so that none always has the same one's garbage to clear away.
        let mut turns = Way::ALL;
        turns.shuffle(&mut rand::rng());
        for way in turns {
            let took = match way {
                Way::Worker => apply(&worker, &its_users, &format!("round {round}")).await,
                Way::Updates => calls.make(&local.client, false).await,
                Way::ReadsAndUpdates => calls.make(&local.client, true).await,
            };
            pace.0[way as usize].push(ITEMS as f64 / took.as_secs_f64());
        }
        bar.inc(1);
        if began.elapsed() > AT_MOST {
            break;
        }
    }
    bar.finish_and_clear();
    pace
}

/// How long the worker takes to give all of them this plan, once that is accepted.
async fn apply(worker: &Worker<'_>, users: &[User], plan: &str) -> Duration {
    let waiting = worker.accept(&Body::about(Kind::Short, users, plan)).await;
    let began = Instant::now();
    let id = worker.apply(waiting).await;
    let took = began.elapsed();
    assert_eq!(worker.count(&id, "unchanged_count").await, 0, "all items change");
    took
}

/// The worker's calls that read and write profiles, for one batch.
struct Calls {
    reads: Vec<BatchGetItemInput>,
    updates: Vec<UpdateItemInput>,
}

impl Calls {
    /// Those that were recorded, so that they can be made again and again: each update finds the trace that it left the last time.
    fn again(notes: Notes) -> Self {
        let Notes { reads, mut updates, .. } = notes;
        updates.retain(|update| update.table_name() == Some(&tables().profiles));
        assert_eq!(updates.len(), ITEMS, "an update each");
        for update in &mut updates {
            let values = update.expression_attribute_values.as_mut().expect("values");
            let left = values[":traces"].clone();
            values.insert(":seen".to_owned(), left).expect("a condition on the trace");
        }
        Self { reads, updates }
    }

    /// Makes the updates, as many at once as the worker does, and before them if wanted the reads.
    async fn make(&self, client: &Client, with_reads: bool) -> Duration {
        let reads = if with_reads { self.reads.clone() } else { Vec::new() };
        let updates = self.updates.clone();
        let began = Instant::now();
        for bunch in reads {
            again::read(client, bunch).await;
        }
        stream::iter(updates).for_each_concurrent(AT_ONCE, |update| again::update(client, update)).await;
        began.elapsed()
    }
}
