//! What is left where a forgotten profile, its claim and its aliases were: when that was, so that no batch which was accepted before
//! brings it back, and nothing else of it.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem, Update};
use profiles_domain::{AccountId, DeletionId, Error, ProfileId, Slot};
use profiles_normalization::Timestamp;

use crate::attributes::{ALIAS_ID, ALIAS_OF, DELETION, EXPIRES_AT, FORGOTTEN_AT, ID, LAST, REV};
use crate::database::{Database, incomplete};
use crate::item::Item;
use crate::keys::{self, Key};
use crate::value::{expiry, number, text};

/// How long a mark stays: longer than any accepted batch waits to be applied.
const MARK_LASTS: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// Leaves the marks of one forgotten profile.
pub(super) struct Marker<'a> {
    pub(super) database: &'a Database,
    pub(super) account: AccountId,
    pub(super) profile: ProfileId,
    pub(super) deletion: DeletionId,
    pub(super) at: Timestamp,
}

impl Marker<'_> {
    /// The action that puts a mark in place of the profile, unless it changed since it was seen.
    pub(super) fn profile(&self, seen: &Item) -> Result<TransactWriteItem, Error> {
        // The slot may have been forgotten before, by a clock that was ahead.
        let at = self.at.to_string().max(seen.text(FORGOTTEN_AT).unwrap_or_default().to_owned());
        let revision = seen.revision().unwrap_or(0);
        let put = Put::builder()
            .table_name(&self.database.tables.profiles)
            .set_item(Some(keys::slot(self.account, self.profile.slot())))
            .item(FORGOTTEN_AT, text(at))
            .item(DELETION, text(self.deletion))
            .item(LAST, number(self.profile.seconds()))
            .item(REV, number(revision.saturating_add(1)))
            .item(EXPIRES_AT, expiry(self.at, MARK_LASTS))
            .condition_expression(format!("{ID} = :profile AND {REV} = :seen"))
            .expression_attribute_values(":profile", text(self.profile))
            .expression_attribute_values(":seen", number(revision))
            .build()
            .map_err(incomplete)?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    /// The action that takes the claim to its address from it.
    pub(super) fn claim(&self, email: &str) -> Result<TransactWriteItem, Error> {
        self.update(&self.database.tables.identities, keys::claim(self.account, email), ID, ID)
    }

    /// The action that takes an alias from it, on condition that it is one.
    pub(super) fn alias(&self, slot: Slot) -> Result<TransactWriteItem, Error> {
        let removed = format!("{ALIAS_OF}, {ALIAS_ID}");
        self.update(&self.database.tables.profiles, keys::slot(self.account, slot), ALIAS_OF, &removed)
    }

    fn update(&self, table: &str, key: Key, names: &str, removed: &str) -> Result<TransactWriteItem, Error> {
        let values: HashMap<_, AttributeValue> = HashMap::from([
            (":profile".to_owned(), text(self.profile)),
            (":at".to_owned(), text(self.at)),
            (":deletion".to_owned(), text(self.deletion)),
            (":expires".to_owned(), expiry(self.at, MARK_LASTS)),
            (":one".to_owned(), number(1_u64)),
        ]);
        let update = Update::builder()
            .table_name(table)
            .set_key(Some(key))
            .update_expression(format!(
                "SET {FORGOTTEN_AT} = :at, {DELETION} = :deletion, {EXPIRES_AT} = :expires REMOVE {removed} ADD {REV} :one"
            ))
            .condition_expression(format!("{names} = :profile"))
            .set_expression_attribute_values(Some(values))
            .build()
            .map_err(incomplete)?;
        Ok(TransactWriteItem::builder().update(update).build())
    }
}
