//! Folding the items of a step into one change, with the outcome of each.

use std::collections::BTreeMap;

use profiles_domain::{MembershipChange, Outcome};
use profiles_normalization::Value;

use super::steps::Step;
use crate::companies::Membership;
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
    ///
    /// `membership` is the one that they lead to.
    pub(super) fn of(step: &Step<'_>, membership: &Membership, seen: &Item, created: bool) -> Self {
        let mut properties: BTreeMap<String, Value> = BTreeMap::new();
        let mut outcomes = Vec::with_capacity(step.items.len());
        let mut email = seen.email();
        let mut uid = seen.uid();
        let joined = membership.company().map(|company| company.to_string());
        let mut company = seen.text(COMPANY_ID);
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
            let next = match (&upsert.membership, membership) {
                (MembershipChange::Keep, _) | (_, Membership::Keep | Membership::Deleted) => company,
                (MembershipChange::End | MembershipChange::Join(..), _) => joined.as_deref(),
            };
            changes |= next != company;
            company = next;
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
