//! Profiles whose uid or address begins with a text, by an index.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::operation::query::QueryOutput;
use profiles_domain::{AccountId, Error};
use profiles_filters::{Field, Filter, Filters, Test};

use super::kind::{Kind, RecordId};
use super::pace::Pace;
use super::partitions;
use super::range::Range;
use super::sweep::{Visitor, sweep};
use crate::dynamo::database::Database;
use crate::dynamo::item::Item;
use crate::dynamo::value::text;
use crate::schema::attributes::{ID, PK};

/// The beginning of a uid or address that a profile must have to fit.
#[derive(Clone, Copy)]
pub(super) struct Prefix<'f> {
    kind: Kind,
    attribute: &'f str,
    index: &'static str,
    text: &'f str,
}

/// The longest beginning that filters name, if they do.
pub(super) fn prefix_of(kind: Kind, filters: &Filters) -> Option<Prefix<'_>> {
    filters.required().filter_map(|filter| prefix_of_filter(kind, filter)).max_by_key(|prefix| prefix.text.len())
}

fn prefix_of_filter(kind: Kind, filter: &Filter) -> Option<Prefix<'_>> {
    let Filter::Property(filter) = filter else { return None };
    let (Field::Path(path), Test::StartsWith(text)) = (&filter.field, &filter.test) else { return None };
    let [name] = path.as_slice() else { return None };
    let index = kind.index_by(name).filter(|_| !text.is_empty())?;
    Some(Prefix { kind, attribute: name, index, text })
}

impl Prefix<'_> {
    /// Finds the ids of all profiles that have it, as far as the index tells; the newest first.
    pub(super) async fn ids(self, database: &Database, account: AccountId, range: Range, pace: &Pace<'_>) -> Result<Vec<RecordId>, Error> {
        let query = database
            .client
            .query()
            .table_name(self.kind.table(&database.tables))
            .index_name(self.index)
            .key_condition_expression(format!("{PK} = :key AND begins_with({}, :text)", self.attribute))
            .expression_attribute_values(":text", text(self.text))
            .projection_expression(ID);
        let queries = partitions(account).map(|key| query.clone().expression_attribute_values(":key", text(key))).collect();
        let mut ids = Ids { range, ids: BTreeSet::new() };
        sweep(database, pace, queries, &mut ids).await?;
        Ok(ids.ids.into_iter().rev().collect())
    }
}

/// Ids in a range.
struct Ids {
    range: Range,
    ids: BTreeSet<RecordId>,
}

impl Visitor for Ids {
    fn visit(&mut self, page: QueryOutput) {
        let ids = page.items.unwrap_or_default().into_iter().filter_map(|entry| Item(entry).record_id());
        self.ids.extend(ids.filter(|id| self.range.holds(*id)));
    }

    fn goes_by_slots(&self) -> bool {
        false
    }
}
