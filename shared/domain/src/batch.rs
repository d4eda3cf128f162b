//! Batches: many upserts in one request, applied after it was answered.

use std::ops::AddAssign;

use crate::Upsert;

/// Marks the id of a batch.
#[derive(Debug)]
pub enum Batch {}

/// The id of a batch.
pub type BatchId = crate::Id<Batch>;

/// What becomes of an item whose profile isn't there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnModelMissing {
    /// The profile is created.
    #[default]
    Create,
    /// The item is left out.
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

    /// What the API's word means; `None` for any other.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Create, Self::Ignore].into_iter().find(|known| known.as_str() == word)
    }
}

/// One item of a batch that can be applied.
#[derive(Clone, PartialEq)]
pub struct BatchItem {
    /// Its place in the batch, from 0.
    pub index: u32,
    /// What it asks for.
    pub upsert: Upsert,
}

/// What became of an item that could be applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It created its profile.
    Created,
    /// It changed its profile.
    Updated,
    /// Its profile already was as it asks for.
    Unchanged,
    /// Its profile wasn't there and none was to be created, or was forgotten after the batch was accepted.
    Ignored,
}

/// How many items of a batch ended in each way. Each item is counted once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Items that created a profile.
    pub created: u32,
    /// Items that changed one.
    pub updated: u32,
    /// Items that asked for what was there already.
    pub unchanged: u32,
    /// Items that were left out.
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
