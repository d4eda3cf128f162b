//! A model of DynamoDB's partitions: each takes a number of write units a second, and what is more is refused as DynamoDB does.
//!
//! The items of one partition key of a table, or the entries of one of an index, are a partition. DynamoDB promises no more for a key:
//! that it also splits the items of a key, and keeps unused units for longer than a second, is its best effort.
//!
//! The time is tokio's. In a test that has paused it, each call takes five milliseconds, and no real time passes while a task waits.

mod bucket;
mod item;
mod stopped;
mod write;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{HttpConnector, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use serde_json::{Value, json};
use tokio::time::Instant;

use self::bucket::Bucket;
use self::item::Item;
use self::stopped::Stopped;
use self::write::{ItemName, PartitionName, Write};
use crate::wire::{answer, cancelled, refusal};

/// The time that a call takes.
const LATENCY: Duration = Duration::from_millis(5);

/// The partitions of all tables and indexes of a world.
#[derive(Clone)]
pub struct Partitions(Arc<Mutex<State>>);

struct State {
    units_a_second: f64,
    buckets: HashMap<PartitionName, Bucket>,
    /// The items as they are stored, as far as they were written since the beginning.
    items: HashMap<ItemName, Item>,
    /// The items of transactions under way.
    busy: HashSet<ItemName>,
    written: BTreeMap<String, f64>,
    refused: BTreeMap<String, usize>,
    conflicts: usize,
}

/// The decision about a call.
enum Decision {
    /// The database gets these of its writes. The others are left unprocessed.
    Passed(Vec<Write>),
    Refused(Box<HttpResponse>),
}

impl Partitions {
    /// Makes partitions that each take this number of write units a second.
    #[must_use]
    pub fn taking(units_a_second: u32) -> Self {
        Self(Arc::new(Mutex::new(State {
            units_a_second: units_a_second.into(),
            buckets: HashMap::new(),
            items: HashMap::new(),
            busy: HashSet::new(),
            written: BTreeMap::new(),
            refused: BTreeMap::new(),
            conflicts: 0,
        })))
    }

    /// Returns the units that were written to a table, or to an index of it such as `activities/model-index`.
    #[must_use]
    pub fn written(&self, table_or_index: &str) -> f64 {
        self.state().written.get(table_or_index).copied().unwrap_or(0.0)
    }

    /// Returns the number of writes that were refused because of a table, or of an index of it.
    #[must_use]
    pub fn refused(&self, table_or_index: &str) -> usize {
        self.state().refused.get(table_or_index).copied().unwrap_or(0)
    }

    /// Returns what was written and refused, for people.
    #[must_use]
    pub fn report(&self) -> String {
        let state = self.state();
        format!("units written: {:?}; writes refused: {:?}; conflicts: {}", state.written, state.refused, state.conflicts)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// Sends a call to the database, if the partitions that it writes to have room.
    pub(crate) async fn call(
        &self,
        database: &SharedHttpConnector,
        operation: &str,
        mut request: HttpRequest,
    ) -> Result<HttpResponse, ConnectorError> {
        let sent: Value = serde_json::from_slice(request.body().bytes().unwrap_or_default()).unwrap_or_default();
        let writes = write::of(operation, &sent);
        let is_transaction = operation == "TransactWriteItems";
        let decision = match operation {
            "TransactWriteItems" => self.state().decide_together(writes),
            "BatchWriteItem" => self.state().decide_each(writes),
            _ => self.state().decide_one(writes),
        };
        let passed = match decision {
            Decision::Passed(passed) => passed,
            Decision::Refused(refusal) => {
                tokio::time::sleep(LATENCY).await;
                return Ok(*refusal);
            }
        };
        let _busy = Busy::of(self, if is_transaction { &passed } else { &[] });
        let left = (operation == "BatchWriteItem").then(|| keep_only(&mut request, &sent, &passed)).flatten();
        let stopped = Stopped::clock();
        let response = database.call(request).await?;
        let (status, body) = (response.status(), ByteStream::new(response.into_body()).collect().await);
        drop(stopped);
        let mut body = body.map_err(|error| ConnectorError::io(error.into()))?.to_vec();
        if status.is_success() {
            self.state().store(&passed);
            if let Some(left) = left {
                let mut answered: Value = serde_json::from_slice(&body).unwrap();
                answered["UnprocessedItems"] = left;
                body = answered.to_string().into_bytes();
            }
        }
        tokio::time::sleep(LATENCY).await;
        Ok(answer(status.as_u16(), SdkBody::from(body)))
    }
}

impl State {
    /// Decides about a call of one write, or of none.
    fn decide_one(&mut self, writes: Vec<Write>) -> Decision {
        if writes.iter().any(|write| self.busy.contains(&write.item)) {
            self.conflicts += 1;
            return Decision::Refused(refusal(400, "TransactionConflictException").into());
        }
        let has_room = writes.iter().all(|write| self.take(write, false));
        if has_room { Decision::Passed(writes) } else { Decision::Refused(refusal(400, "ThrottlingException").into()) }
    }

