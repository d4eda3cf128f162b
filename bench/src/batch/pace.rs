//! How fast the worker applies a batch in which all items change, beside the bare updates that this comes to.
//!
//! DynamoDB Local takes most of the time, and drifts: so they take turns in slices, and each is compared with its own round's.

use std::time::{Duration, Instant};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::batch_get_item::BatchGetItemInput;
use aws_sdk_dynamodb::operation::update_item::UpdateItemInput;
use futures_util::{StreamExt, stream};
use rand::seq::SliceRandom;

use super::bodies::{Body, Kind, User};
use super::worker::Worker;
use crate::local::{Local, tables};
use crate::recorder::Recorder;
use crate::statistics::Spread;
use crate::{again, progress};

/// Items of a slice. One takes a second or two.
pub(super) const ITEMS: usize = 1_000;
/// As many as the worker has under way.
pub(super) const AT_ONCE: usize = 32;
const ROUNDS: u64 = 20;
/// Whatever happens, it does not go on for longer.
const AT_MOST: Duration = Duration::from_secs(80);

/// Who changes the items.
#[derive(Clone, Copy)]
pub(super) enum Way {
    /// The worker, from its ticket to the end of its batch.
    Worker,
    /// Its updates alone, ready-made.
    Updates,
    /// Its reads, then its updates: what a worker that costs nothing would reach.
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

/// Lets all ways take turns.
pub(super) async fn measure(local: &Local) -> Pace {
    let bar = progress::bar("applying, in turns with bare updates (a minute)", ROUNDS);
    let began = Instant::now();
    let users: Vec<User> = (0..ITEMS).map(|_| User::random()).collect();
    let calls = Calls::recorded(local, &users).await;
    let worker = Worker::new(local, local.client.clone());
    let mut pace = Pace::default();
    let mut bare = calls.iter().cycle();
    for round in 0..ROUNDS {
        // In random order, so that none always has the same one's garbage to clear away.
        let mut turns = Way::ALL;
        turns.shuffle(&mut rand::rng());
        for way in turns {
            let seconds = match way {
                Way::Worker => apply(&worker, &users, round).await,
                Way::Updates => bare.next().expect("a cycle").send(&local.client, false).await,
                Way::ReadsAndUpdates => bare.next().expect("a cycle").send(&local.client, true).await,
            };
            pace.0[way as usize].push(ITEMS as f64 / seconds);
        }
        bar.inc(1);
        if began.elapsed() > AT_MOST {
            break;
        }
    }
    bar.finish_and_clear();
    pace
}

fn batch(users: &[User], plan: &str) -> Body {
    Body::about(Kind::Short, users, plan)
}

async fn apply(worker: &Worker<'_>, users: &[User], round: u64) -> f64 {
    let waiting = worker.accept(&batch(users, &format!("plan {round}"))).await;
    let began = Instant::now();
    let id = worker.apply(waiting).await;
    let seconds = began.elapsed().as_secs_f64();
    assert_eq!(worker.count(&id, "updated_count").await, users.len(), "all items change");
    seconds
}

/// The worker's calls that read and write profiles, for one batch.
#[derive(Default)]
struct Calls {
    reads: Vec<BatchGetItemInput>,
    updates: Vec<UpdateItemInput>,
}

impl Calls {
    /// Those for two batches. An update leaves its batch's trace and is refused where that is; in turns, both go on and on.
    async fn recorded(local: &Local, users: &[User]) -> [Self; 2] {
        let recorder = Recorder::default();
        let worker = Worker::new(local, local.recorded_by(&recorder));
        worker.apply(worker.accept(&batch(users, "plan")).await).await;
        let mut calls = [Self::default(), Self::default()];
        for (calls, plan) in calls.iter_mut().zip(["plan A", "plan B"]) {
            let waiting = worker.accept(&batch(users, plan)).await;
            recorder.take();
            worker.apply(waiting).await;
            let notes = recorder.take();
            calls.reads = notes.reads;
            calls.updates = notes.updates;
            calls.updates.retain(|update| update.table_name() == Some(&tables().profiles));
            assert_eq!(calls.updates.len(), users.len(), "an update each");
        }
        calls
    }

    /// Sends the updates, as many at once as the worker does, and before them if wanted the reads.
    async fn send(&self, client: &Client, with_reads: bool) -> f64 {
        let reads = if with_reads { self.reads.clone() } else { Vec::new() };
        let updates = self.updates.clone();
        let began = Instant::now();
        for bunch in reads {
            again::read(client, bunch).await;
        }
        stream::iter(updates).for_each_concurrent(AT_ONCE, |update| again::update(client, update)).await;
        began.elapsed().as_secs_f64()
    }
}
