//! Finding and counting profiles by any property, by their companies, and by what their users did; and companies by any property.
//!
//! Nothing is written for it when a profile is: there are no indexes of properties. A search reads in one of four ways, the cheapest that
//! can answer: by keys, by an index, by a walk of the newest profiles, or by a sweep of the account that the database filters. What is
//! shown was read strongly consistent, and the filters were asked again of that.
//!
//! A profile may name a company whose deletion is under way. For filters it is then a member of none.

mod activities;
mod attributes;
mod companies;
mod expression;
mod hunt;
mod key;
mod kind;
mod known;
mod list;
mod look;
mod members;
mod newest;
mod pace;
mod places;
mod prefix;
mod range;
mod record;
mod run;
mod sample;
mod scope;
mod stored;
mod sweep;
mod swept;
mod tree;

use std::time::Duration;

use profiles_domain::{AccountId, Company, CompanyId, Error, Profile};
use profiles_filters::Filters;
use profiles_normalization::Timestamp;

use self::kind::Kind;
use self::members::filters_of_members;
use self::range::Range;
use self::run::Run;
use crate::Storage;
use crate::activities::{Listed, Page};
use crate::dynamo::database::Database;
use crate::dynamo::item::Item;
use crate::schema::attributes::ID;
use crate::schema::keys;

/// The index of all profiles, or of all companies, sorted by their ids.
const CREATED_INDEX: &str = "created-index";
/// The index of the members of companies, sorted by their ids.
const COMPANY_INDEX: &str = "company-index";

/// Records that the second look reads in one go.
const READ_AT_ONCE: usize = 100;
/// Bytes of records with which a page ends early. A response of Lambda has at most 6 MB.
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
    /// The filters that a record fits.
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
    pub async fn profiles(&self, wanted: Wanted<'_>, page: Page) -> Result<Listed<Profile>, Error> {
        listed(self.run(Kind::Profiles, wanted, page)?.page(page.limit).await?, page.limit, Item::into_profile)
    }

    /// Finds the companies that fit, the newest first. The filters are those of companies.
    ///
    /// # Errors
    /// As `profiles`.
    pub async fn companies(&self, wanted: Wanted<'_>, page: Page) -> Result<Listed<Company>, Error> {
        listed(self.run(Kind::Companies, wanted, page)?.page(page.limit).await?, page.limit, into_company)
    }

    /// Counts the profiles that fit. The limit of the page does not matter.
    ///
    /// # Errors
    /// As `profiles`.
    pub async fn count_profiles(&self, wanted: Wanted<'_>, page: Page) -> Result<u64, Error> {
        self.run(Kind::Profiles, wanted, page)?.count().await
    }

    /// Counts the companies that fit. The filters are those of companies, and the limit of the page does not matter.
    ///
    /// # Errors
    /// As `profiles`.
    pub async fn count_companies(&self, wanted: Wanted<'_>, page: Page) -> Result<u64, Error> {
        self.run(Kind::Companies, wanted, page)?.count().await
    }

    /// Lists the members of a company, the newest first; `None` if there is no such company. It takes no place: a page costs what it shows.
    ///
    /// # Errors
    /// As `profiles`, but never `TooManySearches`.
    pub async fn members(
        &self,
        account: AccountId,
        company: CompanyId,
        page: Page,
        now: Timestamp,
        time_left: &(dyn Fn() -> Duration + Sync),
    ) -> Result<Option<Listed<Profile>>, Error> {
        let filters = filters_of_members(company);
        let wanted = Wanted { account, filters: &filters, now, time_left };
        let run = Run { asks_for_gone: false, ..self.run(Kind::Profiles, wanted, page)? };
        // It is there when the list is asked for, so no mark of a deletion is. The id of another account's company would lead to the members
        // there, of which none is shown.
        if crate::companies::read(self.database, account, company).await?.is_none() {
            return Ok(None);
        }
        listed(run.newest(page.limit).await?, page.limit, Item::into_profile).map(Some)
    }

    fn run<'s>(&'s self, kind: Kind, wanted: Wanted<'s>, page: Page) -> Result<Run<'s>, Error> {
        let range = Range::of(kind, page)?;
        Ok(Run { database: self.database, kind, wanted, range, asks_for_gone: kind == Kind::Profiles })
    }
}

/// What was found as a page of at most so many. True: there may be more than was found.
fn listed<T>((mut found, is_cut): (Vec<Item>, bool), limit: usize, read: impl Fn(Item) -> Result<T, Error>) -> Result<Listed<T>, Error> {
    let more = is_cut || found.len() > limit;
    found.truncate(limit);
    Ok(Listed { items: found.into_iter().map(read).collect::<Result<_, _>>()?, more })
}

fn into_company(item: Item) -> Result<Company, Error> {
    let id = item.text(ID).and_then(|id| id.parse().ok());
    id.and_then(|id| crate::companies::company(item, id)).ok_or_else(|| Error::Defect("a stored company has no id".into()))
}

/// The partition keys of an account's profiles, and of its companies.
fn partitions(account: AccountId) -> impl Iterator<Item = String> {
    keys::SHARDS.chars().map(move |shard| keys::partition_of_slots(account, shard))
}
