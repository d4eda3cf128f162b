//! Clearing and forgetting users.

use profiles_domain::{AccountId, Deletion, DeletionId, Error, Identity, Profile, ProfileId};
use profiles_normalization::Timestamp;

use crate::Storage;
use crate::database::Database;
use crate::retry::Patience;

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

/// Asked between two steps: whether there is time for another one.
pub type TimeLeft<'a> = &'a (dyn Fn() -> bool + Send + Sync);

impl Storage {
    /// The clearing and forgetting of users of all accounts.
    #[must_use]
    pub fn deletions(&self) -> Deletions<'_> {
        Deletions { database: &self.database, patience: self.patience }
    }
}

impl Deletions<'_> {
    /// Resets a profile, and hides what was recorded of it at once. The records are removed as far as time allows; the sweep does the
    /// rest. Returns the profile as it is then.
    ///
    /// # Errors
    /// `ProfileNotFound`, `ProfilesDiffer`, `NoIdentifier` or what the database says: nothing was cleared.
    pub async fn clear(&self, _account: AccountId, _identity: &Identity, _now: Timestamp, _time_left: TimeLeft<'_>) -> Result<Profile, Error> {
        Err(Error::Unavailable)
    }

    /// Forgets a user, whom nobody reads from then on. What is left is removed as far as time allows; the sweep does the rest.
    ///
    /// # Errors
    /// `ProfileNotFound`, `ProfilesDiffer`, `NoIdentifier` or what the database says: nothing was forgotten.
    pub async fn forget(&self, _account: AccountId, _identity: &Identity, _now: Timestamp, _time_left: TimeLeft<'_>) -> Result<Forgotten, Error> {
        Err(Error::Unavailable)
    }

    /// The record of somebody's being forgotten.
    ///
    /// # Errors
    /// What the database says.
    pub async fn deletion(&self, _account: AccountId, _id: DeletionId) -> Result<Option<Deletion>, Error> {
        Err(Error::Unavailable)
    }

    /// Takes up what others began before `since` and left unfinished. Returns how many it finished.
    ///
    /// # Errors
    /// What the database says.
    pub async fn sweep(&self, _since: Timestamp, _now: Timestamp, _time_left: TimeLeft<'_>) -> Result<usize, Error> {
        Err(Error::Unavailable)
    }
}
