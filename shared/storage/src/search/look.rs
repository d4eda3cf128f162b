//! The second look: profiles or companies that are about to be shown are read again, strongly consistent, and the filters asked again.
//!
//! So nothing that lags, an index or an eventually consistent read, shows a user who is forgotten, a company that is deleted, or one that
//! no longer fits.

use std::collections::{HashMap, HashSet};

use futures_util::{StreamExt, TryStreamExt, stream};
use profiles_domain::{AccountId, CompanyId, Error, ProfileId};
use profiles_filters::{ActivityFilter, Filters, PropertyFilter};
use profiles_normalization::Timestamp;

use super::activities::{Activities, Asked, COUNTED_AT_ONCE};
use super::kind::{Kind, RecordId, profile_id};
use super::known::company_of;
use super::range::Range;
use super::record::{CompanyRecord, Known, ProfileRecord};
use super::tree::activity_filters;
use crate::companies::being_deleted;
use crate::dynamo::database::Database;
use crate::dynamo::item::Item;
use crate::dynamo::read_many::{Found, Wanted};
use crate::schema::activity_head::is_of;
use crate::schema::attributes::ID;
use crate::schema::generation::Generation;
use crate::schema::keys;

/// Reads records again.
#[derive(Clone, Copy)]
pub(super) struct SecondLook<'a> {
    pub(super) database: &'a Database,
    pub(super) kind: Kind,
    pub(super) account: AccountId,
    pub(super) filters: &'a Filters,
    pub(super) range: Range,
    pub(super) now: Timestamp,
    /// Whether it matters which companies are being deleted.
    pub(super) asks_for_gone: bool,
}

impl SecondLook<'_> {
    /// Reads which companies are being deleted. It is asked before profiles are read.
    pub(super) async fn gone(self) -> Result<HashSet<CompanyId>, Error> {
        if self.asks_for_gone { being_deleted(self.database, self.account).await } else { Ok(HashSet::new()) }
    }

    /// Reads the records of these ids, and returns those that are there, in the range, and fit; in the same order.
    pub(super) async fn at_ids(self, ids: &[RecordId]) -> Result<Vec<Item>, Error> {
        let gone = self.gone().await?;
        let mut wanted = Wanted::default();
        for id in ids {
            wanted.add(self.kind.table(&self.database.tables), keys::slot(self.account, id.slot()));
            if self.filters.activities > 0 {
                wanted.add(&self.database.tables.activities, keys::head(self.account, profile_id(*id)));
            }
        }
        let mut found = self.database.get_many(wanted).await?;
        let records = ids.iter().map(|id| (id, found.take(&keys::slot(self.account, id.slot()))));
        let records = records.filter(|(id, item)| item.record_id() == Some(**id)).map(|(_, item)| item).collect();
        self.fitting(records, &found, gone).await
    }

    /// Returns the records of those that were read, strongly consistent, that are in the range and fit. Reads what is not there of their
    /// activity heads.
    pub(super) async fn of_items(self, records: Vec<Item>, gone: HashSet<CompanyId>) -> Result<Vec<Item>, Error> {
        let mut wanted = Wanted::default();
        if self.filters.activities > 0 {
            for id in records.iter().filter_map(Item::id) {
                wanted.add(&self.database.tables.activities, keys::head(self.account, id));
            }
        }
        let heads = self.database.get_many(wanted).await?;
        self.fitting(records, &heads, gone).await
    }

    async fn fitting(self, mut records: Vec<Item>, heads: &Found, gone: HashSet<CompanyId>) -> Result<Vec<Item>, Error> {
        records.retain(|item| self.range.holds_item(item));
        match self.kind {
            Kind::Profiles => {
                let (companies, activities) = (self.companies(&records).await?, self.activities(&records, heads).await?);
                let facts = Facts { companies, activities, gone };
                records.retain(|item| self.filters.fit(&ProfileRecord { item, known: &facts, now: self.now }));
            }
            Kind::Companies => records.retain(|item| self.filters.fit(&CompanyRecord(item))),
        }
        Ok(records)
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
    gone: HashSet<CompanyId>,
}

impl Known for Facts {
    fn gone(&self) -> &HashSet<CompanyId> {
        &self.gone
    }

    fn company_fits(&self, profile: &Item, _: usize, filter: &PropertyFilter) -> bool {
        let company = company_of(profile).and_then(|id| self.companies.get(&id));
        company.map_or_else(|| filter.fits_nothing(), |company| filter.fits(&CompanyRecord(company)))
    }

    fn activity_fits(&self, profile: &Item, number: usize, _: &ActivityFilter) -> bool {
        profile.id().is_some_and(|id| self.activities.get(&id).and_then(|fits| fits.get(number)).copied().unwrap_or(false))
    }
}
