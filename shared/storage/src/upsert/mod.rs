//! Creating and updating a profile, by whichever identifier finds it.
//!
//! A known profile takes one `UpdateItem`, whose condition says what was assumed. Where the condition does not hold, DynamoDB
//! returns the stored item, and that says what to do instead. Only where an identity changes hands is there a transaction; it
//! replaces whole items on condition that their `REV` is the one seen.

mod actions;
mod by_email;
mod by_id;
mod by_uid;
mod change;
mod claim;

use std::sync::PoisonError;

use aws_sdk_dynamodb::types::TransactWriteItem;
use profiles_domain::{AccountId, Collision, Email, Error, Identity, ProfileId, Slot, Uid};

pub(crate) use change::{Change, Membership};

use crate::attributes::{ALIAS_OF, EMAIL, FORGOTTEN_AT, ID, UID};
use crate::companies;
use crate::database::{Database, Transaction, Write};
use crate::item::Item;
use crate::keys;
use crate::retry::{Attempts, Patience};

/// Writes one request's change into one account.
pub(crate) struct Writer<'a> {
    database: &'a Database,
    patience: Patience,
    account: AccountId,
    change: Change,
}

/// What an in-place update assumes of the slot it goes to.
struct Assumed<'a> {
    /// The profile's id; without it, the slot may also hold nothing yet, and the profile is created.
    id: Option<ProfileId>,
    uid: Option<&'a Uid>,
    email: Option<&'a Email>,
}

/// What became of an in-place update.
enum InPlace {
    Done(ProfileId),
    Refused(Item),
    Raced,
}

impl<'a> Writer<'a> {
    pub(crate) fn new(database: &'a Database, patience: Patience, account: AccountId, change: Change) -> Self {
        Self { database, patience, account, change }
    }

    /// Writes the change into the profile that `identity` names, and returns the profile's id.
    pub(crate) async fn write(&self, identity: &Identity) -> Result<ProfileId, Error> {
        let email = identity.email.as_ref();
        match (identity.id, &identity.uid, email) {
            (Some(id), uid, _) => self.by_id(id, uid.as_ref(), email).await,
            (None, Some(uid), _) => self.by_uid(uid, email, None).await,
            (None, None, Some(email)) => self.by_email(email).await,
            (None, None, None) => Err(Error::NoIdentifier),
        }
    }

    fn attempts(&self) -> Attempts {
        Attempts::new(self.patience)
    }

    async fn slot(&self, slot: Slot) -> Result<Item, Error> {
        self.database.slot(self.account, slot).await
    }

    /// Updates the profile in `slot` by one request, when all that is assumed holds.
    async fn in_place(&self, slot: Slot, assumed: &Assumed<'_>) -> Result<InPlace, Error> {
        if self.change.needs_whole_item() {
            // Read it, and let the caller replace the item as a whole.
            return Ok(InPlace::Refused(self.slot(slot).await?));
        }
        let mut conditions = Vec::new();
        let mut request = self.database.client.update_item().table_name(&self.database.tables.profiles);
        let fresh = match assumed.id {
            Some(id) => {
                conditions.push(format!("{ID} = :id"));
                request = request.expression_attribute_values(":id", actions::text(id));
                if assumed.uid.is_some() {
                    conditions.push(format!("{UID} = :uid"));
                }
                None
            }
            None => {
                // Either this uid's profile, or nothing at all: no alias, no mark, no other uid with the same slot.
                conditions.push(format!(
                    "({UID} = :uid OR (attribute_not_exists({ID}) AND attribute_not_exists({ALIAS_OF}) AND attribute_not_exists({FORGOTTEN_AT})))"
                ));
                Some(ProfileId::created_at(self.change.now, slot))
            }
        };
        if let Some(uid) = assumed.uid {
            request = request.expression_attribute_values(":uid", actions::text(uid.as_str()));
        }
        if let Some(email) = assumed.email {
            conditions.push(format!("{EMAIL} = :email"));
            request = request.expression_attribute_values(":email", actions::text(email.as_str()));
        }
        let request =
            self.change.update(request.set_key(Some(keys::slot(self.account, slot))), fresh).condition_expression(conditions.join(" AND "));
        Ok(match self.database.update(request).await? {
            Write::Done(written) => match assumed.id.or_else(|| written.id()) {
                Some(id) => InPlace::Done(id),
                None => return Err(Error::Defect("an updated profile has no id".into())),
            },
            Write::Refused(seen) => InPlace::Refused(seen),
            Write::Raced => InPlace::Raced,
        })
    }

    /// Replaces what is in `slot`, unless it changed since it was seen.
    async fn replace(&self, slot: Slot, seen: &Item, new: Item) -> Result<bool, Error> {
        let key = keys::slot(self.account, slot);
        if let Membership::Founding(..) = self.change.membership() {
            let put = actions::put(self.database, key, seen, new)?;
            return Ok(matches!(self.transact(vec![put]).await?, Transaction::Done));
        }
        let put = actions::put_alone(self.database, key, seen, new);
        Ok(matches!(self.database.put(put).await?, Write::Done(_)))
    }

    /// Sends a transaction, and with it the action that founds the company, if there is one to found.
    async fn transact(&self, mut transaction: Vec<TransactWriteItem>) -> Result<Transaction, Error> {
        let Membership::Founding(id, uid) = self.change.membership() else {
            return self.database.transact(transaction).await;
        };
        transaction.push(companies::founding(self.database, self.account, id, &uid, self.change.now)?);
        let mut refused = match self.database.transact(transaction).await? {
            Transaction::Done => return Ok(Transaction::Done),
            Transaction::Refused(refused) => refused,
        };
        let Some(company) = refused.pop().flatten() else { return Ok(Transaction::Refused(refused)) };
        // Somebody else founded it meanwhile: the next attempt joins that one.
        match company.text(ID).and_then(|id| id.parse().ok()) {
            Some(id) if company.uid() == Some(uid.as_str()) => {
                *self.change.membership.lock().unwrap_or_else(PoisonError::into_inner) = Membership::Company(id);
                Ok(Transaction::Refused(vec![None; refused.len()]))
            }
            _ => Err(Error::Conflict(Collision::CompanySlotIsTaken(uid))),
        }
    }

    /// The membership that was written.
    pub(crate) fn into_membership(self) -> Membership {
        self.change.membership.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}
