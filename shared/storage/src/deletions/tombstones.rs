//! What is left where a forgotten profile, its claim and its aliases were: when that was, so that no batch which was accepted before
//! brings it back, and nothing else of it.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::operation::put_item::builders::PutItemFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update};
use profiles_domain::{AccountId, DeletionId, Error, ProfileId, Slot};
use profiles_normalization::Timestamp;

use crate::dynamo::database::{Database, incomplete};
use crate::dynamo::item::{Item, Key};
use crate::dynamo::value::{expiry, number, text};
use crate::schema::attributes::{ALIAS_ID, ALIAS_OF, DELETION, EXPIRES_AT, FORGOTTEN_AT, ID, LAST, LAST_DELIVERY, REV};
use crate::schema::keys;
use crate::upsert::{MAX_FORMER, former_claims, put_alone};

/// How long a mark stays: longer than any accepted batch waits to be applied.
const MARK_LASTS: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// Aliases that become marks in one transaction, of whose 100 actions the log, the profile and its claim take one each, and claims that
/// the profile had before one each. More than that come later.
pub(super) const ALIASES_AT_ONCE: usize = 97 - MAX_FORMER;

/// What leads to a profile, where marks go besides its own slot.
pub(super) struct Led {
    /// Whether the claim to its address does.
    pub(super) claim: bool,
    /// The slots of aliases.
    pub(super) slots: Vec<Slot>,
    /// The claims that it had before and that nobody holds.
    pub(super) former: Vec<Key>,
}

/// Leaves the marks of one forgotten profile.
pub(super) struct Marker<'a> {
    pub(super) database: &'a Database,
    pub(super) account: AccountId,
    pub(super) profile: ProfileId,
    pub(super) deletion: DeletionId,
    pub(super) at: Timestamp,
}

