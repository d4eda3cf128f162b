//! The lines that carry metrics. A metric's name begins with a capital; the other fields are for reading and searching.
//!
//! CloudWatch charges for each metric: the only dimension is `function`, where there is one.

use std::time::Duration;

use metrique::emf::flags::NoMetric;
use metrique::unit::{Millisecond, Second};
use metrique::unit_of_work::metrics;
use profiles_domain::{BatchId, Counts};
use profiles_storage::Consumed;

use super::invocation::Invocation;
use super::sink::{self, Line};
use super::text::{Text, amount, amounts};
use crate::clock::Clock;

/// The fields that every line has, as those of `tracing` do.
#[metrics(subfield_owned)]
struct Head {
    timestamp: String,
    level: &'static str,
    message: &'static str,
}

impl Head {
    fn new(message: &'static str) -> Self {
        Self { timestamp: Clock::system().now().to_string(), level: "INFO", message }
    }
}

/// A request that was answered, or an event of a stream or schedule that was handled.
#[metrics(emf::dimension_sets = [["function"]])]
pub(super) struct Handled {
    #[metrics(flatten)]
    head: Head,
    /// The function, by the name of its binary.
    function: &'static str,
    /// The invocation's id, which Lambda's own lines have too.
    request_id: String,
    /// The id of its trace in X-Ray.
    xray_trace_id: Option<String>,
    /// A request's method, if it is one of HTTP's own.
    method: Option<&'static str>,
    /// The route's pattern, never the path.
    route: Option<&'static str>,
    #[metrics(flags(NoMetric))]
    status: Option<u16>,
    #[metrics(name = "Milliseconds", unit = Millisecond)]
    milliseconds: f64,
    /// Requests on the wire: each attempt counts as one.
    #[metrics(name = "DynamoDbRequests")]
    dynamodb_requests: u32,
    #[metrics(name = "ReadUnits")]
    read_units: f64,
    #[metrics(name = "WriteUnits")]
    write_units: f64,
    /// 1 for the first of an instance.
    #[metrics(name = "ColdStarts")]
    cold_starts: u32,
    /// 1 where the fault is not the client's.
    #[metrics(name = "ServerErrors")]
    server_errors: u32,
}

/// The end of a request or event.
pub(super) struct Outcome {
    pub(super) took: Duration,
    pub(super) consumed: Consumed,
    pub(super) is_server_error: bool,
}

/// The part of a line that only requests have.
pub(super) struct Answered {
    pub(super) method: &'static str,
    pub(super) route: &'static str,
    pub(super) status: u16,
}

impl Handled {
    pub(super) fn write(message: &'static str, invocation: &Invocation<'_>, outcome: &Outcome, answered: Option<Answered>) {
        let Outcome { took, consumed, is_server_error } = *outcome;
        sink::write(Self {
            head: Head::new(message),
            function: invocation.function,
            request_id: invocation.request_id.to_owned(),
            xray_trace_id: invocation.xray_trace_id.map(str::to_owned),
            method: answered.as_ref().map(|answered| answered.method),
            route: answered.as_ref().map(|answered| answered.route),
            status: answered.map(|answered| answered.status),
            milliseconds: took.as_secs_f64() * 1000.0,
            dynamodb_requests: consumed.requests,
            read_units: consumed.read_units,
            write_units: consumed.write_units,
            cold_starts: u32::from(invocation.is_cold),
            server_errors: u32::from(is_server_error),
        });
    }
}

impl Line for Handled {
    fn text(&self) -> Option<Text> {
        let failed = self.server_errors > 0;
        let text = match (self.status, self.method, self.route) {
            (Some(status), Some(method), Some(route)) => Text::request(status, method, route),
            // An event that wrote nothing had nothing to do, like most of the schedule's.
            _ if self.write_units > 0.0 || failed => Text::event(failed, self.function),
            _ => return None,
        };
        Some(text.with_cost(self.milliseconds, self.dynamodb_requests, self.read_units, self.write_units))
    }
}

