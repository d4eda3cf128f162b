//! The repair of addresses: profiles whose address is claimed by no profile, or by another one.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use profiles_domain::{Error, ProfileId};
use profiles_storage::addresses::{Repair, Repaired, Watch};
use profiles_storage::{RetryPolicy, Storage};
use profiles_tests::invariants::{Snapshot, claim_key, text};
use profiles_tests::{Api, Fault, World};

use crate::batch::{apply_all, completed, counts};

const ADDRESS: &str = "x@example.com";

type Stored = HashMap<String, AttributeValue>;

async fn repair(world: &World, storage: &Storage, what: Repair) -> Result<(Repaired, Vec<ProfileId>), Error> {
    let lost = Mutex::new(Vec::new());
    let watch = Watch { progress: &|_| (), lost: &|_, id| lost.lock().unwrap().push(id) };
    let done = storage.addresses().repair(what, world.now(), &watch).await?;
    Ok((done, lost.into_inner().unwrap()))
}

/// The profiles that a repair mends: those that get the claim, and those that lose the address. A dry run before it must count the same and
/// change nothing, and a second repair find nothing.
async fn mended(world: &World) -> (u64, Vec<ProfileId>) {
    let before = world.everything().await;
    let (dry, would_lose) = repair(world, &world.storage(), Repair::DryRun).await.unwrap();
    assert!(world.everything().await == before, "a dry run changed something");
    let (done, lost) = repair(world, &world.storage(), Repair::Do).await.unwrap();
    assert_eq!((dry, &would_lose), (done, &lost));
    assert_eq!((done.lost, done.failed), (u64::try_from(lost.len()).unwrap(), 0));
    is_mended(world).await;
    (done.claimed, lost)
}

/// Checks that claims and profiles agree, and that a repair changes nothing.
async fn is_mended(world: &World) {
    Snapshot::read(world, world.account, &[ADDRESS, "y@example.com"]).await.check_invariants();
    let before = world.everything().await;
    let (again, _) = repair(world, &world.storage(), Repair::Do).await.unwrap();
    assert_eq!((again.claimed, again.lost, again.failed), (0, 0, 0));
    assert!(world.everything().await == before);
}

async fn upsert(api: &Api, body: &str) -> String {
    api.upsert(body).await.id()
}

/// Returns the claim to the address.
async fn claim(world: &World) -> Option<Stored> {
    let key = claim_key(world.account, ADDRESS);
    world.items(&world.tables.identities).await.into_iter().find(|item| text(item, "PK") == Some(&key))
}

/// Makes the claim to the address name this id.
async fn claim_names(world: &World, id: &str) {
    let mut item = claim(world).await.unwrap_or_default();
    item.remove("EXPIRES_AT");
    item.insert("PK".to_owned(), AttributeValue::S(claim_key(world.account, ADDRESS)));
    item.insert("id".to_owned(), AttributeValue::S(id.to_owned()));
    world.bare.put_item().table_name(&world.tables.identities).set_item(Some(item)).send().await.unwrap();
}

async fn lose_claim(world: &World) {
    let key = AttributeValue::S(claim_key(world.account, ADDRESS));
    world.bare.delete_item().table_name(&world.tables.identities).key("PK", key).send().await.unwrap();
}

/// Gives a profile the address, without the claim.
async fn share(world: &World, id: &str) {
    let profiles = world.items(&world.tables.profiles).await;
    let mut item = profiles.into_iter().find(|item| text(item, "id") == Some(id)).unwrap();
    item.insert("email".to_owned(), AttributeValue::S(ADDRESS.to_owned()));
    world.bare.put_item().table_name(&world.tables.profiles).set_item(Some(item)).send().await.unwrap();
}

