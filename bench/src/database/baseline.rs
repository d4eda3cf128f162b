//! The common design: profiles under random ids, found by an index on their uid, and put back whole with the changes merged in.
//!
//! Two writers at once lose one's changes here, and two creates of one uid make twins, because the index is behind.

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use profiles_api::Clock;

use super::user::User;
use crate::indexed;

const TABLE: &str = "baseline_profiles";
const INDEX: &str = "uid-index";
const ACCOUNT: &str = "account_id";

type Item = HashMap<String, AttributeValue>;

/// Creates the table.
pub(super) async fn create_table(client: &Client) {
    indexed::create_table(client, TABLE, &[(INDEX, &[ACCOUNT, "uid"])]).await;
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
