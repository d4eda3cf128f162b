//! The membership of a profile in a company, which is founded by the first profile that names it.

use std::time::Duration;

use aws_sdk_dynamodb::types::builders::UpdateBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, Update};
use profiles_domain::{AccountId, Collision, CompanyId, CompanyName, Error, MembershipChange, Slot, Uid};
use profiles_normalization::Timestamp;

use crate::dynamo::database::Database;
use crate::remembered::Remembered;
use crate::schema::attributes::{CREATED_AT, ID, UID, UPDATED_AT};
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
