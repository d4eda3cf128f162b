//! Folding the items of a step into one change, with the outcome of each.

use std::collections::BTreeMap;

use profiles_domain::{AccountId, CompanyName, MembershipChange, Outcome};
use profiles_normalization::Value;

use super::steps::Step;
use crate::dynamo::item::Item;
use crate::dynamo::value::holds;
use crate::schema::attributes::COMPANY_ID;

/// The items of a step as one.
pub(super) struct Fold {
    /// The last value of each property.
    pub(super) properties: BTreeMap<String, Value>,
    /// The outcome of each item, in their order.
    pub(super) outcomes: Vec<Outcome>,
}

impl Fold {
    /// Folds the items, one after the other, onto the profile `seen`. With `created`, the first of them creates it.
    pub(super) fn of(step: &Step<'_>, account: AccountId, seen: &Item, created: bool) -> Self {
        let mut properties: BTreeMap<String, Value> = BTreeMap::new();
        let mut outcomes = Vec::with_capacity(step.items.len());
        let mut email = seen.email();
        let mut uid = seen.uid();
        let mut company = Membership::Stored(seen.text(COMPANY_ID));
        for item in &step.items {
            let upsert = &item.upsert;
            let mut changes = false;
            for (name, value) in &upsert.properties {
                let same = match properties.get(name) {
                    Some(earlier) => earlier == value,
                    None => seen.0.get(name).is_some_and(|stored| holds(stored, value)),
                };
                if !same {
                    changes = true;
                }
                properties.insert(name.clone(), value.clone());
            }
            for (stored, sent) in [
                (&mut email, upsert.identity.email.as_ref().map(|email| email.as_str())),
                (&mut uid, upsert.identity.uid.as_ref().map(|uid| uid.as_str())),
            ] {
                if sent.is_some() && *stored != sent {
                    changes = true;
                    *stored = sent;
                }
            }
            if upsert.unsets_email && email.is_some() {
                changes = true;
                email = None;
            }
            if let Some(next) = company.after(&upsert.membership, account) {
                changes = true;
                company = next;
            }
            outcomes.push(match (created && outcomes.is_empty(), changes) {
                (true, _) => Outcome::Created,
                (false, true) => Outcome::Updated,
                (false, false) => Outcome::Unchanged,
            });
        }
        Self { properties, outcomes }
    }

    /// Whether the profile already is as all of them ask for.
    pub(super) fn changes_nothing(&self) -> bool {
        self.outcomes.iter().all(|outcome| *outcome == Outcome::Unchanged)
    }
}

/// The membership after some of the items.
enum Membership<'a> {
    Stored(Option<&'a str>),
    Named(&'a CompanyName),
    ItemResult,
}

impl<'a> Membership<'a> {
    /// The membership after one more item, if it changes. A company is known by its slot, so that it need not be looked up.
    fn after(&self, change: &'a MembershipChange, account: AccountId) -> Option<Self> {
        match (change, self) {
            (MembershipChange::Keep, _) | (MembershipChange::End, Self::ItemResult | Self::Stored(None)) => None,
            (MembershipChange::End, _) => Some(Self::ItemResult),
            (MembershipChange::Join(CompanyName::Id(sent), _), Self::Stored(Some(stored))) if sent.to_string() == *stored => None,
            (MembershipChange::Join(name @ CompanyName::Uid(_), _), Self::Stored(Some(stored)))
                if stored.get(8..) == Some(name.slot(account).to_string().as_str()) =>
            {
                None
            }
            (MembershipChange::Join(name, _), Self::Named(before)) if *before == name => None,
            (MembershipChange::Join(name, _), _) => Some(Self::Named(name)),
        }
    }
}
