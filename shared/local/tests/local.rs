//! Tests with a DynamoDB Local of this test process.
#![allow(clippy::expect_used, clippy::panic, reason = "what a test needs and does not get ends it")]

use std::sync::OnceLock;

use aws_sdk_dynamodb::types::AttributeValue;
use profiles_local::{DynamoDbLocal, LocalError, Settings, client, create_tables};
use profiles_template::Template;

const TEMPLATE: &str = include_str!("../../../template.yaml");

fn endpoint() -> String {
    static SERVER: OnceLock<DynamoDbLocal> = OnceLock::new();
    SERVER.get_or_init(|| DynamoDbLocal::start().expect("DynamoDB Local starts")).endpoint()
}

fn template() -> Template {
    Template::parse(TEMPLATE).expect("the project's template is readable")
}

#[tokio::test]
async fn creating_the_tables_twice_changes_nothing() {
    let client = client(&endpoint(), "twice");
    let first = create_tables(&client, &template(), "").await.expect("created");
    assert_eq!(first.len(), template().tables().len());
    assert!(first.iter().all(|outcome| outcome.created));
    let second = create_tables(&client, &template(), "").await.expect("unchanged");
    assert!(second.iter().all(|outcome| !outcome.created));
    let names: Vec<_> = second.into_iter().map(|outcome| outcome.table).collect();
    assert_eq!(
        names,
        [
            "accounts",
            "activities",
            "batch_chunks",
            "batches",
            "companies",
            "deletions",
            "identities",
            "profiles",
            "properties",
            "summaries"
        ]
    );
}

#[tokio::test]
async fn tables_expire_items_by_the_template_attribute() {
    let client = client(&endpoint(), "expiry");
    create_tables(&client, &template(), "p-").await.expect("created");
    let output = client.describe_time_to_live().table_name("p-profiles").send().await.expect("described");
    let attribute = output.time_to_live_description.and_then(|description| description.attribute_name);
    assert_eq!(attribute.as_deref(), Some("EXPIRES_AT"));
}

#[tokio::test]
async fn each_access_key_has_a_database_of_its_own() {
    let (one, other) = (client(&endpoint(), "one"), client(&endpoint(), "other"));
    for client in [&one, &other] {
        create_tables(client, &template(), "").await.expect("created");
    }
    one.put_item().table_name("identities").item("PK", AttributeValue::S("a".to_owned())).send().await.expect("stored");
    for (client, count) in [(&one, 1), (&other, 0)] {
        let found = client.scan().table_name("identities").send().await.expect("read");
        assert_eq!(found.count, count);
    }
}

#[tokio::test]
async fn a_table_with_other_keys_is_refused() {
    let client = client(&endpoint(), "different");
    let template = template();
    create_tables(&client, &template, "").await.expect("created");
    let changed = TEMPLATE.replace("AttributeName: email,", "AttributeName: address,");
    let changed = Template::parse(&changed).expect("readable");
    let error = create_tables(&client, &changed, "").await.expect_err("its index has another key");
    assert!(matches!(&error, LocalError::Different(table) if table == "profiles"), "{error}");
}

#[test]
fn dropping_it_ends_the_process() {
    let server = DynamoDbLocal::start().expect("starts");
    let address = server.endpoint().replace("http://", "");
    assert!(std::net::TcpStream::connect(&address).is_ok());
    drop(server);
    assert!(std::net::TcpStream::connect(&address).is_err());
}

#[test]
fn without_its_jars_it_says_how_to_get_them() {
    let settings = Settings { directory: "/nowhere".into(), ..Settings::default() };
    let error = DynamoDbLocal::start_with(&settings).expect_err("nothing is there");
    assert_eq!(error.to_string(), "DynamoDB Local is not in /nowhere: run `make setup`");
}
