//! Interactions with one tour, whose counts and list are in few partitions.

use profiles_tests::Limited;
use profiles_tests::activities::Activities;

use super::{INSTANCES, UNITS, all_succeeded, limited_to};

const EXPERIENCES: &str = "/v3/observe/hooks/experiences";

/// The webhooks of so many users who begin the same tour.
fn webhooks(users: usize) -> Vec<String> {
    let webhook = |n| format!(r#"{{"id":"w{n}","kind":"tour.started","data":{{"profile":{{"uid":{n}}},"tour":{{"id":"one"}}}}}}"#);
    (0..users).map(webhook).collect()
}

/// Panics unless each user's interaction is there, and is counted once.
async fn all_arrived(limited: &Limited, users: usize) {
    let recorded = Activities::read(&limited.world, limited.world.account).await;
    recorded.check_invariants();
    assert_eq!(recorded.count("interaction"), users);
    assert_eq!(recorded.summaries()["tour#one"], [i64::try_from(users).unwrap(), 0, 0]);
}

#[tokio::test]
async fn a_thousand_users_begin_a_tour_and_none_of_them_is_refused() {
    let limited = limited_to(UNITS).await;
    let (replies, took) = limited.send(INSTANCES, EXPERIENCES, webhooks(1_000)).await;
    limited.report("1,000 interactions", took);
    all_succeeded(&replies);
    all_arrived(&limited, 1_000).await;
}

/// 100 users on partitions of 10 units a second are as 10,000 on partitions of 1,000.
#[tokio::test]
async fn users_who_all_begin_a_tour_at_once_wait_as_long_as_a_request_may_take() {
    let limited = limited_to(10).await;
    let (replies, took) = limited.send(100, EXPERIENCES, webhooks(100)).await;
    limited.report("100 interactions at once", took);
    all_succeeded(&replies);
    all_arrived(&limited, 100).await;
}
