//! Finding and counting profiles by any property, by their companies, and by what their users did.
//!
//! Nothing is written for it when a profile is: there are no indexes of properties. A search reads in one of four ways, the cheapest that
//! can answer: by keys, by an index, by a walk of the newest profiles, or by a sweep of the account that the database filters. What is
//! shown was read strongly consistent, and the filters were asked again of that.

mod activities;
mod attributes;
mod companies;
mod expression;
mod hunt;
mod key;
mod known;
mod list;
mod look;
mod newest;
mod pace;
mod places;
mod prefix;
mod range;
mod record;
mod sample;
mod scope;
mod stored;
mod sweep;
mod swept;
mod tree;

use std::time::Duration;

use profiles_domain::{AccountId, Error, Profile};
use profiles_filters::Filters;
use profiles_normalization::Timestamp;

use self::activities::Activities;
use self::expression::translate;
use self::hunt::Hunt;
use self::key::keys_of;
use self::known::Sets;
use self::list::List;
use self::look::SecondLook;
use self::pace::Pace;
use self::places::{Place, PlaceKind, Places};
use self::range::Range;
use self::scope::Scope;
use self::tree::{activity_filters, company_filters};
use crate::Storage;
use crate::activities::{Listed, Page};
use crate::dynamo::database::Database;
use crate::dynamo::item::Item;
use crate::schema::keys;

/// The index of all profiles, sorted by their ids.
const CREATED_INDEX: &str = "created-index";
/// The index of profiles by their uids.
const UID_INDEX: &str = "uid-index";
/// The index of profiles by their addresses.
const EMAIL_INDEX: &str = "email-index";
/// The index of the members of companies, sorted by their ids.
const COMPANY_INDEX: &str = "company-index";

/// Profiles that the second look reads in one go.
const READ_AT_ONCE: usize = 100;
/// Bytes of profiles with which a page ends early. A response of Lambda has at most 6 MB.
const MAX_PAGE_BYTES: usize = 6_000_000;

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
    /// `TooManySearches`, `SearchTooLong`, `InvalidField` for a place in another kind of list, or those of the database.
    pub async fn page(&self, wanted: Wanted<'_>, page: Page) -> Result<Listed<Profile>, Error> {
        let range = Range::of(page)?;
        let (mut found, is_cut) = match self.by_keys(wanted, range).await? {
            Some(found) => (found, false),
            None => {
                let place = self.place(wanted, PlaceKind::Search).await?;
                let found = self.newest(wanted, range, page.limit).await;
                place.give_back().await;
                found?
            }
        };
        let more = is_cut || found.len() > page.limit;
        found.truncate(page.limit);
        let items = found.into_iter().map(Item::into_profile).collect::<Result<_, _>>()?;
        Ok(Listed { items, more })
    }

    /// Counts the profiles that fit. The limit of the page does not matter.
    ///
    /// # Errors
    /// As `page`.
    pub async fn count(&self, wanted: Wanted<'_>, page: Page) -> Result<u64, Error> {
        let range = Range::of(page)?;
        if let Some(found) = self.by_keys(wanted, range).await? {
            return Ok(found.len() as u64);
        }
        let place = self.place(wanted, PlaceKind::Count).await?;
        let count = self.number(wanted, range).await;
        place.give_back().await;
        count
    }

    /// Finds profiles by the identifiers that filters name, if they do.
    async fn by_keys(&self, wanted: Wanted<'_>, range: Range) -> Result<Option<Vec<Item>>, Error> {
        let Some(keys) = keys_of(wanted.filters) else { return Ok(None) };
        let profiles = keys.read(self.database, wanted.account).await?;
        Ok(Some(self.second_look(wanted, range).of_items(profiles).await?))
    }

    /// Finds the newest profiles that fit, one more than are shown if there are more. True: there may be more, and these are large enough
    /// for a page.
    async fn newest(&self, wanted: Wanted<'_>, range: Range, limit: usize) -> Result<(Vec<Item>, bool), Error> {
        let pace = Pace::new(wanted.time_left);
        let mut hunt = self.hunt(wanted, range, &pace).await?;
        let second_look = self.second_look(wanted, range);
        let (mut found, mut bytes) = (Vec::new(), 0);
        // One more than is shown tells whether there are more.
        while found.len() <= limit {
            let missing = limit.saturating_add(1).saturating_sub(found.len());
            let ids = hunt.next(missing).await?;
            for some in ids.chunks(READ_AT_ONCE) {
                if bytes > MAX_PAGE_BYTES {
                    return Ok((found, true));
                }
                let profiles = second_look.at_ids(some).await?;
                bytes += profiles.iter().map(Item::size).sum::<usize>();
                found.extend(profiles);
            }
            if ids.len() < missing {
                break;
            }
        }
        Ok((found, false))
    }

    async fn number(&self, wanted: Wanted<'_>, range: Range) -> Result<u64, Error> {
        let pace = Pace::new(wanted.time_left);
        self.hunt(wanted, range, &pace).await?.count().await
    }

    /// Prepares a hunt: resolves the filters of companies and of activities.
    async fn hunt<'h>(&'h self, wanted: Wanted<'h>, range: Range, pace: &'h Pace<'h>) -> Result<Hunt<'h>, Error> {
        let (database, account) = (self.database, wanted.account);
        let companies = companies::resolve(database, account, &company_filters(wanted.filters), pace).await?;
        let activities = Activities { database, account }.users(&activity_filters(wanted.filters), pace).await?;
        let expression = translate(wanted.filters, &companies);
        let range = range.narrowed_by(wanted.filters);
        let scope = Scope { database, wanted, range, pace, sets: Sets { companies, activities }, expression };
        let list = List::of(&scope).await?;
        Ok(Hunt::new(scope, list))
    }

    fn second_look<'s>(&'s self, wanted: Wanted<'s>, range: Range) -> SecondLook<'s> {
        SecondLook { database: self.database, account: wanted.account, filters: wanted.filters, range, now: wanted.now }
    }

    async fn place(&self, wanted: Wanted<'_>, kind: PlaceKind) -> Result<Place<'_>, Error> {
        let Wanted { account, now, time_left, .. } = wanted;
        Places { database: self.database, account }.take(kind, now, time_left()).await
    }
}

/// The partition keys of an account's profiles, and of its companies.
fn partitions(account: AccountId) -> impl Iterator<Item = String> {
    keys::SHARDS.chars().map(move |shard| keys::partition_of_slots(account, shard))
}
