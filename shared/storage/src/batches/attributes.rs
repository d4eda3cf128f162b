//! The attributes of headers, tickets and chunks that are not internal, and the counts in them.

use aws_sdk_dynamodb::types::AttributeValue;
use profiles_domain::{BatchModel, Counts};

use crate::dynamo::item::{Attributes, Item};
use crate::dynamo::value::number;

/// The sort key of a header.
pub(super) const HEADER: &str = "header";
/// The prefix of the sort keys of tickets; the chunk's number follows.
pub(super) const TICKET: &str = "ticket#";
/// The prefix of the sort keys of problems: items that failed, and why.
pub(super) const PROBLEMS: &str = "problems#";
/// The prefix of the sort keys of problems that were found when the batch was accepted; the part's number follows.
pub(super) const ACCEPTED_PROBLEMS: &str = "problems#accepted#";

/// In a header: the number of items of the batch.
pub(super) const TOTAL: &str = "total_count";
/// In a header: the number of its chunks.
pub(super) const CHUNKS: &str = "chunks";
/// In a header: the number of its chunks that are not applied yet.
pub(super) const PENDING: &str = "pending";
/// In a header and a ticket: what the items create and update; profiles, if it is missing.
pub(super) const MODELS: &str = "models";
/// In a header and a ticket: when it was accepted.
pub(super) const ACCEPTED_AT: &str = "accepted_at";
/// In a ticket: whether a profile or company that is not there is created, or its item ignored.
pub(super) const ON_MODEL_MISSING: &str = "on_model_missing";
/// In a ticket: the number of the chunk's parts.
pub(super) const PARTS: &str = "parts";
/// In a ticket: the number of items in its chunk.
pub(super) const ITEMS: &str = "items";
/// In a ticket: the number of groups that are done or blocked.
pub(super) const DONE: &str = "done";
/// In a ticket: the groups that are blocked, because they could not be applied yet.
pub(super) const BLOCKED: &str = "blocked";
/// In a ticket: its state. The stream gives a ticket to the worker in the state `waiting` only; the filter in template.yaml has the word.
pub(super) const STATE: &str = "state";
pub(super) const WAITING: &str = "waiting";
pub(super) const APPLYING: &str = "applying";
pub(super) const FAILING: &str = "failing";
/// In a ticket that is `applying`: the worker that has the lease, as its kind and a random number.
pub(super) const HOLDER: &str = "HOLDER";
/// In a ticket: when the expiry of its chunk was extended last, if it was.
pub(super) const EXTENDED_AT: &str = "extended_at";
/// In a ticket: the number of failed attempts.
pub(super) const FAILURES: &str = "failures";
/// The index that lists tickets by the time they were last touched.
pub(super) const WAITING_INDEX: &str = "waiting-index";
/// In a ticket or in problems: errors and warnings of items, in the worker's packed form.
pub(super) const PACKED: &str = "packed";
/// In a part of a chunk: its bytes.
pub(super) const DATA: &str = "data";
/// In an idempotency key: the batch, and the hash of its body.
pub(super) const BATCH_ID: &str = "batch_id";
pub(super) const BODY: &str = "body";

const COUNTS: [&str; 5] = ["created_count", "updated_count", "unchanged_count", "ignored_count", "failed_count"];

fn values(counts: Counts) -> [u32; 5] {
    let Counts { created, updated, unchanged, ignored, failed } = counts;
    [created, updated, unchanged, ignored, failed]
}

/// Converts counts into attributes.
pub(super) fn counts_to_attributes(counts: Counts) -> impl Iterator<Item = (String, AttributeValue)> {
    COUNTS.into_iter().zip(values(counts)).map(|(name, count)| (name.to_owned(), number(count)))
}

/// The `ADD` part of an expression that adds counts, and its values.
pub(super) fn add_counts(counts: Counts) -> (String, Attributes) {
    let parts: Vec<String> = COUNTS.into_iter().map(|name| format!("{name} :{name}")).collect();
    let values = COUNTS.into_iter().zip(values(counts)).map(|(name, count)| (format!(":{name}"), number(count))).collect();
    (format!("ADD {}", parts.join(", ")), values)
}

/// Reads the counts in an item.
pub(super) fn counts_from_item(item: &Item) -> Counts {
    let [created, updated, unchanged, ignored, failed] = COUNTS.map(|name| item.number(name).unwrap_or(0));
    Counts { created, updated, unchanged, ignored, failed }
}

/// Reads what the items of a batch create and update.
pub(super) fn model_of(item: &Item) -> BatchModel {
    item.text(MODELS).and_then(BatchModel::from_word).unwrap_or_default()
}

/// Reads an item's packed problems.
pub(super) fn packed_of(item: &Item) -> Option<Vec<u8>> {
    item.bytes(PACKED).map(<[u8]>::to_vec)
}
