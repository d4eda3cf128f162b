//! CloudWatch alarms of the template.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::Document;
use crate::error::TemplateError;

/// A CloudWatch alarm.
#[derive(Debug, Clone, PartialEq)]
pub struct Alarm {
    /// The alarm's key under `Resources`, such as `ApiFails`.
    pub logical_id: String,
    /// How the value must compare with the threshold to be a breach.
    pub comparison: Comparison,
    /// The threshold.
    pub threshold: f64,
    /// The length of a period in seconds, which all metrics of the alarm share.
    pub period: u64,
    /// The number of periods that are looked at.
    pub evaluation_periods: usize,
    /// The number of them that must be a breach.
    pub datapoints_to_alarm: usize,
    /// The meaning of a period without data.
    pub missing: Missing,
    /// The minutes after its creation in which it says nothing, however early there is data.
    pub warm_up: u64,
    /// The metrics, by their ids. One without an expression has the id `metric`.
    pub metrics: BTreeMap<String, Statistic>,
    /// The expressions over those ids: one, or two where it depends on a condition. Empty if the alarm looks at its one metric.
    pub expressions: Vec<String>,
    /// True if somebody is told when the alarm goes off, and when it is over.
    pub tells: bool,
}

impl Alarm {
    /// Reads all alarms of a template, ordered by logical id.
    ///
    /// # Errors
    /// If the text is not a template, or an alarm lacks something or has a property that is not known here.
    pub fn read_all(text: &str) -> Result<Vec<Self>, TemplateError> {
        let resources = Document::parse(text)?.resources;
        let alarms = resources.into_iter().filter(|(_, resource)| resource.kind == "AWS::CloudWatch::Alarm");
        alarms.map(|(id, resource)| Self::read(id, resource.properties)).collect()
    }

    fn read(logical_id: String, properties: Value) -> Result<Self, TemplateError> {
        let raw: RawAlarm = serde_json::from_value(properties).map_err(|error| TemplateError::resource(&logical_id, error))?;
        let (period, metrics, expressions) = raw.watched().ok_or_else(|| {
            TemplateError::resource(
                &logical_id,
                "an alarm has either one metric, or an expression and metrics of one period without results",
            )
        })?;
        Ok(Self {
            logical_id,
            comparison: raw.comparison,
            threshold: raw.threshold,
            period,
            evaluation_periods: raw.evaluation_periods,
            datapoints_to_alarm: raw.datapoints_to_alarm.unwrap_or(raw.evaluation_periods),
            missing: raw.missing,
            warm_up: raw.warm_up.map_or(0, |warm_up| if warm_up.is_whole { warm_up.minutes } else { 0 }),
            metrics,
            expressions,
            tells: !raw.actions.is_empty() && !raw.ok_actions.is_empty(),
        })
    }
}

/// A metric, and what is computed of the data of a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statistic {
    /// The metric.
    pub metric: Metric,
    /// `Sum`, `Maximum` or another of CloudWatch's statistics.
    pub statistic: String,
}

/// A metric. References are their bare arguments: `!Ref Upsert` is `Upsert`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Metric {
    /// The namespace, such as `AWS/Lambda`.
    pub namespace: String,
    /// The name.
    pub name: String,
    /// The dimensions and their values.
    pub dimensions: BTreeMap<String, String>,
}

/// A comparison of a value with the threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum Comparison {
    /// `>`
    #[serde(rename = "GreaterThanThreshold")]
    Greater,
    /// `>=`
    #[serde(rename = "GreaterThanOrEqualToThreshold")]
    GreaterOrEqual,
    /// `<`
    #[serde(rename = "LessThanThreshold")]
    Less,
    /// `<=`
    #[serde(rename = "LessThanOrEqualToThreshold")]
    LessOrEqual,
}

/// The meaning of a period without data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Missing {
    /// All is well.
    NotBreaching,
    /// Something is wrong.
    Breaching,
    /// The alarm stays as it is.
    Ignore,
}

