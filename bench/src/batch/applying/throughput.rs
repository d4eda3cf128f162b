//! The worker's throughput on a batch in which all items change, and that of the bare updates that this comes to.
//!
//! DynamoDB Local takes most of the time, and drifts. So they take turns, and each is compared with its own round's.

use std::time::{Duration, Instant};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::update_item::UpdateItemInput;
use aws_sdk_dynamodb::types::AttributeValue;
use futures_util::{StreamExt, stream};
use rand::seq::SliceRandom;

use crate::batch::bodies::{Body, Kind, User};
use crate::batch::worker::Worker;
use crate::local::{Local, tables};
use crate::recorder::{Recorded, Recorder};
use crate::statistics::Spread;
use crate::{progress, replay_calls};

/// As many writes as the worker makes at a time.
pub(super) const CONCURRENT: usize = 32;
/// As many batches as a profile keeps in its applied log. Users have them before anything is measured, so that items do not grow
/// meanwhile.
const REMEMBERED: u64 = 4;
/// The rounds end after this time, on however slow a machine.
const AT_MOST: Duration = Duration::from_secs(80);

/// Items a second, a round each.
#[derive(Default)]
pub(super) struct Throughput {
    /// The worker, from its ticket to the end of its batch.
    pub(super) worker: Vec<f64>,
    /// Its updates alone, ready-made.
    pub(super) updates: Vec<f64>,
}

/// Takes the median.
pub(super) fn spread(throughput: &[f64]) -> Spread {
    Spread::of(throughput.iter().copied())
}

/// Compares one with another of the same round.
pub(super) fn ratio(throughput: &[f64], other: &[f64]) -> Spread {
    Spread::of(throughput.iter().zip(other).map(|(one, other)| one / other))
}

/// Lets both take turns. The worker has users of its own: the updates expect the revisions that they left themselves.
pub(super) async fn measure(local: &Local, items: usize, rounds: u64) -> Throughput {
    let bar = progress::bar("applying, in turns with bare updates (up to two minutes)", rounds + REMEMBERED + 2);
    let [its_users, other_users] = [(); 2].map(|()| (0..items).map(|_| User::random()).collect::<Vec<_>>());
    let recorder = Recorder::default();
    let worker = Worker::new(local, local.recorded_by(&recorder));
    // The first creates them.
    for number in 0..=REMEMBERED {
        for users in [&its_users, &other_users] {
            apply(&worker, users, &format!("before {number}")).await;
        }
        bar.inc(1);
    }
    recorder.take();
    apply(&worker, &other_users, "recorded").await;
    let mut updates = updates_of_profiles(recorder.take());
    assert_eq!(updates.len(), items, "an update each");
    bar.inc(1);

    let worker = Worker::new(local, local.client.clone());
    let mut throughput = Throughput::default();
    let per_second = |took: Duration| items as f64 / took.as_secs_f64();
    let began = Instant::now();
    for round in 0..rounds {
        // In random order, so that neither always clears away the other's garbage.
        let mut turns = [true, false];
        turns.shuffle(&mut rand::rng());
        for is_workers in turns {
            if is_workers {
                throughput.worker.push(per_second(apply(&worker, &its_users, &format!("round {round}")).await));
            } else {
                updates.iter_mut().for_each(expect_itself);
                throughput.updates.push(per_second(update(&local.client, updates.clone()).await));
            }
        }
        bar.inc(1);
        if began.elapsed() > AT_MOST {
            break;
        }
    }
    bar.finish_and_clear();
    throughput
}

/// Has the worker give all users this plan, and returns how long it took once the batch was accepted.
async fn apply(worker: &Worker<'_>, users: &[User], plan: &str) -> Duration {
    let waiting = worker.accept(&Body::about(Kind::Short, users, plan)).await;
    let began = Instant::now();
    let id = worker.apply(waiting).await;
    let took = began.elapsed();
    assert_eq!(worker.count(&id, "unchanged_count").await, 0, "all items change");
    took
}

/// Makes the updates, as many at a time as the worker.
async fn update(client: &Client, updates: Vec<UpdateItemInput>) -> Duration {
    let began = Instant::now();
    stream::iter(updates).for_each_concurrent(CONCURRENT, |update| replay_calls::update(client, update)).await;
    began.elapsed()
}

/// Returns the recorded updates of profiles.
fn updates_of_profiles(recorded: Recorded) -> Vec<UpdateItemInput> {
    let mut updates = recorded.updates;
    updates.retain(|update| update.table_name() == Some(&tables().profiles));
    updates
}

/// Has an update expect the revision that it left the last time, so that it can be made again and again.
fn expect_itself(update: &mut UpdateItemInput) {
    let values = update.expression_attribute_values.as_mut().expect("values");
    let Some(AttributeValue::N(revision)) = values.get_mut(":seen") else { panic!("the update expects no revision") };
    *revision = (revision.parse::<u64>().expect("a revision") + 1).to_string();
}
