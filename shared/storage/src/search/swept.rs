//! What a sweep of profiles or companies finds: the newest that fit, or the number of those that fit.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::operation::query::QueryOutput;
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::Select;

use super::kind::RecordId;
use super::scope::Scope;
use super::sweep::Visitor;
use crate::dynamo::item::Item;
use crate::dynamo::value::text;

/// The newest that fit.
pub(super) struct Kept<'s, 'a> {
    scope: &'s Scope<'a>,
    most: usize,
    ids: BTreeSet<RecordId>,
    /// Whether there were more than are kept.
    is_full: bool,
}

impl<'s, 'a> Kept<'s, 'a> {
    pub(super) fn new(scope: &'s Scope<'a>, most: usize) -> Self {
        Self { scope, most, ids: BTreeSet::new(), is_full: false }
    }

    /// Keeps those of these that are in the range and among the newest.
    pub(super) fn keep(&mut self, ids: impl Iterator<Item = RecordId>) {
        for id in ids.filter(|id| self.scope.range.holds(*id)) {
            self.ids.insert(id);
            if self.ids.len() > self.most {
                self.ids.pop_first();
                self.is_full = true;
            }
        }
    }

    /// The newest first, and whether these are all.
    pub(super) fn newest(self) -> (Vec<RecordId>, bool) {
        (self.ids.into_iter().rev().collect(), !self.is_full)
    }
}

impl Visitor for Kept<'_, '_> {
    fn visit(&mut self, page: QueryOutput) {
        let scope = self.scope;
        let items = page.items.unwrap_or_default().into_iter().map(Item);
        self.keep(items.filter(|item| scope.fits_if_let_through(item)).filter_map(|item| item.record_id()));
    }

    fn narrow(&self, query: QueryFluentBuilder) -> QueryFluentBuilder {
        match self.ids.first().filter(|_| self.is_full) {
            Some(oldest) => query.expression_attribute_values(":low", text(oldest)),
            None => query,
        }
    }
}

/// The number of those that fit.
pub(super) struct Counted<'s, 'a> {
    scope: &'s Scope<'a>,
    /// Whether DynamoDB decides.
    is_exact: bool,
    pub(super) count: u64,
}

impl<'s, 'a> Counted<'s, 'a> {
    /// The number of records.
    pub(super) fn of_records(scope: &'s Scope<'a>) -> Self {
        Self { scope, is_exact: scope.expression.is_exact, count: 0 }
    }

    /// The number of entries of an index.
    pub(super) fn of_entries(scope: &'s Scope<'a>) -> Self {
        Self { scope, is_exact: true, count: 0 }
    }

    /// The query of a shard's records: only their number, if that is all that is needed.
    pub(super) fn query(scope: &Scope<'_>, shard: String) -> QueryFluentBuilder {
        let query = scope.query(shard);
        if scope.expression.is_exact { query.set_projection_expression(None).select(Select::Count) } else { query }
    }
}

impl Visitor for Counted<'_, '_> {
    fn visit(&mut self, page: QueryOutput) {
        self.count += if self.is_exact {
            u64::try_from(page.count).unwrap_or(0)
        } else {
            page.items.unwrap_or_default().into_iter().map(Item).filter(|item| self.scope.fits(item)).count() as u64
        };
    }
}
