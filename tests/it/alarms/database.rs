//! Tables and indexes that DynamoDB throttles.

use profiles_template::Metric;
use profiles_tests::world::template;

use super::metric;
use super::timeline::{Rings, Timeline};

/// A table or an index: the alarms on its reads and writes, and the metrics that they look at.
fn throttled(table: &str, index: Option<&str>) -> [(&'static str, String, Metric); 2] {
    let alarms = match (index, table) {
        (None, _) => ["TableReadsAreThrottled", "TableWritesAreThrottled"],
        (Some(_), "ProfilesTable" | "CompaniesTable") => ["ProfileIndexReadsAreThrottled", "ProfileIndexWritesAreThrottled"],
        (Some(_), _) => ["OtherIndexReadsAreThrottled", "OtherIndexWritesAreThrottled"],
    };
    let dimensions: Vec<_> = [("TableName", table)].into_iter().chain(index.map(|index| ("GlobalSecondaryIndexName", index))).collect();
    let what = format!("{table} {}", index.unwrap_or_default());
    [
        (alarms[0], format!("reads of {what}"), metric("AWS/DynamoDB", "ReadThrottleEvents", &dimensions)),
        (alarms[1], format!("writes of {what}"), metric("AWS/DynamoDB", "WriteThrottleEvents", &dimensions)),
    ]
}

pub(super) fn timelines() -> Vec<Timeline> {
    let tables = template().tables().iter();
    let all = tables.flat_map(|table| {
        let indexes = table.indexes.iter().map(|index| Some(index.name.as_str()));
        [None].into_iter().chain(indexes).flat_map(|index| throttled(&table.logical_id, index))
    });
    all.flat_map(|(alarm, what, metric)| {
        [
            Timeline::new(alarm, format!("{what} are refused once a second"), Rings::within(7, 12)).in_trouble(&metric, 1, 1.0),
            Timeline::new(alarm, format!("{what} are refused in a burst of eighty"), None).always(&metric, 1800, 80.0),
        ]
    })
    .collect()
}
