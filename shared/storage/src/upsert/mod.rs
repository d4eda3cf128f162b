//! Creating and updating a profile, by whichever identifier finds it.
//!
//! A known profile takes one `UpdateItem`, whose condition says what was assumed. Where the condition does not hold, DynamoDB
//! returns the stored item, and that says what to do instead. Only where an identity changes hands is there a transaction; it
//! replaces whole items on condition that their `REV` is the one seen.
//!
//! Items of batches are written by the same code, under [`Terms`] of their own.

mod actions;
mod by_email;
mod by_id;
mod by_uid;
mod change;
mod claim;
mod terms;
mod trace;

use std::sync::PoisonError;

use aws_sdk_dynamodb::types::TransactWriteItem;
use profiles_domain::{AccountId, Collision, Email, Error, Identity, ProfileId, Slot, Uid};

pub(crate) use actions::put_alone;
pub(crate) use change::{Change, Membership, random_percent};
pub(crate) use terms::{Expected, Stop, Terms};
pub(crate) use trace::{Chunk, Left, Traces};

use crate::attributes::{ALIAS_OF, EMAIL, FORGOTTEN_AT, ID, UID};
use crate::companies;
use crate::database::{Database, Transaction, Write};
use crate::item::Item;
use crate::keys;
use crate::retry::{Attempts, Patience};
use crate::value::text;

/// Writes one request's change into one account.
pub(crate) struct Writer<'a> {
    database: &'a Database,
    patience: Patience,
    account: AccountId,
    change: Change,
    terms: Option<Terms>,
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

impl Assumed<'_> {
    /// Whether an item is as assumed. Only what was read before the request is told by it; the request's own condition decides.
    fn holds_for(&self, item: &Item) -> bool {
        let is_theirs = match self.id {
            Some(id) => item.id() == Some(id) && (self.uid.is_none() || item.uid() == self.uid.map(Uid::as_str)),
            None if item.is_live() => item.uid() == self.uid.map(Uid::as_str),
            None => item.alias_of().is_none() && !item.is_mark(),
        };
        is_theirs && self.email.is_none_or(|email| item.email() == Some(email.as_str()))
    }
}

impl<'a> Writer<'a> {
    pub(crate) fn new(database: &'a Database, patience: Patience, account: AccountId, change: Change) -> Self {
        Self { database, patience, account, change, terms: None }
    }

    /// The same, as part of a batch.
    pub(crate) fn under(self, terms: Terms) -> Self {
        Self { change: self.change.leaving(terms.left.clone()), terms: Some(terms), ..self }
    }

    /// Writes the change into the profile that `identity` names, and returns the profile's id. `known` is what was read of the slot,
    /// or for an address of its claim, where to begin; it saves the request that would find it out.
    pub(crate) async fn write(&self, identity: &Identity, known: Option<Item>) -> Result<ProfileId, Stop> {
        let email = identity.email.as_ref();
        match (identity.id, &identity.uid, email) {
            (Some(id), uid, _) => self.by_id(id, uid.as_ref(), email, known).await,
            (None, Some(uid), _) => self.by_uid(uid, email, None, known).await,
            (None, None, Some(email)) => self.by_email(email, known).await,
            (None, None, None) => Err(Error::NoIdentifier.into()),
        }
    }

    /// Whether a batch's terms allow a write over what was seen.
    fn admit(&self, seen: &Item) -> Result<(), Stop> {
        self.terms.as_ref().map_or(Ok(()), |terms| terms.admit(seen))
    }

    /// Whether a batch's terms allow a write that does this.
    fn expect(&self, found: Expected) -> Result<(), Stop> {
        self.terms.as_ref().map_or(Ok(()), |terms| terms.expect(found))
    }

    fn attempts(&self) -> Attempts {
        Attempts::new(self.patience)
    }

    async fn slot(&self, slot: Slot) -> Result<Item, Error> {
        self.database.slot(self.account, slot).await
    }

    /// Updates the profile in `slot` by one request, when all that is assumed holds. With `known`, which was read there, it isn't
    /// asked for what that already refuses.
    async fn in_place(&self, slot: Slot, assumed: &Assumed<'_>, known: Option<Item>) -> Result<InPlace, Stop> {
        if let Some(known) = known
            && (self.change.needs_whole_item() || !assumed.holds_for(&known))
        {
            return self.refused(known);
        }
        if self.change.needs_whole_item() {
            // Read it, and let the caller replace the item as a whole.
            return self.refused(self.slot(slot).await?);
        }
        let mut conditions = Vec::new();
        let mut request = self.database.client.update_item().table_name(&self.database.tables.profiles);
        let fresh = match assumed.id {
            Some(id) => {
                conditions.push(format!("{ID} = :id"));
                request = request.expression_attribute_values(":id", text(id));
                if assumed.uid.is_some() {
                    conditions.push(format!("{UID} = :uid"));
                }
                None
            }
            None => {
                // Nothing at all: no alias, no mark, no other uid with the same slot.
                let nothing =
                    format!("attribute_not_exists({ID}) AND attribute_not_exists({ALIAS_OF}) AND attribute_not_exists({FORGOTTEN_AT})");
                conditions.push(match self.terms.as_ref().map(Terms::creates) {
                    None => format!("({UID} = :uid OR ({nothing}))"),
                    Some(true) => nothing,
                    Some(false) => format!("{UID} = :uid"),
                });
                Some(ProfileId::created_at(self.change.now, slot))
            }
        };
        if let Some(terms) = &self.terms {
            let (condition, values) = terms.condition();
            conditions.push(condition);
            for (name, value) in values {
                request = request.expression_attribute_values(name, value);
            }
        }
        if let Some(uid) = assumed.uid {
            request = request.expression_attribute_values(":uid", text(uid.as_str()));
        }
        if let Some(email) = assumed.email {
            conditions.push(format!("{EMAIL} = :email"));
            request = request.expression_attribute_values(":email", text(email.as_str()));
        }
        let traces = self.terms.as_ref().and_then(|terms| terms.seen.as_deref()?.parse().ok()).unwrap_or_default();
        let request = request.set_key(Some(keys::slot(self.account, slot)));
        let request = self.change.update(request, fresh, &traces).condition_expression(conditions.join(" AND "));
        Ok(match self.database.update(request).await? {
            Write::Done(written) => match assumed.id.or_else(|| written.id()) {
                Some(id) => InPlace::Done(id),
                None => return Err(Error::Defect("an updated profile has no id".into()).into()),
            },
            Write::Refused(seen) => self.refused(seen)?,
            Write::Raced => InPlace::Raced,
        })
    }

    /// What is stored instead of what was assumed, unless a batch's terms allow no write over it.
    fn refused(&self, seen: Item) -> Result<InPlace, Stop> {
        self.terms.as_ref().map_or(Ok(()), |terms| terms.admit_profile(&seen))?;
        Ok(InPlace::Refused(seen))
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
