//! Companies: created by the first profile that names them.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};
use profiles_domain::{AccountId, Collision, Company, CompanyId, CompanyName, Error, Slot, Uid};
use profiles_normalization::{Timestamp, Value};

use crate::attributes::{CREATED_AT, ID, UID, UPDATED_AT, is_public};
use crate::database::{Database, MAX_EXPRESSION_PROPERTIES, Write};
use crate::item::Item;
use crate::keys;
use crate::value::{from_attribute, to_attribute};

/// Companies that one instance remembers. At about 100 bytes each, this is 1 MB at most.
const REMEMBERED: usize = 10_000;

/// Remembers which companies there are, so that naming one again costs no request. A company's id never changes, and none goes away.
#[derive(Default)]
pub(crate) struct Companies {
    seen: Mutex<HashMap<(AccountId, Slot), (CompanyId, String)>>,
}

impl Companies {
    /// The id of the company that a request names, which comes into being if it is named by a new uid.
    pub(crate) async fn id_of(
        &self,
        database: &Database,
        account: AccountId,
        name: &CompanyName,
        now: Timestamp,
    ) -> Result<CompanyId, Error> {
        match name {
            CompanyName::Id(id) => self.existing(database, account, *id).await,
            CompanyName::Uid(uid) => self.existing_or_new(database, account, uid, now).await,
        }
    }

    async fn existing(&self, database: &Database, account: AccountId, id: CompanyId) -> Result<CompanyId, Error> {
        if self.recall(account, id.slot()).is_some_and(|(seen, _)| seen == id) {
            return Ok(id);
        }
        let company = read(database, account, id).await?.ok_or(Error::CompanyNotFound(id))?;
        self.remember(account, id, &company.uid);
        Ok(id)
    }

    async fn existing_or_new(&self, database: &Database, account: AccountId, uid: &Uid, now: Timestamp) -> Result<CompanyId, Error> {
        let slot = Slot::of_uid(account, uid.as_str());
        let taken = || Error::Conflict(Collision::CompanySlotIsTaken(uid.clone()));
        if let Some((id, seen)) = self.recall(account, slot) {
            return if seen == uid.as_str() { Ok(id) } else { Err(taken()) };
        }
        let request = database
            .client
            .update_item()
            .table_name(&database.tables.companies)
            .set_key(Some(keys::slot(account, slot)))
            .update_expression(format!(
                "SET {ID} = if_not_exists({ID}, :id), {CREATED_AT} = if_not_exists({CREATED_AT}, :now), {UPDATED_AT} = if_not_exists({UPDATED_AT}, :now), {UID} = :uid"
            ))
            .condition_expression(format!("attribute_not_exists({ID}) OR {UID} = :uid"))
            .expression_attribute_values(":id", AttributeValue::S(CompanyId::created_at(now, slot).to_string()))
            .expression_attribute_values(":now", AttributeValue::S(now.to_string()))
            .expression_attribute_values(":uid", AttributeValue::S(uid.as_str().to_owned()))
            .return_values(ReturnValue::UpdatedNew);
        match database.update(request).await? {
            Write::Done(stored) => {
                let id =
                    stored.text(ID).and_then(|id| id.parse().ok()).ok_or_else(|| Error::Defect("a stored company has no id".into()))?;
                self.remember(account, id, uid.as_str());
                Ok(id)
            }
            Write::Refused(_) => Err(taken()),
            // No transaction touches companies.
            Write::Raced => Err(Error::Unavailable),
        }
    }

    fn recall(&self, account: AccountId, slot: Slot) -> Option<(CompanyId, String)> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).get(&(account, slot)).cloned()
    }

    fn remember(&self, account: AccountId, id: CompanyId, uid: &str) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() >= REMEMBERED {
            seen.clear();
        }
        seen.insert((account, id.slot()), (id, uid.to_owned()));
    }
}

/// Reads a company, strongly consistent; `None` when the account has no company of this id.
pub(crate) async fn read(database: &Database, account: AccountId, id: CompanyId) -> Result<Option<Company>, Error> {
    let mut item = database.get(&database.tables.companies, keys::slot(account, id.slot())).await?;
    if item.text(ID) != Some(id.to_string().as_str()) {
        return Ok(None);
    }
    let mut take = |name: &str| match item.0.remove(name) {
        Some(AttributeValue::S(text)) => text,
        _ => String::new(),
    };
    let (created_at, updated_at, uid) = (take(CREATED_AT), take(UPDATED_AT), take(UID));
    Ok(Some(Company { id, created_at, updated_at, uid, properties: properties_of(item) }))
}

fn properties_of(item: Item) -> BTreeMap<String, Value> {
    item.0.into_iter().filter(|(name, _)| is_public(name) && name != ID).map(|(name, value)| (name, from_attribute(value))).collect()
}

/// Sets properties of a company that is there; those not named stay. What one expression cannot hold takes several updates, which a
/// repeated request completes.
pub(crate) async fn set_properties(
    database: &Database,
    account: AccountId,
    id: CompanyId,
    properties: BTreeMap<String, Value>,
    now: Timestamp,
) -> Result<(), Error> {
    let mut properties = properties.into_iter().peekable();
    while properties.peek().is_some() {
        let some = properties.by_ref().take(MAX_EXPRESSION_PROPERTIES);
        match database.update(update(database, account, id, some, now)).await {
            Ok(Write::Done(_)) => {}
            Ok(Write::Refused(_)) => return Err(Error::CompanyNotFound(id)),
            Ok(Write::Raced) => return Err(Error::Unavailable),
            Err(Error::ItemTooLarge(_)) => return Err(Error::ItemTooLarge("company")),
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

fn update(
    database: &Database,
    account: AccountId,
    id: CompanyId,
    properties: impl Iterator<Item = (String, Value)>,
    now: Timestamp,
) -> UpdateItemFluentBuilder {
    let mut request = database
        .client
        .update_item()
        .table_name(&database.tables.companies)
        .set_key(Some(keys::slot(account, id.slot())))
        .condition_expression(format!("{ID} = :id"))
        .expression_attribute_values(":id", AttributeValue::S(id.to_string()))
        .expression_attribute_values(":now", AttributeValue::S(now.to_string()));
    let mut set = format!("SET {UPDATED_AT} = :now");
    for (index, (name, value)) in properties.enumerate() {
        set.push_str(&format!(", #{index} = :{index}"));
        request = request
            .expression_attribute_names(format!("#{index}"), name)
            .expression_attribute_values(format!(":{index}"), to_attribute(value));
    }
    request.update_expression(set)
}
