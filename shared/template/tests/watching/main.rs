//! Checks of what watches a deployment: alarms, the dashboard, and the page about them.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "what a test needs and does not get ends it")]

mod alarms;
mod dashboard;
mod documents;

use std::collections::BTreeSet;

use profiles_template::{Alarm, Function, Table, Template};

const OWN: &str = include_str!("../../../../template.yaml");
/// The namespace of the functions' own metrics.
const NAMESPACE: &str = "Profiles/${AWS::StackName}";

fn all_alarms() -> Vec<Alarm> {
    Alarm::read_all(OWN).expect("readable alarms")
}

fn all_tables() -> Vec<Table> {
    Template::parse(OWN).expect("readable tables").tables().to_vec()
}

/// The functions that are watched: all but the one that serves pages, for which no program waits.
fn all_functions() -> Vec<String> {
    let functions = Function::read_all(OWN).expect("readable functions").into_iter().map(|function| function.logical_id);
    functions.filter(|id| id != "Pages").collect()
}

/// The metrics that the functions' lines and the filters of their logs write.
fn written() -> BTreeSet<String> {
    const LINES: &str = include_str!("../../../api/src/telemetry/lines.rs");
    assert!(OWN.contains(&format!("METRICS_NAMESPACE: !Sub {NAMESPACE}\n")), "the functions write elsewhere");
    let lines = LINES.split("name = \"").skip(1).filter_map(|rest| rest.split('"').next());
    let filters = OWN.split("MetricTransformations:").skip(1).filter_map(|rest| rest.split("MetricName: ").nth(1)?.split(',').next());
    lines.chain(filters).map(str::to_owned).collect()
}
