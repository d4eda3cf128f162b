//! Clearing and forgetting users.
//!
//! Each begins with one transaction, which decides: it writes a log of what is left to do and changes the profile so that nobody
//! reads any more what is to go. For forgetting, the profile's item becomes the mark of a forgotten one, and so do its claim and its
//! aliases; for clearing, the profile goes into its next generation. Nothing is added from then on to what is to go, so it can be
//! removed by and by, by whoever finds the log, and by several at once.

mod aliases;
mod attributes;
mod clear;
mod forget;
mod journal;
mod purge;
mod replay;
mod sweep;
mod tombstones;

pub use replay::{Replay, Replayed};
pub use sweep::Swept;

use profiles_domain::{DeletionId, ProfileId};
use profiles_normalization::Timestamp;

use crate::Storage;
use crate::dynamo::database::Database;
use crate::dynamo::retry::Patience;

/// The clearing and forgetting of users of all accounts.
pub struct Deletions<'a> {
    database: &'a Database,
    patience: Patience,
}

/// Who was forgotten, and the record of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forgotten {
    /// The profile's id.
    pub profile: ProfileId,
    /// The id of its deletion.
    pub deletion: DeletionId,
}

/// Tells the time, anew at each attempt.
pub type Now<'a> = &'a (dyn Fn() -> Timestamp + Send + Sync);

/// Asked between two steps: whether there is time for another one, which may take some seconds.
pub type TimeLeft<'a> = &'a (dyn Fn() -> bool + Send + Sync);

impl Storage {
    /// The clearing and forgetting of users of all accounts.
    #[must_use]
    pub fn deletions(&self) -> Deletions<'_> {
        Deletions { database: &self.database, patience: self.patience }
    }
}
