//! The lines that carry metrics. A metric's name begins with a capital; all else in a line is only read, or searched for.
//!
//! CloudWatch charges for each metric: the only dimension is `function`, where there is one.

use std::time::Duration;

use metrique::emf::flags::NoMetric;
use metrique::unit::{Millisecond, Second};
use metrique::unit_of_work::metrics;
use profiles_domain::{BatchId, Counts};
use profiles_storage::Consumed;

use super::invocation::Invocation;
use super::sink;
use crate::clock::Clock;

/// What every line begins with, as those of `tracing` do.
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

/// What a request, or another event that a function handled, came to.
#[metrics(emf::dimension_sets = [["function"]])]
pub(super) struct Handled {
    #[metrics(flatten)]
    head: Head,
    /// Which function, by the name of its binary.
    function: &'static str,
    /// The invocation's id, which Lambda's own lines have too.
    request_id: String,
    /// Where X-Ray has its trace.
    xray_trace_id: Option<String>,
    /// Of a request: the method, if it is one of HTTP's own.
    method: Option<&'static str>,
    /// The route's pattern, never the path.
    route: Option<&'static str>,
    #[metrics(flags(NoMetric))]
    status: Option<u16>,
    #[metrics(name = "Milliseconds", unit = Millisecond)]
    milliseconds: f64,
    /// Requests on the wire, each attempt one.
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

/// What became of it.
pub(super) struct Outcome {
    pub(super) took: Duration,
    pub(super) consumed: Consumed,
    pub(super) is_server_error: bool,
}

/// Of a request.
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

/// That a batch was accepted.
#[metrics]
pub(crate) struct BatchAccepted {
    #[metrics(flatten)]
    head: Head,
    batch_id: String,
    /// Items that wait to be applied.
    #[metrics(name = "ItemsAccepted")]
    items_accepted: u32,
    /// Items that can never be.
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

/// That a chunk of a batch was applied.
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
    /// Since the batch was accepted.
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

/// What waits to be applied, as the schedule found it.
#[metrics]
pub(crate) struct ChunksWaiting {
    #[metrics(flatten)]
    head: Head,
    #[metrics(name = "ChunksWaiting")]
    chunks_waiting: u64,
    /// Since the oldest of their batches was accepted; 0 where none waits.
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

/// What a sweep found of users who were not wholly cleared or forgotten.
#[metrics]
pub(crate) struct Swept {
    #[metrics(flatten)]
    head: Head,
    #[metrics(name = "DeletionsLeft")]
    deletions_left: u64,
    /// Those of them that are finished now.
    #[metrics(flags(NoMetric))]
    finished: u64,
}

impl Swept {
    pub(crate) fn write(found: usize, finished: usize) {
        sink::write(Self { head: Head::new("looked for unfinished deletions"), deletions_left: count(found), finished: count(finished) });
    }
}

fn count(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
