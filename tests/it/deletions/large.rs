//! Users with more records than one function has time to remove, or more merged profiles than one transaction can take.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};
use profiles_domain::{AccountId, Error, Identity, ProfileId};
use profiles_tests::activities::Activities;
use profiles_tests::invariants::Snapshot;
use profiles_tests::{World, size};

use super::{FOREVER, by_email, by_uid, nothing_holds, removed_in, track, upsert};

/// More merged profiles than a transaction has actions.
const MERGED: usize = 110;
/// The number of records that are read and removed before the time is checked again. It bounds the memory used.
const AT_ONCE: usize = 2_000;

/// Stores events directly, because tracking them one by one would take minutes.
async fn store_events(world: &World, account: AccountId, profile: ProfileId, events: usize) {
    let numbers: Vec<_> = (0..events).collect();
    for some in numbers.chunks(25) {
        let writes = some.iter().map(|number| {
            let id = format!("{number:024x}");
            let put = PutRequest::builder()
                .item("PK", AttributeValue::S(format!("{account}#{profile}")))
                .item("SK", AttributeValue::S(format!("00000000#event#{id}")))
                .item("id", AttributeValue::S(id))
                .item("name", AttributeValue::S("opened".to_owned()))
                .item("properties", AttributeValue::M([("by".to_owned(), AttributeValue::S("moriarty".to_owned()))].into()));
            WriteRequest::builder().put_request(put.build().unwrap()).build()
        });
        let output = world.bare.batch_write_item().request_items(&world.tables.activities, writes.collect()).send().await.unwrap();
        assert!(output.unprocessed_items.unwrap_or_default().is_empty());
    }
}

#[tokio::test]
async fn a_user_with_50_000_events_is_hidden_at_once_and_the_sweep_removes_what_the_request_had_no_time_for() {
    let world = World::new().await;
    let (storage, account) = (world.storage(), world.account);
    upsert(&storage, account, by_uid("moriarty"), "moriarty", world.now()).await;
    let profile = storage.find(account, &by_uid("moriarty")).await.unwrap().id;
    // More than the request and the first sweep have time for.
    let events = size(14_000, 50_000);
    store_events(&world, account, profile, events).await;

    let asked = AtomicUsize::new(0);
    world.wire.take();
    let forgotten = storage
        .deletions()
        .forget(account, &by_uid("moriarty"), &|| world.now(), &|| asked.fetch_add(1, Ordering::SeqCst) < 3)
        .await
        .unwrap();
    let calls = world.wire.take();
    assert_eq!(calls.iter().filter(|call| *call == "Query").count(), 3);
    // The read, the transaction, three counts, and 80 deletions for each 2,000 records.
    assert_eq!(calls.len(), 2 + 3 + 3 + 3 * AT_ONCE / 25);
    assert!(matches!(storage.find(account, &by_uid("moriarty")).await, Err(Error::ProfileNotFound(_))));
    let deletion = async || storage.deletions().deletion(account, forgotten.deletion).await.unwrap().unwrap();
    let left = deletion().await;
    assert_eq!((left.completed_at.clone(), removed_in(&left).events), (None, 3 * AT_ONCE as u64));
    assert_eq!(Activities::read(&world, account).await.count("event"), events - 3 * AT_ONCE);

    // Too young to count as abandoned.
    let since = world.now();
    assert_eq!(storage.deletions().sweep(since, since, FOREVER).await.unwrap().found, 0);
    world.wait(Duration::from_secs(60));
    let asked = AtomicUsize::new(0);
    let hasty = || asked.fetch_add(1, Ordering::SeqCst) < 3;
    let swept = storage.deletions().sweep(world.now(), world.now(), &hasty).await.unwrap();
    assert_eq!((swept.found, swept.finished), (1, 0));
    let swept = storage.deletions().sweep(world.now(), world.now(), FOREVER).await.unwrap();
    assert_eq!((swept.found, swept.finished), (1, 1));
    let done = deletion().await;
    assert_eq!((done.completed_at.clone(), removed_in(&done).events), (Some(world.now().to_string()), events as u64));
    nothing_holds(&world, &["moriarty"]).await;
    Activities::read(&world, account).await.check_invariants();
    assert_eq!(storage.deletions().sweep(world.now(), world.now(), FOREVER).await.unwrap().found, 0);
}

#[tokio::test]
async fn a_user_whom_more_profiles_were_merged_into_than_a_transaction_takes_is_forgotten_with_all_of_them() {
    let world = World::new().await;
    let (storage, account, now) = (world.storage(), world.account, world.now());
    let (user, mut merged, mut emails) = (by_uid("moriarty"), Vec::new(), Vec::new());
    upsert(&storage, account, user.clone(), "moriarty", now).await;
    for n in 0..MERGED {
        let email = by_email(&format!("moriarty{n}@example.com"));
        upsert(&storage, account, email.clone(), "moriarty", now).await;
        track(&storage, account, &email, "moriarty", now).await;
        merged.push(storage.find(account, &email).await.unwrap().id);
        upsert(&storage, account, Identity { email: email.email, ..user.clone() }, "moriarty", now).await;
        emails.push(format!("moriarty{n}@example.com"));
    }
    // The request has no time for the aliases that are not in the transaction.
    let forgotten = storage.deletions().forget(account, &user, &|| now, &|| false).await.unwrap();
    for id in &merged {
        let found = storage.find(account, &Identity { id: Some(*id), ..Identity::default() }).await;
        assert!(matches!(found, Err(Error::ProfileNotFound(_))));
    }
    // Sent again, it continues, and has the same answer.
    assert_eq!(storage.deletions().forget(account, &user, &|| now, FOREVER).await.unwrap(), forgotten);
    let deletion = storage.deletions().deletion(account, forgotten.deletion).await.unwrap().unwrap();
    assert!(deletion.completed_at.is_some());
    let removed = removed_in(&deletion);
    assert_eq!((removed.events, removed.identities), (MERGED as u64, 2 + MERGED as u64));
    nothing_holds(&world, &["moriarty"]).await;
    Activities::read(&world, account).await.check_invariants();
    let emails: Vec<&str> = emails.iter().map(String::as_str).collect();
    let snapshot = Snapshot::read(&world, account, &emails).await;
    snapshot.check_invariants();
    assert_eq!(snapshot.slots.values().filter(|slot| slot.contains_key("FORGOTTEN_AT")).count(), 1 + MERGED);
}
