//! Sends batches, and asks how they ended.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde::Deserialize;

use super::error::Error;
use super::kind::Kind;
use super::state::Counts;
use crate::http::{CallError, Caller, MAX_ANSWER_BYTES, is_id};

/// The most bytes of an answer that lists what is wrong with items: 10,000 errors, or a page.
const MAX_LIST_BYTES: usize = 16 << 20;
/// The items with errors or warnings on a page.
const PAGE: u64 = 500;
/// The longest pause before a batch's status is asked for again.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// The API's batches.
pub(super) struct Api {
    pub(super) caller: Caller,
    pub(super) kind: Kind,
    /// How long it may take until a batch is sent and accepted.
    pub(super) upload_timeout: Duration,
}

/// How far a batch is applied.
#[derive(Debug, Deserialize)]
pub(super) struct Status {
    state: State,
    total_count: u64,
    created_count: u64,
    updated_count: u64,
    unchanged_count: u64,
    ignored_count: u64,
    failed_count: u64,
    #[serde(default)]
    pub(super) stalled_chunks_count: u64,
}

#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum State {
    Accepted,
    Processing,
    Completed,
}

/// What is wrong with an item.
#[derive(Debug, Deserialize)]
pub(super) struct Problem {
    /// The item's index.
    pub(super) index: u64,
    /// The property that a warning is about.
    pub(super) prop: Option<String>,
    /// The text.
    pub(super) message: String,
}

/// A page of what is wrong with items, in their order.
#[derive(Debug, Deserialize)]
pub(super) struct Page {
    batch: Status,
    errors: Vec<Problem>,
    #[serde(default)]
    warnings: Vec<Problem>,
    cursor: Cursor,
}

#[derive(Debug, Deserialize)]
struct Cursor {
    after: Option<u64>,
}

impl Status {
    /// Returns the number of items with each outcome.
    pub(super) fn counts(&self) -> Counts {
        Counts {
            created: self.created_count,
            updated: self.updated_count,
            unchanged: self.unchanged_count,
            ignored: self.ignored_count,
            failed: self.failed_count,
            ..Counts::default()
        }
    }

    /// Returns the number of its items.
    pub(super) fn total(&self) -> u64 {
        self.total_count
    }

    /// Tells whether every item has its outcome.
    pub(super) fn is_completed(&self) -> bool {
        self.state == State::Completed
    }
}

impl Page {
    /// Returns the problems, and where the next page begins, if there is one.
    pub(super) fn into_parts(self) -> (Vec<Problem>, Vec<Problem>, Option<u64>) {
        (self.errors, self.warnings, self.cursor.after)
    }
}

impl Api {
    /// Sends a compressed batch until it is accepted, and returns its id. Sent again under the same key, it is applied once.
    pub(super) async fn send(&self, key: &str, body: &[u8]) -> Result<String, Error> {
        #[derive(Deserialize)]
        struct Answer {
            batch: Accepted,
        }
        #[derive(Deserialize)]
        struct Accepted {
            id: String,
        }
        let path = self.kind.path();
        let request = |_: Option<StatusCode>| {
            let request = self.caller.client.request(Method::POST, path).timeout(self.upload_timeout);
            // API Gateway passes bytes of this type unharmed.
            let request = request.header("content-type", "application/octet-stream").header("content-encoding", "zstd");
            request.header("idempotency-key", key).body(body.to_owned())
        };
        let read = |body: &[u8]| Some(serde_json::from_slice::<Answer>(body).ok()?.batch.id).filter(|id| is_id(id));
        Ok(self.caller.ask(path, MAX_LIST_BYTES, request, read).await?)
    }

    /// Returns how far a batch is applied.
    pub(super) async fn status(&self, id: &str) -> Result<Status, Error> {
        Ok(self.get(id, "?limit=1", MAX_ANSWER_BYTES, |_| true).await?.batch)
    }

    /// Returns what is wrong with items after this one, or from the first on.
    pub(super) async fn problems(&self, id: &str, after: Option<u64>) -> Result<Page, Error> {
        let query = after.map_or_else(|| format!("?limit={PAGE}"), |after| format!("?limit={PAGE}&after={after}"));
        // A cursor that leads no further would lead nowhere, again and again.
        self.get(id, &query, MAX_LIST_BYTES, |page| page.cursor.after.is_none_or(|next| after.is_none_or(|after| next > after))).await
    }

    async fn get(&self, id: &str, query: &str, most: usize, fits: impl Fn(&Page) -> bool) -> Result<Page, Error> {
        let target = format!("{}/{id}{query}", self.kind.path());
        let read = |body: &[u8]| serde_json::from_slice::<Page>(body).ok().filter(|page| fits(page));
        let answered = self.caller.ask(self.kind.status_path(), most, |_| self.caller.client.request(Method::GET, &target), read).await;
        answered.map_err(|error| match error {
            CallError::NotFound(message) => Error::BatchGone(message),
            error => error.into(),
        })
    }

    /// Returns the pause after a status, given how long the batch has been waited for: a tenth of that, so that little is waited for nothing.
    pub(super) fn pause(&self, waited: Duration) -> Duration {
        let first = self.caller.backoff.first.min(Duration::from_millis(200));
        (waited / 10).clamp(first, LONGEST_PAUSE)
    }
}
