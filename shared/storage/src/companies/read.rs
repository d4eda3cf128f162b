//! Reading companies by their ids.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use profiles_domain::{AccountId, Company, CompanyId, Error};
use profiles_normalization::Value;

use crate::dynamo::database::Database;
use crate::dynamo::item::Item;
use crate::dynamo::read_many::Wanted;
use crate::dynamo::value::from_attribute;
use crate::schema::attributes::{CREATED_AT, ID, UID, UPDATED_AT, is_public};
use crate::schema::keys;

/// Reads a company, strongly consistent; `None` when the account has no company of this id.
pub(crate) async fn read(database: &Database, account: AccountId, id: CompanyId) -> Result<Option<Company>, Error> {
    Ok(company(database.get(&database.tables.companies, keys::slot(account, id.slot())).await?, id))
}

/// Reads companies by their ids, many in a request. Those that are not there are left out.
pub(crate) async fn many(database: &Database, account: AccountId, ids: &[CompanyId]) -> Result<HashMap<CompanyId, Company>, Error> {
    let mut wanted = Wanted::default();
    ids.iter().for_each(|id| wanted.add(&database.tables.companies, keys::slot(account, id.slot())));
    let found = database.get_many(wanted).await?;
    Ok(ids.iter().filter_map(|id| Some((*id, company(found.get(&keys::slot(account, id.slot())), *id)?))).collect())
}

/// The company with this id, if the item is it.
pub(crate) fn company(mut item: Item, id: CompanyId) -> Option<Company> {
    if item.text(ID) != Some(id.to_string().as_str()) {
        return None;
    }
    let mut take = |name: &str| match item.0.remove(name) {
        Some(AttributeValue::S(text)) => text,
        _ => String::new(),
    };
    let (created_at, updated_at, uid) = (take(CREATED_AT), take(UPDATED_AT), take(UID));
    Some(Company { id, created_at, updated_at, uid, properties: properties_of(item) })
}

fn properties_of(item: Item) -> BTreeMap<String, Value> {
    item.0.into_iter().filter(|(name, _)| is_public(name) && name != ID).map(|(name, value)| (name, from_attribute(value))).collect()
}
