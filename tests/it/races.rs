//! Races: requests that overlap are answered and counted as if one had come before the other.

use std::sync::Arc;
use std::time::Duration;

use profiles_domain::AccountId;
use profiles_tests::activities::Activities;
use profiles_tests::invariants::Snapshot;
use profiles_tests::{Api, Fault, Held, Reply, World, stream};
use serde_json::json;
use tokio::task::JoinSet;

use crate::batch::{completed, counts, worker};

const EMAIL: &str = "leon@chmln.co";
const EVENTS: &str = "/v3/observe/hooks/events";
/// Profiles that are created in different seconds have different ids.
const SECOND: Duration = Duration::from_secs(1);
/// The time until the SDK repeats a request without an answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// Creates an account with these upserts. Returns the id of the last one's profile.
async fn account_with(world: &World, before: &[&str]) -> (AccountId, Arc<Api>, String) {
    let (account, api) = world.new_account(world.client(1)).await;
    let mut id = String::new();
    for body in before {
        id = api.upsert(body).await.id();
    }
    (account, Arc::new(api), id)
}

fn upsert(api: &Arc<Api>, body: &'static str) -> Held<Reply> {
    let api = Arc::clone(api);
    Held::start(async move { api.upsert(body).await })
}

/// Runs `other` as a whole before each call of `first`, a second after that one began. Both must write into the same profile. `$id` in
/// `other` is the id of the profile before.
async fn both_succeed(before: &[&str], first: &'static str, other: &str) {
    let world = World::new().await;
    for n in 0.. {
        let (account, api, known) = account_with(&world, before).await;
        let mut held = upsert(&api, first);
        let continues = held.pass(n).await;
        world.wait(SECOND);
        let replies = [api.upsert(&other.replace("$id", &known)).await, held.finish().await];
        for reply in &replies {
            assert_eq!(reply.status, 200, "before call {n}: {}", reply.text);
        }
        assert_eq!(replies[0].id(), replies[1].id(), "before call {n}");
        let profile = api.retrieve(&format!("email={EMAIL}")).await;
        assert_eq!((&profile.profile()["first"], &profile.profile()["other"]), (&json!(1), &json!(1)), "before call {n}");
        Snapshot::read(&world, account, &[EMAIL]).await.check_invariants();
        if !continues {
            break;
        }
    }
}

