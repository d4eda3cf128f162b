//! Creating and updating a profile, by whichever identifier finds it.
//!
//! A known profile takes one `UpdateItem`, whose condition says what was assumed. Where the condition does not hold, DynamoDB
//! returns the stored item, and that decides what to do instead. A profile that gets another address is written on condition that its `REV`
//! is the one seen, after the address was claimed. Only where an identity changes hands is there a transaction.
//!
//! Items of batches are written by the same code, under a [`BatchGuard`].

mod actions;
mod activity;
mod batch_guard;
mod by_email;
mod by_id;
mod by_uid;
mod change;
mod email_claim;
mod fold;
mod heal;
mod in_place;
mod reclaim;
mod release;

use profiles_domain::{AccountId, Error, Identity, MembershipChange, ProfileId, Slot, Upsert};
use profiles_normalization::Timestamp;

pub(crate) use actions::put_alone;
pub(crate) use activity::{Activity, Added, Head, HeadRefusal};
pub(crate) use batch_guard::{Abort, BatchGuard, Effect, forgotten_since, in_order, was_forgotten_since};
pub(crate) use change::{Change, random_percent};
pub(crate) use heal::Healer;
pub(crate) use reclaim::Reclaimed;

use crate::companies::{Companies, Decided, Membership, give_properties};
use crate::dynamo::database::{Database, Write};
use crate::dynamo::item::Item;
use crate::dynamo::retry::Retries;
use crate::dynamo::transaction::{Committed, Refusals, Transaction};
use crate::properties::{NewsOfUpsert, Registry};
use crate::schema::activity_head::ActivityHeads;
use crate::schema::generation::Generation;
use crate::schema::keys;

/// The result of an upsert.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Upserted {
    /// The profile's id.
    pub id: ProfileId,
    /// Whether some or all properties of its company were left out, because the company would be over DynamoDB's 400 KB with them.
    pub company_is_too_large: bool,
}

/// Creates or updates the profile that the request names, and gives its company the properties that came with it.
pub(crate) async fn upsert(
    database: &Database,
    companies: &Companies,
    registry: &Registry,
    account: AccountId,
    request: Upsert,
    now: Timestamp,
) -> Result<Upserted, Error> {
    let news = NewsOfUpsert::of(registry, account, &request, now);
    let Upsert { identity, membership: change, unsets_email, properties, .. } = request;
    let decided = Decided { now, not_deleted_since: None };
    let membership = companies.membership(database, account, &change, decided).await?;
    let change_of_profile = Change::new(properties, membership, now).unsetting_email(unsets_email);
    let mut writer = Writer::new(database, account, change_of_profile).joining(companies);
    let id = writer.write(&identity, None).await.map_err(Abort::into_error)?;
    // A company's properties come last, by a plain update: a transaction would make all of its members' upserts contend for it.
    let joined = companies.joined(database, account, id, (writer.into_membership(), &change), decided).await?;
    let stored = match (joined, change) {
        (Some(company), MembershipChange::Join(_, properties)) => give_properties(database, account, company, properties, now).await?,
        _ => true,
    };
    let company = joined.filter(|_| stored);
    registry.tell(database, account, news.owned_by(id, company), now).await;
    Ok(Upserted { id, company_is_too_large: !stored })
}

/// Writes one request's change into one account.
pub(crate) struct Writer<'a> {
    database: &'a Database,
    account: AccountId,
    change: Change,
    /// Decides anew which company is joined, when that cannot be founded.
    companies: Option<&'a Companies>,
    guard: Option<BatchGuard>,
    activity: Option<Activity<'a>>,
    /// How often a record of a merge could not be read yet.
    unread: u32,
}

impl<'a> Writer<'a> {
    pub(crate) fn new(database: &'a Database, account: AccountId, change: Change) -> Self {
        Self { database, account, change, companies: None, guard: None, activity: None, unread: 0 }
    }

    /// Returns the writer of a profile that may join a company.
    pub(crate) fn joining(self, companies: &'a Companies) -> Self {
        Self { companies: Some(companies), ..self }
    }

    /// Returns the writer for items of a batch.
    pub(crate) fn guarded(self, guard: BatchGuard) -> Self {
        Self { change: self.change.with_entry(guard.entry.clone()), guard: Some(guard), ..self }
    }

    /// Returns the writer that records an activity together with the profile.
    pub(crate) fn recording(self, activity: Activity<'a>) -> Self {
        Self { activity: Some(activity), ..self }
    }

    /// Whether the activity that was recorded is in the sums of its profile's head.
    pub(crate) fn is_summed(&self) -> bool {
        self.activity.as_ref().is_some_and(|activity| activity.head.is_summed())
    }

    /// Writes the change into the profile that `identity` names, and returns the profile's id. `known` is a fresh read of the slot to
    /// begin at, or for an address alone, of its claim; it saves a request.
    pub(crate) async fn write(&mut self, identity: &Identity, known: Option<Item>) -> Result<ProfileId, Abort> {
        let email = identity.email.as_ref();
        match (identity.id, &identity.uid, email) {
            (Some(id), uid, _) => self.by_id(id, uid.as_ref(), email, known).await,
            (None, Some(uid), _) => self.by_uid(uid, email, None, known).await,
            (None, None, Some(email)) => self.by_email(email, known).await,
            (None, None, None) => Err(Error::NoIdentifier.into()),
        }
    }

