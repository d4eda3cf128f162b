//! Requests about one user, all at once: they wait for the user's own items.

use std::time::Duration;

use profiles_tests::activities::Activities;

use super::{all_succeeded, limited_to};

/// Longer than the SDK's own attempts, and than a few seconds.
const LONG: Duration = Duration::from_secs(8);

#[tokio::test]
async fn upserts_of_one_user_at_once_wait_as_long_as_a_request_may_take() {
    let limited = limited_to(10).await;
    let bodies = (0..180).map(|n| format!(r#"{{"uid":1,"p{n}":{n}}}"#)).collect();
    let (replies, took) = limited.send(180, "/v3/observe/hooks/profiles", bodies).await;
    limited.report("180 upserts", took);
    all_succeeded(&replies);
    assert!(took > LONG, "{took:?}");
    let reply = limited.world.api().retrieve("uid=1").await;
    assert!((0..180).all(|n| reply.profile()[format!("p{n}")] == n));
}

#[tokio::test]
async fn events_of_one_user_at_once_wait_as_long_as_a_request_may_take() {
    let limited = limited_to(10).await;
    limited.world.api().upsert(r#"{"uid":1}"#).await.id();
    let bodies = (0..20).map(|n| format!(r#"{{"uid":1,"name":"event{n}"}}"#)).collect();
    let (replies, took) = limited.send(20, "/v3/observe/hooks/events", bodies).await;
    limited.report("20 events", took);
    all_succeeded(&replies);
    let recorded = Activities::read(&limited.world, limited.world.account).await;
    recorded.check_invariants();
    assert_eq!(recorded.count("event"), 20);
}
