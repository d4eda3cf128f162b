//! Batches: many upserts in one request, applied after its response.

use std::ops::AddAssign;

use crate::Upsert;

/// Marks the id of a batch.
#[derive(Debug)]
pub enum Batch {}

/// The id of a batch.
pub type BatchId = crate::Id<Batch>;

/// The treatment of an item whose profile does not exist.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnModelMissing {
    /// The profile is created.
    #[default]
    Create,
    /// The item is ignored.
    Ignore,
}

impl OnModelMissing {
    /// The API's word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Ignore => "ignore",
        }
    }

    /// Parses the API's word; `None` for any other.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Create, Self::Ignore].into_iter().find(|known| known.as_str() == word)
    }
}

/// One item of a batch that can be applied.
#[derive(Clone, PartialEq)]
pub struct BatchItem {
    /// Its index in the batch, from 0.
    pub index: u32,
    /// The change that it requests.
    pub upsert: Upsert,
}

/// The result of an item that was applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It created its profile.
    Created,
    /// It changed its profile.
    Updated,
    /// It changed nothing: its profile already had these values.
    Unchanged,
    /// It was ignored: its profile did not exist and was not to be created, or was forgotten after the batch was accepted.
    Ignored,
}

/// The number of a batch's items by result. Each item is counted once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Items that created a profile.
    pub created: u32,
    /// Items that changed a profile.
    pub updated: u32,
    /// Items that changed nothing.
    pub unchanged: u32,
    /// Items that were ignored.
    pub ignored: u32,
    /// Items that could not be applied.
    pub failed: u32,
}

impl Counts {
    /// Counts one more item.
    pub fn count(&mut self, outcome: Outcome) {
        let counted = match outcome {
            Outcome::Created => &mut self.created,
            Outcome::Updated => &mut self.updated,
            Outcome::Unchanged => &mut self.unchanged,
            Outcome::Ignored => &mut self.ignored,
        };
        *counted = counted.saturating_add(1);
    }

    /// All items counted.
    #[must_use]
    pub fn total(&self) -> u32 {
        [self.created, self.updated, self.unchanged, self.ignored, self.failed].into_iter().fold(0, u32::saturating_add)
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.created = self.created.saturating_add(other.created);
        self.updated = self.updated.saturating_add(other.updated);
        self.unchanged = self.unchanged.saturating_add(other.unchanged);
        self.ignored = self.ignored.saturating_add(other.ignored);
        self.failed = self.failed.saturating_add(other.failed);
    }
}