#[tokio::test]
async fn a_profile_without_its_claim_is_found_by_its_address_again() {
    let world = World::new().await;
    let api = world.api();
    for body in [r#"{"uid":1,"email":"x@example.com"}"#, r#"{"email":"x@example.com"}"#] {
        let id = upsert(&api, body).await;
        lose_claim(&world).await;
        assert_eq!(api.retrieve("email=x@example.com").await.status, 404);
        assert_eq!(mended(&world).await, (1, vec![]));
        assert_eq!(api.retrieve("email=x@example.com").await.profile()["id"], id.as_str());
        assert_eq!(upsert(&api, r#"{"email":"x@example.com","plan":"gold"}"#).await, id);
        api.forget("email=x@example.com").await.id();
        assert_eq!(mended(&world).await, (0, vec![]));
        world.wait(Duration::from_secs(1));
    }
}

#[tokio::test]
async fn a_claim_that_names_no_profile_with_the_address_goes_to_the_one_that_has_it() {
    let world = World::new().await;
    let api = world.api();
    let (other, id) = (upsert(&api, r#"{"uid":2}"#).await, upsert(&api, r#"{"uid":1,"email":"x@example.com"}"#).await);
    let merged = upsert(&api, r#"{"email":"y@example.com"}"#).await;
    assert_eq!(upsert(&api, r#"{"uid":1,"email":"y@example.com"}"#).await, id);
    upsert(&api, r#"{"uid":1,"email":"x@example.com"}"#).await;
    let nobody = format!("{}{}", &id[..8], "0123456789abcdef");
    for named in [other, merged, nobody] {
        claim_names(&world, &named).await;
        assert_eq!(mended(&world).await, (1, vec![]), "{named}");
        assert_eq!(api.retrieve("email=x@example.com").await.profile()["id"], id.as_str());
    }
}

#[tokio::test]
async fn a_profile_whose_address_another_one_has_and_holds_loses_it() {
    let world = World::new().await;
    let api = world.api();
    for second in [r#"{"uid":2}"#, r#"{"uid":2,"email":"y@example.com"}"#] {
        let owner = upsert(&api, r#"{"uid":1,"email":"x@example.com"}"#).await;
        let other = upsert(&api, second).await;
        share(&world, &other).await;
        if second.contains("email") {
            // The claim that it had names it still, and is no part of what is looked at here.
            let key = AttributeValue::S(claim_key(world.account, "y@example.com"));
            world.bare.delete_item().table_name(&world.tables.identities).key("PK", key).send().await.unwrap();
        }
        world.wait(Duration::from_secs(1));
        assert_eq!(mended(&world).await, (0, vec![other.parse().unwrap()]));
        let left = api.retrieve("uid=2").await.profile().clone();
        assert_eq!((&left["id"], left.get("email")), (&other.as_str().into(), None));
        assert_eq!(api.retrieve("email=x@example.com").await.profile()["id"], owner.as_str());
        // It is a former address of the other one: a forget fences it.
        api.forget("uid=2").await.id();
        assert!(claim(&world).await.unwrap().contains_key("FENCED_AT"));
        api.forget("uid=1").await.id();
        world.wait(Duration::from_secs(1));
    }
}

#[tokio::test]
async fn of_two_without_a_claim_one_gets_it_and_the_other_loses_the_address() {
    let world = World::new().await;
    let api = world.api();
    let (one, two) = (upsert(&api, r#"{"uid":1,"email":"x@example.com"}"#).await, upsert(&api, r#"{"uid":2}"#).await);
    share(&world, &two).await;
    lose_claim(&world).await;
    let (done, lost) = repair(&world, &world.storage(), Repair::Do).await.unwrap();
    assert_eq!((done.claimed, done.lost, done.failed), (1, 1, 0));
    is_mended(&world).await;
    let holder = api.retrieve("email=x@example.com").await.id();
    assert!([one, two].iter().all(|id| (*id == holder) != (lost == [id.parse().unwrap()])));
}

#[tokio::test]
async fn a_tombstone_in_the_claim_holds_for_batches_from_before() {
    let world = World::new().await;
    let api = world.api();
    upsert(&api, r#"{"uid":1,"email":"x@example.com"}"#).await;
    let batch = api.batch(r#"[{"email":"x@example.com","plan":"gold"}]"#).await.batch_id();
    api.forget("uid=1").await.id();
    world.wait(Duration::from_secs(1));
    let back = upsert(&api, r#"{"uid":2}"#).await;
    share(&world, &back).await;
    let tombstone = claim(&world).await.unwrap();
    assert_eq!(mended(&world).await, (1, vec![]));
    let mended = claim(&world).await.unwrap();
    assert!(tombstone.contains_key("FORGOTTEN_AT") && mended.get("FORGOTTEN_AT") == tombstone.get("FORGOTTEN_AT"));
    assert_eq!(text(&mended, "id"), Some(back.as_str()));
    // Once the address is free again, the batch does not bring the user back by it.
    upsert(&api, r#"{"uid":2,"email":"y@example.com"}"#).await;
    apply_all(&world, &api).await;
    assert_eq!(counts(&completed(&api, &batch).await)[0], 0);
    assert_eq!(api.retrieve("email=x@example.com").await.status, 404);
}

/// Tears in every way, the claim is lost, names a profile without the address, or names one of two that have it, or neither.
async fn tear(world: &World, api: &Api, way: usize) {
    let owner = upsert(api, r#"{"uid":1,"email":"x@example.com"}"#).await;
    let other = upsert(api, r#"{"uid":2}"#).await;
    match way {
        0 => lose_claim(world).await,
        1 => claim_names(world, &other).await,
        2 => share(world, &other).await,
        _ => {
            share(world, &other).await;
            claim_names(world, &format!("{}0123456789abcdef", &owner[..8])).await;
        }
    }
}

#[tokio::test]
async fn a_repair_that_dies_at_any_call_is_finished_by_the_next() {
    // What a mended claim leads to is looked at by a second attempt.
    let few = RetryPolicy { attempts: 3, first_wait: Duration::ZERO, longest_wait: Duration::ZERO };
    let mut deaths = 0;
    for way in 0..4 {
        for fault in [Fault::NotSent, Fault::AnswerLost] {
            for number in 0.. {
                let mut world = World::new().await;
                (world.account, world.secret) = world.other_account().await;
                tear(&world, &world.api(), way).await;
                world.wire.take();
                world.wire.crash_at(number, fault);
                let dying = world.storage_on(world.client(1), few);
                let died = repair(&world, &dying, Repair::Do).await;
                let is_whole = world.wire.take().len() <= number;
                world.wire.mend();
                if !is_whole {
                    deaths += 1;
                    assert!(died.is_err() || died.unwrap().0.failed > 0, "way {way}, {fault:?} {number}");
                    assert_eq!(repair(&world, &world.storage(), Repair::Do).await.unwrap().0.failed, 0);
                }
                is_mended(&world).await;
                if is_whole {
                    break;
                }
            }
        }
    }
    assert!(deaths > 60, "only {deaths}");
}

#[tokio::test]
async fn two_repairs_at_once_and_requests_between_them_leave_everything_mended() {
    for way in 0..4 {
        for fault in [None, Some(Fault::Conflict), Some(Fault::Throttled), Some(Fault::Delayed)] {
            let world = World::new().await;
            let api = world.api();
            tear(&world, &api, way).await;
            world.wire.break_calls(move |call| fault.filter(|_| call.number % 5 == 3));
            let (storage, other) = (world.storage(), world.storage());
            let (one, two, first, second) = tokio::join!(
                repair(&world, &storage, Repair::Do),
                repair(&world, &other, Repair::Do),
                api.upsert(r#"{"uid":1,"plan":"gold"}"#),
                api.upsert(r#"{"uid":1,"email":"y@example.com"}"#),
            );
            world.wire.mend();
            assert_eq!((one.unwrap().0.failed, two.unwrap().0.failed), (0, 0), "way {way}, {fault:?}");
            assert_eq!((first.status, second.status), (200, 200), "way {way}, {fault:?}");
            repair(&world, &world.storage(), Repair::Do).await.unwrap();
            is_mended(&world).await;
            assert_eq!(api.retrieve("email=y@example.com").await.profile()["uid"], "1");
        }
    }
}
