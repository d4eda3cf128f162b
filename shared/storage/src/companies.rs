//! Companies: created by the first profile that names them.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::builders::UpdateBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, Update};
use profiles_domain::{AccountId, Collision, Company, CompanyId, CompanyName, Error, MembershipChange, Slot, Uid};
use profiles_normalization::{Timestamp, Value};

use crate::dynamo::database::{Database, MAX_EXPRESSION_PROPERTIES, Write, set_each};
use crate::dynamo::item::Item;
use crate::dynamo::read_many::Wanted;
use crate::dynamo::value::{from_attribute, holds, to_attribute};
use crate::remembered::Remembered;
use crate::schema::attributes::{CREATED_AT, ID, UID, UPDATED_AT, is_public};
use crate::schema::keys;

/// The effect of a write on its profile's membership.
#[derive(Clone)]
pub(crate) enum Membership {
    Keep,
    End,
    /// It joins this company, which is there.
    Company(CompanyId),
    /// It joins a company that is created by the same write.
    Founding(CompanyId, Uid),
}

/// Remembers the companies that exist, so that naming one again costs no request. A company's id never changes, and none is deleted.
#[derive(Default)]
pub(crate) struct Companies {
    known: Remembered<(AccountId, Slot), (CompanyId, String)>,
}

impl Companies {
    /// Decides the membership. A company that is not there yet is founded together with the profile's write, so that a refused request
    /// leaves none behind.
    pub(crate) async fn membership(
        &self,
        database: &Database,
        account: AccountId,
        change: &MembershipChange,
        now: Timestamp,
    ) -> Result<Membership, Error> {
        let name = match change {
            MembershipChange::Keep => return Ok(Membership::Keep),
            MembershipChange::End => return Ok(Membership::End),
            MembershipChange::Join(name, _) => name.clone(),
        };
        let slot = name.slot(account);
        let known = match self.known.get(&(account, slot), now) {
            Some(known) => Some(known),
            None => self.look_up(database, account, slot, now).await?,
        };
        match (known, name) {
            (Some((id, _)), CompanyName::Id(sent)) if id == sent => Ok(Membership::Company(id)),
            (_, CompanyName::Id(sent)) => Err(Error::CompanyNotFound(sent)),
            (Some((id, known)), CompanyName::Uid(uid)) if known == uid.as_str() => Ok(Membership::Company(id)),
            (Some(_), CompanyName::Uid(uid)) => Err(Error::Conflict(Collision::CompanySlotIsTaken(uid))),
            (None, CompanyName::Uid(uid)) => Ok(Membership::Founding(CompanyId::created_at(now, slot), uid)),
        }
    }

    /// Returns the company that a write made its profile a member of. It is remembered if the write founded it.
    pub(crate) fn joined(&self, account: AccountId, membership: Membership, now: Timestamp) -> Option<CompanyId> {
        match membership {
            Membership::Keep | Membership::End => None,
            Membership::Company(company) => Some(company),
            Membership::Founding(company, uid) => {
                self.remember(account, company, uid.as_str(), now);
                Some(company)
            }
        }
    }

    async fn look_up(
        &self,
        database: &Database,
        account: AccountId,
        slot: Slot,
        now: Timestamp,
    ) -> Result<Option<(CompanyId, String)>, Error> {
        let item = database.get(&database.tables.companies, keys::slot(account, slot)).await?;
        let known = item.text(ID).and_then(|id| id.parse().ok()).zip(item.text(UID).map(str::to_owned));
        if let Some((id, uid)) = &known {
            self.remember(account, *id, uid, now);
        }
        Ok(known)
    }

    fn remember(&self, account: AccountId, id: CompanyId, uid: &str, now: Timestamp) {
        self.known.put((account, id.slot()), (id, uid.to_owned()), now, Duration::MAX);
    }
}

