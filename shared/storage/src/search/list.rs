//! Lists of profiles or companies in which all that fit are, the newest first.

use std::collections::VecDeque;

use profiles_domain::{CompanyId, Error};
use profiles_filters::{Field, Filter, PropertyFilter};
use profiles_normalization::Value;

use super::kind::{Kind, RecordId, profile_id, record_id};
use super::newest::Newest;
use super::prefix::prefix_of;
use super::scope::Scope;
use crate::schema::attributes::COMPANY_ID;

/// Companies whose members are read by the index, at most.
const MAX_COMPANIES: usize = 16;
/// Ids that are read at once.
const AT_ONCE: usize = 10_000;

/// A list of records in which all that fit are.
pub(super) enum List<'a> {
    /// All records of the account, by an index that is read as far as needed.
    Everybody(Newest<'a>),
    /// The members of companies, by an index that is read as far as needed.
    Members(Newest<'a>),
    /// Ids that are known.
    Ids(VecDeque<RecordId>),
}

impl<'a> List<'a> {
    /// The shortest list that is known for what is wanted.
    pub(super) async fn of(scope: &Scope<'a>) -> Result<Self, Error> {
        let filters = scope.wanted.filters;
        let did = filters.required().filter_map(|filter| match filter {
            Filter::Activity(number, filter) if !filter.negated => scope.sets.activities.get(*number),
            _ => None,
        });
        let did = did.min_by_key(|users| users.len());
        if let Some(prefix) = prefix_of(scope.kind, filters) {
            let ids = prefix.ids(scope.database, scope.wanted.account, scope.range, scope.pace).await?;
            return Ok(Self::Ids(ids.into_iter().filter(|id| did.is_none_or(|users| users.contains(&profile_id(*id)))).collect()));
        }
        if let Some(users) = did {
            let mut ids: Vec<_> = users.iter().copied().map(record_id).filter(|id| scope.range.holds(*id)).collect();
            ids.sort_unstable_by(|one, other| other.cmp(one));
            return Ok(Self::Ids(ids.into()));
        }
        let (database, account, range) = (scope.database, scope.wanted.account, scope.range);
        match filters.required().filter_map(|filter| companies_of(filter, scope)).min_by_key(Vec::len) {
            Some(companies) if companies.len() <= MAX_COMPANIES => {
                Ok(Self::Members(Newest::of_companies(database, account, range, companies)))
            }
            _ => Ok(Self::Everybody(Newest::of_account(database, scope.kind, account, range))),
        }
    }

    /// Returns the next ids, `wanted` of them unless there are no more.
    pub(super) async fn next(&mut self, wanted: usize) -> Result<Vec<RecordId>, Error> {
        match self {
            Self::Everybody(newest) | Self::Members(newest) => newest.next(wanted).await,
            Self::Ids(ids) => Ok(ids.drain(..wanted.min(ids.len())).collect()),
        }
    }

    /// Whether it was made by a filter.
    pub(super) fn is_narrow(&self) -> bool {
        !matches!(self, Self::Everybody(_))
    }

    /// The number of ids that are left, if it is known.
    pub(super) fn len(&self) -> Option<usize> {
        match self {
            Self::Everybody(_) | Self::Members(_) => None,
            Self::Ids(ids) => Some(ids.len()),
        }
    }

    /// Reads all ids of a narrower list, whose entries are small, so that their number is known.
    pub(super) async fn read_to_the_end(&mut self) -> Result<(), Error> {
        let Self::Members(newest) = self else { return Ok(()) };
        let mut all = VecDeque::new();
        loop {
            let ids = newest.next(AT_ONCE).await?;
            if ids.is_empty() {
                *self = Self::Ids(all);
                return Ok(());
            }
            all.extend(ids);
        }
    }
}

/// The companies of which a profile must be a member of one to fit.
fn companies_of(filter: &Filter, scope: &Scope<'_>) -> Option<Vec<CompanyId>> {
    match filter {
        Filter::Company(number, _) => {
            let set = scope.sets.companies.get(*number).filter(|set| !set.others_fit)?;
            Some(set.ids.iter().copied().collect())
        }
        Filter::Property(PropertyFilter { field: Field::Path(path), test }) if scope.kind == Kind::Profiles && *path == [COMPANY_ID] => {
            let id = |value: &Value| if let Value::String(text) = value { text.parse().ok() } else { None };
            let is_there = |id: &CompanyId| !scope.sets.gone.contains(id);
            Some(test.values()?.iter().filter_map(id).filter(is_there).collect())
        }
        _ => None,
    }
}
