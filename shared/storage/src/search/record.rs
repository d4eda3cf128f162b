//! A stored profile or company as the predicate of filters looks at it.

use std::collections::HashSet;

use aws_sdk_dynamodb::types::AttributeValue;
use profiles_domain::CompanyId;
use profiles_filters::{ActivityFilter, Look, PropertyFilter, Record, Stored};
use profiles_normalization::Timestamp;

use super::known::company_of;
use super::stored::AttributeValues;
use crate::dynamo::item::Item;
use crate::schema::attributes::COMPANY_ID;

/// What is known of a profile besides its item.
pub(super) trait Known {
    /// Companies whose deletion is under way. Their members count as members of none.
    fn gone(&self) -> &HashSet<CompanyId>;

    /// Whether its company, which may be none, fits the filter of this number.
    fn company_fits(&self, profile: &Item, number: usize, filter: &PropertyFilter) -> bool;

    /// Whether what the user did fits the filter of this number.
    fn activity_fits(&self, profile: &Item, number: usize, filter: &ActivityFilter) -> bool;
}

/// A profile that may fit.
pub(super) struct ProfileRecord<'a, K> {
    pub(super) item: &'a Item,
    pub(super) known: &'a K,
    /// The time, which decides what is pending.
    pub(super) now: Timestamp,
}

impl<K> Stored for ProfileRecord<'_, K> {
    type Value = AttributeValue;

    fn look(value: &AttributeValue) -> Look<'_, AttributeValue> {
        AttributeValues::look(value)
    }
}

impl<K: Known> Record for ProfileRecord<'_, K> {
    fn property(&self, name: &str) -> Option<&AttributeValue> {
        let is_hidden = || name == COMPANY_ID && company_of(self.item).is_some_and(|id| self.known.gone().contains(&id));
        self.item.0.get(name).filter(|_| !is_hidden())
    }

    fn delivery_ids(&self) -> Vec<String> {
        self.item
            .deliveries()
            .into_iter()
            .filter(|delivery| !delivery.has_run_out(self.now))
            .map(|delivery| delivery.id.to_string())
            .collect()
    }

    fn company_fits(&self, number: usize, filter: &PropertyFilter) -> bool {
        self.known.company_fits(self.item, number, filter)
    }

    fn activity_fits(&self, number: usize, filter: &ActivityFilter) -> bool {
        self.known.activity_fits(self.item, number, filter)
    }
}

/// A company that may fit. It has neither a company nor activities.
pub(super) struct CompanyRecord<'a>(pub(super) &'a Item);

impl Stored for CompanyRecord<'_> {
    type Value = AttributeValue;

    fn look(value: &AttributeValue) -> Look<'_, AttributeValue> {
        AttributeValues::look(value)
    }
}

impl Record for CompanyRecord<'_> {
    fn property(&self, name: &str) -> Option<&AttributeValue> {
        self.0.0.get(name)
    }

    fn delivery_ids(&self) -> Vec<String> {
        Vec::new()
    }

    fn company_fits(&self, _: usize, _: &PropertyFilter) -> bool {
        false
    }

    fn activity_fits(&self, _: usize, _: &ActivityFilter) -> bool {
        false
    }
}
