//! What the registry loses with its users: every value, whatever is under way.

use std::time::Duration;

use profiles_domain::{Email, Identity};
use profiles_storage::Storage;
use profiles_storage::deletions::Replay;
use profiles_tests::backup::Backup;
use profiles_tests::world::NO_WAITS;
use profiles_tests::{Fault, World};
use serde_json::json;

use super::{is_anywhere, property, props, two_instances, work};

const SECRET: &str = "moriarty";

#[tokio::test]
async fn forgetting_a_user_leaves_not_one_byte_of_a_value() {
    let world = World::new().await.telling();
    let api = world.api();
    // An address that is merged into a uid's profile has told values under its own id.
    api.upsert(r#"{"email":"kim@x.co","nick":"moriarty the third"}"#).await.id();
    api.upsert(r#"{"uid":"kim","role":"moriarty, admin","list":["moriarty"],"hash":{"a":{"b":"moriarty"}}}"#).await.id();
    api.upsert(r#"{"uid":"kim","email":"kim@x.co"}"#).await.id();
    api.track(r#"{"uid":"kim","name":"a","title":"moriarty's"}"#).await;
    api.batch(r#"[{"uid":"kim","more":"moriarty again"},{"uid":"lee","more":"other"}]"#).await.batch_id();
    work(&world, &api).await;
    api.upsert(r#"{"uid":"lee","role":"owner"}"#).await.id();
    for (kind, prop) in [("profile", "nick"), ("profile", "role"), ("profile", "hash"), ("profile", "more"), ("event", "title")] {
        assert!(property(&api, kind, prop).await["values"].to_string().contains(SECRET), "{prop}");
    }
    assert_eq!(api.forget("uid=kim").await.status, 200);
    assert!(!is_anywhere(&world, SECRET).await);
    assert_eq!(props(&api, "profile").await, ["hash", "list", "more", "nick", "role"]);
    assert_eq!(property(&api, "profile", "role").await["values"], json!(["owner"]));
    assert_eq!(property(&api, "profile", "more").await["values"], json!(["other"]));
    assert_eq!(property(&api, "event", "title").await["values"], json!([]));
    // The user who comes back is listed anew.
    world.wait(Duration::from_secs(3_600));
    api.upsert(r#"{"uid":"kim","role":"guest"}"#).await.id();
    assert_eq!(property(&api, "profile", "role").await["values"], json!(["guest", "owner"]));
}

#[tokio::test]
async fn clearing_a_user_removes_values_of_events_only() {
    let world = World::new().await.telling();
    let api = world.api();
    api.upsert(r#"{"uid":"kim","role":"kept"}"#).await.id();
    api.track(r#"{"uid":"kim","name":"a","title":"moriarty"}"#).await;
    assert_eq!(property(&api, "event", "title").await["values"], json!([SECRET]));
    assert_eq!(api.clear("uid=kim").await.status, 200);
    assert!(!is_anywhere(&world, SECRET).await);
    assert_eq!(property(&api, "profile", "role").await["values"], json!(["kept"]));
}

#[tokio::test]
async fn deleting_a_company_removes_its_values_and_with_its_members_theirs() {
    for cascade in ["", "&cascade=profiles"] {
        let world = World::new().await.telling();
        let api = world.api();
        api.upsert_company(r#"{"uid":931,"name":"moriarty & co"}"#).await.company_id();
        api.upsert(r#"{"uid":"kim","company":{"uid":931,"motto":"moriarty!"},"role":"right hand"}"#).await.id();
        api.upsert(r#"{"uid":"lee","company":{"uid":632,"name":"Globex"},"role":"owner"}"#).await.id();
        assert!(is_anywhere(&world, SECRET).await);
        assert_eq!(api.delete(&format!("/v3/edit/company?uid=931{cascade}")).await.status, 200);
        assert!(!is_anywhere(&world, SECRET).await, "{cascade}");
        assert_eq!(property(&api, "company", "name").await["values"], json!(["Globex"]));
        let left = if cascade.is_empty() { json!(["owner", "right hand"]) } else { json!(["owner"]) };
        assert_eq!(property(&api, "profile", "role").await["values"], left);
    }
}

#[tokio::test]
async fn what_is_told_late_of_a_user_who_was_forgotten_meanwhile_is_not_written() {
    let world = World::new().await.telling();
    for kind in ["profile", "event"] {
        // The property is new, or known.
        for is_known in [false, true] {
            for number in 0.. {
                let (api, other) = two_instances(&world).await;
                let body = |uid: &str, role: &str| match kind {
                    "event" => format!(r#"{{"uid":"{uid}","name":"a","role":"{role}"}}"#),
                    _ => format!(r#"{{"uid":"{uid}","role":"{role}"}}"#),
                };
                let send = async |body: String| match kind {
                    "event" => api.track(&body).await,
                    _ => api.upsert(&body).await,
                };
                api.upsert(r#"{"uid":"kim","email":"kim@x.co"}"#).await.id();
                if is_known {
                    assert_eq!(send(body("lee", "owner")).await.status, 200);
                }
                world.wire.break_calls(move |call| (call.number == number).then_some(Fault::Late));
                send(body("kim", SECRET)).await;
                let calls = world.wire.take().len();
                world.wire.mend();
                assert_eq!(other.forget("uid=kim").await.status, 200);
                world.wire.arrive().await;
                let in_registry = world.items(&world.tables.properties).await;
                assert!(!format!("{in_registry:?}").contains(SECRET), "{kind} {is_known} {number}");
                if calls <= number {
                    // Nothing was late.
                    assert!(calls >= 3, "the registry was told");
                    break;
                }
            }
        }
    }
}

#[tokio::test]
async fn a_forget_that_dies_anywhere_is_finished_with_the_values() {
    let world = World::new().await.telling();
    for number in 0.. {
        let (api, sweeping) = two_instances(&world).await;
        api.upsert(r#"{"uid":"kim","role":"moriarty"}"#).await.id();
        api.track(r#"{"uid":"kim","name":"a","title":"moriarty"}"#).await;
        let deletions = world.items(&world.tables.deletions).await.len();
        world.wire.crash_at(number, Fault::NotSent);
        let status = api.forget("uid=kim").await.status;
        let calls = world.wire.take().len();
        world.wire.mend();
        let journals = world.items(&world.tables.deletions).await;
        assert!(
            journals.iter().any(|journal| !journal.contains_key("completed_at")) || status != 200 || !is_anywhere(&world, SECRET).await
        );
        if journals.len() == deletions {
            assert_eq!(sweeping.forget("uid=kim").await.status, 200);
        }
        world.wait(Duration::from_secs(3_600));
        sweeping.sweep(None).await.unwrap();
        assert!(!is_anywhere(&world, SECRET).await, "{number}");
        if number >= calls {
            break;
        }
    }
}

#[tokio::test]
async fn a_replay_after_a_restore_removes_values_again() {
    let world = World::new().await.telling();
    let api = world.api();
    for uid in ["kim", "lee"] {
        api.upsert(&format!(r#"{{"uid":"{uid}","email":"{uid}@x.co","role":"moriarty {uid}"}}"#)).await.id();
        api.track(&format!(r#"{{"uid":"{uid}","name":"a","title":"moriarty {uid}"}}"#)).await;
    }
    let backup = Backup::of(&world).await;
    assert_eq!(api.forget("uid=kim").await.status, 200);
    assert_eq!(api.clear("uid=lee").await.status, 200);
    let tables = backup.restore(&world).await;
    let storage = Storage::new(world.client(1), tables.clone(), NO_WAITS);
    let values = async || format!("{:?}", world.items(&tables.properties).await);
    storage.deletions().replay(world.now(), Replay::DryRun, &|_| ()).await.unwrap();
    assert!(values().await.contains("moriarty kim"));
    storage.deletions().replay(world.now(), Replay::Do, &|_| ()).await.unwrap();
    let left = values().await;
    assert!(!left.contains("moriarty kim") && left.matches("moriarty lee").count() == 1, "{left}");
    let by_email = Identity { email: Some(Email::new("lee@x.co").unwrap()), ..Identity::default() };
    assert!(storage.find(world.account, &by_email).await.is_ok());
}
