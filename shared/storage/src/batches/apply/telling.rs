//! Telling the registry of properties what the items of a portion taught, all at once.

use std::collections::HashMap;

use profiles_domain::{BatchItem, ProfileId, PropertyKind};

use super::Work;
use super::companies::ForCompany;
use crate::properties::Owner;

impl Work<'_> {
    /// Tells the registry of the properties of items that were applied, and of those that they gave to companies.
    pub(super) async fn tell<'i>(&self, mut learned: Vec<(&'i BatchItem, ProfileId)>, for_companies: Vec<ForCompany<'i>>) {
        let (registry, account) = (&self.storage.registry, self.source.account);
        // The latest come first.
        learned.sort_by_key(|(item, _)| std::cmp::Reverse(item.index));
        let items: HashMap<u32, &BatchItem> = learned.iter().map(|(item, _)| (item.index, *item)).collect();
        let of_profiles = learned.into_iter().map(|(item, profile)| {
            let upsert = &item.upsert;
            let news = registry.news(account, PropertyKind::Profile, &upsert.properties, &upsert.cut, self.now);
            (news, Owner::Profile(profile))
        });
        let mut of_companies: Vec<_> = for_companies.into_iter().filter_map(|given| Some((given, *items.get(&given.0)?))).collect();
        of_companies.sort_by_key(|(_, item)| std::cmp::Reverse(item.index));
        let of_companies = of_companies.into_iter().map(|((_, company, properties), item)| {
            let news = registry.news(account, PropertyKind::Company, properties, &item.upsert.cut_of_company, self.now);
            (news, Owner::Company(company))
        });
        let news = of_profiles.chain(of_companies).filter(|(news, _)| !news.is_empty()).collect();
        registry.tell(self.database, account, news, self.now).await;
    }
}
