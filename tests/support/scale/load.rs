//! Upserts that come at a pace of their own, to instances that each answer one at a time.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use super::traffic::{Traffic, Upsert};
use crate::{Api, Limited};

/// Upserts.
const UPSERTS: &str = "/v3/observe/hooks/profiles";

/// An upsert with its answer.
pub(super) struct Answered {
    pub(super) upsert: Upsert,
    pub(super) is_accepted: bool,
    pub(super) took: Duration,
    /// The time since the first upsert.
    pub(super) at: Duration,
}

/// The answers to all upserts.
pub(super) struct Load {
    pub(super) answered: Vec<Answered>,
    /// The upserts that came when all instances were busy, which Lambda refuses.
    pub(super) turned_away: usize,
}

/// Sends so many upserts a second for a while, each to an instance that is free. Ends when all are answered.
pub(super) async fn offer(limited: &Limited, instances: Vec<Api>, traffic: &mut Traffic, per_second: f64, lasts: Duration) -> Load {
    let free = Arc::new(Mutex::new(instances));
    let (mut all, mut turned_away) = (JoinSet::new(), 0);
    let first = Instant::now();
    for number in 0_u32.. {
        let at = Duration::from_secs_f64(f64::from(number) / per_second);
        if at >= lasts {
            break;
        }
        sleep_until(first + at).await;
        // The one that was used last: the others may end.
        let Some(instance) = free.lock().unwrap().pop() else {
            turned_away += 1;
            continue;
        };
        let (upsert, clock, free) = (traffic.next(), limited.clock(), Arc::clone(&free));
        all.spawn(async move {
            let sent = Instant::now();
            let reply = Limited::post(&instance, clock, UPSERTS, &upsert.body).await;
            free.lock().unwrap().push(instance);
            assert!(matches!(reply.status, 200 | 503), "{}", reply.text);
            Answered { upsert, is_accepted: reply.status == 200, took: sent.elapsed(), at: first.elapsed() }
        });
    }
    Load { answered: all.join_all().await, turned_away }
}