// With these properties only: another may change when the alarm goes off.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct RawAlarm {
    #[serde(rename = "AlarmDescription")]
    _description: String,
    #[serde(rename = "AlarmActions", default)]
    actions: Vec<Value>,
    #[serde(rename = "OKActions", default)]
    ok_actions: Vec<Value>,
    #[serde(rename = "TreatMissingData")]
    missing: Missing,
    #[serde(rename = "ComparisonOperator")]
    comparison: Comparison,
    threshold: f64,
    evaluation_periods: usize,
    datapoints_to_alarm: Option<usize>,
    #[serde(rename = "WarmUpConfiguration")]
    warm_up: Option<RawWarmUp>,
    namespace: Option<String>,
    metric_name: Option<String>,
    #[serde(default)]
    dimensions: Vec<RawDimension>,
    statistic: Option<String>,
    period: Option<u64>,
    #[serde(default)]
    metrics: Vec<RawQuery>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawWarmUp {
    #[serde(rename = "WarmUpPeriodDurationInMinutes")]
    minutes: u64,
    #[serde(rename = "OnlyStartEvaluatingAfterWarmUpPeriodEnds", default)]
    is_whole: bool,
}

impl RawAlarm {
    /// The period, the metrics and the expressions.
    fn watched(&self) -> Option<(u64, BTreeMap<String, Statistic>, Vec<String>)> {
        if let (Some(namespace), Some(name), Some(statistic), Some(period), []) =
            (&self.namespace, &self.metric_name, &self.statistic, self.period, &self.metrics[..])
        {
            let metric = Metric { namespace: namespace.clone(), name: name.clone(), dimensions: named(&self.dimensions) };
            let only = Statistic { metric, statistic: statistic.clone() };
            return Some((period, [("metric".to_owned(), only)].into(), Vec::new()));
        }
        let (mut periods, mut metrics, mut expressions) = (Vec::new(), BTreeMap::new(), Vec::new());
        for query in &self.metrics {
            match (&query.expression, &query.statistic, query.returns) {
                (Some(expression), None, true) => expressions.push(expression.alternatives()),
                (None, Some(raw), false) => {
                    let RawMetric { namespace, name, dimensions } = &raw.metric;
                    let metric = Metric { namespace: namespace.clone(), name: name.clone(), dimensions: named(dimensions) };
                    periods.push(raw.period);
                    metrics.insert(query.id.clone(), Statistic { metric, statistic: raw.statistic.clone() });
                }
                _ => return None,
            }
        }
        periods.dedup();
        match (&periods[..], &expressions[..]) {
            ([period], [expressions]) if metrics.len() + 1 == self.metrics.len() => Some((*period, metrics, expressions.clone())),
            _ => None,
        }
    }
}

fn named(dimensions: &[RawDimension]) -> BTreeMap<String, String> {
    dimensions.iter().map(|dimension| (dimension.name.clone(), dimension.value.clone())).collect()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawQuery {
    #[serde(rename = "Id")]
    id: String,
    #[serde(rename = "Expression")]
    expression: Option<Expression>,
    #[serde(rename = "MetricStat")]
    statistic: Option<RawStatistic>,
    #[serde(rename = "ReturnData", default = "yes")]
    returns: bool,
}

fn yes() -> bool {
    true
}

/// An expression, or the condition and the two expressions of an `!If`.
#[derive(Deserialize)]
#[serde(untagged)]
enum Expression {
    One(String),
    Either([String; 3]),
}

impl Expression {
    fn alternatives(&self) -> Vec<String> {
        match self {
            Self::One(one) => vec![one.clone()],
            Self::Either([_, then, otherwise]) => vec![then.clone(), otherwise.clone()],
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawStatistic {
    #[serde(rename = "Period")]
    period: u64,
    #[serde(rename = "Stat")]
    statistic: String,
    #[serde(rename = "Metric")]
    metric: RawMetric,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawMetric {
    #[serde(rename = "Namespace")]
    namespace: String,
    #[serde(rename = "MetricName")]
    name: String,
    #[serde(rename = "Dimensions", default)]
    dimensions: Vec<RawDimension>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawDimension {
    #[serde(rename = "Name")]
    name: String,
    #[serde(rename = "Value")]
    value: String,
}
