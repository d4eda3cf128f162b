//! The terms under which an item of a batch is written, long after its request was answered. A single upsert has none.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use profiles_domain::{Error, OnModelMissing, ProfileId};
use profiles_normalization::Timestamp;

use crate::dynamo::item::Item;
use crate::dynamo::value::{number, text};
use crate::schema::applied_log::{Left, Traces};
use crate::schema::attributes::{APPLIED, FORGOTTEN_AT, ID, REV};

/// Who was forgotten so shortly before a batch was accepted is not brought back by it either: the clocks of two instances differ.
const FENCE_MARGIN: Duration = Duration::from_secs(2 * 60);

/// What must hold for a batch's write besides what any upsert assumes.
pub(crate) struct Terms {
    /// Who was forgotten at this time or later, or up to two minutes before it, is not brought back.
    pub(crate) accepted_at: Timestamp,
    /// Whether a profile is created that isn't there.
    pub(crate) on_model_missing: OnModelMissing,
    /// What the write is expected to do. Where it would do something else nothing is written, since it would be counted wrongly.
    pub(crate) expected: Expected,
    /// The profile's revision as it was seen, on which it depends what the write does; none when nothing was there.
    pub(crate) seen: Option<u64>,
    /// The profile's id as it was seen. Names may lead to another one by now, of the same revision by chance.
    pub(crate) seen_id: Option<ProfileId>,
    /// The traces as they were seen in the claim that names the profile, where nothing else does.
    pub(crate) seen_in_claim: Option<Vec<String>>,
    /// Whether the write is that of several items, one after the other.
    pub(crate) is_of_several: bool,
    /// The traces in the profile, as they were seen.
    pub(crate) traces: Traces,
    /// Left in the profile, so that the same is never written a second time.
    pub(crate) left: Left,
}

/// What a write does to its profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    /// It creates it.
    Creation,
    /// It changes it.
    Change,
    /// It gives a uid that is new to the profile that had only the address.
    Attachment,
}

/// Why nothing was written.
pub(crate) enum Stop {
    /// The request is refused, or the database is not there.
    Error(Error),
    /// Its profile was forgotten after the batch was accepted.
    Forgotten,
    /// Its profile isn't there, and none is to be created.
    Missing,
    /// The write would not do what is expected, but this.
    Unexpected(Expected),
    /// Somebody wrote into the profile meanwhile.
    Overtaken,
    /// Several items may end otherwise one after the other than all at once.
    Apart,
    /// What is stored along with the profile is known by its key, of which this is remembered.
    Known(Item),
}

impl Stop {
    /// The error of a single upsert, which has no terms to stop on.
    pub(crate) fn into_error(self) -> Error {
        match self {
            Self::Error(error) => error,
            Self::Forgotten | Self::Missing | Self::Unexpected(_) | Self::Overtaken | Self::Apart | Self::Known(_) => {
                Error::Defect("an upsert stopped on terms it does not have".into())
            }
        }
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl Terms {
    /// Whether the terms allow a write over what was seen in a slot or claim.
    pub(crate) fn admit(&self, seen: &Item) -> Result<(), Stop> {
        if seen.forgotten_at().is_some_and(|forgotten_at| forgotten_at >= self.fenced_since()) {
            return Err(Stop::Forgotten);
        }
        Ok(())
    }

    /// Who was forgotten at this time or later is not brought back.
    fn fenced_since(&self) -> Timestamp {
        self.accepted_at.minus(FENCE_MARGIN)
    }

    /// The same of the profile itself, into which nobody may have written meanwhile.
    pub(super) fn admit_profile(&self, seen: &Item) -> Result<(), Stop> {
        self.admit(seen)?;
        if seen.is_live() && (seen.revision() != self.seen || seen.id() != self.seen_id) {
            return Err(Stop::Overtaken);
        }
        Ok(())
    }

    /// The same of the claim by which alone the profile is named, which nobody may have released meanwhile.
    pub(super) fn admit_claim(&self, seen: &Item) -> Result<(), Stop> {
        self.admit(seen)?;
        match &self.seen_in_claim {
            Some(traces) if *traces != in_order(seen.set(APPLIED)) => Err(Stop::Overtaken),
            _ => Ok(()),
        }
    }

    /// Whether the terms allow that a profile which has only an address becomes one with the user's.
    pub(super) fn admit_union(&self) -> Result<(), Stop> {
        if self.is_of_several { Err(Stop::Apart) } else { Ok(()) }
    }

    /// Whether the terms allow a write that does this.
    pub(super) fn expect(&self, found: Expected) -> Result<(), Stop> {
        if found == Expected::Creation && self.on_model_missing == OnModelMissing::Ignore {
            return Err(Stop::Missing);
        }
        if found == self.expected { Ok(()) } else { Err(Stop::Unexpected(found)) }
    }

    /// What `admit_profile` asks, as a condition on a slot. Whether somebody was forgotten there was seen, too.
    pub(super) fn condition(&self) -> (String, HashMap<String, AttributeValue>) {
        let Some(seen) = self.seen else { return (format!("attribute_not_exists({REV})"), HashMap::new()) };
        let (mut condition, mut values) = (format!("{REV} = :seen"), HashMap::from([(":seen".to_owned(), number(seen))]));
        if let Some(id) = self.seen_id {
            condition.push_str(&format!(" AND {ID} = :seen_id"));
            values.insert(":seen_id".to_owned(), text(id));
        }
        (condition, values)
    }

    /// What `admit_claim` asks, as a condition on a claim.
    pub(super) fn condition_on_claim(&self) -> (String, HashMap<String, AttributeValue>) {
        let (mut condition, mut values) = self.fence();
        match self.seen_in_claim.as_deref() {
            None => {}
            Some([]) => condition.push_str(&format!(" AND attribute_not_exists({APPLIED})")),
            Some(traces) => {
                condition.push_str(&format!(" AND {APPLIED} = :seen_traces"));
                values.insert(":seen_traces".to_owned(), AttributeValue::Ss(traces.to_vec()));
            }
        }
        (condition, values)
    }

    /// The condition that nobody was forgotten here since the batch was accepted.
    fn fence(&self) -> (String, HashMap<String, AttributeValue>) {
        let condition = format!("(attribute_not_exists({FORGOTTEN_AT}) OR {FORGOTTEN_AT} < :fence)");
        (condition, HashMap::from([(":fence".to_owned(), text(self.fenced_since()))]))
    }
}

/// The members of a set in one order, since DynamoDB's sets have none.
pub(crate) fn in_order(set: &[String]) -> Vec<String> {
    let mut all = set.to_vec();
    all.sort_unstable();
    all
}
