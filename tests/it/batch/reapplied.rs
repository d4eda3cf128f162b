//! Chunks that are applied again, as a whole or in part, because a worker crashed, handed over or could not write. Each item is in the
//! right profile, in the right order, and counts once.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use profiles_domain::AccountId;
use profiles_tests::invariants::{Snapshot, text};
use profiles_tests::{Api, Fault, Held, World, stream};
use serde_json::{Value, json};

use super::{BATCH, apply_all, completed, counts, worker};

const EMAILS: [&str; 3] = ["old@chmln.co", "new@chmln.co", "taken@chmln.co"];

/// A batch whose worker crashes.
pub(super) struct CrashingBatch<'a> {
    /// Upserts before the batch.
    pub(super) before: &'a [&'a str],
    pub(super) profiles: &'a str,
    /// Upserts after the crash, some of which may be refused.
    pub(super) between: &'a [&'a str],
}

/// The state in the end.
pub(super) struct Outcome {
    pub(super) api: Arc<Api>,
    pub(super) users: Users,
    pub(super) status: Value,
}

/// Users by uid, with their address, and whether they have a property `p`.
pub(super) type Users = BTreeMap<String, (Option<String>, bool)>;

/// Reads the users of an account, and checks its invariants.
pub(super) async fn users(world: &World, account: AccountId) -> Users {
    let snapshot = Snapshot::read(world, account, &EMAILS).await;
    snapshot.check_invariants();
    let users = snapshot.profiles().map(|(_, profile)| {
        let uid = text(profile, "uid").unwrap_or("nobody");
        (uid.to_owned(), (text(profile, "email").map(str::to_owned), profile.contains_key("p")))
    });
    users.collect()
}

pub(super) fn expected(users: &[(&str, &str, bool)]) -> Users {
    users.iter().map(|(uid, email, has_p)| ((*uid).to_owned(), (Some((*email).to_owned()), *has_p))).collect()
}

impl CrashingBatch<'_> {
    /// Applies the batch by a worker that crashes at call n and then by another, for every n. Each run has an account of its own.
    pub(super) async fn check(&self, world: &World, check: impl AsyncFn(usize, &Outcome)) {
        for n in 0.. {
            let (account, api) = world.new_account(world.client(1)).await;
            let api = Arc::new(api);
            for body in self.before {
                api.upsert(body).await.id();
            }
            let id = api.batch(self.profiles).await.batch_id();
            let mut held = worker(&api, stream::events(world).await.remove(0));
            let continues = held.pass(n).await;
            held.kill().await;
            for body in self.between {
                let reply = api.upsert(body).await;
                assert!(matches!(reply.status, 200 | 409), "crash at call {n}: {}", reply.text);
            }
            apply_all(world, &api).await;
            let users = users(world, account).await;
            let status = completed(&api, &id).await;
            check(n, &Outcome { api, users, status }).await;
            if !continues {
                break;
            }
        }
    }
}

