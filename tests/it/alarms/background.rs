//! Batches and deletions that wait, from the lines that the function of the schedule writes.

use std::ops::Range;
use std::time::Duration;

use profiles_template::Metric;
use profiles_tests::api::request;
use profiles_tests::{Api, Fault, World, logs, stream};
use serde_json::Value;

use super::timeline::{BEGIN, END, MINUTES, Rings, Timeline};
use super::{metric, of_lines};

/// The minutes between two events of the schedule.
const EVERY: u64 = 5;
/// A way in which the function is late: the seconds from a minute of the schedule until the function starts, and until it ends.
type Pattern = fn(u64) -> (u64, u64);

/// What EventBridge and the function's own duration can do: start within a minute, and take up to four.
const PATTERNS: [(&str, Pattern); 3] = [
    ("at once", |_| (0, 1)),
    // Two lines at once, and none for ten minutes.
    ("by turns at once and late", |event| if event % 2 == 0 { (60, 300) } else { (0, 0) }),
    ("by chance", |event| {
        let random = event.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
        (random % 61, random % 61 + random / 61 % 241)
    }),
];

/// A data point of a function's line: the minute of the schedule's event, the metric and the value.
type Point = (u64, Metric, f64);

/// Calls the function of the schedule at each of its minutes, and `happens` before each call. Returns what it wrote.
///
/// At minutes that are not `eventful`, nothing changes: then it is not called, and what it wrote before counts again.
async fn sweeps(world: &World, api: &Api, eventful: Range<u64>, mut happens: impl AsyncFnMut(u64)) -> Vec<Point> {
    let (mut points, mut last) = (Vec::new(), Vec::new());
    for minute in (0..MINUTES).step_by(EVERY as usize) {
        if minute == 0 || eventful.contains(&minute) {
            happens(minute).await;
            let call = async {
                // A sweep that fails is another alarm's concern.
                let _ = api.sweep(None).await;
            };
            let (_, lines) = logs::lines_of(call).await;
            last = lines.iter().flat_map(metrics_of).collect();
        }
        points.extend(last.iter().map(|(name, value)| (minute, of_lines(name), *value)));
        world.wait(Duration::from_mins(EVERY));
    }
    points
}

/// The metrics that CloudWatch reads out of a line, with their values.
fn metrics_of(line: &Value) -> Vec<(String, f64)> {
    let directive = &line["_aws"]["CloudWatchMetrics"][0];
    // Those with a dimension are no alarm's.
    if directive["Dimensions"] != serde_json::json!([[]]) {
        return Vec::new();
    }
    let names = directive["Metrics"].as_array().unwrap().iter().map(|metric| metric["Name"].as_str().unwrap());
    names.map(|name| (name.to_owned(), line[name].as_f64().unwrap())).collect()
}

/// The timelines with these points: one for each pattern.
fn patterns(alarm: &'static str, what: &str, rings: Option<Rings>, points: &[Point]) -> Vec<Timeline> {
    let made = PATTERNS.iter().map(|(how, pattern)| {
        points.iter().fold(Timeline::new(alarm, format!("{what}, sweeps {how}"), rings), |timeline, (minute, metric, value)| {
            timeline.points(metric, [(minute * 60 + pattern(minute / EVERY).1, *value)])
        })
    });
    made.collect()
}

pub(super) async fn timelines() -> Vec<Timeline> {
    let mut timelines = silence();
    let lasting = lines(END).await;
    let deletions = Rings { not_before: BEGIN + 20, from: BEGIN + 42, until: END, over: END + 22 };
    let chunks = Rings { not_before: BEGIN + 30, from: BEGIN + 47, until: END, over: END + 27 };
    timelines.extend(patterns("DeletionsWait", "deletions fail for two hours", Some(deletions), &lasting));
    timelines.extend(patterns("ChunksAreLate", "no chunk is applied for two hours", Some(chunks), &lasting));
    let short = lines(BEGIN + 10).await;
    timelines.extend(patterns("DeletionsWait", "deletions fail for ten minutes", None, &short));
    timelines.extend(patterns("ChunksAreLate", "no chunk is applied for ten minutes", None, &short));
    timelines
}

/// The starts of sweeps.
fn silence() -> Vec<Timeline> {
    let invocations = metric("AWS/Lambda", "Invocations", &[("FunctionName", "Sweep")]);
    let starts = |events: Range<u64>, pattern: Pattern| events.map(move |event| (event * EVERY * 60 + pattern(event).0, 1.0));
    let made = PATTERNS.iter().flat_map(|(how, pattern)| {
        [
            Timeline::new("SweepIsSilent", format!("sweeps start {how}"), None).points(&invocations, starts(0..MINUTES / EVERY, *pattern)),
            Timeline::new(
                "SweepIsSilent",
                format!("sweeps start {how}, and stop"),
                Rings { not_before: BEGIN + 8, from: BEGIN + 22, until: END, over: END + 8 },
            )
            .points(&invocations, starts(0..BEGIN / EVERY, *pattern))
            .points(&invocations, starts(END / EVERY..MINUTES / EVERY, *pattern)),
        ]
    });
    let new = Timeline::new("SweepIsSilent", "the first sweep of a new stack", None).of_a_new_stack();
    made.chain([new.points(&invocations, starts(1..MINUTES / EVERY, PATTERNS[1].1))]).collect()
}

/// What the function writes while, from the usual minute until another, no deletion can be finished and no chunk is applied.
async fn lines(until: u64) -> Vec<Point> {
    let world = World::new().await;
    let api = world.api();
    api.upsert(r#"{"uid":1}"#).await;
    api.track(r#"{"uid":1,"name":"imported"}"#).await;
    sweeps(&world, &api, BEGIN - EVERY..until + 3 * EVERY, async |minute| {
        if minute == BEGIN - EVERY {
            let mut late = api.with_secret(request("DELETE", "/v3/edit/profiles/forget?uid=1", b""));
            late.deadline = world.now().plus_days(0);
            assert!(api.send(late).await.body["deletion"]["id"].is_string());
            world.wire.break_calls(|call| call.names("activities").then_some(Fault::Denied));
        }
        if minute == BEGIN {
            assert_eq!(api.batch(r#"[{"uid":2}]"#).await.status, 202);
        }
        if minute == until {
            world.wire.mend();
            for event in stream::events(&world).await {
                api.work(&event, None).await;
            }
        }
    })
    .await
}
