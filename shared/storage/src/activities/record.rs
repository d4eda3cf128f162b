//! Recording an activity, in one transaction with its profile's head, and with whatever creates or changes the profile for it.

use std::collections::BTreeMap;

use profiles_domain::{AccountId, Error, Identity};
use profiles_normalization::Timestamp;

use super::Activities;
use super::locate::Located;
use crate::companies::Membership;
use crate::dynamo::item::{Attributes, Item};
use crate::dynamo::transaction::{Action, Committed, Transaction};
use crate::idempotency::ActivityKey;
use crate::schema::activity_head::ActivityHeads;
use crate::schema::generation::Generation;
use crate::schema::sums::Summed;
use crate::upsert::{Abort, Activity, Added, Change, Head, Writer};

/// The key of a request, and the id of the record that it makes.
pub(super) struct RecordKey<'a> {
    pub(super) key: ActivityKey<'a>,
    pub(super) record: String,
}

/// Adds the actions that write a record in a generation of its profile. Returns those that depend on what was read before.
pub(super) type Add<'a> = &'a (dyn Fn(&mut Transaction, Generation) -> Result<Vec<Action>, Error> + Send + Sync);

/// The result of recording an activity.
pub(super) enum Recorded {
    Now {
        /// Whether it is in the sums of the profile's head.
        is_summed: bool,
    },
    /// It was recorded before under the same key, which holds this.
    Before(Item),
}

/// Records one activity of the profile that an identity names, in as many attempts as it takes. A profile that has only a uid or address and
/// is new is created, and one that lacks one of them is given it, by the rules of an upsert and in the same transaction. Nothing is done for a
/// request whose key is known: no profile is created either.
pub(super) struct Recorder<'a> {
    activities: &'a Activities<'a>,
    account: AccountId,
    identity: &'a Identity,
    /// The key of the request.
    key: Option<RecordKey<'a>>,
    head: Head,
    now: Timestamp,
}

impl<'a> Recorder<'a> {
    pub(super) fn new(
        activities: &'a Activities<'a>,
        account: AccountId,
        identity: &'a Identity,
        key: Option<RecordKey<'a>>,
        summed: Option<Summed>,
        now: Timestamp,
    ) -> Self {
        Self { activities, account, identity, key, head: Head::new(summed), now }
    }

    /// Finds the profile; `None` when it is to be created, or to be given an identifier.
    pub(super) async fn locate(&self) -> Result<Option<Located>, Error> {
        match self.activities.locate(self.account, self.identity).await {
            Ok(located) => Ok(Some(located)),
            Err(Error::ProfileNotFound(_) | Error::ProfilesDiffer(..)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// What is summed up in the next attempt, and the generations that the head must name as inherited, if that matters.
    pub(super) fn ask_for(&mut self, summed: Option<Summed>, inherited: Option<Vec<String>>) {
        self.head.ask_for(summed, inherited);
    }

    /// Records it in this generation of a profile that is there. `None`: what was read has changed since.
    pub(super) async fn add_to(&mut self, generation: Generation, add: Add<'_>) -> Result<Option<Recorded>, Error> {
        let heads = ActivityHeads { database: self.activities.database, account: self.account };
        let mut transaction = Transaction::default();
        let added = self.add_all(&mut transaction, generation, add)?;
        let counted = transaction.add(heads.add(generation, self.head.addition(), self.now))?;
        let Committed::Refused(mut refused) = self.activities.database.commit(transaction).await? else {
            return Ok(Some(Recorded::Now { is_summed: self.head.is_summed() }));
        };
        if let Some(stored) = added.key.and_then(|action| refused.take(action)) {
            return Ok(Some(Recorded::Before(stored)));
        }
        // The profile was merged, cleared or forgotten since it was read.
        if let Some(seen) = refused.take(counted) {
            self.head.refused(heads, generation, &seen).await?;
        }
        Ok(None)
    }

    /// Records it together with the write that creates the profile, or gives it an identifier. `None`: what was read has changed since.
    pub(super) async fn create(&mut self, add: Add<'_>) -> Result<Option<Recorded>, Error> {
        let head = std::mem::replace(&mut self.head, Head::new(None));
        let summed = head.summed().cloned();
        let change = Change::new(BTreeMap::new(), Membership::Keep, self.now);
        let add_all = |transaction: &mut Transaction, generation: Generation| self.add_all(transaction, generation, add);
        let database = self.activities.database;
        let mut writer = Writer::new(database, self.account, change).recording(Activity { add: &add_all, head });
        let written = writer.write(self.identity, None).await;
        let is_summed = writer.is_summed();
        drop(writer);
        match written {
            Ok(_) => Ok(Some(Recorded::Now { is_summed })),
            Err(Abort::AlreadyRecorded(stored)) => Ok(Some(Recorded::Before(stored))),
            Err(Abort::Overtaken) => {
                self.head = Head::new(summed);
                Ok(None)
            }
            Err(abort) => self.refuse_unless_recorded(abort.into_error()).await.map(Some),
        }
    }

    fn add_all(&self, transaction: &mut Transaction, generation: Generation, add: Add<'_>) -> Result<Added, Error> {
        let key = match &self.key {
            Some(RecordKey { key, record }) => {
                Some(transaction.add(key.put(self.activities.database, self.account, record, Attributes::new(), self.now))?)
            }
            None => None,
        };
        Ok(Added { key, as_read: add(transaction, generation)? })
    }

    /// Refuses a request with this error, unless it was recorded before: its identifiers may belong to other profiles since then.
    async fn refuse_unless_recorded(&self, error: Error) -> Result<Recorded, Error> {
        if let (Some(RecordKey { key, .. }), Error::Conflict(_) | Error::ProfileNotFound(_)) = (&self.key, &error)
            && let Some(stored) = key.look_up(self.activities.database, self.account, self.now).await?
        {
            return Ok(Recorded::Before(stored));
        }
        Err(error)
    }
}

impl Activities<'_> {
    /// Records an activity that depends on nothing that was recorded before.
    pub(super) async fn record(
        &self,
        account: AccountId,
        identity: &Identity,
        (key, summed): (Option<RecordKey<'_>>, Summed),
        add: Add<'_>,
        now: Timestamp,
    ) -> Result<Recorded, Error> {
        let mut recorder = Recorder::new(self, account, identity, key, Some(summed), now);
        let mut retries = self.database.race_retries();
        loop {
            retries.wait_for_next().await?;
            let recorded = match recorder.locate().await? {
                Some(Located { generation, .. }) => recorder.add_to(generation, add).await?,
                None => recorder.create(add).await?,
            };
            if let Some(recorded) = recorded {
                return Ok(recorded);
            }
        }
    }
}
