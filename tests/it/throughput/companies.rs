//! Upserts that all name one company with properties.

use super::{INSTANCES, all_succeeded, limited_to};

const UPSERTS: &str = "/v3/observe/hooks/profiles";

fn upserts(count: usize, seats: impl Fn(usize) -> usize) -> Vec<String> {
    (0..count).map(|n| format!(r#"{{"uid":{n},"company":{{"uid":"acme","name":"Acme","seats":{}}}}}"#, seats(n))).collect()
}

/// 1,000 upserts on partitions of 250 units a second are as 4,000 on partitions of 1,000.
#[tokio::test]
async fn a_company_in_every_upsert_is_written_only_when_it_changes_and_no_upsert_is_refused() {
    let limited = limited_to(250).await;
    let (replies, took) = limited.send(1, UPSERTS, upserts(1, |_| 1)).await;
    all_succeeded(&replies);
    limited.report("the first", took);
    let written = limited.partitions.written("companies");

    let (replies, took) = limited.send(INSTANCES, UPSERTS, upserts(1_000, |_| 1)).await;
    limited.report("1,000 upserts that change nothing of their company", took);
    all_succeeded(&replies);
    assert_eq!(limited.partitions.written("companies"), written);

    let (replies, took) = limited.send(INSTANCES, UPSERTS, upserts(1_000, |n| n + 2)).await;
    limited.report("1,000 upserts that change their company", took);
    all_succeeded(&replies);
    assert!(limited.partitions.refused("companies") > 0);
    let api = limited.world.api();
    let reply = api.retrieve("uid=0&expand[company]=all").await;
    assert!(reply.profile()["company"]["seats"].as_u64() > Some(1), "{}", reply.text);
}
