//! Giving companies the properties that items of a batch have for them.

use std::collections::{BTreeMap, HashMap};

use profiles_domain::{BatchItem, CompanyId, Error, MembershipChange};
use profiles_normalization::Value;

use super::Work;
use super::profile::List;
use super::steps::Step;
use crate::companies::{Decided, Membership, differing, set_properties};
use crate::dynamo::read_many::Wanted;
use crate::upsert::forgotten_since;

/// The properties that an item gives to a company.
pub(super) type ForCompany<'a> = (u32, CompanyId, &'a BTreeMap<String, Value>);

impl Work<'_> {
    /// Decides the membership that a step leads to. Notes in the list the items whose company was deleted.
    pub(super) async fn membership(&self, step: &Step<'_>, list: &mut List<'_>) -> Result<Membership, Error> {
        let companies = &self.storage.companies;
        let membership = companies.membership(self.database, self.source.account, step.membership, self.decided()).await?;
        if matches!(membership, Membership::Deleted) {
            let joins = step.items.iter().filter(|item| matches!(item.upsert.membership, MembershipChange::Join(..)));
            list.companies_deleted.extend(joins.map(|item| item.index));
        }
        Ok(membership)
    }

    /// Reads the companies that items name, if they are not known.
    pub(super) async fn prefetch_companies(&self, lists: &[List<'_>]) -> Result<(), Error> {
        let account = self.source.account;
        let slot = |item: &&BatchItem| match &item.upsert.membership {
            MembershipChange::Join(name, _) => Some(name.slot(account)),
            MembershipChange::Keep | MembershipChange::End => None,
        };
        let slots = lists.iter().flat_map(|list| &list.left).filter_map(slot).collect();
        self.storage.companies.prefetch(self.database, account, slots).await
    }

    /// When memberships are decided. A company that was deleted since the batch was accepted is not founded again.
    pub(super) fn decided(&self) -> Decided {
        Decided { now: self.now, not_deleted_since: Some(forgotten_since(self.source.accepted_at)) }
    }

    /// Gives companies the properties that they do not have yet, each company once. Returns, for each company that would be too large with
    /// them, the last item that gave it properties.
    pub(super) async fn write_companies(&self, mut for_companies: Vec<ForCompany<'_>>) -> Result<Vec<u32>, Error> {
        for_companies.sort_by_key(|(index, ..)| *index);
        let mut by_company: HashMap<CompanyId, (u32, BTreeMap<String, Value>)> = HashMap::new();
        for (index, company, properties) in for_companies {
            let (last, all) = by_company.entry(company).or_default();
            *last = index;
            all.extend(properties.iter().map(|(name, value)| (name.clone(), value.clone())));
        }
        let account = self.source.account;
        let mut wanted = Wanted::default();
        for company in by_company.keys() {
            wanted.add(&self.database.tables.companies, self.slot_key(company.slot()));
        }
        let stored = self.database.get_many(wanted).await?;
        let mut too_large = Vec::new();
        for (company, (last, properties)) in by_company {
            let stored = stored.get(&self.slot_key(company.slot()));
            let now = stored.next_update(self.now);
            let changed = differing(&stored, properties);
            if changed.is_empty() {
                continue;
            }
            if !set_properties(self.database, account, company, changed, now).await? {
                too_large.push(last);
            }
            self.count_write();
        }
        Ok(too_large)
    }
}

/// The properties that a step's items give to their company.
pub(super) fn for_company<'a>(step: &Step<'a>, company: CompanyId) -> impl Iterator<Item = ForCompany<'a>> {
    company_properties(step).map(move |(index, properties)| (index, company, properties))
}

/// The properties that items give to their company, with the indexes of those items.
fn company_properties<'a>(step: &Step<'a>) -> impl Iterator<Item = (u32, &'a BTreeMap<String, Value>)> + use<'a> {
    step.items.clone().into_iter().filter_map(|item| match &item.upsert.membership {
        MembershipChange::Join(_, properties) if !properties.is_empty() => Some((item.index, properties)),
        _ => None,
    })
}
