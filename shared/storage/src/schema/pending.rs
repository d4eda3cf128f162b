//! What waits to be taken up again: items in a sparse index, in 16 queues, by the time since when.

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use profiles_normalization::Timestamp;

use super::attributes::{QUEUE, SINCE};
use crate::dynamo::database::Database;
use crate::dynamo::value::text;

/// So many queues there are, one for each hex digit.
const QUEUES: u32 = 16;

impl Database {
    /// For each queue, what asks for those that have waited since before `since`. The index lags behind its table.
    pub(crate) fn waiting(&self, table: &str, index: &str, since: Timestamp) -> impl Iterator<Item = QueryFluentBuilder> + use<> {
        let query = self
            .client
            .query()
            .table_name(table)
            .index_name(index)
            .key_condition_expression(format!("{QUEUE} = :queue AND {SINCE} < :since"))
            .expression_attribute_values(":since", text(since));
        (0..QUEUES).map(move |queue| query.clone().expression_attribute_values(":queue", text(format!("{queue:x}"))))
    }
}
