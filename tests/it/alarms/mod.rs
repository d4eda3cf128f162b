//! The alarms of the template: when they go off, computed from what the functions and AWS write.
//!
//! Each alarm has timelines in which it must go off, stay on and be over again, and some in which it must stay silent. They are run through
//! CloudWatch's own rules. Lines with metrics come from the functions' code, with a simulated clock; AWS's own metrics are made up.

mod api;
mod background;
mod database;
mod evaluation;
mod lambda;
mod math;
mod metrics;
mod timeline;

use std::collections::{BTreeMap, BTreeSet};

use profiles_template::{Alarm, Metric};

const TEMPLATE: &str = include_str!("../../../template.yaml");

fn alarms() -> Vec<Alarm> {
    Alarm::read_all(TEMPLATE).unwrap()
}

/// A metric with dimensions, whose values are the template's logical ids.
fn metric(namespace: &str, name: &str, dimensions: &[(&str, &str)]) -> Metric {
    let dimensions = dimensions.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Metric { namespace: namespace.to_owned(), name: name.to_owned(), dimensions }
}

/// A metric of the functions' own log lines.
fn of_lines(name: &str) -> Metric {
    metric("Profiles/${AWS::StackName}", name, &[])
}

#[tokio::test]
async fn each_alarm_goes_off_in_time_and_only_then() {
    let mut timelines = api::timelines();
    timelines.extend(lambda::timelines());
    timelines.extend(database::timelines());
    timelines.extend(background::timelines().await);
    let (mut rung, mut silent) = (BTreeSet::new(), BTreeSet::new());
    for timeline in &timelines {
        if timeline.rings.is_some() { &mut rung } else { &mut silent }.insert(timeline.alarm);
    }
    let alarms: BTreeMap<_, _> = alarms().into_iter().map(|alarm| (alarm.logical_id.clone(), alarm)).collect();
    let mut wrong: Vec<String> = Vec::new();
    for id in alarms.keys() {
        if !rung.contains(id.as_str()) || !silent.contains(id.as_str()) {
            wrong.push(format!("{id} needs a timeline in which it goes off, and one in which it does not"));
        }
    }
    for timeline in &timelines {
        match alarms.get(timeline.alarm) {
            Some(alarm) => wrong.extend(timeline.run(alarm)),
            None => wrong.push(format!("there is no alarm {}", timeline.alarm)),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
