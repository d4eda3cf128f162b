//! The common design: profiles under random ids, found by an index on their uid, and put back whole with the changes merged in.
//!
//! Two writers at once lose one's changes here, and two creates of one uid make twins, because the index is behind.

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection, ProjectionType,
    ScalarAttributeType,
};
use profiles_api::Clock;

use super::user::User;

const TABLE: &str = "baseline_profiles";
const INDEX: &str = "uid-index";
const ACCOUNT: &str = "account_id";

type Item = HashMap<String, AttributeValue>;

/// Creates the table. Its index has the whole items: with keys only, finding one would take yet another request.
pub(super) async fn create_table(client: &Client) {
    let text = |name: &str| {
        AttributeDefinition::builder().attribute_name(name).attribute_type(ScalarAttributeType::S).build().expect("a whole attribute")
    };
    let key = |name: &str, kind: KeyType| KeySchemaElement::builder().attribute_name(name).key_type(kind).build().expect("a whole key");
    let index = GlobalSecondaryIndex::builder()
        .index_name(INDEX)
        .key_schema(key(ACCOUNT, KeyType::Hash))
        .key_schema(key("uid", KeyType::Range))
        .projection(Projection::builder().projection_type(ProjectionType::All).build())
        .build();
    let created = client
        .create_table()
        .table_name(TABLE)
        .billing_mode(BillingMode::PayPerRequest)
        .key_schema(key("id", KeyType::Hash))
        .set_attribute_definitions(Some(["id", ACCOUNT, "uid"].map(text).to_vec()))
        .global_secondary_indexes(index.expect("a whole index"))
        .send()
        .await;
    created.expect("the table is created");
}

/// Stores a profile of `account` with the same attributes as the item that the handler made.
pub(super) async fn store(client: &Client, account: &str, mut item: Item) {
    for internal in ["PK", "SK", "REV"] {
        item.remove(internal);
    }
    item.insert(ACCOUNT.to_owned(), AttributeValue::S(account.to_owned()));
    client.put_item().table_name(TABLE).set_item(Some(item)).send().await.expect("the profile is stored");
}

/// Finds a profile by its uid.
pub(super) async fn find(client: &Client, user: &User) -> Item {
    let found = client
        .query()
        .table_name(TABLE)
        .index_name(INDEX)
        .key_condition_expression("account_id = :account AND uid = :uid")
        .expression_attribute_values(":account", AttributeValue::S(user.account.clone()))
        .expression_attribute_values(":uid", AttributeValue::S(user.uid.clone()))
        .limit(1)
        .send()
        .await;
    found.expect("an answer").items.and_then(|mut items| items.pop()).expect("a known user is found")
}

/// Finds a profile by its uid, and puts it back with the properties that were sent.
pub(super) async fn upsert(client: &Client, user: &User) {
    let mut item = find(client, user).await;
    item.extend(user.sent.iter().cloned());
    // Otherwise the item would be the same as before, and its index would have nothing to do.
    item.insert("updated_at".to_owned(), AttributeValue::S(Clock::system().now().to_string()));
    client.put_item().table_name(TABLE).set_item(Some(item)).send().await.expect("the profile is stored");
}
