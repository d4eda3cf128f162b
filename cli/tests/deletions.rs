//! `profiles deletions replay` as an operator runs it, on tables restored in a DynamoDB Local.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "what a test needs and does not get ends it")]

use std::process::{Command, Output};
use std::time::{SystemTime, UNIX_EPOCH};

use aws_sdk_dynamodb::Client;
use profiles_domain::{AccountId, Event, Identity, Slot, Uid, Upsert};
use profiles_local::DynamoDbLocal;
use profiles_normalization::{Timestamp, Value};
use profiles_storage::{RetryPolicy, Storage, Tables};
use profiles_template::Template;

/// The tables that hold users, by the variables that name them to the command.
const RESTORED: [&str; 6] =
    ["PROFILES_TABLE", "IDENTITIES_TABLE", "COMPANIES_TABLE", "ACTIVITIES_TABLE", "SUMMARIES_TABLE", "PROPERTIES_TABLE"];

fn template() -> Template {
    Template::parse(include_str!("../../template.yaml")).unwrap()
}

fn now() -> Timestamp {
    let millis = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
    Timestamp::from_unix_millis(i64::try_from(millis).unwrap()).unwrap()
}

/// Runs the command on the restored tables, without this variable.
fn replay(endpoint: &str, arguments: &[&str], without: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_profiles"));
    command.args(["deletions", "replay", "--endpoint-url", endpoint]).args(arguments);
    command.env("AWS_ACCESS_KEY_ID", "replay").env("AWS_SECRET_ACCESS_KEY", "local").env("AWS_REGION", "us-east-1");
    for variable in RESTORED {
        command.env(variable, format!("restored-{}", template().table_name(variable).unwrap()));
    }
    command.env("DELETIONS_TABLE", template().table_name("DELETIONS_TABLE").unwrap());
    command.env_remove(without).output().expect("the command runs")
}

#[track_caller]
fn succeeds(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// Everything in the restored tables, as text.
async fn scan(client: &Client) -> String {
    let mut all = String::new();
    for variable in RESTORED {
        let table = format!("restored-{}", template().table_name(variable).unwrap());
        let mut items = client.scan().table_name(table).into_paginator().items().send();
        while let Some(item) = items.next().await {
            all.push_str(&format!("{:?}\n", item.unwrap()));
        }
    }
    all
}

/// Copies each table to its restored one.
async fn back_up(client: &Client) {
    profiles_local::create_tables(client, &template(), "restored-").await.unwrap();
    for variable in RESTORED {
        let table = template().table_name(variable).unwrap();
        let mut items = client.scan().table_name(&table).into_paginator().items().send();
        while let Some(item) = items.next().await {
            client.put_item().table_name(format!("restored-{table}")).set_item(Some(item.unwrap())).send().await.unwrap();
        }
    }
}

#[tokio::test]
async fn profiles_forgotten_after_a_backup_are_gone_again_from_the_restored_tables() {
    let server = DynamoDbLocal::start().unwrap();
    let endpoint = server.endpoint();
    let client = profiles_local::client(&endpoint, "replay");
    profiles_local::create_tables(&client, &template(), "").await.unwrap();
    let tables = Tables::from_environment(|variable| template().table_name(variable)).unwrap();
    let storage = Storage::new(client.clone(), tables, RetryPolicy::default());
    let account = AccountId::created_at(now(), Slot::from_random(1));
    let user = |uid: &str| Identity { uid: Some(Uid::new(uid).unwrap()), ..Identity::default() };
    for uid in ["moriarty-1", "moriarty-2", "stays"] {
        let properties = [("plan".to_owned(), Value::String(uid.to_owned()))].into();
        let upsert = Upsert { identity: user(uid), properties, ..Upsert::default() };
        storage.upsert(account, upsert, now()).await.unwrap();
        let event =
            Event { name: "imported".to_owned(), properties: [("by".to_owned(), Value::String(uid.to_owned()))].into(), cut: [].into() };
        storage.activities().track(account, &user(uid), event, None, now()).await.unwrap();
    }
    let since = now().to_string();
    back_up(&client).await;
    for uid in ["moriarty-1", "moriarty-2"] {
        storage.deletions().forget(account, &user(uid), &now, &|| true).await.unwrap();
    }

    let restored = scan(&client).await;
    assert!(restored.contains("moriarty-1") && restored.contains("moriarty-2") && restored.contains("stays"));
    let counts = |profiles: u32, records: u32| {
        format!(
            "since                  {since}\ndeletion records read          2\nforgotten since                2\nprofiles forgotten             {profiles}\ncleared since                  0\nprofiles cleared               0\ndeleted since                  0\ncompanies deleted              0\nmembers taken off              0\nrecords removed                {records}\ntombstones written             0\nfailed                         0\n"
        )
    };
    let dry = succeeds(&replay(&endpoint, &["--since", &since, "--dry-run"], ""));
    assert_eq!(dry, counts(2, 2) + "nothing was changed\n");
    assert_eq!(scan(&client).await.len(), restored.len());
    let done = replay(&endpoint, &["--since", &since], "");
    assert_eq!(succeeds(&done), counts(2, 2));
    assert!(done.stderr.is_empty(), "{}", String::from_utf8_lossy(&done.stderr));
    let left = scan(&client).await;
    assert!(!left.contains("moriarty") && left.matches("stays").count() == restored.matches("stays").count(), "{left}");
    assert_eq!(succeeds(&replay(&endpoint, &["--since", &since], "")), counts(0, 0));
}

#[tokio::test]
async fn without_a_table_or_a_time_nothing_is_done() {
    let server = DynamoDbLocal::start().unwrap();
    let endpoint = server.endpoint();
    for variable in RESTORED.into_iter().chain(["DELETIONS_TABLE"]) {
        let output = replay(&endpoint, &["--since", "2026-01-01T00:00:00Z"], variable);
        let option = format!("--{}", variable.to_lowercase().replace('_', "-"));
        assert!(!output.status.success() && String::from_utf8_lossy(&output.stderr).contains(&option), "{output:?}");
    }
    for since in ["yesterday", "2126-01-01T00:00:00Z", ""] {
        let output = replay(&endpoint, &["--since", since], "");
        assert_eq!(output.status.code(), Some(1));
        assert!(String::from_utf8_lossy(&output.stderr).contains("is not a time in the past"), "{output:?}");
    }
    // Nor without the tables.
    let output = replay(&endpoint, &["--since", "2026-01-01T00:00:00Z"], "");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.code() == Some(1) && error.contains("ResourceNotFoundException") && error.contains("names of the tables"),
        "{error}"
    );
}
