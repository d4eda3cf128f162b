//! Recording an activity, in one transaction with its profile's head, and with whatever creates or changes the profile for it.

use std::collections::BTreeMap;

use profiles_domain::{AccountId, Error, Identity};
use profiles_normalization::Timestamp;

use super::Activities;
use super::deliveries::Settled;
use super::locate::Located;
use crate::companies::Membership;
use crate::dynamo::item::{Attributes, Item};
use crate::dynamo::transaction::{Action, Committed, Transaction};
use crate::idempotency::ActivityKey;
use crate::schema::activity_head::ActivityHeads;
use crate::schema::generation::Generation;
use crate::schema::sums::Summed;
use crate::upsert::{Abort, Activity, Change, Head, Writer};

/// The key of a request, and the id of the record that it makes.
pub(super) struct RecordKey<'a> {
    pub(super) key: ActivityKey<'a>,
    pub(super) record: String,
}

/// A record that is to be written.
pub(super) struct NewRecord<'a> {
    /// The key of its request.
    pub(super) key: Option<RecordKey<'a>>,
    /// Adds the actions that write it in a generation of its profile.
    pub(super) add: &'a (dyn Fn(&mut Transaction, Generation) -> Result<(), Error> + Send + Sync),
    /// What its profile's head sums up.
    pub(super) summed: Summed,
    /// The delivery that it settles, if its profile lists that.
    pub(super) settles: Option<Settled<'a>>,
}

/// The result of recording an activity.
pub(super) enum Recorded {
    Now {
        /// Whether it is in the sums of the profile's head.
        is_summed: bool,
    },
    /// It was recorded before under the same key, which holds this.
    Before(Item),
}

impl Activities<'_> {
    /// Records an activity of the profile that `identity` names. A profile that has only a uid or address and is new is created, and one
    /// that lacks one of them is given it, by the rules of an upsert and in the same transaction. Nothing is done for a request whose key
    /// is known: no profile is created either.
    pub(super) async fn record(
        &self,
        account: AccountId,
        identity: &Identity,
        record: NewRecord<'_>,
        now: Timestamp,
    ) -> Result<Recorded, Error> {
        let NewRecord { key, add, summed, mut settles } = record;
        let add_all = |transaction: &mut Transaction, generation: Generation| -> Result<Option<Action>, Error> {
            let stored = match &key {
                Some(RecordKey { key, record }) => {
                    Some(transaction.add(key.put(self.database, account, record, Attributes::new(), now))?)
                }
                None => None,
            };
            add(transaction, generation)?;
            Ok(stored)
        };
        let heads = ActivityHeads { database: self.database, account };
        let mut head = Head::new(summed);
        let mut retries = self.database.race_retries();
        loop {
            retries.wait_for_next().await?;
            let Located { item, generation } = match self.locate(account, identity).await {
                Ok(located) => located,
                Err(Error::ProfileNotFound(_) | Error::ProfilesDiffer(..)) => {
                    let change = Change::new(BTreeMap::new(), Membership::Keep, now);
                    let mut writer = Writer::new(self.database, account, change).recording(Activity { add: &add_all, head });
                    return match writer.write(identity, None).await {
                        Ok(_) => Ok(Recorded::Now { is_summed: writer.is_summed() }),
                        Err(Abort::AlreadyRecorded(stored)) => Ok(Recorded::Before(stored)),
                        Err(abort) => self.refuse_unless_recorded(account, key, abort.into_error(), now).await,
                    };
                }
                Err(error) => return Err(error),
            };
            let mut transaction = Transaction::default();
            let stored = add_all(&mut transaction, generation)?;
            let counted = transaction.add(heads.add(generation, head.summed(), now))?;
            let settled = match settles {
                Some(delivery) => self.settle(&mut transaction, account, (&item, generation), delivery)?,
                None => None,
            };
            let Committed::Refused(mut refused) = self.database.commit(transaction).await? else {
                return Ok(Recorded::Now { is_summed: head.summed().is_some() });
            };
            if let Some(stored) = stored.and_then(|action| refused.take(action)) {
                return Ok(Recorded::Before(stored));
            }
            if settled.is_some_and(|action| refused.has(action)) {
                // It was withdrawn since, or tables were restored to different times.
                settles = None;
            }
            // The profile was merged, cleared or forgotten since it was read, or its list of deliveries changed.
            if let Some(seen) = refused.take(counted) {
                head.refused(heads, generation, &seen).await?;
            }
        }
    }

    /// Refuses a request with this error, unless it was recorded before: its identifiers may belong to other profiles since then.
    async fn refuse_unless_recorded(
        &self,
        account: AccountId,
        key: Option<RecordKey<'_>>,
        error: Error,
        now: Timestamp,
    ) -> Result<Recorded, Error> {
        if let (Some(RecordKey { key, .. }), Error::Conflict(_) | Error::ProfileNotFound(_)) = (key, &error)
            && let Some(stored) = key.look_up(self.database, account, now).await?
        {
            return Ok(Recorded::Before(stored));
        }
        Err(error)
    }
}
