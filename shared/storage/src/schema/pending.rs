//! Pending items: those in a sparse index, in 16 queues, sorted by the time since when they wait.

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use profiles_normalization::Timestamp;

use super::attributes::{QUEUE, SINCE};
use crate::dynamo::database::Database;
use crate::dynamo::value::text;

/// The number of queues, one for each hex digit.
const QUEUES: u32 = 16;

impl Database {
    /// Returns for each queue the query of the items that have waited since before `since`. The index lags behind its table.
    pub(crate) fn pending(&self, table: &str, index: &str, since: Timestamp) -> impl Iterator<Item = QueryFluentBuilder> + use<> {
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
