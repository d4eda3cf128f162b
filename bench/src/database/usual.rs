//! The usual way: profiles under random ids, found by an index on their uid, and put back whole with the changes merged in.
//!
//! Two writers at once lose one's changes here, and two creates of one uid make twins; that is what the index's delay costs.

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection, ProjectionType,
    ScalarAttributeType,
};
use profiles_api::Clock;

use super::stage::User;

/// Has an index by uid, and no other.
pub(super) const TABLE: &str = "usual_profiles";
/// Has one by e-mail and one by creation too.
pub(super) const INDEXED: &str = "usual_profiles_indexed";
const INDEX: &str = "uid-index";
const ACCOUNT: &str = "account_id";

type Item = HashMap<String, AttributeValue>;

/// Creates both tables. What finds one profile has its whole item: with keys only, that would take yet another request.
pub(super) async fn create_tables(client: &Client) {
    let by_uid = (INDEX, "uid", ProjectionType::All);
    let by_email = ("email-index", "email", ProjectionType::All);
    let by_creation = ("created-index", "created_at", ProjectionType::KeysOnly);
    create_table(client, TABLE, vec![by_uid.clone()]).await;
    create_table(client, INDEXED, vec![by_uid, by_email, by_creation]).await;
}

async fn create_table(client: &Client, table: &str, indexes: Vec<(&str, &str, ProjectionType)>) {
    let text = |name: &str| {
        AttributeDefinition::builder().attribute_name(name).attribute_type(ScalarAttributeType::S).build().expect("a whole attribute")
    };
    let key = |name: &str, kind: KeyType| KeySchemaElement::builder().attribute_name(name).key_type(kind).build().expect("a whole key");
    let mut request = client.create_table().table_name(table).billing_mode(BillingMode::PayPerRequest).key_schema(key("id", KeyType::Hash));
    for name in ["id", ACCOUNT] {
        request = request.attribute_definitions(text(name));
    }
    for (name, range, projection) in indexes {
        let index = GlobalSecondaryIndex::builder()
            .index_name(name)
            .key_schema(key(ACCOUNT, KeyType::Hash))
            .key_schema(key(range, KeyType::Range))
            .projection(Projection::builder().projection_type(projection).build())
            .build();
        request = request.attribute_definitions(text(range)).global_secondary_indexes(index.expect("a whole index"));
    }
    request.send().await.expect("the table is created");
}

/// Stores a profile of `account` in both with the same attributes as the item that the handler made.
pub(super) async fn store(client: &Client, account: &str, mut item: Item) {
    for internal in ["PK", "SK", "REV"] {
        item.remove(internal);
    }
    item.insert(ACCOUNT.to_owned(), AttributeValue::S(account.to_owned()));
    for table in [TABLE, INDEXED] {
        client.put_item().table_name(table).set_item(Some(item.clone())).send().await.expect("the profile is stored");
    }
}

/// Finds a profile by its uid.
pub(super) async fn find(client: &Client, table: &str, user: &User) -> Item {
    let found = client
        .query()
        .table_name(table)
        .index_name(INDEX)
        .key_condition_expression("account_id = :account AND uid = :uid")
        .expression_attribute_values(":account", AttributeValue::S(user.account.clone()))
        .expression_attribute_values(":uid", AttributeValue::S(user.uid.clone()))
        .limit(1)
        .send()
        .await;
    found.expect("an answer").items.and_then(|mut items| items.pop()).expect("a known user is found")
}

/// Finds a profile by its uid, and puts it back with what was sent.
pub(super) async fn upsert(client: &Client, table: &str, user: &User) {
    let mut item = find(client, table, user).await;
    item.extend(user.sent.iter().cloned());
    // Without it the item would be the same as before, and its index would have nothing to do.
    item.insert("updated_at".to_owned(), AttributeValue::S(Clock::system().now().to_string()));
    client.put_item().table_name(table).set_item(Some(item)).send().await.expect("the profile is stored");
}