    /// Decides about a call of many writes, each of which may be left unprocessed. When all are, the call is refused.
    fn decide_each(&mut self, mut writes: Vec<Write>) -> Decision {
        writes.retain(|write| self.take(write, false));
        if writes.is_empty() { Decision::Refused(refusal(400, "ThrottlingException").into()) } else { Decision::Passed(writes) }
    }

    /// Decides about a transaction. DynamoDB prepares it in each item, and then commits it. If one item cannot take part, the others were
    /// prepared in vain.
    fn decide_together(&mut self, writes: Vec<Write>) -> Decision {
        if writes.iter().any(|write| self.busy.contains(&write.item)) {
            self.conflicts += 1;
            let reasons: Vec<_> =
                writes.iter().map(|write| if self.busy.contains(&write.item) { "TransactionConflict" } else { "None" }).collect();
            return Decision::Refused(cancelled(&reasons).into());
        }
        let reasons: Vec<_> = writes.iter().map(|write| if self.take(write, true) { "None" } else { "ThrottlingError" }).collect();
        if reasons.contains(&"ThrottlingError") {
            for (write, _) in writes.iter().zip(&reasons).filter(|(_, reason)| **reason == "None") {
                self.give_back_half(write);
            }
            return Decision::Refused(cancelled(&reasons).into());
        }
        Decision::Passed(writes)
    }

    /// Takes the units of a write from its partitions. False: one of them has no room, and none was taken.
    fn take(&mut self, write: &Write, is_transaction: bool) -> bool {
        let now = Instant::now();
        let stored = self.items.get(&write.item);
        let units = write.units(stored, is_transaction);
        for (partition, units) in &units {
            let bucket = self.buckets.entry(partition.clone()).or_insert_with(|| Bucket::full(self.units_a_second, now));
            if !bucket.has_room_for(*units, self.units_a_second, now) {
                *self.refused.entry(partition.table_or_index.clone()).or_default() += 1;
                return false;
            }
        }
        for (partition, units) in units {
            *self.written.entry(partition.table_or_index.clone()).or_default() += units;
            if let Some(bucket) = self.buckets.get_mut(&partition) {
                bucket.take(units);
            }
        }
        true
    }

    /// Gives back what an item was not written of a transaction that was only prepared.
    fn give_back_half(&mut self, write: &Write) {
        for (partition, units) in write.units(self.items.get(&write.item), true) {
            let back = if partition.is_index() { units } else { units / 2.0 };
            *self.written.entry(partition.table_or_index.clone()).or_default() -= back;
            if let Some(bucket) = self.buckets.get_mut(&partition) {
                bucket.take(-back);
            }
        }
    }

    /// Stores the items of writes that took place.
    fn store(&mut self, writes: &[Write]) {
        for write in writes {
            match write.applied(self.items.get(&write.item)) {
                Some(item) => _ = self.items.insert(write.item.clone(), item),
                None => _ = self.items.remove(&write.item),
            }
        }
    }
}

/// The items of a transaction, as long as it is under way.
struct Busy<'a> {
    partitions: &'a Partitions,
    items: Vec<ItemName>,
}

impl<'a> Busy<'a> {
    fn of(partitions: &'a Partitions, writes: &[Write]) -> Self {
        let items: Vec<_> = writes.iter().map(|write| write.item.clone()).collect();
        partitions.state().busy.extend(items.iter().cloned());
        Self { partitions, items }
    }
}

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        let mut state = self.partitions.state();
        for item in &self.items {
            state.busy.remove(item);
        }
    }
}

/// Leaves only these writes in a `BatchWriteItem`. Returns the others, as its answer lists them; `None` when there are none.
fn keep_only(request: &mut HttpRequest, sent: &Value, passed: &[Write]) -> Option<Value> {
    let (mut kept, mut left) = (json!({}), json!({}));
    for (table, writes) in sent["RequestItems"].as_object()? {
        let is_kept = |write: &&Value| passed.iter().any(|passed| passed.is_of_batch(table, write));
        let (of_kept, of_left): (Vec<&Value>, Vec<&Value>) = writes.as_array()?.iter().partition(is_kept);
        for (all, some) in [(&mut kept, of_kept), (&mut left, of_left)] {
            if !some.is_empty() {
                all[table] = json!(some);
            }
        }
    }
    if left.as_object()?.is_empty() {
        return None;
    }
    let mut body = sent.clone();
    body["RequestItems"] = kept;
    let body = body.to_string();
    request.headers_mut().insert("content-length", body.len().to_string());
    *request.body_mut() = SdkBody::from(body);
    Some(left)
}
