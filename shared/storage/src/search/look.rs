//! The second look: profiles that are about to be shown are read again, strongly consistent, and the filters asked again.
//!
//! So nothing that lags, an index or an eventually consistent read, shows a user who is forgotten or no longer fits.

use std::collections::HashMap;

use futures_util::{StreamExt, TryStreamExt, stream};
use profiles_domain::{AccountId, CompanyId, Error, ProfileId};
use profiles_filters::{ActivityFilter, Filters, PropertyFilter};
use profiles_normalization::Timestamp;

use super::activities::{Activities, Asked, COUNTED_AT_ONCE};
use super::range::Range;
use super::record::{CompanyRecord, Known, ProfileRecord};
use super::tree::activity_filters;
use crate::dynamo::database::Database;
use crate::dynamo::item::Item;
use crate::dynamo::read_many::{Found, Wanted};
use crate::schema::activity_head::is_of;
use crate::schema::attributes::{COMPANY_ID, ID};
use crate::schema::generation::Generation;
use crate::schema::keys;

/// Reads profiles again.
#[derive(Clone, Copy)]
pub(super) struct SecondLook<'a> {
    pub(super) database: &'a Database,
    pub(super) account: AccountId,
    pub(super) filters: &'a Filters,
    pub(super) range: Range,
    pub(super) now: Timestamp,
}

impl SecondLook<'_> {
    /// Reads the profiles of these ids, and returns those that are there, in the range, and fit; in the same order.
    pub(super) async fn at_ids(self, ids: &[ProfileId]) -> Result<Vec<Item>, Error> {
        let mut wanted = Wanted::default();
        for id in ids {
            wanted.add(&self.database.tables.profiles, keys::slot(self.account, id.slot()));
            if self.filters.activities > 0 {
                wanted.add(&self.database.tables.activities, keys::head(self.account, *id));
            }
        }
        let mut found = self.database.get_many(wanted).await?;
        let profiles = ids.iter().map(|id| (id, found.take(&keys::slot(self.account, id.slot()))));
        let profiles = profiles.filter(|(id, item)| item.id() == Some(**id)).map(|(_, item)| item).collect();
        self.fitting(profiles, &found).await
    }

    /// Returns the profiles of those that were read, strongly consistent, that are in the range and fit. Reads what is not there of their
    /// activity heads.
    pub(super) async fn of_items(self, profiles: Vec<Item>) -> Result<Vec<Item>, Error> {
        let mut wanted = Wanted::default();
        if self.filters.activities > 0 {
            for id in profiles.iter().filter_map(Item::id) {
                wanted.add(&self.database.tables.activities, keys::head(self.account, id));
            }
        }
        let heads = self.database.get_many(wanted).await?;
        self.fitting(profiles, &heads).await
    }

    async fn fitting(self, mut profiles: Vec<Item>, heads: &Found) -> Result<Vec<Item>, Error> {
        profiles.retain(|item| self.range.holds_item(item));
        let facts = Facts { companies: self.companies(&profiles).await?, activities: self.activities(&profiles, heads).await? };
        profiles.retain(|item| self.filters.fit(&ProfileRecord { item, known: &facts, now: self.now }));
        Ok(profiles)
    }

    /// Reads the companies of profiles, if there is a filter for them.
    async fn companies(self, profiles: &[Item]) -> Result<HashMap<CompanyId, Item>, Error> {
        if self.filters.companies == 0 {
            return Ok(HashMap::new());
        }
        let mut wanted = Wanted::default();
        for id in profiles.iter().filter_map(company_of) {
            wanted.add(&self.database.tables.companies, keys::slot(self.account, id.slot()));
        }
        let found = self.database.get_many(wanted).await?;
        let company = |item: &Item| Some((item.text(ID)?.parse().ok()?, item.clone()));
        Ok(found.items().filter_map(company).collect())
    }

    /// Finds out what the users did, if there is a filter for it: for each of them, whether it fits each filter.
    async fn activities(self, profiles: &[Item], heads: &Found) -> Result<HashMap<ProfileId, Vec<bool>>, Error> {
        let asked: Vec<_> = activity_filters(self.filters).into_iter().map(|filter| (Asked::new(filter), filter.negated)).collect();
        let activities = Activities { database: self.database, account: self.account };
        let mut did = Vec::new();
        for (id, item) in profiles.iter().filter_map(|item| Some((item.id()?, item))).filter(|_| !asked.is_empty()) {
            let head =
                Some(heads.get(&keys::head(self.account, id))).filter(|head| is_of(head, Generation::of(id, item))).unwrap_or_default();
            let asked = &asked;
            did.push(async move {
                let mut did = Vec::with_capacity(asked.len());
                for (asked, negated) in asked {
                    did.push(activities.did(asked, id, &head).await? != *negated);
                }
                Ok::<_, Error>((id, did))
            });
        }
        stream::iter(did).buffered(COUNTED_AT_ONCE).try_collect().await
    }
}

/// What was read of companies and activities.
struct Facts {
    companies: HashMap<CompanyId, Item>,
    activities: HashMap<ProfileId, Vec<bool>>,
}

impl Known for Facts {
    fn company_fits(&self, profile: &Item, _: usize, filter: &PropertyFilter) -> bool {
        let company = company_of(profile).and_then(|id| self.companies.get(&id));
        company.map_or_else(|| filter.fits_nothing(), |company| filter.fits(&CompanyRecord(company)))
    }

    fn activity_fits(&self, profile: &Item, number: usize, _: &ActivityFilter) -> bool {
        profile.id().is_some_and(|id| self.activities.get(&id).and_then(|fits| fits.get(number)).copied().unwrap_or(false))
    }
}

fn company_of(profile: &Item) -> Option<CompanyId> {
    profile.text(COMPANY_ID)?.parse().ok()
}
