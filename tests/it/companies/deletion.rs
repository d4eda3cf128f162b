//! Deleting a company, with and without its members.

use std::time::Duration;

use profiles_domain::AccountId;
use profiles_storage::Storage;
use profiles_storage::deletions::{Replay, Replayed};
use profiles_tests::backup::Backup;
use profiles_tests::invariants::Snapshot;
use profiles_tests::world::NO_WAITS;
use profiles_tests::{Api, World, stream};
use serde_json::{Value, json};

use crate::batch::{apply_all, completed, counts};

/// The paths of one company.
fn by_uid(uid: &str) -> String {
    format!("/v3/edit/company?uid={uid}")
}

/// Founds a company with these members, each of whom has an address, and one user of another company. Returns the company's id.
pub(super) async fn company_of(api: &Api, uid: &str, members: &[&str]) -> String {
    let id = api.upsert_company(&format!(r#"{{"uid":"{uid}","name":"{uid} inc"}}"#)).await.company_id();
    for member in members {
        api.upsert(&format!(r#"{{"uid":"{member}","email":"{member}@x.co","company_uid":"{uid}","plan":"gold"}}"#)).await.id();
    }
    api.upsert(&format!(r#"{{"uid":"not-{uid}","company_uid":"another"}}"#)).await.id();
    id
}

/// The company that a profile shows, in all ways of asking.
pub(super) async fn shown_company(api: &Api, uid: &str) -> Option<Value> {
    let mut shown = Vec::new();
    for detail in ["min", "all", "skip"] {
        let reply = api.retrieve(&format!("uid={uid}&expand[company]={detail}")).await;
        let profile = reply.profile();
        assert_eq!(profile.get("company").is_some(), detail != "skip" && profile.get("company_id").is_some(), "{}", reply.text);
        shown.push(profile.get("company_id").cloned());
    }
    shown.dedup();
    assert_eq!(shown.len(), 1);
    shown.remove(0)
}

/// Checks that nobody finds the company any more.
pub(super) async fn is_gone(api: &Api, uid: &str, id: &str) {
    for target in [
        format!("/v3/analyze/companies/{id}"),
        format!("/v3/analyze/company?id={id}"),
        format!("/v3/analyze/company?uid={uid}"),
        format!("/v3/analyze/companies/{id}/profiles"),
    ] {
        api.get(&target).await.message(404);
    }
    let filter = |prop: &str, value: &str| format!(r#"{{"filters":[{{"prop":"{prop}","op":"eq","value":"{value}"}}]}}"#);
    for body in [filter("company_id", id), filter("company.name", &format!("{uid} inc"))] {
        assert_eq!(api.post("/v3/analyze/profiles", &body).await.body["profiles"], json!([]), "{body}");
        assert_eq!(api.post("/v3/analyze/profiles/count", &body).await.body["count"], 0, "{body}");
    }
    let found = api.get("/v3/analyze/companies").await;
    assert!(found.body["companies"].as_array().unwrap().iter().all(|company| company["id"] != id), "{}", found.text);
}

/// The state of a deletion, and the number of members that it counts.
pub(super) async fn progress(api: &Api, reply: &Value) -> (String, u64) {
    let reply = api.deletion(reply["deletion"]["id"].as_str().unwrap()).await;
    let deletion = &reply.body["deletion"];
    assert_eq!(deletion["kind"], "company", "{}", reply.text);
    (deletion["state"].as_str().unwrap().to_owned(), deletion["removed"]["profiles"].as_u64().unwrap())
}

pub(super) async fn invariants(world: &World, account: AccountId, emails: &[&str]) -> Snapshot {
    let snapshot = Snapshot::read(world, account, emails).await;
    snapshot.check_invariants();
    snapshot
}

/// Checks that no mark of a deletion is left once the sweep has looked again.
pub(super) async fn look_again(world: &World, api: &Api) {
    for _ in 0..2 {
        world.wait(Duration::from_secs(2 * 60));
        api.sweep(None).await.unwrap();
    }
    let marks = world.items(&world.tables.companies).await;
    assert!(marks.iter().all(|item| !item["PK"].as_s().unwrap().ends_with("#deleting")));
}

#[tokio::test]
async fn a_deleted_company_is_gone_for_every_reader_and_its_members_stay() {
    let world = World::new().await;
    let api = world.api();
    for target in ["uid", "id", "path"] {
        let uid = format!("acme-{target}");
        let id = company_of(&api, &uid, &["ann", "bob"]).await;
        assert_eq!(shown_company(&api, "ann").await, Some(json!(id)));
        let target = match target {
            "uid" => by_uid(&uid),
            "id" => format!("/v3/edit/company?id={id}"),
            _ => format!("/v3/edit/companies/{id}"),
        };
        let reply = api.delete(&target).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        assert_eq!(reply.body.as_object().unwrap().keys().collect::<Vec<_>>(), ["deletion"]);
        assert_eq!(progress(&api, &reply.body).await, ("completed".to_owned(), 2));
        is_gone(&api, &uid, &id).await;
        for member in ["ann", "bob"] {
            assert_eq!(shown_company(&api, member).await, None);
            assert_eq!(api.retrieve(&format!("uid={member}")).await.profile()["plan"], "gold");
        }
        assert!(shown_company(&api, &format!("not-{uid}")).await.is_some());
        api.delete(&target).await.message(404);
        api.upsert_company(&format!(r#"{{"id":"{id}","name":"x"}}"#)).await.message(404);
    }
    look_again(&world, &api).await;
    invariants(&world, world.account, &["ann@x.co", "bob@x.co"]).await;
}

#[tokio::test]
async fn members_are_forgotten_with_the_company_and_nobody_else() {
    let world = World::new().await.telling();
    let api = world.api();
    let id = company_of(&api, "acme", &["ann", "bob"]).await;
    api.upsert(r#"{"uid":"left","company_uid":"acme"}"#).await.id();
    api.upsert(r#"{"uid":"left","company_uid":null}"#).await.id();
    api.upsert(r#"{"uid":"cleared","company_uid":"acme"}"#).await.id();
    api.track(r#"{"uid":"ann","name":"ann-did-it"}"#).await;
    api.clear("uid=cleared").await;
    let reply = api.delete(&format!("{}&cascade=profiles", by_uid("acme"))).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    let deletions = reply.body["deletions"].as_array().unwrap();
    assert_eq!(deletions.len(), 3);
    for deletion in deletions {
        let of_member = api.deletion(deletion["id"].as_str().unwrap()).await;
        assert_eq!((&of_member.body["deletion"]["kind"], &of_member.body["deletion"]["state"]), (&json!("forget"), &json!("completed")));
    }
    assert_eq!(progress(&api, &reply.body).await, ("completed".to_owned(), 3));
    is_gone(&api, "acme", &id).await;
    for member in ["ann", "bob", "cleared"] {
        api.retrieve(&format!("uid={member}")).await.message(404);
    }
    for other in ["left", "not-acme"] {
        assert_eq!(api.retrieve(&format!("uid={other}")).await.status, 200);
    }
    look_again(&world, &api).await;
    assert_eq!(progress(&api, &reply.body).await, ("completed".to_owned(), 3));
    invariants(&world, world.account, &["ann@x.co", "bob@x.co"]).await;
    for item in world.everything().await.into_iter().flatten() {
        let text = format!("{item:?}");
        assert!(!text.contains("ann@x.co") && !text.contains("ann-did-it") && !text.contains("acme inc"), "{text}");
    }
}

#[tokio::test]
async fn an_upsert_that_is_sent_after_the_answer_founds_a_new_company_on_every_instance() {
    let world = World::new().await;
    let (api, other) = (world.api(), world.api());
    let old = company_of(&api, "acme", &["ann"]).await;
    other.upsert(r#"{"uid":"bob","company_uid":"acme"}"#).await.id();
    assert_eq!(api.delete(&by_uid("acme")).await.status, 200);
    // The other instance remembers the company, and does not trust that any more.
    other.upsert(r#"{"uid":"bob","company_uid":"acme","company":{"uid":"acme","seats":5}}"#).await.id();
    let new = shown_company(&other, "bob").await.unwrap();
    assert_ne!(new, json!(old));
    assert_eq!(api.company("uid=acme").await.company()["id"], new);
    assert_eq!(api.company("uid=acme").await.company().get("name"), None);
    assert_eq!(shown_company(&api, "ann").await, None);
    api.upsert(r#"{"uid":"ann","company_uid":"acme"}"#).await.id();
    assert_eq!(shown_company(&api, "ann").await, Some(new));
    look_again(&world, &api).await;
    assert_eq!(shown_company(&api, "ann").await, shown_company(&api, "bob").await);
}

#[tokio::test]
async fn what_an_instance_remembers_is_trusted_for_a_lease_and_then_read_again() {
    let world = World::new().await;
    let api = world.api();
    company_of(&api, "acme", &["ann"]).await;
    let calls = async |wait: u64| {
        world.wait(Duration::from_millis(wait));
        world.wire.take();
        api.upsert(r#"{"uid":"ann","company_uid":"acme","plan":"gold"}"#).await.id();
        world.wire.take()
    };
    assert_eq!(calls(3_000).await, ["GetItem", "UpdateItem"]);
    assert_eq!(calls(2_999).await, ["UpdateItem"]);
    assert_eq!(calls(1).await, ["GetItem", "UpdateItem"]);
}

#[tokio::test]
async fn an_upsert_that_takes_longer_than_a_lease_joins_the_company_that_is_there_then() {
    let world = World::new().await;
    let (api, slow) = (world.api(), world.api());
    for (case, company) in [("uid", "acme"), ("gone by then", "beta")] {
        company_of(&api, company, &["ann"]).await;
        slow.upsert(&format!(r#"{{"uid":"bob","company_uid":"{company}"}}"#)).await.id();
        // Its write waits while the company is deleted.
        let advance = world.advance_fn();
        world.wire.take();
        let began = std::sync::atomic::AtomicBool::new(false);
        world.wire.break_calls(move |call| {
            if call.operation == "UpdateItem" && !began.swap(true, std::sync::atomic::Ordering::SeqCst) {
                advance(Duration::from_secs(10));
            }
            None
        });
        slow.upsert(&format!(r#"{{"uid":"bob","company_uid":"{company}","late":1}}"#)).await.id();
        assert_eq!(world.wire.take(), ["UpdateItem", "GetItem"], "{case}");
        world.wire.mend();
        assert!(shown_company(&slow, "bob").await.is_some());
    }
}

#[tokio::test]
async fn a_batch_from_before_does_not_bring_a_deleted_company_back() {
    let world = World::new().await;
    let api = world.api();
    company_of(&api, "acme", &["ann"]).await;
    let items = r#"[{"uid":"ann","company_uid":"acme","late":1},{"uid":"new","company_uid":"acme"},{"uid":"other","company_uid":"beta"}]"#;
    let id = api.batch(items).await.batch_id();
    assert_eq!(api.delete(&by_uid("acme")).await.status, 200);
    apply_all(&world, &api).await;
    let status = completed(&api, &id).await;
    assert_eq!(counts(&status), [2, 1, 0, 0, 0], "{status}");
    let warned: Vec<_> = status["warnings"].as_array().unwrap().iter().map(|warning| (&warning["index"], &warning["prop"])).collect();
    assert_eq!(warned, [(&json!(0), &json!("company")), (&json!(1), &json!("company"))], "{status}");
    for (uid, joins) in [("ann", false), ("new", false), ("other", true)] {
        assert_eq!(shown_company(&api, uid).await.is_some(), joins, "{uid}");
    }
    api.company("uid=acme").await.message(404);
    // One that is accepted after it founds it anew.
    world.wait(Duration::from_secs(3 * 60));
    api.batch(items).await.batch_id();
    apply_all(&world, &api).await;
    assert_eq!(shown_company(&api, "ann").await, shown_company(&api, "new").await);
    assert!(stream::tickets(&world).await.is_empty());
}

#[tokio::test]
async fn a_company_that_a_restore_brought_back_is_deleted_again_and_its_members_stay() {
    let world = World::new().await;
    let api = world.api();
    let id = company_of(&api, "acme", &["ann", "bob"]).await;
    let backup = Backup::of(&world).await;
    let since = world.now();
    world.wait(Duration::from_secs(60));
    api.upsert(r#"{"uid":"bob","company_uid":"another"}"#).await.id();
    assert_eq!(api.delete(&format!("{}&cascade=profiles", by_uid("acme"))).await.status, 200);
    let tables = backup.restore(&world).await;
    let restored = Storage::new(world.client(3), tables.clone(), NO_WAITS);
    for what in [Replay::DryRun, Replay::Do] {
        let done = restored.deletions().replay(since, what, &|_| ()).await.unwrap();
        // Ann was forgotten with the company, Bob had left it.
        let expected = match what {
            Replay::DryRun => Replayed { members: 2, ..done },
            Replay::Do => Replayed { members: done.members, ..done },
        };
        assert_eq!((done.of_companies, done.companies, done.profiles, done.failed), (1, 1, 1, 0), "{what:?}");
        assert_eq!(done, expected, "{what:?}");
    }
    let account = world.account;
    assert!(restored.company(account, id.parse().unwrap()).await.unwrap().is_none());
    let again = restored.deletions().replay(since, Replay::Do, &|_| ()).await.unwrap();
    assert_eq!((again.companies, again.members, again.profiles, again.tombstones), (0, 0, 0, 0));
}

#[tokio::test]
async fn what_cannot_be_deleted_is_said_and_changes_nothing() {
    let world = World::new().await;
    let api = world.api();
    let id = company_of(&api, "acme", &["ann"]).await;
    let before = world.everything().await.len();
    for (target, status, part) in [
        (by_uid("unknown"), 404, "Company not found"),
        ("/v3/edit/company".to_owned(), 422, "No identifier found. Pass your Company ID as the `uid` parameter"),
        ("/v3/edit/company?uid=".to_owned(), 422, "No identifier found"),
        ("/v3/edit/company?uid=undefined".to_owned(), 422, "No identifier found"),
        ("/v3/edit/company?id=x".to_owned(), 404, "Company not found"),
        ("/v3/edit/companies/x".to_owned(), 404, "Company not found"),
        (format!("/v3/edit/companies/00000001{}", &id[8..]), 404, "Company not found"),
        (format!("{}&cascade=companies", by_uid("acme")), 422, "`cascade`"),
        (format!("{}&cascade=true", by_uid("acme")), 422, "`cascade`"),
        (format!("{}&cascade[]=profiles", by_uid("acme")), 422, "`cascade`"),
        (format!("/v3/edit/companies/{id}?uid=unknown"), 404, "Company not found"),
    ] {
        let reply = api.delete(&target).await;
        assert!(reply.message(status).contains(part), "{target}: {}", reply.text);
    }
    assert_eq!(world.everything().await.len(), before);
    assert_eq!(shown_company(&api, "ann").await, Some(json!(id)));
    api.deletion("5f3c4232c712de665632a6e8").await.message(404);
}
