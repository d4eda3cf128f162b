//! The actions that transactions are made of, each with the condition it depends on.

use std::time::Duration;

use aws_sdk_dynamodb::operation::put_item::builders::PutItemFluentBuilder;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::builders::{PutBuilder, UpdateBuilder};
use aws_sdk_dynamodb::types::{AttributeValue, Put, Update};
use profiles_domain::ProfileId;
use profiles_normalization::Timestamp;

use super::BatchGuard;
use crate::dynamo::database::Database;
use crate::dynamo::item::{Attributes, Item, Key};
use crate::dynamo::value::{expiry, number, text};
use crate::schema::applied_log::AppliedLog;
use crate::schema::attributes::{APPLIED, DELETION, EXPIRES_AT, FORGOTTEN_AT, ID, REV};
use crate::schema::revision::unchanged;

/// The time before DynamoDB deletes a released claim, or an empty slot that has a revision: as long as a claim's tombstone or applied log may be
/// asked for.
const KEPT_FOR: Duration = Duration::from_hours(90 * 24);

/// The condition that a slot is as it was seen, and its values. An item that expires takes its revision along, so what was written since may
/// have the same one. A profile has an id then, and anything else another time to expire.
fn as_seen(seen: &Item) -> (String, Option<Attributes>) {
    let (mut condition, mut values) = unchanged(seen);
    if !seen.is_live() {
        condition.push_str(&format!(" AND attribute_not_exists({ID})"));
    }
    if let Some(expires_at) = seen.0.get(EXPIRES_AT) {
        condition.push_str(&format!(" AND {EXPIRES_AT} = :seen_expires_at"));
        values.get_or_insert_default().insert(":seen_expires_at".to_owned(), expires_at.clone());
    }
    (condition, values)
}

/// Replaces an item by a request of its own, unless it changed since it was seen.
pub(crate) fn put_alone(database: &Database, key: Key, seen: &Item, new: Item) -> PutItemFluentBuilder {
    let (condition, values) = as_seen(seen);
    let item = new.0.into_iter().chain(key).collect();
    database
        .client
        .put_item()
        .table_name(&database.tables.profiles)
        .set_item(Some(item))
        .condition_expression(condition)
        .set_expression_attribute_values(values)
}

/// Replaces an item, unless it changed since it was seen.
pub(super) fn put(database: &Database, key: Key, seen: &Item, new: Item) -> PutBuilder {
    let (condition, values) = as_seen(seen);
    Put::builder()
        .table_name(&database.tables.profiles)
        .set_item(Some(new.0.into_iter().chain(key).collect()))
        .condition_expression(condition)
        .set_expression_attribute_values(values)
}

/// An update of a claim, which is sent alone or as an action of a transaction. Each raises the claim's revision.
pub(super) struct ClaimUpdate {
    key: Key,
    update: String,
    condition: String,
    values: Attributes,
}

impl ClaimUpdate {
    fn new(key: Key, change: &str, condition: String, mut values: Attributes) -> Self {
        values.insert(":one".to_owned(), number(1_u64));
        Self { key, update: format!("{change} ADD {REV} :one"), condition, values }
    }

    pub(super) fn alone(self, database: &Database) -> UpdateItemFluentBuilder {
        database
            .client
            .update_item()
            .table_name(&database.tables.identities)
            .set_key(Some(self.key))
            .update_expression(self.update)
            .condition_expression(self.condition)
            .set_expression_attribute_values(Some(self.values))
    }

    pub(super) fn action(self, database: &Database) -> UpdateBuilder {
        Update::builder()
            .table_name(&database.tables.identities)
            .set_key(Some(self.key))
            .update_expression(self.update)
            .condition_expression(self.condition)
            .set_expression_attribute_values(Some(self.values))
    }
}

/// Claims an address for a profile, unless the claim names another one. Its revision rises even if it names this one already: then nobody
/// releases it who read it before.
pub(super) fn claim(key: Key, holder: ProfileId, guard: Option<&BatchGuard>) -> ClaimUpdate {
    let mut condition = format!("(attribute_not_exists({ID}) OR {ID} = :holder)");
    let mut values = Attributes::from([(":holder".to_owned(), text(holder))]);
    if let Some((guarded, of_guard)) = guard.map(BatchGuard::condition_on_claim) {
        condition.push_str(&format!(" AND {guarded}"));
        values.extend(of_guard);
    }
    ClaimUpdate::new(key, &format!("SET {ID} = :holder REMOVE {EXPIRES_AT}, {DELETION}"), condition, values)
}

/// Hands a claim over from one profile to another.
pub(super) fn hand_over(key: Key, from: ProfileId, to: ProfileId) -> ClaimUpdate {
    let values = Attributes::from([(":from".to_owned(), text(from)), (":to".to_owned(), text(to))]);
    ClaimUpdate::new(key, &format!("SET {ID} = :to"), format!("{ID} = :from"), values)
}

/// The release of a claim that names a profile, unless it changed since it was seen. It is emptied rather than deleted: it may carry a
/// tombstone, and it takes over the applied log of its holder. A batch that names the holder by this address finds its items there, even when
/// another profile holds the address by then.
pub(super) struct Release<'a> {
    pub(super) key: Key,
    /// The claim as it was seen.
    pub(super) seen: &'a Item,
    pub(super) applied: &'a AppliedLog,
    /// The time of a tombstone that is put there.
    pub(super) forgotten_at: Option<Timestamp>,
    pub(super) now: Timestamp,
}

impl Release<'_> {
    pub(super) fn update(self) -> ClaimUpdate {
        let mut values = Attributes::from([(":expires".to_owned(), expiry(self.now, KEPT_FOR))]);
        let mut change = format!("SET {EXPIRES_AT} = :expires");
        if let Some(at) = self.forgotten_at {
            change.push_str(&format!(", {FORGOTTEN_AT} = :at"));
            values.insert(":at".to_owned(), text(at));
        }
        change.push_str(&format!(" REMOVE {ID}"));
        let (mut condition, of_revision) = unchanged(self.seen);
        values.extend(of_revision.unwrap_or_default());
        // Each of our writes changes the revision. A claim that was put by hand may not.
        condition.push_str(&format!(" AND {ID} = :named"));
        values.extend(self.seen.0.get(ID).map(|named| (":named".to_owned(), named.clone())));
        let mut release = ClaimUpdate::new(self.key, &change, condition, values);
        let entries = self.applied.entries();
        if !entries.is_empty() {
            // The entries of earlier holders stay.
            release.update.push_str(&format!(", {APPLIED} :applied"));
            release.values.insert(":applied".to_owned(), AttributeValue::Ss(entries));
        }
        release
    }
}

/// Raises the revision of a slot that is as it was seen, and changes nothing else: a profile is no more written there by anybody who saw the
/// slot before. An empty slot gets an item that has nothing but its revision, and counts as empty.
pub(super) fn raise(database: &Database, key: Key, seen: &Item, now: Timestamp) -> UpdateBuilder {
    let (condition, of_revision) = unchanged(seen);
    let mut values = of_revision.unwrap_or_default();
    values.insert(":one".to_owned(), number(1_u64));
    let mut update = format!("ADD {REV} :one");
    if seen.is_vacant() {
        update.push_str(&format!(" SET {EXPIRES_AT} = :expires"));
        values.insert(":expires".to_owned(), expiry(now, KEPT_FOR));
    }
    Update::builder()
        .table_name(&database.tables.profiles)
        .set_key(Some(key))
        .update_expression(update)
        .condition_expression(condition)
        .set_expression_attribute_values(Some(values))
}
