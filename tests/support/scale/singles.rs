//! Single upserts.

use std::time::Duration;

use futures_util::{StreamExt, stream};

use super::arrived::Stored;
use super::load;
use super::traffic::{Kind, Traffic, Upsert};
use super::{INSTANCES, Smaller, UPSERTS};
use crate::limited::VirtualTime;
use crate::partitions::Layout;
use crate::{Limited, Partitions, World};

/// How 20,000 upserts a second were answered. Counts are those of the large account.
#[derive(Debug)]
pub struct Figures {
    /// The upserts that were accepted in a second, in the second half of the time. At first, partitions have units to spare.
    pub accepted: f64,
    /// The part of all upserts that was answered with a 503.
    pub refused: f64,
    /// The part that found no instance.
    pub turned_away: f64,
    /// The time in which half of all answers came.
    pub median: Duration,
    /// The time in which 99 of 100 came.
    pub slow: Duration,
    /// The table or index that refused most calls, with how often.
    pub hottest: Option<(String, usize)>,
    /// The number of partitions of `profiles` in the end.
    pub partitions: usize,
}

/// Offers upserts of a kind for a while.
///
/// # Panics
/// If one that was accepted is not stored.
pub async fn offer(world: World, time: VirtualTime, layout: Layout, kind: Kind, smaller: Smaller, lasts: Duration) -> Figures {
    let limited = Limited::new(world, Partitions::unlimited(layout), time);
    let mut traffic = Traffic::new(kind, 400);
    let known = traffic.known();
    create(&limited, &known).await;
    let before = Stored::read(&limited, &[]).await;
    let instances: Vec<_> = (0..(INSTANCES / smaller.0) as usize).map(|_| limited.instance()).collect();
    // They know the secret, as instances that are in use.
    let know = stream::iter(&instances).for_each(async |instance| assert_eq!(instance.get("/").await.status, 200));
    limited.in_virtual_time(know).await;
    limited.partitions.begin(smaller.units());
    let per_second = UPSERTS / smaller.0;
    let (load, _) = limited.in_virtual_time(load::offer(&limited, instances, &mut traffic, per_second, lasts)).await;

    let sent: Vec<_> = load.answered.iter().map(|answered| (&answered.upsert, answered.is_accepted)).collect();
    let emails: Vec<_> = sent.iter().filter_map(|(upsert, _)| upsert.email.clone()).collect();
    Stored::read(&limited, &emails).await.check(&before, &sent);

    let in_the_second_half = |at: Duration| at > lasts / 2 && at <= lasts;
    let accepted = load.answered.iter().filter(|answered| answered.is_accepted && in_the_second_half(answered.at)).count();
    let refused = load.answered.iter().filter(|answered| !answered.is_accepted).count();
    let offered = (load.answered.len() + load.turned_away) as f64;
    let mut times: Vec<_> = load.answered.iter().map(|answered| answered.took).collect();
    times.sort();
    Figures {
        accepted: accepted as f64 / (lasts / 2).as_secs_f64() * smaller.0,
        refused: refused as f64 / offered,
        turned_away: load.turned_away as f64 / offered,
        median: times[times.len() / 2],
        slow: times[times.len() * 99 / 100],
        hottest: limited.partitions.hottest(),
        partitions: limited.partitions.count("profiles"),
    }
}

/// Creates what is known, many at a time. In virtual time, a busy machine does not look like a database that is down.
pub(super) async fn create(limited: &Limited, known: &[Upsert]) {
    let instance = &limited.instance();
    let create = stream::iter(known).for_each_concurrent(16, async |upsert| _ = instance.upsert(&upsert.body).await.id());
    limited.in_virtual_time(create).await;
}
