//! The names of the attributes of headers, tickets and chunks, and of the counts in them.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use profiles_domain::Counts;

use crate::dynamo::item::Item;
use crate::dynamo::value::number;

/// The sort key of a header.
pub(super) const HEADER: &str = "header";
/// What the sort keys of tickets begin with; the chunk's number follows.
pub(super) const TICKET: &str = "ticket#";
/// What the sort keys of items begin with that say which items failed, and why.
pub(super) const PROBLEMS: &str = "problems#";
/// The problems that were found when the batch was accepted, in parts whose numbers follow.
pub(super) const ACCEPTED_PROBLEMS: &str = "problems#accepted#";

/// In a header: all items of the batch.
pub(super) const TOTAL: &str = "total_count";
/// In a header: its chunks.
pub(super) const CHUNKS: &str = "chunks";
/// In a header: its chunks that are not applied yet.
pub(super) const PENDING: &str = "pending";
/// In a header and a ticket: when it was accepted.
pub(super) const ACCEPTED_AT: &str = "accepted_at";
/// In a ticket: what becomes of items whose profile isn't there.
pub(super) const ON_MODEL_MISSING: &str = "on_model_missing";
/// In a ticket: items in the chunk's parts.
pub(super) const PARTS: &str = "parts";
/// In a ticket: how many items wait in its chunk.
pub(super) const ITEMS: &str = "items";
/// In a ticket: groups of users that are done.
pub(super) const DONE: &str = "done";
/// In a ticket: groups that are left behind, since they could not be applied yet.
pub(super) const BLOCKED: &str = "blocked";
/// In a ticket: `waiting` wakes the worker, anything else does not. The filter in template.yaml knows the word.
pub(super) const STATE: &str = "state";
pub(super) const WAITING: &str = "waiting";
pub(super) const APPLYING: &str = "applying";
pub(super) const FAILING: &str = "failing";
/// In a ticket: attempts that failed.
pub(super) const FAILURES: &str = "failures";
/// The index of the queues.
pub(super) const WAITING_INDEX: &str = "waiting-index";
/// Which items failed and why, as whoever applies them packs it.
pub(super) const PACKED: &str = "packed";
/// In a part of a chunk: its bytes.
pub(super) const DATA: &str = "data";
/// Of an idempotency key: the batch, and the hash of its body.
pub(super) const BATCH_ID: &str = "batch_id";
pub(super) const BODY: &str = "body";

const COUNTS: [&str; 5] = ["created_count", "updated_count", "unchanged_count", "ignored_count", "failed_count"];

fn values(counts: Counts) -> [u32; 5] {
    let Counts { created, updated, unchanged, ignored, failed } = counts;
    [created, updated, unchanged, ignored, failed]
}

/// The counts as attributes.
pub(super) fn of_counts(counts: Counts) -> impl Iterator<Item = (String, AttributeValue)> {
    COUNTS.into_iter().zip(values(counts)).map(|(name, count)| (name.to_owned(), number(count)))
}

/// The `ADD` part of an expression that adds counts, and its values.
pub(super) fn add_counts(counts: Counts) -> (String, HashMap<String, AttributeValue>) {
    let parts: Vec<String> = COUNTS.into_iter().map(|name| format!("{name} :{name}")).collect();
    let values = COUNTS.into_iter().zip(values(counts)).map(|(name, count)| (format!(":{name}"), number(count))).collect();
    (format!("ADD {}", parts.join(", ")), values)
}

/// The counts in an item.
pub(super) fn counts_of(item: &Item) -> Counts {
    let [created, updated, unchanged, ignored, failed] = COUNTS.map(|name| item.number(name).unwrap_or(0));
    Counts { created, updated, unchanged, ignored, failed }
}

/// What an item holds in `PACKED`.
pub(super) fn packed_of(item: &Item) -> Option<Vec<u8>> {
    item.bytes(PACKED).map(<[u8]>::to_vec)
}
