//! Late records: written after their user's deletion was complete, found by the sweep's second look, and removed.

use std::collections::HashSet;
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use profiles_domain::{AccountId, InteractionState, ProfileId};
use profiles_tests::World;
use profiles_tests::activities::Activities;
use profiles_tests::logs::Lines;

use super::{FOREVER, by_uid, nothing_holds, reach, tour, upsert};

/// Puts an event among the records of a profile, like a transaction that was being committed when the purge read them.
async fn put_late_event(world: &World, account: AccountId, profile: ProfileId, generation: u32) {
    let put = world.bare.put_item().table_name(&world.tables.activities);
    let put = put.item("PK", AttributeValue::S(format!("{account}#{profile}")));
    let put =
        put.item("SK", AttributeValue::S(format!("{generation:08x}#event#{profile}"))).item("id", AttributeValue::S(profile.to_string()));
    put.item("name", AttributeValue::S("late".to_owned())).send().await.unwrap();
}

async fn sweep_after(world: &World, time: Duration) {
    world.wait(time);
    let left = Duration::from_secs(60);
    world.storage().deletions().sweep(world.now().minus(left), world.now(), FOREVER).await.unwrap();
}

#[tokio::test]
async fn a_record_that_comes_after_a_forget_was_complete_is_removed_a_minute_later_and_said() {
    let world = World::new().await;
    let (storage, account) = (world.storage(), world.account);
    upsert(&storage, account, by_uid("moriarty"), "moriarty", world.now()).await;
    reach(&storage, account, &by_uid("moriarty"), &tour("one"), InteractionState::Started, world.now()).await;
    let forgotten = storage.deletions().forget(account, &by_uid("moriarty"), &|| world.now(), FOREVER).await.unwrap();
    let deletion = storage.deletions().deletion(account, forgotten.deletion).await.unwrap().unwrap();
    assert!(deletion.completed_at.is_some());
    put_late_event(&world, account, forgotten.profile, 0).await;

    let said = Lines::containing(&forgotten.deletion.to_string());
    sweep_after(&world, Duration::from_secs(30)).await;
    assert_eq!(Activities::read(&world, account).await.records.len(), 1, "it is looked for only when transactions of that time are over");
    sweep_after(&world, Duration::from_secs(60)).await;
    Activities::read(&world, account).await.check_invariants();
    assert!(Activities::read(&world, account).await.records.is_empty());
    let message = "records came after their user's deletion was complete, and were removed";
    assert_eq!(said.with_message(message).len(), 1);
    nothing_holds(&world, &["moriarty", "late"]).await;
    // After that, no worker has anything left to do for it.
    assert!(
        world.items(&world.tables.deletions).await.iter().all(|journal| !journal.contains_key("QUEUE") && !journal.contains_key("SCOPES"))
    );
    assert_eq!(storage.deletions().deletion(account, forgotten.deletion).await.unwrap(), Some(deletion));
}

#[tokio::test]
async fn a_record_that_comes_after_a_clear_was_complete_is_removed_and_later_ones_stay() {
    let world = World::new().await;
    let (storage, account) = (world.storage(), world.account);
    upsert(&storage, account, by_uid("u"), "x", world.now()).await;
    let id = storage.deletions().clear(account, &by_uid("u"), &|| world.now(), FOREVER).await.unwrap().id;
    put_late_event(&world, account, id, 0).await;
    super::track(&storage, account, &by_uid("u"), "after", world.now()).await;
    sweep_after(&world, Duration::from_secs(120)).await;
    let recorded = Activities::read(&world, account).await;
    recorded.check_invariants();
    assert_eq!(recorded.records.len(), 1);
    assert!(
        world.items(&world.tables.deletions).await.iter().all(|journal| !journal.contains_key("QUEUE") && !journal.contains_key("SCOPES"))
    );
}

#[tokio::test]
async fn no_id_of_a_delivery_or_profile_is_reused_when_a_user_comes_back_within_the_same_second() {
    let world = World::new().await;
    let api = world.api();
    let mut given = HashSet::new();
    for _ in 0..3 {
        let profile = api.upsert(r#"{"uid":"u"}"#).await.id();
        assert!(given.insert(profile.clone()), "{profile} was given twice");
        for _ in 0..3 {
            let delivery = api.deliver(r#"{"uid":"u","model_kind":"tour","model_id":"t"}"#).await;
            let id = delivery.body["delivery"]["id"].as_str().unwrap().to_owned();
            assert!(given.insert(id.clone()), "{id} was given twice");
        }
        assert_eq!(api.forget("uid=u").await.status, 200);
    }
}
