//! Clear: the user keeps the profile and loses the activities.

use std::time::Duration;

use profiles_domain::{Identity, InteractionState};
use profiles_normalization::Value;
use profiles_storage::activities::{Of, Order, Page};
use profiles_tests::World;
use profiles_tests::activities::Activities;
use profiles_tests::invariants::Snapshot;

use super::{FOREVER, answer, by_email, by_uid, deliver, deliveries, properties, reach, tour, track, upsert, user_with_everything, value};

#[tokio::test]
async fn a_cleared_profile_keeps_its_own_properties_and_loses_its_records() {
    let world = World::new().await;
    let (storage, account, api) = (world.storage(), world.account, world.api());
    let other = by_uid("other");
    upsert(&storage, account, other.clone(), "theirs", world.now()).await;
    reach(&storage, account, &other, &tour("one"), InteractionState::Completed, world.now()).await;
    deliver(&storage, account, &other, &tour("one"), world.now()).await;
    let user = user_with_everything(&world, &storage, account, "moriarty").await;
    api.upsert(r#"{"uid":"uid-moriarty","browser_x":800,"browser_tz":-7,"browser_l":"en","browser_n":"chrome","browser_k":"desktop","last_seen_at":1870258680,"last_seen_session_count":4}"#).await.id();
    let before = storage.find(account, &user).await.unwrap();
    assert_eq!(before.deliveries.len(), 2);
    let others = storage.find(account, &other).await.unwrap();

    world.wait(Duration::from_secs(5));
    let cleared = storage.deletions().clear(account, &user, &|| world.now(), FOREVER).await.unwrap();
    assert!(storage.find(account, &user).await.unwrap() == cleared);
    assert_eq!((cleared.id, &cleared.created_at, &cleared.uid), (before.id, &before.created_at, &before.uid));
    let mut expected = properties("moriarty");
    expected.insert("email".to_owned(), value("moriarty@example.com"));
    expected.insert("last_cleared_at".to_owned(), value(&world.now().to_string()));
    expected.insert("percent".to_owned(), cleared.properties["percent"].clone());
    assert!(cleared.properties == expected);
    let recorded = Activities::read(&world, account).await;
    recorded.check_invariants();
    assert_eq!(recorded.records.len(), 2, "{:#?}", recorded.records);
    assert_eq!(recorded.summaries()["tour#one"], [0, 1, 0]);
    // The sweep looks once more, and closes the journal, which keeps only what a replay needs.
    world.wait(Duration::from_secs(120));
    storage.deletions().sweep(world.now(), world.now(), FOREVER).await.unwrap();
    let journals = world.items(&world.tables.deletions).await;
    let mut names: Vec<_> = journals.iter().flat_map(|journal| journal.keys().map(String::as_str)).collect();
    names.sort_unstable();
    assert_eq!(names, ["CLEARED", "PK", "completed_at", "created_at", "id", "kind", "profile_id"]);
    assert!(storage.find(account, &other).await.unwrap() == others);
    Snapshot::read(&world, account, &["moriarty@example.com"]).await.check_invariants();
}

#[tokio::test]
async fn a_new_percent_is_drawn() {
    let world = World::new().await;
    let (storage, account) = (world.storage(), world.account);
    upsert(&storage, account, by_uid("u"), "x", world.now()).await;
    let mut drawn = Vec::new();
    for _ in 0..3 {
        let profile = storage.deletions().clear(account, &by_uid("u"), &|| world.now(), FOREVER).await.unwrap();
        let Value::Number(percent) = &profile.properties["percent"] else { panic!("no number") };
        drawn.push(percent.as_str().to_owned());
    }
    drawn.dedup();
    assert!(drawn.len() > 1, "{drawn:?}");
}

#[tokio::test]
async fn what_comes_after_a_clearing_stays_and_counts() {
    let world = World::new().await;
    let (storage, account, now) = (world.storage(), world.account, world.now());
    let user = user_with_everything(&world, &storage, account, "moriarty").await;
    for round in 1..=3 {
        storage.deletions().clear(account, &user, &|| now, FOREVER).await.unwrap();
        track(&storage, account, &user, "after", now).await;
        reach(&storage, account, &user, &tour("one"), InteractionState::Started, now).await;
        answer(&storage, account, &user, "after", now).await;
        deliver(&storage, account, &user, &tour("one"), now).await;
        let recorded = Activities::read(&world, account).await;
        recorded.check_invariants();
        assert_eq!((recorded.records.len(), recorded.summaries()["tour#one"]), (4, [1, 0, 0]), "{round}");
    }
}

#[tokio::test]
async fn what_is_cleared_is_hidden_at_once_though_it_is_not_removed_yet() {
    let world = World::new().await;
    let (storage, account, now) = (world.storage(), world.account, world.now());
    let user = user_with_everything(&world, &storage, account, "moriarty").await;
    storage.deletions().clear(account, &user, &|| now, &|| false).await.unwrap();
    assert!(Activities::read(&world, account).await.records.len() >= 10);
    answer(&storage, account, &user, "after", now).await;
    let page = Page { limit: 10, before: None, after: None };
    for of in [Of::Profile(user.clone()), Of::Model("survey".to_owned())] {
        let listed = storage.activities().responses(account, &of, page, Order::Creation).await.unwrap();
        assert_eq!(listed.items.iter().map(|response| response.properties.clone()).collect::<Vec<_>>(), [properties("after")]);
    }
    for of in [Of::Profile(user.clone()), Of::Model("one".to_owned())] {
        assert!(storage.activities().interactions(account, &of, page, Order::Creation).await.unwrap().items.is_empty());
    }
    assert_eq!(deliveries(&storage, account, &user, world.now()).await.unwrap(), []);
    // The sweep removes it, and no later records.
    world.wait(Duration::from_secs(60));
    let swept = storage.deletions().sweep(world.now(), world.now(), FOREVER).await.unwrap();
    assert_eq!((swept.found, swept.finished), (1, 1));
    let recorded = Activities::read(&world, account).await;
    recorded.check_invariants();
    assert_eq!(recorded.records.len(), 1);
}

#[tokio::test]
async fn records_of_a_merged_profile_are_its_survivors() {
    let world = World::new().await;
    let (storage, account, now) = (world.storage(), world.account, world.now());
    let (uid, email) = (by_uid("u"), by_email("u@example.com"));
    for identity in [&uid, &email] {
        upsert(&storage, account, identity.clone(), "x", now).await;
        // Nothing is left of an earlier generation.
        answer(&storage, account, identity, "cleared", now).await;
        storage.deletions().clear(account, identity, &|| now, FOREVER).await.unwrap();
        answer(&storage, account, identity, "kept", now).await;
        reach(&storage, account, identity, &tour("one"), InteractionState::Started, now).await;
        deliver(&storage, account, identity, &tour("one"), now).await;
    }
    let old = storage.find(account, &email).await.unwrap().id;
    upsert(&storage, account, Identity { email: email.email.clone(), ..uid.clone() }, "x", now).await;
    let survivor = storage.find(account, &uid).await.unwrap().id;
    let page = Page { limit: 10, before: None, after: None };
    for of in [Of::Profile(uid.clone()), Of::Profile(Identity { id: Some(old), ..Identity::default() }), Of::Model("survey".to_owned())] {
        let listed = storage.activities().responses(account, &of, page, Order::Creation).await.unwrap();
        assert_eq!(listed.items.iter().map(|response| response.profile).collect::<Vec<_>>(), [survivor; 2]);
    }
    let pending = deliveries(&storage, account, &uid, now).await.unwrap();
    assert_eq!(pending.len(), 2);
    for delivery in &pending {
        assert_eq!(storage.activities().delivery(account, delivery.id, now).await.unwrap().as_ref(), Some(delivery));
    }
    assert_eq!(storage.activities().withdraw(account, pending[1].id, now).await.unwrap().as_ref(), Some(&pending[1]));
    assert_eq!(deliveries(&storage, account, &uid, now).await.unwrap(), pending[..1]);
    Activities::read(&world, account).await.check_invariants();
    storage.deletions().clear(account, &uid, &|| now, FOREVER).await.unwrap();
    let recorded = Activities::read(&world, account).await;
    recorded.check_invariants();
    assert!(recorded.records.is_empty(), "{:#?}", recorded.records);
}
