//! The actions that transactions are made of, each with the condition it depends on.

use std::time::Duration;

use aws_sdk_dynamodb::operation::put_item::builders::PutItemFluentBuilder;
use aws_sdk_dynamodb::types::builders::{PutBuilder, UpdateBuilder};
use aws_sdk_dynamodb::types::{AttributeValue, Put, Update};
use profiles_domain::ProfileId;
use profiles_normalization::Timestamp;

use super::BatchGuard;
use crate::dynamo::database::Database;
use crate::dynamo::item::{Attributes, Item, Key};
use crate::dynamo::value::{expiry, text};
use crate::schema::applied_log::AppliedLog;
use crate::schema::attributes::{APPLIED, DELETION, EXPIRES_AT, FORGOTTEN_AT, ID};
use crate::schema::revision::unchanged;

/// The time before DynamoDB deletes a released claim: as long as its tombstone or applied log may be asked for.
const RELEASED_FOR: Duration = Duration::from_hours(90 * 24);

/// Replaces an item by a request of its own, unless it changed since it was seen.
pub(crate) fn put_alone(database: &Database, key: Key, seen: &Item, new: Item) -> PutItemFluentBuilder {
    let (condition, values) = unchanged(seen);
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
    let (condition, values) = unchanged(seen);
    Put::builder()
        .table_name(&database.tables.profiles)
        .set_item(Some(new.0.into_iter().chain(key).collect()))
        .condition_expression(condition)
        .set_expression_attribute_values(values)
}

/// Claims an address that no profile holds.
pub(super) fn claim(database: &Database, key: Key, holder: ProfileId, guard: Option<&BatchGuard>) -> UpdateBuilder {
    let mut condition = format!("attribute_not_exists({ID})");
    let mut values = Attributes::from([(":holder".to_owned(), text(holder))]);
    if let Some((guarded, of_guard)) = guard.map(BatchGuard::condition_on_claim) {
        condition.push_str(&format!(" AND {guarded}"));
        values.extend(of_guard);
    }
    on_claim(database, key, format!("SET {ID} = :holder REMOVE {EXPIRES_AT}, {DELETION}"), condition, values)
}

/// Hands a claim over from one profile to another.
pub(super) fn hand_over(database: &Database, key: Key, from: ProfileId, to: ProfileId) -> UpdateBuilder {
    let values = Attributes::from([(":from".to_owned(), text(from)), (":to".to_owned(), text(to))]);
    on_claim(database, key, format!("SET {ID} = :to"), format!("{ID} = :from"), values)
}

/// The release of a claim. It is emptied rather than deleted: it may carry a tombstone, and it takes over the applied log of its holder. A
/// batch that names the holder by this address finds its items there, even when another profile holds the address by then.
pub(super) struct Release<'a> {
    pub(super) key: Key,
    /// The id that it names; `None` when it is empty already.
    pub(super) named: Option<ProfileId>,
    pub(super) applied: &'a AppliedLog,
    /// The time of a tombstone that is put there.
    pub(super) forgotten_at: Option<Timestamp>,
    pub(super) now: Timestamp,
}

impl Release<'_> {
    pub(super) fn action(self, database: &Database) -> UpdateBuilder {
        let mut values = Attributes::from([(":expires".to_owned(), expiry(self.now, RELEASED_FOR))]);
        let mut update = format!("SET {EXPIRES_AT} = :expires");
        if let Some(at) = self.forgotten_at {
            update.push_str(&format!(", {FORGOTTEN_AT} = :at"));
            values.insert(":at".to_owned(), text(at));
        }
        update.push_str(&format!(" REMOVE {ID}"));
        let entries = self.applied.entries();
        if !entries.is_empty() {
            // The entries of earlier holders stay.
            update.push_str(&format!(" ADD {APPLIED} :applied"));
            values.insert(":applied".to_owned(), AttributeValue::Ss(entries));
        }
        let condition = match self.named {
            Some(holder) => {
                values.insert(":holder".to_owned(), text(holder));
                format!("{ID} = :holder")
            }
            None => format!("attribute_not_exists({ID})"),
        };
        on_claim(database, self.key, update, condition, values)
    }
}

/// Leaves a claim to the profile that it names. Such a claim does not expire.
pub(super) fn leave(database: &Database, key: Key, holder: ProfileId) -> UpdateBuilder {
    let values = Attributes::from([(":holder".to_owned(), text(holder))]);
    on_claim(database, key, format!("REMOVE {EXPIRES_AT}"), format!("{ID} = :holder"), values)
}

fn on_claim(database: &Database, key: Key, update: String, condition: String, values: Attributes) -> UpdateBuilder {
    Update::builder()
        .table_name(&database.tables.identities)
        .set_key(Some(key))
        .update_expression(update)
        .condition_expression(condition)
        .set_expression_attribute_values(Some(values))
}
