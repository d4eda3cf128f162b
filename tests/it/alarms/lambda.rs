//! Functions that crash, run out of time, are not started, or wait.

use profiles_template::{Function, Metric};

use super::timeline::{BEGIN, END, MINUTES, Rings, Timeline};
use super::{TEMPLATE, metric};

fn of(name: &str, function: &str) -> Metric {
    metric("AWS/Lambda", name, &[("FunctionName", function)])
}

/// The functions that have alarms of their own: those that nobody's request waits for.
const APART: [&str; 2] = ["BatchWorker", "Sweep"];
/// The function without alarms, which serves pages.
const UNWATCHED: &str = "Pages";
/// The functions that only read.
const READERS: [&str; 4] = ["Analyze", "Retrieve", "Root", "Search"];

pub(super) fn timelines() -> Vec<Timeline> {
    let mut timelines = vec![
        Timeline::new("WritersFail", "an upsert crashes once in ten minutes", None).always(&of("Errors", "Upsert"), 600, 1.0),
        Timeline::new("ReadersFail", "a search crashes once in ten minutes", None).always(&of("Errors", "Search"), 600, 1.0),
        kept("WritersAreThrottled"),
        kept("ReadersAreThrottled"),
        Timeline::new("WorkerFails", "a chunk runs out of time again and again", Rings::within(16, 27)).in_trouble(
            &of("Errors", "BatchWorker"),
            300,
            1.0,
        ),
        Timeline::new("WorkerFails", "one crash in half an hour", None).always(&of("Errors", "BatchWorker"), 1800, 1.0),
        // The first expression is that of a limited worker.
        Timeline::new("WorkerFails", "a limited worker is kept to its limit", None)
            .always(&of("Throttles", "BatchWorker"), 60, 9.0)
            .about(0),
        Timeline::new("WorkerFails", "the account's concurrency is used up", Rings::within(7, 27))
            .in_trouble(&of("Throttles", "BatchWorker"), 60, 9.0)
            .about(1),
        Timeline::new(
            "BatchesWait",
            "chunks come faster than they are applied",
            Rings { not_before: BEGIN + 15, from: BEGIN + 22, until: END, over: END + 22 },
        )
        .points(&of("IteratorAge", "BatchWorker"), (BEGIN..END).map(|minute| (minute * 60, (minute - BEGIN) as f64 * 60_000.0))),
        Timeline::new("BatchesWait", "chunks wait for ten minutes", None).always(&of("IteratorAge", "BatchWorker"), 60, 600_000.0),
        Timeline::new("BatchesAreGivenUp", "a message is in the queue", Rings::within(7, 12))
            .in_trouble(&waiting_messages(), 60, 1.0)
            .during(END, MINUTES, &waiting_messages(), 60, 0.0),
        Timeline::new("BatchesAreGivenUp", "the queue is empty", None).always(&waiting_messages(), 300, 0.0),
        Timeline::new("SweepFails", "every sweep fails", Rings::within(17, 27)).in_trouble(&of("Errors", "Sweep"), 300, 1.0),
        Timeline::new("SweepFails", "no sweep is started", Rings::within(17, 27)).in_trouble(&of("Throttles", "Sweep"), 300, 1.0),
        Timeline::new("SweepFails", "one sweep in an hour fails", None).always(&of("Errors", "Sweep"), 3600, 1.0),
    ];
    for function in Function::read_all(TEMPLATE).unwrap() {
        let id = function.logical_id;
        if !APART.contains(&id.as_str()) && id != UNWATCHED {
            let [fail, are_throttled] = if READERS.contains(&id.as_str()) {
                ["ReadersFail", "ReadersAreThrottled"]
            } else {
                ["WritersFail", "WritersAreThrottled"]
            };
            let crash = Timeline::new(fail, format!("{id} crashes every four minutes"), Rings::within(15, 22));
            timelines.push(crash.in_trouble(&of("Errors", &id), 240, 1.0));
            let throttled = Timeline::new(are_throttled, format!("{id} is not started"), Rings::within(7, 12));
            timelines.push(throttled.in_trouble(&of("Throttles", &id), 60, 1.0));
        }
    }
    timelines
}

/// The worker's throttles, which are no other function's.
fn kept(alarm: &'static str) -> Timeline {
    Timeline::new(alarm, "the worker is kept to its concurrency", None).always(&of("Throttles", "BatchWorker"), 60, 9.0)
}

fn waiting_messages() -> Metric {
    metric("AWS/SQS", "ApproximateNumberOfMessagesVisible", &[("QueueName", "BatchDeadLetters.QueueName")])
}