/// The action that founds a company, on condition that it is not there.
pub(crate) fn founding(database: &Database, account: AccountId, id: CompanyId, uid: &Uid, now: Timestamp) -> UpdateBuilder {
    Update::builder()
        .table_name(&database.tables.companies)
        .set_key(Some(keys::slot(account, id.slot())))
        .update_expression(format!("SET {ID} = :id, {UID} = :uid, {CREATED_AT} = :now, {UPDATED_AT} = :now"))
        .condition_expression(format!("attribute_not_exists({ID})"))
        .expression_attribute_values(":id", AttributeValue::S(id.to_string()))
        .expression_attribute_values(":uid", AttributeValue::S(uid.as_str().to_owned()))
        .expression_attribute_values(":now", AttributeValue::S(now.to_string()))
}

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
fn company(mut item: Item, id: CompanyId) -> Option<Company> {
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

/// Gives a company the properties that it does not have yet. False: it would be too large with them.
///
/// The company is read for that. All of its members' upserts may name its properties, which hardly ever change, and one item takes far fewer
/// writes than reads.
pub(crate) async fn give_properties(
    database: &Database,
    account: AccountId,
    id: CompanyId,
    properties: BTreeMap<String, Value>,
    now: Timestamp,
) -> Result<bool, Error> {
    if properties.is_empty() {
        return Ok(true);
    }
    let stored = database.get(&database.tables.companies, keys::slot(account, id.slot())).await?;
    set_properties(database, account, id, differing(&stored, properties), stored.next_update(now)).await
}

/// Leaves out the properties that a stored company has already.
pub(crate) fn differing(stored: &Item, properties: BTreeMap<String, Value>) -> BTreeMap<String, Value> {
    properties.into_iter().filter(|(name, value)| !stored.0.get(name).is_some_and(|stored| holds(stored, value))).collect()
}

/// Sets properties of a company that is there; the others stay. False: the company would be too large with them.
///
/// More than one expression can hold takes several updates, which a repeated request completes. Each takes place on condition that it has
/// no earlier time than the one before it. So an attempt that arrives late undoes nothing.
pub(crate) async fn set_properties(
    database: &Database,
    account: AccountId,
    id: CompanyId,
    properties: BTreeMap<String, Value>,
    now: Timestamp,
) -> Result<bool, Error> {
    let mut properties = properties.into_iter().map(|(name, value)| (name, to_attribute(value))).peekable();
    let mut now = now;
    while properties.peek().is_some() {
        let some: Vec<_> = properties.by_ref().take(MAX_EXPRESSION_PROPERTIES).collect();
        let mut retries = database.race_retries();
        loop {
            retries.wait_for_next().await?;
            let seen = match database.update(update(database, account, id, some.iter().cloned(), now)).await {
                Ok(Write::Done(_)) => break,
                Ok(Write::Refused(seen)) => seen,
                Ok(Write::Raced) => continue,
                Err(Error::ItemTooLarge) => return Ok(false),
                Err(error) => return Err(error),
            };
            if seen.text(ID) != Some(id.to_string().as_str()) {
                return Err(Error::CompanyNotFound(id));
            }
            now = seen.next_update(now);
        }
    }
    Ok(true)
}

fn update(
    database: &Database,
    account: AccountId,
    id: CompanyId,
    properties: impl Iterator<Item = (String, AttributeValue)>,
    now: Timestamp,
) -> UpdateItemFluentBuilder {
    let mut set = format!("SET {UPDATED_AT} = :now");
    let request = database
        .client
        .update_item()
        .table_name(&database.tables.companies)
        .set_key(Some(keys::slot(account, id.slot())))
        .condition_expression(format!("{ID} = :id AND {UPDATED_AT} <= :now"))
        .expression_attribute_values(":id", AttributeValue::S(id.to_string()))
        .expression_attribute_values(":now", AttributeValue::S(now.to_string()));
    set_each(request, &mut set, properties).update_expression(set)
}
