//! Creating and updating a profile, by whichever identifier finds it.
//!
//! A known profile takes one `UpdateItem`, whose condition says what was assumed. Where the condition does not hold, DynamoDB
//! returns the stored item, and that says what to do instead. Only where an identity changes hands is there a transaction; it
//! replaces whole items on condition that their `REV` is the one seen.
//!
//! Items of batches are written by the same code, under [`Terms`] of their own.

mod actions;
mod batch_guard;
mod by_email;
mod by_id;
mod by_uid;
mod change;
mod email_claim;
mod former_addresses;

use std::collections::HashMap;
use std::sync::PoisonError;

use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem};
use profiles_domain::{AccountId, Collision, Email, Error, Identity, ProfileId, Slot, Uid};

pub(crate) use actions::put_alone;
pub(crate) use batch_guard::{Expected, Stop, Terms, in_order};
pub(crate) use change::{Change, random_percent};
pub(crate) use former_addresses::{MAX_FORMER, former_claims};

use crate::companies::{self, Membership};
use crate::dynamo::database::{Database, Transaction, Write};
use crate::dynamo::item::Item;
use crate::dynamo::retry::{Attempts, Patience};
use crate::dynamo::value::text;
use crate::schema::attributes::{ALIAS_OF, EMAIL, FORGOTTEN_AT, ID, UID, UPDATED_AT};
use crate::schema::generation::Home;
use crate::schema::keys;

/// Writes one request's change into one account.
pub(crate) struct Writer<'a> {
    database: &'a Database,
    patience: Patience,
    account: AccountId,
    change: Change,
    terms: Option<Terms>,
    along: Option<Along<'a>>,
}

