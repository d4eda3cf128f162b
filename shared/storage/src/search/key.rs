//! Searches by key: filters that name at most as many profiles or companies as a list of values has.

use std::collections::BTreeMap;

use profiles_domain::{AccountId, Email, Error, Slot};
use profiles_filters::{Field, Filter, Filters};
use profiles_normalization::Value;

use super::kind::{Kind, RecordId};
use crate::dynamo::database::Database;
use crate::dynamo::item::Item;
use crate::dynamo::read_many::Wanted;
use crate::schema::attributes::{EMAIL, ID, UID};
use crate::schema::keys;

/// The identifiers of which a record must have one to fit.
pub(super) enum Keys<'f> {
    Ids(Vec<RecordId>),
    Uids(Vec<&'f str>),
    Addresses(Vec<&'f str>),
}

/// The identifiers that filters name, if they do.
pub(super) fn keys_of(kind: Kind, filters: &Filters) -> Option<Keys<'_>> {
    filters.required().filter_map(|filter| keys_of_filter(kind, filter)).min_by_key(Keys::len)
}

fn keys_of_filter(kind: Kind, filter: &Filter) -> Option<Keys<'_>> {
    let Filter::Property(filter) = filter else { return None };
    let Field::Path(path) = &filter.field else { return None };
    let [name] = path.as_slice() else { return None };
    let texts = filter.test.values()?.iter().filter_map(|value| match value {
        Value::String(text) => Some(text.as_str()),
        // No identifier is anything else.
        _ => None,
    });
    match name.as_str() {
        ID => Some(Keys::Ids(texts.filter_map(|id| id.parse().ok()).collect())),
        UID => Some(Keys::Uids(texts.collect())),
        EMAIL if kind == Kind::Profiles => Some(Keys::Addresses(texts.collect())),
        _ => None,
    }
}

impl Keys<'_> {
    fn len(&self) -> usize {
        match self {
            Self::Ids(ids) => ids.len(),
            Self::Uids(texts) | Self::Addresses(texts) => texts.len(),
        }
    }

    /// Reads the records, strongly consistent, the newest first. Whether they have the identifiers is for the filters to tell.
    pub(super) async fn read(self, database: &Database, kind: Kind, account: AccountId) -> Result<Vec<Item>, Error> {
        let slots: Vec<_> = match self {
            Self::Ids(ids) => ids.into_iter().map(RecordId::slot).collect(),
            Self::Uids(uids) => uids.into_iter().map(|uid| Slot::of_uid(account, uid)).collect(),
            Self::Addresses(addresses) => {
                let mut claims = Wanted::default();
                for address in addresses.iter().filter_map(|address| Email::new(address).ok()) {
                    claims.add(&database.tables.identities, keys::claim(account, address.as_str()));
                }
                database.get_many(claims).await?.items().filter_map(Item::record_id).map(RecordId::slot).collect()
            }
        };
        let found = match kind {
            Kind::Profiles => database.slots_and_survivors(account, slots.into_iter(), &[]).await?,
            Kind::Companies => {
                let mut wanted = Wanted::default();
                slots.into_iter().for_each(|slot| wanted.add(kind.table(&database.tables), keys::slot(account, slot)));
                database.get_many(wanted).await?
            }
        };
        // A profile may be found by its own slot and by an alias.
        let records: BTreeMap<RecordId, &Item> = found.items().filter_map(|item| Some((item.record_id()?, item))).collect();
        Ok(records.into_values().rev().cloned().collect())
    }
}
