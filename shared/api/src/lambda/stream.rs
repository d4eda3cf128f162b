//! The events of the function that applies batches: records of the stream of tickets.

use profiles_normalization::Timestamp;
use profiles_storage::attempting_for;
use profiles_storage::batches::{TicketKey, WorkerKind};
use serde::{Deserialize, Serialize};
use tracing::Instrument;

use crate::context::Context;
use crate::worker::{LONGEST_ATTEMPT, Turn, apply_in_turn, span};

/// An event of the function: records of the stream.
#[derive(Debug, Deserialize)]
pub struct Event {
    #[serde(rename = "Records")]
    records: Vec<Record>,
}

// Only the keys are read: the images in a record are big, and may be out of date.
#[derive(Debug, Deserialize)]
struct Record {
    dynamodb: Change,
}

#[derive(Debug, Deserialize)]
struct Change {
    #[serde(rename = "Keys")]
    keys: Keys,
    #[serde(rename = "SequenceNumber")]
    sequence_number: String,
}

#[derive(Debug, Deserialize)]
struct Keys {
    #[serde(rename = "PK")]
    partition: Text,
    #[serde(rename = "SK")]
    sort: Text,
}

#[derive(Debug, Deserialize)]
struct Text {
    #[serde(rename = "S")]
    text: String,
}

/// The records that could not be handled. Lambda sends the records again, from the first of these on.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct Failures {
    #[serde(rename = "batchItemFailures")]
    failures: Vec<Failure>,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
struct Failure {
    #[serde(rename = "itemIdentifier")]
    sequence_number: String,
}

impl Failures {
    /// True if every record was handled.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.failures.is_empty()
    }
}

/// Handles an event: gives each of its chunks a turn, which ends before `deadline`. A chunk that is stalled is not reported as failed,
/// because Lambda would try it again at once, and let nothing else pass until it gives up. The sweep requeues it.
pub async fn work(context: &Context, event: Event, deadline: Option<Timestamp>) -> Failures {
    let mut failures = Vec::new();
    for Record { dynamodb: Change { keys, sequence_number } } in event.records {
        let Some(key) = TicketKey::parse(&keys.partition.text, &keys.sort.text) else { continue };
        // If a server has the lease, it does the work; should it die, the ticket is requeued.
        let attempt = apply_in_turn(context, key, WorkerKind::Function, || Turn::before(&context.clock, deadline));
        if attempting_for(LONGEST_ATTEMPT, attempt).instrument(span(key)).await.is_err() {
            failures.push(Failure { sequence_number });
        }
    }
    Failures { failures }
}