/// A batch that was accepted.
#[metrics]
pub(crate) struct BatchAccepted {
    #[metrics(flatten)]
    head: Head,
    batch_id: String,
    /// Items that will be applied.
    #[metrics(name = "ItemsAccepted")]
    items_accepted: u32,
    /// Items that can never be applied.
    #[metrics(name = "ItemsRefused")]
    items_refused: u32,
}

impl BatchAccepted {
    pub(crate) fn write(batch: BatchId, total: u32, refused: u32) {
        sink::write(Self {
            head: Head::new("accepted a batch"),
            batch_id: batch.to_string(),
            items_accepted: total.saturating_sub(refused),
            items_refused: refused,
        });
    }
}

impl Line for BatchAccepted {
    fn text(&self) -> Option<Text> {
        let refused = (self.items_refused > 0).then(|| format!("{} refused", self.items_refused));
        let items = amounts([amount(self.items_accepted, "item"), refused]);
        Some(Text::new(self.head.message).with(items).with(format!("batch_id={}", self.batch_id)))
    }
}

/// A chunk of a batch that was applied.
#[metrics]
pub(crate) struct ChunkApplied {
    #[metrics(flatten)]
    head: Head,
    batch_id: String,
    /// Items that are in their profiles now.
    #[metrics(name = "ItemsApplied")]
    items_applied: u32,
    #[metrics(name = "ItemsFailed")]
    items_failed: u32,
    /// The time since the batch was accepted.
    #[metrics(name = "ChunkSeconds", unit = Second)]
    chunk_seconds: f64,
    #[metrics(flags(NoMetric))]
    created: u32,
    #[metrics(flags(NoMetric))]
    updated: u32,
    #[metrics(flags(NoMetric))]
    unchanged: u32,
    #[metrics(flags(NoMetric))]
    ignored: u32,
}

impl ChunkApplied {
    pub(crate) fn write(batch: BatchId, counts: Counts, since_accepted: Duration) {
        let Counts { created, updated, unchanged, ignored, failed } = counts;
        sink::write(Self {
            head: Head::new("applied a chunk"),
            batch_id: batch.to_string(),
            items_applied: created.saturating_add(updated).saturating_add(unchanged),
            items_failed: failed,
            chunk_seconds: since_accepted.as_secs_f64(),
            created,
            updated,
            unchanged,
            ignored,
        });
    }
}

impl Line for ChunkApplied {
    fn text(&self) -> Option<Text> {
        let counts = [
            (self.created, "created"),
            (self.updated, "updated"),
            (self.unchanged, "unchanged"),
            (self.ignored, "ignored"),
            (self.items_failed, "failed"),
        ];
        let counts = amounts(counts.map(|(count, how)| (count > 0).then(|| format!("{count} {how}"))));
        let age = format!("{:.1} s after it was accepted", self.chunk_seconds);
        Some(Text::new(self.head.message).with(counts).with(age).with(format!("batch_id={}", self.batch_id)))
    }
}

/// The chunks that wait to be applied, as the schedule found them.
#[metrics]
pub(crate) struct ChunksWaiting {
    #[metrics(flatten)]
    head: Head,
    #[metrics(name = "ChunksWaiting")]
    chunks_waiting: u64,
    /// The time since the oldest of their batches was accepted; 0 if none waits.
    #[metrics(name = "OldestChunkAge", unit = Second)]
    oldest_chunk_age: f64,
}

impl ChunksWaiting {
    pub(crate) fn write(chunks: usize, oldest: Duration) {
        sink::write(Self {
            head: Head::new("looked for chunks that wait"),
            chunks_waiting: count(chunks),
            oldest_chunk_age: oldest.as_secs_f64(),
        });
    }
}

impl Line for ChunksWaiting {
    fn text(&self) -> Option<Text> {
        let chunks = amount(self.chunks_waiting, "chunk")?;
        Some(Text::new(self.head.message).with(chunks).with(format!("the oldest {:.0} s old", self.oldest_chunk_age)))
    }
}

/// The clears and forgets that a sweep found unfinished.
#[metrics]
pub(crate) struct Swept {
    #[metrics(flatten)]
    head: Head,
    #[metrics(name = "DeletionsLeft")]
    deletions_left: u64,
    /// The number of them that are finished now.
    #[metrics(flags(NoMetric))]
    finished: u64,
}