impl Marker<'_> {
    /// The actions that put marks in place of the profile and of what leads to it, unless it changed since it was seen.
    pub(super) fn all(&self, seen: &Item, led: &Led) -> Result<Vec<TransactWriteItem>, Error> {
        let mut actions = vec![self.profile(seen)?];
        if let Some(email) = seen.email().filter(|_| led.claim) {
            actions.push(self.claim(email)?);
        }
        for slot in &led.slots {
            actions.push(self.alias(*slot)?);
        }
        for key in &led.former {
            actions.push(self.former(key.clone())?);
        }
        Ok(actions)
    }

    /// The claims that the profile had before and that nobody holds. The marks are not made earlier than those that are there.
    pub(super) async fn look_at_former(&mut self, seen: &Item) -> Result<Vec<Key>, Error> {
        let mut former = Vec::new();
        for key in former_claims(self.account, seen) {
            let claim = self.database.get(&self.database.tables.identities, key.clone()).await?;
            if claim.id().is_none() {
                self.is_after(&claim);
                former.push(key);
            }
        }
        Ok(former)
    }

    /// Makes the marks no earlier than one that was seen.
    pub(super) fn is_after(&mut self, seen: &Item) {
        self.at = seen.forgotten_at().map_or(self.at, |before| before.max(self.at));
    }

    /// What leads to the profile, of its claim and of these slots. It stays so while the profile's `REV` does.
    pub(super) async fn look(&mut self, seen: &Item, slots: Vec<Slot>) -> Result<Led, Error> {
        let mut led = Led { claim: false, slots: Vec::with_capacity(slots.len()), former: self.look_at_former(seen).await? };
        if let Some(email) = seen.email() {
            let claim = self.database.get(&self.database.tables.identities, keys::claim(self.account, email)).await?;
            led.claim = claim.id().is_none_or(|holder| holder == self.profile);
            self.is_after(&claim);
        }
        for slot in slots {
            let alias = self.database.slot(self.account, slot).await?;
            if self.leads_here(&alias) {
                self.is_after(&alias);
                led.slots.push(slot);
            }
        }
        Ok(led)
    }

    /// Whether this is an alias of the profile.
    pub(super) fn leads_here(&self, seen: &Item) -> bool {
        seen.alias_of() == Some(self.profile)
    }

    /// The action that puts a mark in place of the profile.
    fn profile(&self, seen: &Item) -> Result<TransactWriteItem, Error> {
        let revision = seen.revision().unwrap_or(0);
        let put = Put::builder()
            .table_name(&self.database.tables.profiles)
            .set_item(Some(self.mark(self.profile.slot(), seen).0))
            .condition_expression(format!("{ID} = :profile AND {REV} = :seen"))
            .expression_attribute_values(":profile", text(self.profile))
            .expression_attribute_values(":seen", number(revision))
            .build()
            .map_err(incomplete)?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    /// The mark that replaces what was seen in a slot.
    fn mark(&self, slot: Slot, seen: &Item) -> Item {
        // The slot may have been forgotten before, by a clock that was ahead, or again, when a restore brought it back.
        let at = self.at.max(seen.forgotten_at().unwrap_or(self.at));
        let own = (slot == self.profile.slot()).then_some(self.profile.seconds());
        let last = own.max(seen.last());
        let mut mark = Item(keys::slot(self.account, slot));
        mark.0.extend([
            (FORGOTTEN_AT.to_owned(), text(at)),
            (DELETION.to_owned(), text(self.deletion)),
            (REV.to_owned(), number(seen.revision().unwrap_or(0).saturating_add(1))),
            (EXPIRES_AT.to_owned(), expiry(at, MARK_LASTS)),
        ]);
        mark.0.extend(last.map(|last| (LAST.to_owned(), number(last))));
        mark.0.extend(seen.0.get_key_value(LAST_DELIVERY).map(|(name, value)| (name.clone(), value.clone())));
        mark
    }

    /// The request that puts a mark into a slot where nobody is, or a mark only, if it is as it was seen.
    pub(super) fn vacant(&self, slot: Slot, seen: &Item) -> PutItemFluentBuilder {
        put_alone(self.database, keys::slot(self.account, slot), seen, self.mark(slot, seen))
    }

    /// The action that takes the claim to its address from it. A claim that nobody holds, which only a restore leaves, gets a mark too.
    fn claim(&self, email: &str) -> Result<TransactWriteItem, Error> {
        let held = format!("({ID} = :profile OR attribute_not_exists({ID}))");
        self.update(&self.database.tables.identities, keys::claim(self.account, email), &held, Some(ID))
    }

    /// The action that puts a mark into a claim that the profile had before, on condition that nobody holds it.
    fn former(&self, key: Key) -> Result<TransactWriteItem, Error> {
        // Nobody was forgotten under this address, so it leads to no deletion.
        self.update(&self.database.tables.identities, key, &format!("attribute_not_exists({ID})"), None)
    }

    /// The action that takes an alias from it, on condition that it is one.
    pub(super) fn alias(&self, slot: Slot) -> Result<TransactWriteItem, Error> {
        let removed = format!("{ALIAS_OF}, {ALIAS_ID}");
        self.update(&self.database.tables.profiles, keys::slot(self.account, slot), &format!("{ALIAS_OF} = :profile"), Some(&removed))
    }

    /// The action that puts a mark into an item, on this condition and unless there is a later one. `removed` is what led to the profile
    /// there; without it, nothing did.
    fn update(&self, table: &str, key: Key, condition: &str, removed: Option<&str>) -> Result<TransactWriteItem, Error> {
        let mut values: HashMap<_, AttributeValue> = HashMap::from([
            (":at".to_owned(), text(self.at)),
            (":expires".to_owned(), expiry(self.at, MARK_LASTS)),
            (":one".to_owned(), number(1_u64)),
        ]);
        let mut set = format!("SET {FORGOTTEN_AT} = :at, {EXPIRES_AT} = :expires");
        if removed.is_some() {
            set.push_str(&format!(", {DELETION} = :deletion"));
            values.extend([(":profile".to_owned(), text(self.profile)), (":deletion".to_owned(), text(self.deletion))]);
        }
        let removed = removed.unwrap_or(DELETION);
        let update = Update::builder()
            .table_name(table)
            .set_key(Some(key))
            .update_expression(format!("{set} REMOVE {removed} ADD {REV} :one"))
            .condition_expression(format!("{condition} AND (attribute_not_exists({FORGOTTEN_AT}) OR {FORGOTTEN_AT} <= :at)"))
            .set_expression_attribute_values(Some(values))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()
            .map_err(incomplete)?;
        Ok(TransactWriteItem::builder().update(update).build())
    }
}
