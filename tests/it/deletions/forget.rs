//! Forget: nothing of the user is left, and nothing brings the user back.

use profiles_domain::{Deleted, Deletion, Error, Identity, InteractionState, Removed};
use profiles_tests::World;
use profiles_tests::activities::Activities;
use profiles_tests::invariants::Snapshot;

use super::{FOREVER, by_email, by_uid, deliveries, nothing_holds, reach, tour, track, upsert, user_with_everything};

#[tokio::test]
async fn nothing_of_a_forgotten_user_is_left_in_any_table_or_index() {
    let world = World::new().await;
    let (storage, account) = (world.storage(), world.account);
    let (api, other) = (world.api(), by_uid("other"));
    upsert(&storage, account, other.clone(), "theirs", world.now()).await;
    reach(&storage, account, &other, &tour("one"), InteractionState::Started, world.now()).await;
    let user = user_with_everything(&world, &storage, account, "moriarty").await;
    // A batch that was applied, with one failed item.
    let batch =
        api.batch(r#"[{"uid":"uid-moriarty","batched":"moriarty"},{"uid":"other","email":"moriarty@example.com"}]"#).await.batch_id();
    crate::batch::apply_all(&world, &api).await;
    assert_eq!(api.batch_status(&batch).await.body["batch"]["state"], "completed");
    let profile = storage.find(account, &user).await.unwrap();
    assert_eq!(profile.properties["batched"], super::value("moriarty"));

    let forgotten = storage.deletions().forget(account, &user, &|| world.now(), FOREVER).await.unwrap();
    assert_eq!(forgotten.profile, profile.id);
    nothing_holds(&world, &["moriarty"]).await;
    let recorded = Activities::read(&world, account).await;
    recorded.check_invariants();
    assert_eq!(recorded.summaries()["tour#one"], [1, 0, 0]);
    Snapshot::read(&world, account, &["moriarty@example.com"]).await.check_invariants();
    let now = world.now().to_string();
    assert_eq!(
        storage.deletions().deletion(account, forgotten.deletion).await.unwrap(),
        Some(Deletion {
            id: forgotten.deletion,
            created_at: now.clone(),
            completed_at: Some(now),
            // The uid, the address and the id of the merged profile.
            deleted: Deleted::Profile(profile.id, Removed { events: 3, responses: 2, interactions: 3, deliveries: 2, identities: 3 },),
        })
    );
    // It is not found by any of its identifiers, and cannot be forgotten again.
    for identity in [user, by_email("moriarty@example.com"), Identity { id: Some(profile.id), ..Identity::default() }] {
        for error in [
            storage.find(account, &identity).await.err(),
            storage.deletions().forget(account, &identity, &|| world.now(), FOREVER).await.err(),
            storage.deletions().clear(account, &identity, &|| world.now(), FOREVER).await.err(),
        ] {
            assert!(matches!(error, Some(Error::ProfileNotFound(_))), "{error:?}");
        }
    }
}

#[tokio::test]
async fn who_comes_back_is_a_new_user_with_nothing() {
    let world = World::new().await;
    let (storage, account, now) = (world.storage(), world.account, world.now());
    let user = user_with_everything(&world, &storage, account, "moriarty").await;
    let forgotten = storage.deletions().forget(account, &user, &|| now, FOREVER).await.unwrap();
    // Within the same second, by either identifier.
    for identity in [Identity { email: by_email("moriarty@example.com").email, ..user.clone() }, user] {
        upsert(&storage, account, identity.clone(), "new", now).await;
        let profile = storage.find(account, &identity).await.unwrap();
        assert!(profile.id.to_string() > forgotten.profile.to_string());
        assert!(profile.deliveries.is_empty());
        assert_eq!(profile.properties["property"], super::value("new"));
    }
    track(&storage, account, &by_uid("uid-moriarty"), "new", now).await;
    let recorded = Activities::read(&world, account).await;
    recorded.check_invariants();
    assert_eq!(recorded.records.len(), 1);
    nothing_holds(&world, &["property-moriarty"]).await;
}

#[tokio::test]
async fn a_batch_accepted_before_a_forget_and_applied_after_it_brings_nobody_back() {
    let world = World::new().await;
    let (storage, account, api) = (world.storage(), world.account, world.api());
    for (n, batch) in
        [r#"[{"uid":"u","plan":"gold"}]"#, r#"[{"email":"u@example.com","plan":"gold"}]"#, r#"[{"uid":"u","email":"u@example.com"}]"#]
            .into_iter()
            .enumerate()
    {
        let user = Identity { email: by_email("u@example.com").email, ..by_uid("u") };
        upsert(&storage, account, user.clone(), "old", world.now()).await;
        let id = api.batch(batch).await.batch_id();
        storage.deletions().forget(account, &user, &|| world.now(), FOREVER).await.unwrap();
        crate::batch::apply_all(&world, &api).await;
        let status = api.batch_status(&id).await;
        assert_eq!((&status.body["batch"]["ignored_count"], &status.body["batch"]["state"]), (&1.into(), &"completed".into()), "{n}");
        assert_eq!(
            storage.find(account, &user).await.err(),
            Some(Error::ProfileNotFound(profiles_domain::Identifier::Uid(user.uid.unwrap())))
        );
        world.wait(std::time::Duration::from_secs(3 * 60));
    }
    // A batch that is accepted later does.
    let id = api.batch(r#"[{"uid":"u","plan":"gold"}]"#).await.batch_id();
    crate::batch::apply_all(&world, &api).await;
    assert_eq!(api.batch_status(&id).await.body["batch"]["created_count"], 1);
}

#[tokio::test]
async fn an_id_of_another_account_is_not_forgotten_cleared_or_read() {
    let world = World::new().await;
    let (storage, account) = (world.storage(), world.account);
    let (other, _) = world.other_account().await;
    user_with_everything(&world, &storage, account, "moriarty").await;
    let id = storage.find(account, &by_uid("uid-moriarty")).await.unwrap().id;
    let forgotten = {
        upsert(&storage, account, by_uid("gone"), "gone", world.now()).await;
        storage.deletions().forget(account, &by_uid("gone"), &|| world.now(), FOREVER).await.unwrap()
    };
    let before = world.everything().await;
    for identity in [by_uid("uid-moriarty"), by_email("moriarty@example.com"), Identity { id: Some(id), ..Identity::default() }] {
        for error in [
            storage.deletions().forget(other, &identity, &|| world.now(), FOREVER).await.err(),
            storage.deletions().clear(other, &identity, &|| world.now(), FOREVER).await.err(),
            deliveries(&storage, other, &identity, world.now()).await.err(),
        ] {
            assert!(matches!(error, Some(Error::ProfileNotFound(_))), "{error:?}");
        }
    }
    let of = profiles_storage::activities::Of::Model("survey".to_owned());
    let page = profiles_storage::activities::Page { limit: 10, before: None, after: None };
    assert!(
        storage.activities().responses(other, &of, page, profiles_storage::activities::Order::Creation).await.unwrap().items.is_empty()
    );
    assert_eq!(
        storage.activities().responses(account, &of, page, profiles_storage::activities::Order::Creation).await.unwrap().items.len(),
        2
    );
    assert_eq!(storage.activities().summary(other, &tour("one")).await.unwrap(), None);
    for delivery in deliveries(&storage, account, &by_uid("uid-moriarty"), world.now()).await.unwrap() {
        assert_eq!(storage.activities().withdraw(other, delivery.id, world.now()).await.unwrap(), None);
    }
    assert_eq!(storage.deletions().deletion(other, forgotten.deletion).await.unwrap(), None);
    assert!(storage.deletions().deletion(account, forgotten.deletion).await.unwrap().is_some());
    assert!(world.everything().await == before);
}
