//! Batches.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::Smaller;
use super::arrived::Stored;
use super::singles::create;
use super::traffic::{Kind, Traffic, Upsert};
use crate::limited::VirtualTime;
use crate::partitions::Layout;
use crate::{Limited, Partitions, World, stream};

/// The time until the function that applies batches is ended.
const WORKER_TIME: Duration = Duration::from_secs(300);
/// More than one chunk of a few thousand items takes on the smallest partitions.
const ROUNDS: usize = 60;

/// How a batch was applied. Counts are those of the large account.
#[derive(Debug)]
pub struct Applied {
    /// Items a second.
    pub items: f64,
    /// The time until all were applied.
    pub took: Duration,
    /// The table or index that refused most calls, with how often.
    pub hottest: Option<(String, usize)>,
}

/// Has a batch of so many items of a kind accepted and applied.
///
/// # Panics
/// If an item of it fails, or is not stored.
pub async fn apply(world: World, time: VirtualTime, layout: Layout, kind: Kind, smaller: Smaller, items: usize) -> Applied {
    let limited = Limited::new(world, Partitions::unlimited(layout), time);
    let mut traffic = Traffic::new(kind, 400);
    let known = traffic.known();
    create(&limited, &known).await;
    let items: Vec<Upsert> = (0..items).map(|_| traffic.next()).collect();
    let list: Vec<_> = items.iter().map(|item| item.body.as_str()).collect();
    let (instance, list) = (limited.instance(), format!("[{}]", list.join(",")));
    let id = limited.in_virtual_time(instance.batch(&list)).await.0.batch_id();
    limited.partitions.begin(smaller.units());
    let mut took = Duration::ZERO;
    for round in 0.. {
        assert!(round < ROUNDS, "the batch is not applied");
        let events = stream::events(&limited.world).await;
        if events.is_empty() {
            break;
        }
        took += work(&limited, events).await;
    }

    let status = limited.world.api().batch_status(&id).await.body;
    let count = |name: &str| status["batch"][name].as_u64().unwrap();
    assert_eq!((&status["batch"]["state"], count("failed_count"), count("ignored_count")), (&json!("completed"), 0, 0), "{status}");
    assert_eq!(count("created_count") + count("updated_count") + count("unchanged_count"), items.len() as u64, "{status}");
    let emails: Vec<_> = items.iter().filter_map(|item| item.email.clone()).collect();
    Stored::read(&limited, &emails).await.check_last(&items);
    Applied { items: items.len() as f64 / took.as_secs_f64() * smaller.0, took, hottest: limited.partitions.hottest() }
}

/// Has workers apply these tickets for a turn, all at once. A ticket that is not done comes again.
async fn work(limited: &Limited, events: Vec<Value>) -> Duration {
    let mut workers = JoinSet::new();
    for event in events {
        let (worker, deadline) = (limited.worker(), limited.clock()().plus(WORKER_TIME));
        workers.spawn(async move { worker.work(&event, Some(deadline)).await });
    }
    limited.in_virtual_time(workers.join_all()).await.1
}
