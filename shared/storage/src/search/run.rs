//! One search or count, from its filters to what is shown or counted.

use std::collections::HashSet;

use profiles_domain::{CompanyId, Error};

use super::activities::Activities;
use super::companies;
use super::expression::translate;
use super::hunt::Hunt;
use super::key::keys_of;
use super::kind::Kind;
use super::known::Sets;
use super::list::List;
use super::look::SecondLook;
use super::pace::Pace;
use super::places::{Place, PlaceKind, Places};
use super::range::Range;
use super::scope::Scope;
use super::tree::{activity_filters, company_filters, tests_company_id};
use super::{MAX_PAGE_BYTES, READ_AT_ONCE, Wanted};
use crate::companies::being_deleted;
use crate::dynamo::database::Database;
use crate::dynamo::item::Item;

/// A search or count of records of one kind in a range.
#[derive(Clone, Copy)]
pub(super) struct Run<'a> {
    pub(super) database: &'a Database,
    pub(super) kind: Kind,
    pub(super) wanted: Wanted<'a>,
    pub(super) range: Range,
    /// Whether it may matter which companies are being deleted.
    pub(super) asks_for_gone: bool,
}

impl<'a> Run<'a> {
    /// Finds the newest records that fit, one more than are shown if there are more. True: there may be more, and these are large enough for
    /// a page.
    pub(super) async fn page(self, limit: usize) -> Result<(Vec<Item>, bool), Error> {
        if let Some(found) = self.by_keys().await? {
            return Ok((found, false));
        }
        let place = self.place(PlaceKind::Search).await?;
        let found = self.newest(limit).await;
        place.give_back().await;
        found
    }

    /// Counts the records that fit.
    pub(super) async fn count(self) -> Result<u64, Error> {
        if let Some(found) = self.by_keys().await? {
            return Ok(found.len() as u64);
        }
        let place = self.place(PlaceKind::Count).await?;
        let pace = Pace::new(self.wanted.time_left);
        let count = async { self.hunt(&pace).await?.count().await }.await;
        place.give_back().await;
        count
    }

    /// Finds records by the identifiers that filters name, if they do.
    async fn by_keys(self) -> Result<Option<Vec<Item>>, Error> {
        let Some(keys) = keys_of(self.kind, self.wanted.filters) else { return Ok(None) };
        let second_look = self.second_look();
        let gone = second_look.gone().await?;
        let records = keys.read(self.database, self.kind, self.wanted.account).await?;
        Ok(Some(second_look.of_items(records, gone).await?))
    }

    /// The same as `page`, without a place, and not by keys.
    pub(super) async fn newest(self, limit: usize) -> Result<(Vec<Item>, bool), Error> {
        let pace = Pace::new(self.wanted.time_left);
        let mut hunt = self.hunt(&pace).await?;
        let second_look = self.second_look();
        let (mut found, mut bytes) = (Vec::new(), 0);
        // One more than is shown tells whether there are more.
        while found.len() <= limit {
            let missing = limit.saturating_add(1).saturating_sub(found.len());
            let ids = hunt.next(missing).await?;
            for some in ids.chunks(READ_AT_ONCE) {
                if bytes > MAX_PAGE_BYTES {
                    return Ok((found, true));
                }
                let records = second_look.at_ids(some).await?;
                bytes += records.iter().map(Item::size).sum::<usize>();
                found.extend(records);
            }
            if ids.len() < missing {
                break;
            }
        }
        Ok((found, false))
    }

    /// Prepares a hunt: resolves the filters of companies and of activities.
    async fn hunt<'h>(self, pace: &'h Pace<'h>) -> Result<Hunt<'h>, Error>
    where
        'a: 'h,
    {
        let Self { database, kind, wanted, range, .. } = self;
        let (filters, account) = (wanted.filters, wanted.account);
        // Before anything else is read: what is gone by now is gone in all that follows.
        let gone = self.gone().await?;
        let companies = companies::resolve(database, account, &company_filters(filters), &gone, pace).await?;
        let activities = Activities { database, account }.users(&activity_filters(filters), pace).await?;
        let sets = Sets { companies, activities, gone };
        let expression = translate(kind, filters, &sets);
        let scope = Scope { database, kind, wanted, range: range.narrowed_by(filters), pace, sets, expression };
        let list = List::of(&scope).await?;
        Ok(Hunt::new(scope, list))
    }

    /// Reads which companies are being deleted, if a filter looks at the profiles' companies.
    async fn gone(self) -> Result<HashSet<CompanyId>, Error> {
        let asks = self.asks_for_gone && (self.wanted.filters.companies > 0 || tests_company_id(self.wanted.filters));
        if asks { being_deleted(self.database, self.wanted.account).await } else { Ok(HashSet::new()) }
    }

    fn second_look(self) -> SecondLook<'a> {
        let Wanted { account, filters, now, .. } = self.wanted;
        // It reads the companies that other filters ask for, and does not find those that are gone.
        let asks_for_gone = self.asks_for_gone && tests_company_id(filters);
        SecondLook { database: self.database, kind: self.kind, account, filters, range: self.range, now, asks_for_gone }
    }

    async fn place(self, kind: PlaceKind) -> Result<Place<'a>, Error> {
        let Wanted { account, now, time_left, .. } = self.wanted;
        Places { database: self.database, account }.take(kind, now, time_left()).await
    }
}
