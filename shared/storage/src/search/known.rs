//! What is known of companies and activities before profiles are looked at: sets of ids.

use std::collections::HashSet;

use profiles_domain::{CompanyId, ProfileId};
use profiles_filters::{ActivityFilter, PropertyFilter};

use super::expression::CompanySet;
use super::record::Known;
use crate::dynamo::item::Item;
use crate::schema::attributes::COMPANY_ID;

/// For each filter of companies or activities whom it fits, as far as indexes and eventually consistent reads tell.
#[derive(Default)]
pub(super) struct Sets {
    pub(super) companies: Vec<CompanySet>,
    /// The users who did it, also where the filter is for the others.
    pub(super) activities: Vec<HashSet<ProfileId>>,
    /// Companies whose deletion is under way.
    pub(super) gone: HashSet<CompanyId>,
}

/// The company that a profile names.
pub(super) fn company_of(profile: &Item) -> Option<CompanyId> {
    profile.text(COMPANY_ID)?.parse().ok()
}

impl Known for Sets {
    fn gone(&self) -> &HashSet<CompanyId> {
        &self.gone
    }

    fn company_fits(&self, profile: &Item, number: usize, _: &PropertyFilter) -> bool {
        let company = company_of(profile);
        self.companies.get(number).is_some_and(|set| company.is_some_and(|id| set.ids.contains(&id)) != set.others_fit)
    }

    fn activity_fits(&self, profile: &Item, number: usize, filter: &ActivityFilter) -> bool {
        let did = profile.id().is_some_and(|id| self.activities.get(number).is_some_and(|set| set.contains(&id)));
        did != filter.negated
    }
}