#[tokio::test]
async fn an_item_by_an_address_that_its_batch_changes_is_applied_once_whenever_the_function_dies() {
    let world = World::new().await;
    let dying = CrashingBatch {
        before: &[r#"{"uid":"b","email":"old@chmln.co"}"#],
        profiles: r#"[{"email":"old@chmln.co","p":1},{"uid":"b","email":"new@chmln.co"}]"#,
        between: &[],
    };
    let check = async |n, outcome: &Outcome| {
        assert_eq!(outcome.users, expected(&[("b", "new@chmln.co", true)]), "crash at call {n}");
        assert_eq!(counts(&outcome.status), [0, 2, 0, 0, 0], "crash at call {n}");
    };
    dying.check(&world, check).await;
}

#[tokio::test]
async fn an_item_by_an_address_that_its_batch_gives_to_another_is_not_applied_to_both() {
    let world = World::new().await;
    let dying = CrashingBatch {
        before: &[r#"{"uid":"a","email":"old@chmln.co"}"#],
        profiles: r#"[{"email":"old@chmln.co","p":1},{"uid":"a","email":"new@chmln.co"},{"uid":"b","email":"old@chmln.co"}]"#,
        between: &[],
    };
    let check = async |n, outcome: &Outcome| {
        let both = expected(&[("a", "new@chmln.co", true), ("b", "old@chmln.co", false)]);
        assert_eq!(outcome.users, both, "crash at call {n}");
        assert_eq!(counts(&outcome.status), [1, 2, 0, 0, 0], "crash at call {n}");
    };
    dying.check(&world, check).await;
}

#[tokio::test]
async fn an_item_by_an_address_that_another_takes_meanwhile_is_not_applied_to_both() {
    let world = World::new().await;
    let dying = CrashingBatch {
        before: &[r#"{"uid":"b","email":"old@chmln.co"}"#],
        profiles: r#"[{"email":"old@chmln.co","p":1},{"uid":"b","email":"new@chmln.co"}]"#,
        // Refused as long as the first user has it.
        between: &[r#"{"uid":"c","email":"old@chmln.co"}"#],
    };
    let check = async |n, outcome: &Outcome| {
        let (b, c) = (("b", "new@chmln.co", true), ("c", "old@chmln.co", false));
        let all = if outcome.users.contains_key("c") { expected(&[b, c]) } else { expected(&[b]) };
        assert_eq!(outcome.users, all, "crash at call {n}");
        assert_eq!(counts(&outcome.status), [0, 2, 0, 0, 0], "crash at call {n}");
    };
    dying.check(&world, check).await;
}

/// The item before it, which gives the address to another user, may fail at first and take place when the chunk is applied again.
#[tokio::test]
async fn an_item_by_an_address_is_not_applied_anew_to_the_user_who_gets_it_by_the_item_before() {
    let world = World::new().await;
    let dying = CrashingBatch {
        before: &[r#"{"uid":"a","email":"old@chmln.co"}"#, r#"{"uid":"b"}"#],
        profiles: r#"[{"uid":"b","email":"old@chmln.co","n":1},{"email":"old@chmln.co","p":1},{"uid":"a","email":"$unset"}]"#,
        between: &[],
    };
    let check = async |n, outcome: &Outcome| {
        let has_p: Vec<_> = outcome.users.iter().map(|(uid, (_, has_p))| (uid.as_str(), *has_p)).collect();
        assert_eq!(has_p, [("a", true), ("b", false)], "crash at call {n}: {}", outcome.status);
    };
    dying.check(&world, check).await;
}

/// A chunk is given up after the address has a new holder, when some of the other users are written and some not.
#[tokio::test]
async fn an_item_by_an_address_that_its_batch_changes_is_applied_once_though_many_others_are_left() {
    const OTHERS: u64 = 100;
    let world = World::new().await;
    let others: Vec<String> = (0..OTHERS).map(|n| format!(r#"{{"uid":"user{n}","n":{n}}}"#)).collect();
    let profiles = format!(r#"[{{"email":"old@chmln.co","p":1}},{{"uid":"b","email":"new@chmln.co"}},{}]"#, others.join(","));
    for more in [0, 1, 20] {
        let (account, api) = world.new_account(world.client(1)).await;
        let api = Arc::new(api);
        api.upsert(r#"{"uid":"b","email":"old@chmln.co"}"#).await.id();
        let id = api.batch(&profiles).await.batch_id();
        let mut held = worker(&api, stream::events(&world).await.remove(0));
        while api.retrieve("email=new@chmln.co").await.status == 404 {
            assert!(held.pass(1).await, "it ended before the address changed hands");
        }
        held.pass(more).await;
        held.kill().await;
        apply_all(&world, &api).await;
        let mut all = users(&world, account).await;
        all.retain(|_, (email, _)| email.is_some());
        assert_eq!(all, expected(&[("b", "new@chmln.co", true)]), "{more} calls later");
        assert_eq!(counts(&completed(&api, &id).await), [OTHERS, 2, 0, 0, 0], "{more} calls later");
    }
}

#[tokio::test]
async fn items_of_one_user_stay_in_order_though_one_of_them_could_be_applied_only_later() {
    let world = World::new().await;
    let dying = CrashingBatch {
        before: &[r#"{"uid":"kim","email":"taken@chmln.co"}"#],
        profiles: r#"[{"uid":1,"v":"first"},{"uid":1,"email":"taken@chmln.co","v":"second"},{"uid":1,"v":"third"}]"#,
        between: &[r#"{"uid":"kim","email":"new@chmln.co"}"#],
    };
    let check = async |n, outcome: &Outcome| {
        let user = outcome.api.retrieve("uid=1").await;
        assert_eq!(user.profile()["v"], "third", "crash at call {n}: {}", outcome.status);
        // The second item is applied as a whole, or fails.
        let is_applied = user.profile()["email"] == "taken@chmln.co";
        let expected = if is_applied { [1, 2, 0, 0, 0] } else { [1, 1, 0, 0, 1] };
        assert_eq!(counts(&outcome.status), expected, "crash at call {n}");
        let errors = outcome.status["errors"].as_array().unwrap().iter();
        let failed: Vec<_> = errors.map(|error| error["index"].as_u64().unwrap()).collect();
        assert_eq!(failed, if is_applied { vec![] } else { vec![1] }, "crash at call {n}");
    };
    dying.check(&world, check).await;
}

#[tokio::test]
async fn an_item_of_one_user_is_not_ignored_because_the_next_one_names_a_forgotten_address() {
    let world = World::new().await;
    let api = world.api();
    api.upsert(r#"{"uid":"kim","plan":"free"}"#).await.id();
    api.upsert(r#"{"uid":"leon","email":"old@chmln.co"}"#).await.id();
    let id = api.batch(r#"[{"uid":"kim","plan":"gold"},{"uid":"kim","email":"old@chmln.co"}]"#).await.batch_id();
    world.wait(Duration::from_secs(1));
    assert_eq!(api.forget("uid=leon").await.status, 200);
    apply_all(&world, &api).await;
    let kim = api.retrieve("uid=kim").await;
    assert_eq!((&kim.profile()["plan"], kim.profile().get("email")), (&json!("gold"), None));
    assert_eq!(counts(&completed(&api, &id).await), [0, 1, 0, 1, 0]);
}

#[tokio::test]
async fn what_is_left_out_by_ignore_is_not_written_with_the_next_item_that_finds_a_profile() {
    let world = World::new().await;
    let api = world.api();
    let known = api.upsert(r#"{"email":"old@chmln.co"}"#).await.id();
    let body = r#"{"on_model_missing":"ignore","profiles":[{"uid":"a","plan":"gold"},{"uid":"a","email":"old@chmln.co","seats":3}]}"#;
    let id = api.post(BATCH, body).await.batch_id();
    apply_all(&world, &api).await;
    let user = api.retrieve("uid=a").await;
    assert_eq!((user.id(), &user.profile()["seats"], user.profile().get("plan")), (known, &json!(3), None));
    assert_eq!(counts(&completed(&api, &id).await), [0, 1, 0, 1, 0]);
}

/// Like a mistake in a policy: profiles may be read but not written, and everything else works.
#[tokio::test]
async fn items_that_may_not_be_written_wait_until_they_may() {
    let world = World::new().await;
    let api = world.api();
    let id = api.batch(r#"[{"uid":1},{"uid":2,"email":"old@chmln.co"},{"email":"new@chmln.co"}]"#).await.batch_id();
    let event = stream::events(&world).await.remove(0);
    let profiles = world.tables.profiles.clone();
    let is_write = |operation: &str| matches!(operation, "UpdateItem" | "PutItem" | "TransactWriteItems");
    world.wire.break_calls(move |call| (is_write(call.operation) && call.names(&profiles)).then_some(Fault::Denied));
    api.work(&event, None).await;
    world.wire.mend();
    let waiting = api.batch_status(&id).await.body;
    assert_eq!((&waiting["batch"]["completed_at"], &waiting["batch"]["failed_count"]), (&Value::Null, &json!(0)), "{waiting}");
    apply_all(&world, &api).await;
    assert_eq!(counts(&completed(&api, &id).await), [3, 0, 0, 0, 0]);
}

/// The transaction that commits a batch gets no answer, and reaches the database before each later call.
#[tokio::test]
async fn a_batch_whose_commit_arrives_late_is_accepted_with_all_of_its_items() {
    const PROFILES: &str = r#"{"profiles":[{"uid":1,"n":1},{"uid":2,"n":2}]}"#;
    let world = World::new().await;
    for n in 0.. {
        let (_, api) = world.new_account(world.client(1)).await;
        let api = Arc::new(api);
        let mut held = {
            let api = Arc::clone(&api);
            Held::start(async move { api.post_under("key", BATCH, PROFILES).await })
        };
        while held.next_call().await.expect("a commit").operation != "TransactWriteItems" {
            held.pass(1).await;
        }
        held.pass_with(Some(Fault::Late)).await;
        let continues = held.pass(n).await;
        held.arrive().await;
        let first = held.finish().await;
        assert!(matches!(first.status, 202 | 503), "before call {n}: {}", first.text);
        let again = api.post_under("key", BATCH, PROFILES).await;
        if first.status == 202 {
            assert_eq!(again.text, first.text, "before call {n}");
        }
        apply_all(&world, &api).await;
        assert_eq!(counts(&completed(&api, &again.batch_id()).await), [2, 0, 0, 0, 0], "before call {n}");
        if !continues {
            break;
        }
    }
}
