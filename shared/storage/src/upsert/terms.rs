//! The terms under which an item of a batch is written, long after its request was answered. A single upsert has none.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use profiles_domain::{Error, OnModelMissing};
use profiles_normalization::Timestamp;

use super::trace::Left;
use crate::attributes::{APPLIED, FORGOTTEN_AT};
use crate::item::Item;
use crate::value::text;

/// What must hold for a batch's write besides what any upsert assumes.
pub(crate) struct Terms {
    /// Who was forgotten at this time or later is not brought back.
    pub(crate) accepted_at: Timestamp,
    /// Whether a profile is created that isn't there.
    pub(crate) on_model_missing: OnModelMissing,
    /// What the write is expected to do. Where it would do something else nothing is written, since it would be counted wrongly.
    pub(crate) expected: Expected,
    /// The traces as they were seen in the profile. With others there now, somebody else may have written the same.
    pub(crate) seen: Option<String>,
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
#[derive(Debug)]
pub(crate) enum Stop {
    /// The request is refused, or the database is not there.
    Error(Error),
    /// Its profile was forgotten after the batch was accepted.
    Forgotten,
    /// Its profile isn't there, and none is to be created.
    Missing,
    /// The write would not do what is expected, but this.
    Unexpected(Expected),
    /// A batch wrote into the profile meanwhile.
    Overtaken,
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl Terms {
    /// Whether the terms allow a write over what was seen in a slot or claim.
    pub(crate) fn admit(&self, seen: &Item) -> Result<(), Stop> {
        let forgotten_at = seen.text(FORGOTTEN_AT);
        if forgotten_at.is_some_and(|forgotten_at| forgotten_at >= self.accepted_at.to_string().as_str()) {
            return Err(Stop::Forgotten);
        }
        Ok(())
    }

    /// The same of the profile itself, in which nobody may have left another trace meanwhile.
    pub(super) fn admit_profile(&self, seen: &Item) -> Result<(), Stop> {
        self.admit(seen)?;
        if seen.is_live() && seen.text(APPLIED) != self.seen.as_deref() {
            return Err(Stop::Overtaken);
        }
        Ok(())
    }

    /// Whether the terms allow a write that does this.
    pub(super) fn expect(&self, found: Expected) -> Result<(), Stop> {
        if found == Expected::Creation && self.on_model_missing == OnModelMissing::Ignore {
            return Err(Stop::Missing);
        }
        if found == self.expected { Ok(()) } else { Err(Stop::Unexpected(found)) }
    }

    /// Whether it is expected, and allowed, to create a profile.
    pub(super) fn creates(&self) -> bool {
        self.expect(Expected::Creation).is_ok()
    }

    /// What `admit_profile` asks, as a condition on a slot.
    pub(super) fn condition(&self) -> (String, HashMap<String, AttributeValue>) {
        let (fence, mut values) = self.fence();
        let unseen = match &self.seen {
            None => format!("attribute_not_exists({APPLIED})"),
            Some(seen) => {
                values.insert(":seen".to_owned(), text(seen));
                format!("{APPLIED} = :seen")
            }
        };
        (format!("{fence} AND {unseen}"), values)
    }

    /// The condition that nobody was forgotten here since the batch was accepted.
    pub(super) fn fence(&self) -> (String, HashMap<String, AttributeValue>) {
        let condition = format!("(attribute_not_exists({FORGOTTEN_AT}) OR {FORGOTTEN_AT} < :accepted)");
        (condition, HashMap::from([(":accepted".to_owned(), text(self.accepted_at))]))
    }
}
