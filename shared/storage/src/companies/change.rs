//! The change that one write makes to a company.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};
use profiles_domain::{AccountId, CompanyId, CompanyName, Error, Slot, Uid};
use profiles_normalization::{Timestamp, Value};

use crate::dynamo::database::{Database, MAX_EXPRESSION_PROPERTIES, Write, set_each};
use crate::dynamo::item::{Attributes, Item};
use crate::dynamo::value::{number, text, to_attribute};
use crate::schema::attributes::{APPLIED, CREATED_AT, DELETION, EXPIRES_AT, FORGOTTEN_AT, ID, REV, UID, UPDATED_AT};
use crate::schema::keys;
use crate::schema::revision::unchanged;

/// The properties that a write sets.
pub(crate) struct CompanyChange {
    properties: Vec<(String, AttributeValue)>,
    /// The company's applied log after the write, when this comes from a batch.
    applied: Option<String>,
}

/// A company that a write founds.
pub(crate) struct Founded<'a> {
    pub(crate) id: CompanyId,
    pub(crate) uid: &'a Uid,
}

impl<'a> Founded<'a> {
    /// The company of this uid that is founded where this was seen. Its id is later than that of any company which was there before.
    pub(crate) fn over(seen: &Item, slot: Slot, uid: &'a Uid, now: Timestamp) -> Self {
        Self { id: CompanyId::created_after(seen.last(), now, slot), uid }
    }
}

impl CompanyChange {
    pub(crate) fn new(properties: BTreeMap<String, Value>) -> Self {
        let properties = properties.into_iter().map(|(name, value)| (name, to_attribute(value))).collect();
        Self { properties, applied: None }
    }

    /// Returns the same change, which also stores this applied log.
    pub(crate) fn recording(self, applied: String) -> Self {
        Self { applied: Some(applied), ..self }
    }

    /// Whether it sets more than an update can, so that the item is replaced.
    pub(super) fn replaces_item(&self) -> bool {
        self.properties.len() > MAX_EXPRESSION_PROPERTIES
    }

    /// Changes the company of this name by one request, on condition that it is there, or for a uid that nothing is. The answer has its id.
    ///
    /// No update of a company has an earlier time than the one before it. So an attempt that arrives late undoes nothing.
    pub(super) async fn write_in_place(
        &self,
        database: &Database,
        account: AccountId,
        name: &CompanyName,
        now: Timestamp,
    ) -> Result<Write, Error> {
        let slot = name.slot(account);
        let (condition, founded) = match name {
            CompanyName::Id(_) => (format!("{ID} = :id"), None),
            CompanyName::Uid(uid) => {
                let nothing = format!("(attribute_not_exists({ID}) AND attribute_not_exists({FORGOTTEN_AT}))");
                (format!("({UID} = :uid OR {nothing})"), Some(Founded { id: CompanyId::created_at(now, slot), uid }))
            }
        };
        let condition = format!("{condition} AND (attribute_not_exists({UPDATED_AT}) OR {UPDATED_AT} <= :now)");
        let request = match name {
            CompanyName::Id(id) => self.update(database, None, now).expression_attribute_values(":id", text(id)),
            CompanyName::Uid(_) => self.update(database, founded, now),
        };
        let request = request.set_key(Some(keys::slot(account, slot))).condition_expression(condition);
        too_large_company(database.update(request.return_values(ReturnValue::UpdatedNew)).await)
    }

    /// Changes what was seen in a slot, unless it changed since. With `founded`, that company is founded there.
    pub(crate) async fn write_over(
        &self,
        database: &Database,
        account: AccountId,
        slot: Slot,
        seen: &Item,
        founded: Option<Founded<'_>>,
        now: Timestamp,
    ) -> Result<Write, Error> {
        let now = seen.next_update(now);
        let (mut condition, mut values) = unchanged(seen);
        // Also where it has no revision.
        match seen.text(ID) {
            None => condition.push_str(&format!(" AND attribute_not_exists({ID})")),
            Some(id) => {
                condition.push_str(&format!(" AND {ID} = :seen_id"));
                values.get_or_insert_default().insert(":seen_id".to_owned(), text(id));
            }
        }
        let key = keys::slot(account, slot);
        if self.replaces_item() {
            let item = self.applied_to(seen, founded, now).into_iter().chain(key).collect();
            let put = database.client.put_item().table_name(&database.tables.companies).set_item(Some(item));
            let put = put.condition_expression(condition).set_expression_attribute_values(values);
            return too_large_company(database.put(put).await);
        }
        let mut request = self.update(database, founded, now).set_key(Some(key)).condition_expression(condition);
        for (name, value) in values.into_iter().flatten() {
            request = request.expression_attribute_values(name, value);
        }
        too_large_company(database.update(request).await)
    }

    /// An update that makes the change. With `founded`, it also founds that company, unless one is there.
    fn update(&self, database: &Database, founded: Option<Founded<'_>>, now: Timestamp) -> UpdateItemFluentBuilder {
        let mut set = format!("SET {UPDATED_AT} = :now");
        let mut remove = String::new();
        let mut request = database.client.update_item().table_name(&database.tables.companies);
        if let Some(Founded { id, uid }) = founded {
            set.push_str(&format!(", {ID} = if_not_exists({ID}, :id), {UID} = :uid, {CREATED_AT} = if_not_exists({CREATED_AT}, :now)"));
            remove = format!(" REMOVE {DELETION}, {EXPIRES_AT}");
            request = request.expression_attribute_values(":id", text(id)).expression_attribute_values(":uid", text(uid.as_str()));
        }
        request = set_each(request, &mut set, self.properties.iter().cloned());
        if let Some(applied) = &self.applied {
            set.push_str(&format!(", {APPLIED} = :applied"));
            request = request.expression_attribute_values(":applied", text(applied));
        }
        request
            .update_expression(format!("{set}{remove} ADD {REV} :one"))
            .expression_attribute_values(":now", text(now))
            .expression_attribute_values(":one", number(1_u64))
    }

    /// The item that replaces what was seen.
    fn applied_to(&self, seen: &Item, founded: Option<Founded<'_>>, now: Timestamp) -> Attributes {
        let mut new = seen.0.clone();
        if let Some(Founded { id, uid }) = founded {
            new.remove(DELETION);
            new.remove(EXPIRES_AT);
            new.extend([(ID, text(id)), (UID, text(uid.as_str())), (CREATED_AT, text(now))].map(|(name, value)| (name.to_owned(), value)));
        }
        new.extend(self.properties.iter().cloned());
        new.extend(self.applied.as_ref().map(|applied| (APPLIED.to_owned(), text(applied))));
        new.extend([(UPDATED_AT.to_owned(), text(now)), (REV.to_owned(), number(seen.next_revision()))]);
        new
    }
}

/// The result of a write to a company; one that would be too large is named as such.
fn too_large_company(written: Result<Write, Error>) -> Result<Write, Error> {
    written.map_err(|error| if error == Error::ItemTooLarge { Error::CompanyTooLarge } else { error })
}
