//! What an upsert of a profile teaches: of the profile's properties, and of those that it gives to a company.

use profiles_domain::{AccountId, CompanyId, MembershipChange, ProfileId, PropertyKind, Upsert};
use profiles_normalization::Timestamp;

use super::{News, Owner, Registry};

/// The news in one upsert. They are found before it is written, and told after it.
pub(crate) struct NewsOfUpsert {
    of_profile: Vec<News>,
    of_company: Vec<News>,
}

impl NewsOfUpsert {
    /// The news in this upsert.
    pub(crate) fn of(registry: &Registry, account: AccountId, upsert: &Upsert, now: Timestamp) -> Self {
        let Upsert { membership, properties, cut, cut_of_company, .. } = upsert;
        let of_company = match membership {
            MembershipChange::Join(_, given) => registry.news(account, PropertyKind::Company, given, cut_of_company, now),
            MembershipChange::Keep | MembershipChange::End => Vec::new(),
        };
        Self { of_profile: registry.news(account, PropertyKind::Profile, properties, cut, now), of_company }
    }

    /// The news with their owners: the profile, and the company that got its properties, if one did.
    pub(crate) fn owned_by(self, profile: ProfileId, company: Option<CompanyId>) -> Vec<(Vec<News>, Owner)> {
        let of_company = company.map(|company| (self.of_company, Owner::Company(company)));
        [(self.of_profile, Owner::Profile(profile))].into_iter().chain(of_company).collect()
    }
}
