//! Clearing and forgetting users, and deleting companies.
//!
//! Each begins with one transaction, which decides. It begins the journal of what is to be removed, and hides all of that at once. To
//! forget a profile, it puts tombstones in place of the profile, its claim and its aliases. To clear it, it begins the profile's next
//! generation. From then on nothing is added to what is to be removed. So any worker that finds the journal can remove it, step by step,
//! and several at once.

mod aliases;
mod attributes;
mod clear;
mod companies;
mod forget;
mod journal;
mod purge;
mod replay;
mod replay_clear;
mod replay_company;
mod scope;
mod sweep;
mod tombstones;

pub use companies::CompanyDeleted;
pub use replay::{Replay, Replayed};
pub use sweep::Swept;

use profiles_domain::{DeletionId, ProfileId};
use profiles_normalization::Timestamp;

use crate::Storage;
use crate::companies::Companies;
use crate::dynamo::database::Database;

/// The clearing and forgetting of users, and the deleting of companies, of all accounts.
pub struct Deletions<'a> {
    database: &'a Database,
    companies: &'a Companies,
}

/// The profile that was forgotten, and its deletion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forgotten {
    /// The profile's id.
    pub profile: ProfileId,
    /// The id of its deletion.
    pub deletion: DeletionId,
}

/// The clock, which is asked anew at each attempt.
pub type Now<'a> = &'a (dyn Fn() -> Timestamp + Send + Sync);

/// Whether there is time for another step, which may take some seconds. It is asked between two steps.
pub type TimeLeft<'a> = &'a (dyn Fn() -> bool + Send + Sync);

impl Storage {
    /// The clearing and forgetting of users, and the deleting of companies, of all accounts.
    #[must_use]
    pub fn deletions(&self) -> Deletions<'_> {
        Deletions { database: &self.database, companies: &self.companies }
    }
}