/// What is stored in the transaction that writes the profile, of whose records it is one.
#[derive(Clone, Copy)]
pub(crate) struct Along<'a> {
    /// The actions, for where the profile's records are. When the request has a key, the first of them remembers it, on condition that it
    /// is not known.
    pub(crate) actions: &'a (dyn Fn(Home) -> Result<Vec<TransactWriteItem>, Error> + Send + Sync),
    pub(crate) has_key: bool,
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
        Self { database, patience, account, change, terms: None, along: None }
    }

    /// The same, as part of a batch.
    pub(crate) fn under(self, terms: Terms) -> Self {
        Self { change: self.change.leaving(terms.left.clone()), terms: Some(terms), ..self }
    }

    /// The same, and this is stored along with it.
    pub(crate) fn along(self, along: Along<'a>) -> Self {
        Self { along: Some(along), ..self }
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
    ///
    /// No update of a profile has an earlier time than the one before it: each takes place on that condition, and else again under a time
    /// after that. So an attempt that arrives late undoes nothing that was written since.
    async fn in_place(&self, slot: Slot, assumed: &Assumed<'_>, known: Option<Item>) -> Result<InPlace, Stop> {
        if let Some(known) = known
            && (self.takes_the_whole_item() || !assumed.holds_for(&known))
        {
            return self.refused(known);
        }
        let expected = self.terms.as_ref().map(|terms| terms.expected);
        // Neither to be created nor changed by this: what is there decides what comes next.
        let only_looks = assumed.id.is_none()
            && match expected {
                None | Some(Expected::Change) => false,
                Some(Expected::Creation) => self.expect(Expected::Creation).is_err(),
                Some(Expected::Attachment) => true,
            };
        if only_looks || self.takes_the_whole_item() {
            return self.refused(self.slot(slot).await?);
        }
        let (condition, values) = self.condition(assumed);
        let fresh = assumed.id.is_none().then(|| ProfileId::created_at(self.change.now, slot));
        let traces = self.terms.as_ref().map(|terms| terms.traces.clone()).unwrap_or_default();
        let request = self.database.client.update_item().table_name(&self.database.tables.profiles);
        let request = request
            .set_key(Some(keys::slot(self.account, slot)))
            .condition_expression(condition)
            .set_expression_attribute_values(Some(values));
        let mut now = self.change.now;
        let mut attempts = self.attempts();
        loop {
            attempts.next().await?;
            let seen = match self.database.update(self.change.update(request.clone(), fresh, &traces, now)).await? {
                Write::Done(written) => match assumed.id.or_else(|| written.id()) {
                    Some(id) => return Ok(InPlace::Done(id)),
                    None => return Err(Error::Defect("an updated profile has no id".into()).into()),
                },
                Write::Raced => return Ok(InPlace::Raced),
                Write::Refused(seen) => seen,
            };
            let next = seen.next_update(now);
            if next == now || !seen.is_live() || !assumed.holds_for(&seen) {
                return self.refused(seen);
            }
            if let Some(terms) = &self.terms {
                terms.admit_profile(&seen)?;
            }
            // It was refused for its time alone.
            now = next;
        }
    }

    /// What an in-place update assumes, as a condition and its values.
    fn condition(&self, assumed: &Assumed<'_>) -> (String, HashMap<String, AttributeValue>) {
        let mut conditions = vec![format!("(attribute_not_exists({UPDATED_AT}) OR {UPDATED_AT} <= :now)")];
        let mut values = HashMap::new();
        let mut value = |name: &str, of: String| _ = values.insert(name.to_owned(), text(of));
        match assumed.id {
            Some(id) => {
                conditions.push(format!("{ID} = :id"));
                value(":id", id.to_string());
                if assumed.uid.is_some() {
                    conditions.push(format!("{UID} = :uid"));
                }
            }
            None => {
                // Nothing at all: no alias, no mark, no other uid with the same slot.
                let nothing =
                    format!("attribute_not_exists({ID}) AND attribute_not_exists({ALIAS_OF}) AND attribute_not_exists({FORGOTTEN_AT})");
                conditions.push(match self.terms.as_ref().map(|terms| terms.expected) {
                    None => format!("({UID} = :uid OR ({nothing}))"),
                    Some(Expected::Creation) => nothing,
                    Some(Expected::Change | Expected::Attachment) => format!("{UID} = :uid"),
                });
            }
        }
        if let Some(uid) = assumed.uid {
            value(":uid", uid.as_str().to_owned());
        }
        if let Some(email) = assumed.email {
            conditions.push(format!("{EMAIL} = :email"));
            value(":email", email.as_str().to_owned());
        }
        if let Some(terms) = &self.terms {
            let (condition, of_terms) = terms.condition();
            conditions.push(condition);
            values.extend(of_terms);
        }
        (conditions.join(" AND "), values)
    }

    /// Whether the change is written by replacing the item, rather than by one update.
    fn takes_the_whole_item(&self) -> bool {
        self.change.needs_whole_item() || self.along.is_some()
    }

    /// What is stored instead of what was assumed, unless a batch's terms allow no write over it.
    fn refused(&self, seen: Item) -> Result<InPlace, Stop> {
        self.terms.as_ref().map_or(Ok(()), |terms| terms.admit_profile(&seen))?;
        Ok(InPlace::Refused(seen))
    }

    /// Replaces the profile `id` in its slot, or what is there instead, unless that changed since it was seen.
    async fn replace(&self, id: ProfileId, seen: &Item, new: Item) -> Result<bool, Stop> {
        let key = keys::slot(self.account, id.slot());
        if self.along.is_some() || matches!(self.change.membership(), Membership::Founding(..)) {
            let put = actions::put(self.database, key, seen, new)?;
            return Ok(matches!(self.transact(vec![put], Home::of(id, seen)).await?, Transaction::Done));
        }
        let put = actions::put_alone(self.database, key, seen, new);
        Ok(matches!(self.database.put(put).await?, Write::Done(_)))
    }

    /// Sends a transaction, and with it the action that founds the company, if there is one to found, and what is stored along with the
    /// profile, whose records are at `home`.
    async fn transact(&self, mut transaction: Vec<TransactWriteItem>, home: Home) -> Result<Transaction, Stop> {
        let own = transaction.len();
        let founded = match self.change.membership() {
            Membership::Founding(id, uid) => {
                transaction.push(companies::founding(self.database, self.account, id, &uid, self.change.now)?);
                Some(uid)
            }
            _ => None,
        };
        if let Some(along) = self.along {
            transaction.extend((along.actions)(home)?);
        }
        let mut refused = match self.database.transact(transaction).await? {
            Transaction::Done => return Ok(Transaction::Done),
            Transaction::Refused(refused) => refused,
        };
        let mut along = refused.split_off(refused.len().min(own + usize::from(founded.is_some()))).into_iter();
        if let Some(known) = along.next().flatten().filter(|_| self.along.is_some_and(|along| along.has_key)) {
            return Err(Stop::Known(known));
        }
        let Some((uid, company)) = founded.and_then(|uid| Some((uid, refused.pop()??))) else { return Ok(Transaction::Refused(refused)) };
        // Somebody else founded it meanwhile: the next attempt joins that one.
        match company.text(ID).and_then(|id| id.parse().ok()) {
            Some(id) if company.uid() == Some(uid.as_str()) => {
                *self.change.membership.lock().unwrap_or_else(PoisonError::into_inner) = Membership::Company(id);
                Ok(Transaction::Refused(vec![None; own]))
            }
            _ => Err(Error::Conflict(Collision::CompanySlotIsTaken(uid)).into()),
        }
    }

    /// The membership that was written.
    pub(crate) fn into_membership(self) -> Membership {
        self.change.membership.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}
