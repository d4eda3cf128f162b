//! What the alarms look at. When they go off is computed by `tests/it/alarms`.

use std::collections::{BTreeMap, BTreeSet};

use profiles_template::Metric;

use super::{NAMESPACE, all_alarms, all_functions, all_tables, written};

/// Metrics in an alarm that CloudWatch accepts at most.
const MOST_METRICS: usize = 10;

#[test]
fn an_alarm_tells_somebody_and_fits_into_cloudwatch() {
    for alarm in all_alarms() {
        let id = &alarm.logical_id;
        assert!(alarm.tells, "{id} tells nobody that it goes off, or that it is over");
        assert!(alarm.metrics.len() <= MOST_METRICS, "{id} adds up {} metrics: CloudWatch refuses it, make it two", alarm.metrics.len());
        for expression in &alarm.expressions {
            let words: BTreeSet<_> = expression.split(|letter: char| !letter.is_ascii_alphanumeric()).collect();
            let unused = alarm.metrics.keys().find(|metric| !words.contains(metric.as_str()) && !words.contains("METRICS"));
            assert_eq!(unused, None, "{id} does not use it in `{expression}`");
        }
    }
}

/// For CloudWatch, the name of a metric that is never written is not an error: the alarm would be silent for ever.
#[test]
fn alarms_look_at_metrics_that_are_written() {
    let written = written();
    for alarm in all_alarms() {
        for of in alarm.metrics.values().filter(|of| of.metric.namespace == NAMESPACE) {
            assert!(written.contains(&of.metric.name), "nobody writes {}, which {} looks at", of.metric.name, alarm.logical_id);
            assert!(of.metric.dimensions.is_empty(), "{}: only lines without a dimension add up all functions", alarm.logical_id);
        }
    }
}

#[test]
fn alarms_watch_every_function_table_and_index() {
    let watched: BTreeSet<_> =
        all_alarms().into_iter().flat_map(|alarm| alarm.metrics.into_values()).map(|of| without_namespace(of.metric)).collect();
    let mut expected = Vec::new();
    for id in all_functions() {
        expected.extend(["Errors", "Throttles"].map(|name| (name, BTreeMap::from([("FunctionName".to_owned(), id.clone())]))));
    }
    for table in all_tables() {
        let of_table = BTreeMap::from([("TableName".to_owned(), table.logical_id.clone())]);
        // DynamoDB counts what it refuses of an index apart from the table's own.
        let of_index = |index: &str| {
            let mut dimensions = of_table.clone();
            dimensions.insert("GlobalSecondaryIndexName".to_owned(), index.to_owned());
            dimensions
        };
        for dimensions in table.indexes.iter().map(|index| of_index(&index.name)).chain([of_table.clone()]) {
            expected.extend(["ReadThrottleEvents", "WriteThrottleEvents"].map(|name| (name, dimensions.clone())));
        }
    }
    for (name, dimensions) in expected {
        assert!(watched.contains(&(name.to_owned(), dimensions.clone())), "no alarm watches {name} of {dimensions:?}");
    }
}

fn without_namespace(metric: Metric) -> (String, BTreeMap<String, String>) {
    (metric.name, metric.dimensions)
}
