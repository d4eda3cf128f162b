//! The founding of a company, together with the profile that names it first.

use aws_sdk_dynamodb::types::builders::UpdateBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, Update};
use profiles_domain::{AccountId, CompanyId, Slot, Uid};
use profiles_normalization::Timestamp;

use crate::dynamo::database::Database;
use crate::dynamo::item::Item;
use crate::dynamo::value::{number, text};
use crate::schema::attributes::{CREATED_AT, DELETION, EXPIRES_AT, ID, REV, UID, UPDATED_AT};
use crate::schema::keys;
use crate::schema::revision::unchanged;

/// A company that is to be founded in a slot that was seen vacant.
#[derive(Clone)]
pub(crate) struct Founding {
    pub(crate) id: CompanyId,
    pub(crate) uid: Uid,
    /// The slot as it was seen.
    seen: Item,
    /// When it is founded.
    at: Timestamp,
    /// A moment before it is.
    pub(super) begun: Timestamp,
}

impl Founding {
    /// Founds a company of this uid at `now`. Its id is later than that of a deleted one in the slot. `begun` is the present time of the
    /// clock by which leases end.
    pub(super) fn new(uid: Uid, slot: Slot, seen: Item, now: Timestamp, begun: Timestamp) -> Self {
        Self { id: CompanyId::created_after(seen.last(), now, slot), uid, at: seen.next_update(now), seen, begun }
    }

    /// When a company was last deleted in the slot.
    pub(super) fn deleted_at(&self) -> Option<Timestamp> {
        self.seen.forgotten_at()
    }

    /// The action that founds it, on condition that the slot is as it was seen.
    pub(crate) fn action(&self, database: &Database, account: AccountId) -> UpdateBuilder {
        let (condition, values) = unchanged(&self.seen);
        let mut update = Update::builder()
            .table_name(&database.tables.companies)
            .set_key(Some(keys::slot(account, self.id.slot())))
            .update_expression(format!(
                "SET {ID} = :id, {UID} = :uid, {CREATED_AT} = :at, {UPDATED_AT} = :at REMOVE {DELETION}, {EXPIRES_AT} ADD {REV} :one"
            ))
            .condition_expression(format!("attribute_not_exists({ID}) AND {condition}"));
        for (name, value) in values.unwrap_or_default() {
            update = update.expression_attribute_values(name, value);
        }
        update
            .expression_attribute_values(":id", text(self.id))
            .expression_attribute_values(":uid", AttributeValue::S(self.uid.as_str().to_owned()))
            .expression_attribute_values(":at", text(self.at))
            .expression_attribute_values(":one", number(1_u64))
    }
}
