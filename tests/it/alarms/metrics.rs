//! Metrics over a simulated time, which is counted in seconds from 0.

use std::collections::BTreeMap;
use std::ops::Range;

use profiles_template::{Metric, Statistic};

/// The data points of metrics, by the minute, as CloudWatch keeps them.
#[derive(Clone, Default)]
pub(super) struct Metrics(BTreeMap<Metric, BTreeMap<u64, Minute>>);

/// The data points of a minute.
#[derive(Clone, Copy)]
struct Minute {
    sum: f64,
    minimum: f64,
    maximum: f64,
}

impl Minute {
    fn and(self, other: Self) -> Self {
        Self { sum: self.sum + other.sum, minimum: self.minimum.min(other.minimum), maximum: self.maximum.max(other.maximum) }
    }
}

impl Metrics {
    /// Adds a data point.
    pub(super) fn put(&mut self, metric: &Metric, second: u64, value: f64) {
        let point = Minute { sum: value, minimum: value, maximum: value };
        let minutes = self.0.entry(metric.clone()).or_default();
        minutes.entry(second / 60 * 60).and_modify(|minute| *minute = minute.and(point)).or_insert(point);
    }

    /// Computes a statistic of the seconds of a period. `None` if there is no data point.
    pub(super) fn compute(&self, of: &Statistic, period: &Range<u64>) -> Option<f64> {
        let points = self.0.get(&of.metric)?.range(period.start..period.end.max(period.start));
        let all = points.map(|(_, minute)| *minute).reduce(Minute::and)?;
        match of.statistic.as_str() {
            "Sum" => Some(all.sum),
            "Maximum" => Some(all.maximum),
            "Minimum" => Some(all.minimum),
            other => panic!("the statistic {other} is not simulated"),
        }
    }
}
