//! What a search is of: the account, the filters, and what is known before profiles or companies are looked at.

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::Select;
use futures_util::future::try_join_all;
use profiles_domain::Error;
use profiles_filters::Filter;

use super::attributes::{looked_at, projecting};
use super::expression::Expression;
use super::kind::{Kind, RecordId};
use super::known::Sets;
use super::newest::entries;
use super::pace::Pace;
use super::range::Range;
use super::record::{CompanyRecord, ProfileRecord};
use super::{CREATED_INDEX, Wanted, partitions};
use crate::dynamo::database::Database;
use crate::dynamo::item::{Item, Key};
use crate::dynamo::read_many;
use crate::dynamo::value::text;
use crate::schema::attributes::{CREATED_AT, ID, PK};
use crate::schema::keys;

/// Records that one `BatchGetItem` reads.
const BATCH: usize = 100;

/// What a search is of.
pub(super) struct Scope<'a> {
    pub(super) database: &'a Database,
    pub(super) kind: Kind,
    pub(super) wanted: Wanted<'a>,
    pub(super) range: Range,
    pub(super) pace: &'a Pace<'a>,
    pub(super) sets: Sets,
    pub(super) expression: Expression,
}

impl Scope<'_> {
    /// Whether everybody fits.
    pub(super) fn has_everybody(&self) -> bool {
        self.wanted.filters.group.filters.is_empty() && !self.range.has_times()
    }

    /// Whether there is one filter, so that all fit who are in a list that was made by it.
    pub(super) fn has_one_filter(&self) -> bool {
        let mut group = &self.wanted.filters.group;
        loop {
            match group.filters.as_slice() {
                [Filter::Group(inner)] => group = inner,
                [_] => return !self.range.has_times(),
                _ => return false,
            }
        }
    }

    /// Whether a record that was read fits, as far as is known.
    pub(super) fn fits(&self, item: &Item) -> bool {
        match self.kind {
            Kind::Profiles => self.wanted.filters.fit(&ProfileRecord { item, known: &self.sets, now: self.wanted.now }),
            Kind::Companies => self.wanted.filters.fit(&CompanyRecord(item)),
        }
    }

    /// Whether a record fits that DynamoDB let through, as far as is known.
    pub(super) fn fits_if_let_through(&self, item: &Item) -> bool {
        self.expression.is_exact || self.fits(item)
    }

    /// Reads records by their ids, eventually consistent, and returns the ids of those that fit and are in the range.
    pub(super) async fn first_look(&self, ids: Vec<RecordId>) -> Result<Vec<RecordId>, Error> {
        let attributes = looked_at(self.wanted.filters, self.range);
        let batches = ids.chunks(BATCH).map(|ids| {
            let mut wanted = read_many::Wanted::eventually(&attributes);
            ids.iter().for_each(|id| wanted.add(self.kind.table(&self.database.tables), self.key(*id)));
            self.database.get_many(wanted)
        });
        let mut found = read_many::Found::default();
        try_join_all(batches).await?.into_iter().for_each(|batch| found.extend(batch));
        let fits = |id: &RecordId| {
            let item = found.take(&self.key(*id));
            item.record_id() == Some(*id) && self.range.holds_item(&item) && self.fits(&item)
        };
        Ok(ids
            .into_iter()
            .filter({
                let mut fits = fits;
                move |id| fits(id)
            })
            .collect())
    }

    /// The query of the records of a shard that are in the range and fit, as far as DynamoDB can tell. It reads what the predicate needs.
    pub(super) fn query(&self, shard: String) -> QueryFluentBuilder {
        let (low, high) = self.range.ends();
        let mut condition = format!("{ID} > :low AND {ID} < :high");
        let mut query =
            self.filtered(shard).expression_attribute_values(":low", text(low)).expression_attribute_values(":high", text(high));
        for (comparison, at) in [(">", self.range.created_after), ("<", self.range.created_before)] {
            if let Some(at) = at {
                let value = if comparison == ">" { ":later" } else { ":earlier" };
                condition.push_str(&format!(" AND {CREATED_AT} {comparison} {value}"));
                query = query.expression_attribute_values(value, text(at));
            }
        }
        if let Some(fits) = &self.expression.condition {
            condition.push_str(&format!(" AND ({fits})"));
        }
        query.filter_expression(condition)
    }

    /// The query of the first records of a shard, in the range or not.
    pub(super) fn query_of_all(&self, shard: String) -> QueryFluentBuilder {
        let fits = self.expression.condition.as_ref().map_or_else(String::new, |fits| format!(" AND ({fits})"));
        self.filtered(shard).filter_expression(format!("attribute_exists({ID}){fits}"))
    }

    fn filtered(&self, shard: String) -> QueryFluentBuilder {
        let mut query = self
            .database
            .client
            .query()
            .table_name(self.kind.table(&self.database.tables))
            .key_condition_expression(format!("{PK} = :key"))
            .expression_attribute_values(":key", text(shard));
        for (name, attribute) in &self.expression.names {
            query = query.expression_attribute_names(name, attribute);
        }
        for (name, value) in &self.expression.values {
            query = query.expression_attribute_values(name, value.clone());
        }
        projecting(query, &self.expression.needed)
    }

    /// The queries that count the records in the range by the index of all of them, whose entries are small.
    pub(super) fn queries_of_entries(&self) -> Vec<QueryFluentBuilder> {
        let query = entries(self.database, self.kind, self.range, (CREATED_INDEX, PK)).select(Select::Count);
        partitions(self.wanted.account).map(|key| query.clone().expression_attribute_values(":key", text(key))).collect()
    }

    fn key(&self, id: RecordId) -> Key {
        keys::slot(self.wanted.account, id.slot())
    }
}
