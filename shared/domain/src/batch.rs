//! Batches: many upserts in one request, applied after its response.

use std::ops::AddAssign;

use crate::{CompanyUpsert, Upsert};

/// Marks the id of a batch.
#[derive(Debug)]
pub enum Batch {}

/// The id of a batch.
pub type BatchId = crate::Id<Batch>;

/// What the items of a batch create and update.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BatchModel {
    /// Profiles.
    #[default]
    Profiles,
    /// Companies.
    Companies,
}

impl BatchModel {
    /// The API's word for it, which is also the field of a batch's items.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Profiles => "profiles",
            Self::Companies => "companies",
        }
    }

    /// Parses the API's word; `None` for any other.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Profiles, Self::Companies].into_iter().find(|known| known.as_str() == word)
    }
}

/// The treatment of an item whose profile or company does not exist.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnModelMissing {
    /// It is created.
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
pub struct BatchItem<Change = Upsert> {
    /// Its index in the batch, from 0.
    pub index: u32,
    /// The change that it requests.
    pub upsert: Change,
}

/// Items of a batch, which are all about the same kind of model.
pub enum BatchItems {
    /// Items that create and update profiles.
    Profiles(Vec<BatchItem>),
    /// Items that create and update companies.
    Companies(Vec<BatchItem<CompanyUpsert>>),
}

/// The result of an item that was applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It created its profile or company.
    Created,
    /// It changed its profile or company.
    Updated,
    /// It changed nothing: its profile or company already had these values.
    Unchanged,
    /// It was ignored: its profile or company did not exist and was not to be created, or was forgotten or deleted after the batch was
    /// accepted.
    Ignored,
}

/// The number of a batch's items by result. Each item is counted once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Items that created a profile or company.
    pub created: u32,
    /// Items that changed a profile or company.
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