    /// The membership that was written.
    pub(crate) fn into_membership(self) -> Membership {
        self.change.membership
    }

    /// Asks the guard, if there is one.
    fn ask_guard(&self, question: impl Fn(&BatchGuard) -> Result<(), Abort>) -> Result<(), Abort> {
        self.guard.as_ref().map_or(Ok(()), question)
    }

    /// Checks that the guard allows a write over what was seen.
    fn check(&self, seen: &Item) -> Result<(), Abort> {
        self.ask_guard(|guard| guard.check(seen))
    }

    /// Checks that the guard allows a write with this effect.
    fn check_effect(&self, found: Effect) -> Result<(), Abort> {
        self.ask_guard(|guard| guard.check_effect(found))
    }

    fn retries(&self) -> Retries {
        match self.guard {
            Some(_) => self.database.item_race_retries(),
            None => self.database.race_retries(),
        }
    }

    async fn slot(&self, slot: Slot) -> Result<Item, Error> {
        self.database.slot(self.account, slot).await
    }

    /// Whether the change is written by replacing the item, rather than by one update.
    fn replaces_item(&self) -> bool {
        self.change.replaces_item() || self.activity.is_some()
    }

    /// The same for a change of what was seen. An address is unset on condition that the profile is as it was seen.
    fn replaces(&self, seen: &Item) -> bool {
        self.replaces_item() || self.change.unsets_email_of(seen)
    }

    /// Replaces what was seen in the slot of the profile `id`, and releases the address that it loses. False: it changed meanwhile.
    async fn replace(&mut self, id: ProfileId, seen: &Item, new: Item) -> Result<bool, Abort> {
        let key = keys::slot(self.account, id.slot());
        let losing = self.losing(id, seen, &new).await?;
        let is_done = if self.activity.is_some() || matches!(self.change.membership, Membership::Founding(_)) {
            let mut transaction = Transaction::default();
            transaction.add(actions::put(self.database, key, seen, new))?;
            self.commit(transaction, Generation::of(id, seen)).await?.is_done()
        } else {
            matches!(self.database.put(actions::put_alone(self.database, key, seen, new)).await?, Write::Done(_))
        };
        if is_done {
            self.release(losing).await;
        }
        Ok(is_done)
    }

    /// Commits a transaction, together with the action that founds the company, if there is one to found, and those that record the
    /// activity in this generation of the profile.
    async fn commit(&mut self, mut transaction: Transaction, generation: Generation) -> Result<Committed, Abort> {
        let heads = self.heads();
        let counted = match &self.activity {
            Some(activity) => Some(transaction.add(heads.add(generation, activity.head.addition(), self.change.now))?),
            None => None,
        };
        let mut committed = self.commit_with_heads(transaction, generation).await?;
        if let (Committed::Refused(refused), Some(counted), Some(activity)) = (&mut committed, counted, &mut self.activity)
            && let Some(seen) = refused.take(counted)
            && activity.head.refused(heads, generation, &seen).await? == HeadRefusal::Merged
        {
            return Err(Abort::Overtaken);
        }
        Ok(committed)
    }

    fn heads(&self) -> ActivityHeads<'a> {
        ActivityHeads { database: self.database, account: self.account }
    }

    /// Commits a transaction that has the actions of activity heads already.
    async fn commit_with_heads(&mut self, mut transaction: Transaction, generation: Generation) -> Result<Committed, Abort> {
        let founding = match &self.change.membership {
            Membership::Founding(founding) => Some((transaction.add(founding.action(self.database, self.account))?, founding.clone())),
            _ => None,
        };
        let added = match &self.activity {
            Some(activity) => (activity.add)(&mut transaction, generation)?,
            None => Added::default(),
        };
        let mut refused = match self.database.commit(transaction).await? {
            Committed::Done => return Ok(Committed::Done),
            Committed::Refused(refused) => refused,
        };
        if let Some(stored) = added.key.and_then(|key| refused.take(key)) {
            return Err(Abort::AlreadyRecorded(stored));
        }
        if added.as_read.into_iter().any(|action| refused.has(action)) {
            return Err(Abort::Overtaken);
        }
        let Some((stored, founding)) = founding.and_then(|(action, founding)| Some((refused.take(action)?, founding))) else {
            return Ok(Committed::Refused(refused));
        };
        // Another request founded it meanwhile: the next attempt joins what is there then. An item of a batch may have another outcome by that.
        if self.guard.is_some() {
            return Err(Abort::Overtaken);
        }
        let companies = self.companies.ok_or_else(|| Error::Defect("a writer founds a company without knowing any".into()))?;
        let decided = Decided { now: self.change.now, not_deleted_since: None };
        self.change.membership = companies.after_refusal(self.account, &founding, stored, decided)?;
        Ok(Committed::Refused(Refusals::default()))
    }
}
