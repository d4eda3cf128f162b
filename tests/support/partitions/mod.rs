//! A model of DynamoDB's partitions: each takes a number of units a second, and what is more is refused as DynamoDB does.
//!
//! By [`Layout::Keys`], the items of one partition key of a table, or the entries of one of an index, are a partition. DynamoDB promises no
//! more for a key: that it also splits the items of a key, which is [`Layout::Splitting`], and keeps unused units for longer than a second,
//! is its best effort. A write that an index has no room for is refused in the table, too.
//!
//! The time is tokio's. In a test that has paused it, each call takes five milliseconds, and no real time passes while a task waits.

mod bucket;
mod item;
mod place;
mod ranges;
mod read;
mod state;
mod stopped;
mod unprocessed;
mod write;

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{HttpConnector, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use serde_json::Value;

use self::state::{Decision, State};
use self::stopped::Stopped;
use self::unprocessed::keep_only;
use self::write::{ItemName, Write};
use crate::wire::answer;

pub use self::ranges::Layout;
pub use self::state::Units;

/// The time that a call takes.
const LATENCY: Duration = Duration::from_millis(5);

/// The partitions of all tables and indexes of a world.
#[derive(Clone)]
pub struct Partitions(Arc<Mutex<State>>);

impl Partitions {
    /// Makes partitions that each take this number of write units a second, and any number of read units.
    #[must_use]
    pub fn taking(units_a_second: u32) -> Self {
        Self::of(Layout::Keys, Some(Units { writes: units_a_second.into(), reads: f64::INFINITY }))
    }

    /// Makes partitions of a layout that take any number of units, until [`Partitions::begin`].
    #[must_use]
    pub fn unlimited(layout: Layout) -> Self {
        Self::of(layout, None)
    }

    fn of(layout: Layout, units: Option<Units>) -> Self {
        Self(Arc::new(Mutex::new(State::new(layout, units))))
    }

    /// Limits what each partition takes in a second from now on. They are as those of new tables, but have no units to spare. What was taken
    /// before is not counted.
    pub fn begin(&self, units: Units) {
        self.state().begin(units);
    }

    /// Returns the units that were written to a table, or to an index of it such as `activities/model-index`.
    #[must_use]
    pub fn written(&self, table_or_index: &str) -> f64 {
        self.state().written.get(table_or_index).copied().unwrap_or(0.0)
    }

    /// Returns the units that were written to all tables and indexes.
    #[must_use]
    pub fn units(&self) -> f64 {
        self.state().written.values().sum()
    }

    /// Returns the number of writes that were refused because of a table, or of an index of it.
    #[must_use]
    pub fn refused(&self, table_or_index: &str) -> usize {
        self.state().refused.get(table_or_index).copied().unwrap_or(0)
    }

    /// Returns the table or index that refused most, with how often. Where reads were refused, its name begins with `reads of`.
    #[must_use]
    pub fn hottest(&self) -> Option<(String, usize)> {
        self.state().refused.iter().max_by_key(|(_, refused)| **refused).map(|(name, refused)| (name.clone(), *refused))
    }

    /// Returns the number of a table's or index's partitions, as far as they are in use.
    #[must_use]
    pub fn count(&self, table_or_index: &str) -> usize {
        self.state().count(table_or_index)
    }

    /// Returns what was written and refused, for people.
    #[must_use]
    pub fn report(&self) -> String {
        let state = self.state();
        format!("units written: {:?}; calls refused: {:?}; conflicts: {}", state.written, state.refused, state.conflicts)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// Sends a call to the database, if the partitions that it reads or writes have room.
    pub(crate) async fn call(
        &self,
        database: &SharedHttpConnector,
        operation: &str,
        mut request: HttpRequest,
    ) -> Result<HttpResponse, ConnectorError> {
        let sent: Value = serde_json::from_slice(request.body().bytes().unwrap_or_default()).unwrap_or_default();
        let is_transaction = operation == "TransactWriteItems";
        let decision = self.state().decide(operation, write::of(operation, &sent), read::of(operation, &sent));
        let passed = match decision {
            Decision::Passed(passed) => passed,
            Decision::Refused(refusal) => {
                tokio::time::sleep(LATENCY).await;
                return Ok(*refusal);
            }
        };
        let _busy = Busy::of(self, if is_transaction { &passed.writes } else { &[] });
        let left =
            matches!(operation, "BatchWriteItem" | "BatchGetItem").then(|| keep_only(operation, &mut request, &sent, &passed)).flatten();
        let stopped = Stopped::clock();
        let response = database.call(request).await?;
        let (status, body) = (response.status(), ByteStream::new(response.into_body()).collect().await);
        drop(stopped);
        let mut body = body.map_err(|error| ConnectorError::io(error.into()))?.to_vec();
        if status.is_success() {
            self.state().store(&passed.writes);
            if let Some((name, left)) = left {
                let mut answered: Value = serde_json::from_slice(&body).unwrap();
                answered[name] = left;
                body = answered.to_string().into_bytes();
            }
        } else {
            // A condition did not hold: no index was written, and a transaction was only prepared.
            let mut state = self.state();
            passed.writes.iter().for_each(|write| state.give_back(write, is_transaction));
        }
        tokio::time::sleep(LATENCY).await;
        Ok(answer(status.as_u16(), SdkBody::from(body)))
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