#[tokio::test]
async fn two_identical_upserts_of_a_new_user_both_succeed() {
    both_succeed(&[], r#"{"uid":1,"email":"leon@chmln.co","first":1}"#, r#"{"uid":1,"email":"leon@chmln.co","other":1}"#).await;
}

#[tokio::test]
async fn two_upserts_that_give_a_profile_the_same_uid_both_succeed() {
    let before = [r#"{"email":"leon@chmln.co"}"#];
    let first = r#"{"uid":1,"email":"leon@chmln.co","first":1}"#;
    both_succeed(&before, first, r#"{"uid":1,"email":"leon@chmln.co","other":1}"#).await;
    both_succeed(&before, first, r#"{"id":"$id","uid":1,"other":1}"#).await;
}

#[tokio::test]
async fn an_upsert_by_address_alone_joins_whoever_was_quicker_to_create_its_user() {
    both_succeed(&[], r#"{"email":"leon@chmln.co","first":1}"#, r#"{"uid":1,"email":"leon@chmln.co","other":1}"#).await;
}

/// Many at once, by two instances whose clocks are in different seconds.
#[tokio::test(flavor = "multi_thread")]
async fn many_upserts_at_once_of_one_new_user_all_succeed() {
    const ROUNDS: usize = 5;
    const AT_ONCE: usize = 12;
    let world = World::new().await;
    let apis = [Arc::new(world.api()), Arc::new(world.api_ahead(SECOND))];
    for api in &apis {
        api.get("/").await;
    }
    for round in 0..ROUNDS {
        for (case, has_profile, some_by_address) in [("new", false, false), ("known", true, false), ("both", false, true)] {
            let email = format!("{case}{round}@chmln.co");
            if has_profile {
                apis[0].upsert(&format!(r#"{{"email":"{email}"}}"#)).await.id();
            }
            let mut requests = JoinSet::new();
            for p in 0..AT_ONCE {
                let api = Arc::clone(&apis[p % 2]);
                let uid = if some_by_address && p / 2 % 2 == 0 { String::new() } else { format!(r#""uid":"{case}{round}","#) };
                let body = format!(r#"{{{uid}"email":"{email}","p{p}":1}}"#);
                requests.spawn(async move { api.upsert(&body).await });
            }
            let replies = requests.join_all().await;
            let profile = apis[0].retrieve(&format!("email={email}")).await;
            for reply in &replies {
                assert_eq!(reply.id(), profile.id(), "{case} {round}");
            }
            assert!((0..AT_ONCE).all(|p| profile.profile()[format!("p{p}")] == 1), "{case} {round}: {}", profile.text);
        }
    }
}

/// Runs an upsert before each call of the worker that applies a batch of one item. The item must not fail.
async fn the_item_is_applied(before: &[&str], item: &str, other: &str) {
    let world = World::new().await;
    for n in 0.. {
        let (account, api, _) = account_with(&world, before).await;
        let id = api.batch(item).await.batch_id();
        let mut held = worker(&api, stream::events(&world).await.remove(0));
        let continues = held.pass(n).await;
        world.wait(SECOND);
        api.upsert(other).await.id();
        held.finish().await;
        let status = completed(&api, &id).await;
        assert_eq!(counts(&status)[4], 0, "before call {n}: {status}");
        let profile = api.retrieve(&format!("email={EMAIL}")).await;
        assert_eq!((&profile.profile()["item"], &profile.profile()["other"]), (&json!(1), &json!(1)), "before call {n}");
        Snapshot::read(&world, account, &[EMAIL]).await.check_invariants();
        if !continues {
            break;
        }
    }
}

#[tokio::test]
async fn an_item_of_a_batch_does_not_fail_for_an_upsert_of_the_same_user() {
    let other = r#"{"uid":1,"email":"leon@chmln.co","other":1}"#;
    the_item_is_applied(&[], r#"[{"uid":1,"email":"leon@chmln.co","item":1}]"#, other).await;
    the_item_is_applied(&[r#"{"email":"leon@chmln.co"}"#], r#"[{"uid":1,"email":"leon@chmln.co","item":1}]"#, other).await;
    the_item_is_applied(&[], r#"[{"email":"leon@chmln.co","item":1}]"#, other).await;
}

#[tokio::test]
async fn an_item_that_writes_into_a_profile_that_got_its_uid_meanwhile_is_not_counted_as_created() {
    let world = World::new().await;
    for n in 0.. {
        let (_, api, attached) = account_with(&world, &[r#"{"email":"leon@chmln.co"}"#]).await;
        let id = api.batch(r#"[{"uid":"a","b":1}]"#).await.batch_id();
        let mut held = worker(&api, stream::events(&world).await.remove(0));
        let continues = held.pass(n).await;
        let stays = api.upsert(r#"{"uid":"a","email":"leon@chmln.co"}"#).await.id();
        held.finish().await;
        // If two profiles were merged into one, the item had created the other.
        let expected = if stays == attached { [0, 1, 0, 0, 0] } else { [1, 0, 0, 0, 0] };
        assert_eq!(counts(&completed(&api, &id).await), expected, "before call {n}");
        assert_eq!(api.retrieve("uid=a").await.profile()["b"], 1, "before call {n}");
        if !continues {
            break;
        }
    }
}

#[tokio::test]
async fn with_ignore_an_item_is_never_counted_as_created() {
    let world = World::new().await;
    let body = r#"{"on_model_missing":"ignore","profiles":[{"uid":"a","email":"leon@chmln.co","b":1}]}"#;
    for n in 0.. {
        let (_, api, _) = account_with(&world, &[]).await;
        let id = api.post("/v3/observe/hooks/profiles/batch", body).await.batch_id();
        let mut held = worker(&api, stream::events(&world).await.remove(0));
        let continues = held.pass(n).await;
        api.upsert(r#"{"uid":"a","email":"leon@chmln.co"}"#).await.id();
        held.finish().await;
        let is_written = api.retrieve("uid=a").await.profile().get("b").is_some();
        let expected = if is_written { [0, 1, 0, 0, 0] } else { [0, 0, 0, 1, 0] };
        assert_eq!(counts(&completed(&api, &id).await), expected, "before call {n}");
        if !continues {
            break;
        }
    }
}

/// The first attempt of an upsert reaches the database after a later upsert was answered.
#[tokio::test]
async fn an_attempt_that_arrives_late_does_not_undo_a_later_upsert() {
    let world = World::new().await;
    let api = world.api_with(world.client(3));
    let id = api.upsert(r#"{"uid":1,"email":"leon@chmln.co","p":0}"#).await.id();
    for name in [r#""uid":1"#.to_owned(), format!(r#""id":"{id}""#), r#""email":"leon@chmln.co""#.to_owned()] {
        world.wire.break_calls(|call| (call.retries == 0).then_some(Fault::Late));
        api.upsert(&format!(r#"{{{name},"p":1}}"#)).await.id();
        world.wire.mend();
        world.wait(PATIENCE);
        api.upsert(&format!(r#"{{{name},"p":2}}"#)).await.id();
        let later = api.retrieve("uid=1").await;
        assert_eq!(later.profile()["p"], 2, "{name}");
        world.wire.arrive().await;
        assert_eq!(api.retrieve("uid=1").await.body, later.body, "{name}");
    }
}

/// The address is being given to the one user when another instance, whose clock is ahead, writes by it. What comes of that is merged then.
#[tokio::test]
async fn an_attempt_that_arrives_late_does_not_undo_a_merge() {
    let world = World::new().await;
    let (api, ahead) = (world.api(), world.api_of_ahead(world.client(3), world.secret.clone(), Duration::from_secs(60)));
    let mut merges = 0;
    for n in 0.. {
        let (user, email) = (format!(r#""uid":{n}"#), format!(r#""email":"{n}@chmln.co""#));
        let id = api.upsert(&format!(r#"{{{user},"p":0}}"#)).await.id();
        let (giving, body) = (world.api(), format!(r#"{{{user},{email},"p":1}}"#));
        let mut held = Held::start(async move { giving.upsert(&body).await.id() });
        let continues = held.pass(n).await;
        world.wire.break_calls(|call| (call.operation == "UpdateItem" && call.retries == 0).then_some(Fault::Late));
        let by_address = ahead.upsert(&format!(r#"{{{email},"p":2}}"#)).await.id();
        world.wire.mend();
        assert_eq!(held.finish().await, id);
        merges += usize::from(by_address != id);
        let before = api.retrieve(&format!("uid={n}")).await;
        assert_eq!(before.profile()["p"], if by_address == id { 2 } else { 1 }, "before call {n}");
        world.wire.arrive().await;
        assert_eq!(api.retrieve(&format!("uid={n}")).await.body, before.body, "before call {n}");
        if !continues {
            break;
        }
    }
    assert!(merges >= 2, "{merges}");
}

#[tokio::test]
async fn an_attempt_that_arrives_late_does_not_undo_what_a_company_was_given_later() {
    let world = World::new().await;
    let api = world.api_with(world.client(3));
    let give = async |seats: u32| api.upsert(&format!(r#"{{"uid":1,"company":{{"uid":931,"seats":{seats}}}}}"#)).await.id();
    let company = async || api.retrieve("uid=1&expand[company]=all").await.profile()["company"].clone();
    give(0).await;
    world.wire.break_calls(|call| (call.retries == 0).then_some(Fault::Late));
    give(1).await;
    world.wire.mend();
    world.wait(PATIENCE);
    give(2).await;
    let later = company().await;
    assert_eq!(later["seats"], 2);
    world.wire.arrive().await;
    assert_eq!(company().await, later);
}

/// The clocks of two instances may differ. The later request counts, whatever keeps late attempts out.
#[tokio::test]
async fn an_upsert_by_a_clock_that_is_behind_is_stored_and_takes_no_time_back() {
    let world = World::new().await;
    let (behind, ahead) = (world.api(), world.api_ahead(Duration::from_secs(60)));
    ahead.upsert(r#"{"uid":1,"p":1,"company":{"uid":931,"seats":1}}"#).await.id();
    let shown = async || behind.retrieve("uid=1&expand[company]=all").await.profile().clone();
    let before = shown().await;
    behind.upsert(r#"{"uid":1,"p":2,"company":{"uid":931,"seats":2}}"#).await.id();
    let after = shown().await;
    assert_eq!((&after["p"], &after["company"]["seats"]), (&json!(2), &json!(2)));
    for (before, after) in [(&before, &after), (&before["company"], &after["company"])] {
        assert!(
            after["updated_at"].as_str() >= before["updated_at"].as_str(),
            "{} came after {}",
            after["updated_at"],
            before["updated_at"]
        );
    }
}

/// Records an activity of a user, by a request of this kind.
async fn record(api: &Api, kind: &str, user: &str) -> Reply {
    match kind {
        "event" => api.track(&format!(r#"{{{user},"name":"x"}}"#)).await,
        "event under a key" => api.post_under("key", EVENTS, &format!(r#"{{{user},"name":"x"}}"#)).await,
        _ => api.experience("w1", "tour.started", user, r#""tour":{"id":"t1"}"#).await,
    }
}

#[tokio::test]
async fn what_is_recorded_of_a_new_user_is_taken_though_the_user_is_forgotten_meanwhile() {
    let world = World::new().await;
    for kind in ["event", "event under a key", "webhook"] {
        for (user, query) in [(r#""uid":1"#, "uid=1"), (r#""email":"leon@chmln.co""#, "email=leon@chmln.co")] {
            for n in 0.. {
                let (account, api, _) = account_with(&world, &[]).await;
                let mut held = {
                    let api = Arc::clone(&api);
                    Held::start(async move { record(&api, kind, user).await })
                };
                let continues = held.pass(n).await;
                let forgotten = api.forget(query).await;
                assert!(matches!(forgotten.status, 200 | 404), "{kind} by {query}, before call {n}: {}", forgotten.text);
                let reply = held.finish().await;
                assert_eq!(reply.status, 200, "{kind} by {query}, before call {n}: {}", reply.text);
                Activities::read(&world, account).await.check_invariants();
                if !continues {
                    break;
                }
            }
        }
    }
}

#[tokio::test]
async fn a_clear_is_answered_though_its_profile_is_merged_meanwhile() {
    let world = World::new().await;
    for n in 0.. {
        let (_, api, old) = account_with(&world, &[r#"{"uid":1}"#, r#"{"email":"leon@chmln.co","browser_x":800}"#]).await;
        let mut held = {
            let (api, target) = (Arc::clone(&api), format!("/v3/edit/profiles/{old}"));
            Held::start(async move { api.delete(&target).await })
        };
        let continues = held.pass(n).await;
        api.upsert(r#"{"uid":1,"email":"leon@chmln.co"}"#).await.id();
        let reply = held.finish().await;
        assert_eq!(reply.status, 200, "before call {n}: {}", reply.text);
        let found = api.retrieve(&format!("id={old}")).await;
        for profile in [reply.profile(), found.profile()] {
            assert_eq!(
                (profile["browser_x"].is_null(), profile["last_cleared_at"].is_string()),
                (true, true),
                "before call {n}: {profile}"
            );
        }
        if !continues {
            break;
        }
    }
}
