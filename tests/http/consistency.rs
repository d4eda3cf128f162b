//! Consistency: every write of one process is visible to another at once.

use profiles_tests::Reply;
use serde_json::Value;

use crate::local_api::{Account, local_api};

/// Retrieves a profile by each of its identifiers, from another process.
#[track_caller]
fn by_all(account: &Account<'_>, id: &str, uid: &str, email: &str) -> Vec<Value> {
    [format!("id={id}"), format!("uid={uid}"), format!("email={email}")]
        .iter()
        .map(|query| {
            let profile = account.retrieve(query).profile().clone();
            assert_eq!(profile["id"], id, "{query}");
            profile
        })
        .collect()
}

#[test]
fn an_immediate_read_in_another_process_sees_every_upsert_by_id_uid_and_email() {
    let account = local_api().account();
    for user in 0..15 {
        let (uid, email) = (format!("user-{user}"), format!("user-{user}@example.com"));
        let id = account.upsert(&format!(r#"{{"uid":"{uid}","email":"{email}","step":0}}"#)).id();
        for profile in by_all(&account, &id, &uid, &email) {
            assert_eq!(profile["step"], 0);
        }
        let names = [format!(r#""uid":"{uid}""#), format!(r#""email":"{email}""#), format!(r#""id":"{id}""#)];
        for (step, name) in (1..).zip(&names) {
            assert_eq!(account.upsert(&format!(r#"{{{name},"step":{step}}}"#)).id(), id);
            for profile in by_all(&account, &id, &uid, &email) {
                assert_eq!(profile["step"], step, "after an update by {name}");
            }
        }
    }
}

#[test]
fn an_immediate_read_in_another_process_sees_a_changed_email_and_a_merge() {
    let account = local_api().account();
    let not_found = |reply: Reply| assert!(reply.message(404).starts_with("Profile not found: "), "{}", reply.text);
    for user in 0..5 {
        let (uid, old, new) = (format!("user-{user}"), format!("old-{user}@example.com"), format!("new-{user}@example.com"));
        let id = account.upsert(&format!(r#"{{"uid":"{uid}","email":"{old}"}}"#)).id();
        assert_eq!(account.retrieve(&format!("email={old}")).id(), id);
        account.upsert(&format!(r#"{{"uid":"{uid}","email":"{new}"}}"#)).id();
        by_all(&account, &id, &uid, &new);
        not_found(account.retrieve(&format!("email={old}")));

        // A profile that had only the address is merged into this user's.
        let lead = format!("lead-{user}@example.com");
        let merged = account.upsert(&format!(r#"{{"email":"{lead}","source":"form"}}"#)).id();
        assert_ne!(merged, id);
        assert_eq!(account.upsert(&format!(r#"{{"uid":"{uid}","email":"{lead}"}}"#)).id(), id);
        for profile in by_all(&account, &id, &uid, &lead) {
            assert_eq!((&profile["email"], &profile["source"]), (&Value::from(lead.as_str()), &Value::from("form")));
        }
        assert_eq!(account.retrieve(&format!("id={merged}")).id(), id);
        not_found(account.retrieve(&format!("email={new}")));
    }
}

#[test]
fn another_accounts_secret_finds_none_of_it_in_any_process() {
    let (account, other) = (local_api().account(), local_api().account());
    let id = account.upsert(r#"{"uid":18821,"email":"leon@chmln.co","plan":"gold"}"#).id();
    for query in [&format!("id={id}"), "uid=18821", "email=leon@chmln.co"] {
        assert!(other.retrieve(query).message(404).starts_with("Profile not found: "));
    }
    other.upsert(&format!(r#"{{"id":"{id}","plan":"stolen"}}"#)).message(404);
    let own = other.upsert(r#"{"uid":18821,"email":"leon@chmln.co","plan":"free"}"#).id();
    assert_ne!(own, id);
    assert_eq!(other.retrieve("uid=18821").profile()["plan"], "free");
    assert_eq!(account.retrieve("uid=18821").profile()["plan"], "gold");
}
