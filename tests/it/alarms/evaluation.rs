//! CloudWatch's evaluation of an alarm, minute by minute.
//!
//! The rules are those of its documentation. Where that leaves something open, a [`Model`] chooses, and the tests try all of them.

use std::collections::BTreeMap;

use profiles_template::{Alarm, Comparison, Missing};

use super::math::{Expression, Series};
use super::metrics::Metrics;

/// A state of an alarm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Ok,
    Alarm,
}

/// What the documentation leaves open.
#[derive(Clone, Copy, Debug)]
pub(super) struct Model {
    /// The number of periods that are read beyond those that are evaluated. The newest ones with data count. In its example, it is two.
    pub(super) more_periods: usize,
    /// The seconds until a data point is known.
    pub(super) delay: u64,
    /// True if `FILL` also fills a series without any value.
    pub(super) fills_empty: bool,
}

impl Model {
    /// All models in which an alarm has to do its work.
    pub(super) fn all(alarm: &Alarm, expression: Option<&Expression>) -> impl Iterator<Item = Self> + use<> {
        // Without the fill, an alarm on DynamoDB's metrics would never be over, whatever it says about missing data.
        let fills: &[bool] = if expression.is_some_and(Expression::fills) && !looks_at_dynamodb(alarm) { &[true, false] } else { &[true] };
        let times = [(0, 0), (0, 120), (2, 60), (4, 120)];
        times
            .into_iter()
            .flat_map(move |(more_periods, delay)| fills.iter().map(move |&fills_empty| Self { more_periods, delay, fills_empty }))
    }
}

/// Returns the state at the end of each minute of an alarm that is created at 0.
pub(super) fn states(alarm: &Alarm, expression: Option<&Expression>, metrics: &Metrics, model: Model, minutes: u64) -> Vec<State> {
    let mut state = State::Ok;
    let mut at = |minute| {
        if minute > alarm.warm_up {
            state = next(alarm, expression, metrics, model, minute * 60).unwrap_or(state);
        }
        state
    };
    (1..=minutes).map(&mut at).collect()
}

/// The state at a time; `None` if it stays as it is.
fn next(alarm: &Alarm, expression: Option<&Expression>, metrics: &Metrics, model: Model, now: u64) -> Option<State> {
    // The periods end now, and not on the hour: the window slides. What came in the last seconds may not be known yet.
    let known = now.saturating_sub(model.delay);
    let periods = (0..alarm.evaluation_periods + model.more_periods).rev().map(|back| {
        let end = now.saturating_sub(alarm.period * back as u64);
        end.saturating_sub(alarm.period)..end.min(known)
    });
    let periods: Vec<_> = periods.collect();
    let of = |of| periods.iter().map(|period| metrics.compute(of, period)).collect();
    let mut series: BTreeMap<_, Series> = alarm.metrics.iter().map(|(id, statistic)| (id.as_str(), of(statistic))).collect();
    let values = match expression {
        Some(expression) => expression.compute(&series, model.fills_empty),
        None => series.remove("metric").unwrap(),
    };
    let real: Vec<_> = values.into_iter().flatten().map(|value| breaches(alarm, value)).collect();
    let newest = &real[real.len().saturating_sub(alarm.evaluation_periods)..];
    let (breaches, filled) = (newest.iter().filter(|breach| **breach).count(), alarm.evaluation_periods - newest.len());
    // Whatever an alarm says, missing data of DynamoDB is ignored.
    let missing = if looks_at_dynamodb(alarm) { Missing::Ignore } else { alarm.missing };
    let breaches = match missing {
        Missing::Breaching => breaches + filled,
        Missing::Ignore if filled > 0 && breaches == newest.len() && breaches < alarm.datapoints_to_alarm => return None,
        Missing::Ignore | Missing::NotBreaching => breaches,
    };
    Some(if breaches >= alarm.datapoints_to_alarm { State::Alarm } else { State::Ok })
}

fn looks_at_dynamodb(alarm: &Alarm) -> bool {
    alarm.metrics.values().any(|of| of.metric.namespace == "AWS/DynamoDB")
}

fn breaches(alarm: &Alarm, value: f64) -> bool {
    match alarm.comparison {
        Comparison::Greater => value > alarm.threshold,
        Comparison::GreaterOrEqual => value >= alarm.threshold,
        Comparison::Less => value < alarm.threshold,
        Comparison::LessOrEqual => value <= alarm.threshold,
    }
}

/// The tables of the documentation: periods of which `0` is well, `X` a breach and `-` without data; the states where missing data is no
/// breach, is one, and is ignored.
#[test]
fn the_examples_of_the_documentation() {
    use State::{Alarm as Bad, Ok as Good};
    let metric = profiles_template::Metric { namespace: "Test".to_owned(), name: "Test".to_owned(), dimensions: BTreeMap::new() };
    let of = profiles_template::Statistic { metric: metric.clone(), statistic: "Sum".to_owned() };
    for (datapoints_to_alarm, points, not_breaching, breaching, ignored) in [
        (3, "0-X-X", Good, Good, Some(Good)),
        (3, "----0", Good, Good, Some(Good)),
        (3, "-----", Good, Bad, None),
        (3, "0XX-X", Bad, Bad, Some(Bad)),
        (3, "--X--", Good, Bad, None),
        (2, "0-X-X", Bad, Bad, Some(Bad)),
        (2, "00X0X", Bad, Bad, Some(Bad)),
        (2, "0-X--", Good, Bad, Some(Good)),
        (2, "----0", Good, Bad, Some(Good)),
        (2, "---X-", Good, Bad, None),
    ] {
        let mut metrics = Metrics::default();
        for (period, point) in (0..).zip(points.chars()).filter(|(_, point)| *point != '-') {
            metrics.put(&metric, period * 300, f64::from(u8::from(point == 'X')));
        }
        for (missing, expected) in
            [(Missing::NotBreaching, Some(not_breaching)), (Missing::Breaching, Some(breaching)), (Missing::Ignore, ignored)]
        {
            let alarm = Alarm {
                logical_id: String::new(),
                comparison: Comparison::Greater,
                threshold: 0.0,
                period: 300,
                evaluation_periods: 3,
                datapoints_to_alarm,
                missing,
                warm_up: 0,
                metrics: [("metric".to_owned(), of.clone())].into(),
                expressions: Vec::new(),
                tells: true,
            };
            let model = Model { more_periods: 2, delay: 0, fills_empty: true };
            assert_eq!(next(&alarm, None, &metrics, model, 5 * 300), expected, "{datapoints_to_alarm} {points} {missing:?}");
        }
    }
}