impl Swept {
    pub(crate) fn write(found: usize, finished: usize) {
        sink::write(Self { head: Head::new("looked for unfinished deletions"), deletions_left: count(found), finished: count(finished) });
    }
}

impl Line for Swept {
    fn text(&self) -> Option<Text> {
        let found = amount(self.deletions_left, "deletion")?;
        Some(Text::new(self.head.message).with(found).with(format!("{} finished now", self.finished)))
    }
}

fn count(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The line for people, without its time.
    fn shown(line: &impl Line) -> Option<String> {
        line.text().map(|text| text.line(false).split_once(' ').unwrap().1.trim_end().to_owned())
    }

    fn handled(status: Option<u16>, consumed: (u32, f64, f64), is_server_error: bool) -> Handled {
        let (dynamodb_requests, read_units, write_units) = consumed;
        Handled {
            head: Head::new(""),
            function: "batch_worker",
            request_id: String::new(),
            xray_trace_id: None,
            method: status.map(|_| "POST"),
            route: status.map(|_| "/v3/observe/hooks/profiles"),
            status,
            milliseconds: 3.449,
            dynamodb_requests,
            read_units,
            write_units,
            cold_starts: 0,
            server_errors: is_server_error.into(),
        }
    }

    #[test]
    fn people_read_what_a_request_or_event_took() {
        let request = |consumed| shown(&handled(Some(200), consumed, false)).unwrap();
        assert_eq!(request((1, 0.0, 1.0)), "200 POST /v3/observe/hooks/profiles  3.4 ms  1 request, 1 write unit");
        assert_eq!(request((3, 0.5, 7.0)), "200 POST /v3/observe/hooks/profiles  3.4 ms  3 requests, 0.5 read units, 7 write units");
        assert_eq!(request((0, 0.0, 0.0)), "200 POST /v3/observe/hooks/profiles  3.4 ms");
        let event = |consumed, is_server_error| shown(&handled(None, consumed, is_server_error));
        assert_eq!(event((2, 1.0, 2.0), false).unwrap(), "ok  batch_worker  3.4 ms  2 requests, 1 read unit, 2 write units");
        assert_eq!(event((2, 1.0, 0.0), true).unwrap(), "failed batch_worker  3.4 ms  2 requests, 1 read unit");
        assert_eq!(event((16, 8.0, 0.0), false), None);
    }

    #[test]
    fn people_read_of_batches_and_deletions_only_where_there_are_some() {
        let (head, batch_id) = (|| Head::new("said"), || "6b0c8614c9fd6cf0385138ae".to_owned());
        let accepted =
            |items_accepted, items_refused| shown(&BatchAccepted { head: head(), batch_id: batch_id(), items_accepted, items_refused });
        assert_eq!(accepted(2, 1).unwrap(), "said  2 items, 1 refused  batch_id=6b0c8614c9fd6cf0385138ae");
        assert_eq!(accepted(1, 0).unwrap(), "said  1 item  batch_id=6b0c8614c9fd6cf0385138ae");
        let applied = ChunkApplied {
            head: head(),
            batch_id: batch_id(),
            items_applied: 3,
            items_failed: 1,
            chunk_seconds: 1.395,
            created: 2,
            updated: 0,
            unchanged: 1,
            ignored: 0,
        };
        let expected = "said  2 created, 1 unchanged, 1 failed  1.4 s after it was accepted  batch_id=6b0c8614c9fd6cf0385138ae";
        assert_eq!(shown(&applied).unwrap(), expected);
        let waiting = |chunks_waiting| shown(&ChunksWaiting { head: head(), chunks_waiting, oldest_chunk_age: 75.0 });
        assert_eq!((waiting(3).unwrap().as_str(), waiting(0)), ("said  3 chunks  the oldest 75 s old", None));
        let swept = |deletions_left| shown(&Swept { head: head(), deletions_left, finished: 1 });
        assert_eq!((swept(1).unwrap().as_str(), swept(0)), ("said  1 deletion  1 finished now", None));
    }
}
