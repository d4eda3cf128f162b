//! Metrics and alarms, by the command `aws`.

use std::collections::BTreeSet;
use std::process::Command;

use profiles_template::Alarm;
use serde_json::Value;

use crate::progress::Progress;
use crate::report::{Check, Report};

/// The metrics that the functions write within minutes of the first requests.
const METRICS: [&str; 9] = [
    "ChunksWaiting",
    "DeletionsLeft",
    "DynamoDbRequests",
    "ItemsAccepted",
    "ItemsApplied",
    "Milliseconds",
    "OldestChunkAge",
    "ReadUnits",
    "WriteUnits",
];

const TEMPLATE: &str = include_str!("../../../template.yaml");
/// Why nothing was looked at.
const NO_STACK: &str = "set STACK to the stack's name, with AWS credentials of its account";

/// Looks for the stack's alarms and metrics.
pub(crate) async fn aws(report: &Report, stack: Option<&str>) {
    let name = stack.unwrap_or("<stack>");
    // The template is part of this program, and tests read it.
    let expected_alarms: Vec<_> = Alarm::read_all(TEMPLATE).unwrap_or_default().into_iter().map(|alarm| alarm.logical_id).collect();
    let there = Check::new(
        "aws",
        format!("the alarms {name}-*"),
        format!("all {} of the template", expected_alarms.len()),
        "is AWS_REGION the stack's region? Deploy this version's template again",
    );
    let quiet = Check::new("aws", "the alarms' state", "none in ALARM", "docs/operations.md, alarms, says what each means and what to do");
    let metrics = Check::new(
        "aws",
        format!("the metrics in Profiles/{name}"),
        format!("{} metrics of the functions", METRICS.len()),
        "new ones show after up to 15 minutes: look again then. With LogLevel WARN or ERROR there are none",
    );
    let Some(stack) = stack else {
        for check in [&there, &quiet, &metrics] {
            report.not_checked(check, NO_STACK);
        }
        return;
    };
    match call(&["describe-alarms", "--alarm-name-prefix", &format!("{stack}-")]).await {
        Err(reason) => [&there, &quiet].into_iter().for_each(|check| report.not_checked(check, &reason)),
        Ok(found) => {
            let alarms: Vec<_> = found["MetricAlarms"].as_array().into_iter().flatten().collect();
            let names: Vec<_> = alarms.iter().filter_map(|alarm| alarm["AlarmName"].as_str()).collect();
            // CloudFormation puts random letters behind the name in the template.
            let is_there = |alarm: &String| names.iter().any(|name| name.starts_with(&format!("{stack}-{alarm}-")));
            let missing: Vec<_> = expected_alarms.iter().filter(|alarm| !is_there(alarm)).cloned().collect();
            report.line(&there, nothing_of(&missing, "all", "no "));
            let ringing = alarms.iter().filter(|alarm| alarm["StateValue"] == "ALARM").filter_map(|alarm| alarm["AlarmName"].as_str());
            let ringing: Vec<_> = ringing.map(str::to_owned).collect();
            report.line(&quiet, nothing_of(&ringing, "none", ""));
        }
    }
    match call(&["list-metrics", "--namespace", &format!("Profiles/{stack}")]).await {
        Err(reason) => report.not_checked(&metrics, &reason),
        Ok(found) => {
            let names: BTreeSet<_> =
                found["Metrics"].as_array().into_iter().flatten().filter_map(|metric| metric["MetricName"].as_str()).collect();
            let missing: Vec<_> = METRICS.iter().filter(|name| !names.contains(*name)).map(|name| (*name).to_owned()).collect();
            report.line(&metrics, nothing_of(&missing, "all", "no "));
        }
    }
}

fn nothing_of(wrong: &[String], fine: &str, before: &str) -> Result<String, String> {
    if wrong.is_empty() { Ok(fine.to_owned()) } else { Err(format!("{before}{}", wrong.join(", "))) }
}

/// Calls `aws cloudwatch`, and returns its answer, or the reason why there is none.
async fn call(arguments: &[&str]) -> Result<Value, String> {
    let mut command = Command::new("aws");
    command.args(["cloudwatch", "--output", "json"]).args(arguments).env_remove("SECRET");
    let running = tokio::task::spawn_blocking(move || command.output());
    let output = Progress::new("aws: asking CloudWatch", 1).during(running).await.map_err(|error| error.to_string())?;
    let output = output.map_err(|error| format!("`aws` can't be started ({error}): install the AWS CLI"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(format!("`aws cloudwatch {}` failed: {said}", arguments.first().unwrap_or(&"")));
    }
    serde_json::from_slice(&output.stdout).map_err(|_| "`aws cloudwatch` answered no JSON".to_owned())
}
