//! The guard of a batch's write: what must hold for it besides what any upsert assumes.
//!
//! An item of a batch is written long after its request was answered. A single upsert has no guard.

use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use profiles_domain::{Error, OnModelMissing, ProfileId};
use profiles_normalization::Timestamp;

use crate::dynamo::item::{Attributes, Item};
use crate::dynamo::value::{number, text};
use crate::schema::applied_log::{AppliedEntry, AppliedLog};
use crate::schema::attributes::{APPLIED, FENCED_AT, FORGOTTEN_AT, ID, REV};

/// A batch does not bring back a profile that was forgotten this long before it was accepted either: clocks of instances differ.
const CLOCK_MARGIN: Duration = Duration::from_mins(2);

/// The conditions of a batch's write.
pub(crate) struct BatchGuard {
    /// A profile that was forgotten at this time or later, or up to two minutes before it, is not brought back.
    pub(crate) accepted_at: Timestamp,
    /// Whether a profile is created that is not there.
    pub(crate) on_model_missing: OnModelMissing,
    /// The effect that the write is to have. It is not made with another one: it would be counted wrongly.
    pub(crate) effect: Effect,
    /// The profile's revision as it was seen; `None` when nothing was there. The write's effect depends on it.
    pub(crate) seen: Option<u64>,
    /// The profile's id as it was seen. By now its identifiers may lead to another profile that has the same revision by chance.
    pub(crate) seen_id: Option<ProfileId>,
    /// The applied log as it was seen in the claim, in [order](in_order), when only an address names the profile.
    pub(crate) applied_in_claim: Option<Vec<String>>,
    /// Whether the write is that of several items, one after the other.
    pub(crate) is_of_several: bool,
    /// The applied log of the profile as it was seen.
    pub(crate) applied: AppliedLog,
    /// The entry that is added to it, so that the same items are never written a second time.
    pub(crate) entry: AppliedEntry,
}

/// The effect of a write on its profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// It creates the profile.
    Creation,
    /// It changes the profile.
    Change,
    /// It gives a new uid to the profile that had only the address.
    Attachment,
}

/// Why nothing was written.
pub(crate) enum Abort {
    /// The request is refused, or the database is not available.
    Error(Error),
    /// The profile was forgotten after the batch was accepted.
    Forgotten,
    /// The profile is not there, and none is to be created.
    Missing,
    /// The write would have this effect instead of the one it is to have.
    OtherEffect(Effect),
    /// Another request wrote into the profile meanwhile.
    Overtaken,
    /// Several items may have other results one after the other than all at once.
    NotAtOnce,
    /// The activity that is recorded with this write was recorded before; its idempotency key holds this.
    AlreadyRecorded(Item),
}

impl Abort {
    /// Returns the error of a single upsert, which has no guard to abort it.
    pub(crate) fn into_error(self) -> Error {
        match self {
            Self::Error(error) => error,
            Self::Forgotten | Self::Missing | Self::OtherEffect(_) | Self::Overtaken | Self::NotAtOnce | Self::AlreadyRecorded(_) => {
                Error::Defect("an upsert was aborted by a guard it does not have".into())
            }
        }
    }
}

impl From<Error> for Abort {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl BatchGuard {
    /// Checks what was seen in a slot or claim: a profile forgotten since is not brought back.
    pub(crate) fn check(&self, seen: &Item) -> Result<(), Abort> {
        if was_forgotten_since(seen, self.accepted_at) { Err(Abort::Forgotten) } else { Ok(()) }
    }

    /// The earliest time of a tombstone that the write must not replace.
    fn forgotten_since(&self) -> Timestamp {
        forgotten_since(self.accepted_at)
    }

    /// Checks the profile itself, into which no other request may have written since it was seen.
    pub(super) fn check_profile(&self, seen: &Item) -> Result<(), Abort> {
        self.check(seen)?;
        if seen.is_live() && (seen.revision() != self.seen || seen.id() != self.seen_id) {
            return Err(Abort::Overtaken);
        }
        Ok(())
    }

    /// Checks the claim by which alone the profile is named, which may not have been released since it was seen.
    pub(super) fn check_claim(&self, seen: &Item) -> Result<(), Abort> {
        self.check(seen)?;
        match &self.applied_in_claim {
            Some(entries) if *entries != in_order(seen.set(APPLIED)) => Err(Abort::Overtaken),
            _ => Ok(()),
        }
    }

    /// Checks that the write may unite a profile that has only the address with the one of the uid.
    pub(super) fn check_union(&self) -> Result<(), Abort> {
        if self.is_of_several { Err(Abort::NotAtOnce) } else { Ok(()) }
    }

    /// Checks that the write may have this effect.
    pub(super) fn check_effect(&self, found: Effect) -> Result<(), Abort> {
        if found == Effect::Creation && self.on_model_missing == OnModelMissing::Ignore {
            return Err(Abort::Missing);
        }
        if found == self.effect { Ok(()) } else { Err(Abort::OtherEffect(found)) }
    }

    /// The condition of [`Self::check_profile`] on a slot, and its values. Whether a tombstone is there was seen, too.
    pub(super) fn condition(&self) -> (String, Attributes) {
        let Some(seen) = self.seen else { return (format!("attribute_not_exists({REV})"), Attributes::new()) };
        let (mut condition, mut values) = (format!("{REV} = :seen"), Attributes::from([(":seen".to_owned(), number(seen))]));
        if let Some(id) = self.seen_id {
            condition.push_str(&format!(" AND {ID} = :seen_id"));
            values.insert(":seen_id".to_owned(), text(id));
        }
        (condition, values)
    }

    /// The condition of [`Self::check_claim`] on a claim that nobody holds, and its values.
    pub(super) fn condition_on_claim(&self) -> (String, Attributes) {
        let is_before = |name: &str| format!("(attribute_not_exists({name}) OR {name} < :forgotten_since)");
        let mut condition = [FORGOTTEN_AT, FENCED_AT].map(is_before).join(" AND ");
        let mut values = Attributes::from([(":forgotten_since".to_owned(), text(self.forgotten_since()))]);
        match self.applied_in_claim.as_deref() {
            None => {}
            Some([]) => condition.push_str(&format!(" AND attribute_not_exists({APPLIED})")),
            Some(entries) => {
                condition.push_str(&format!(" AND {APPLIED} = :applied_in_claim"));
                values.insert(":applied_in_claim".to_owned(), AttributeValue::Ss(entries.to_vec()));
            }
        }
        (condition, values)
    }
}

/// Whether what is or was here was forgotten, or as a company deleted, after a batch was accepted or shortly before that.
pub(crate) fn was_forgotten_since(seen: &Item, accepted_at: Timestamp) -> bool {
    seen.forgotten_at().is_some_and(|forgotten_at| forgotten_at >= forgotten_since(accepted_at))
}

/// The earliest time of a tombstone that an item of a batch must not replace.
pub(crate) fn forgotten_since(accepted_at: Timestamp) -> Timestamp {
    accepted_at.minus(CLOCK_MARGIN)
}

/// Sorts the members of a set, since DynamoDB's sets have no order.
pub(crate) fn in_order(set: &[String]) -> Vec<String> {
    let mut all = set.to_vec();
    all.sort_unstable();
    all
}
