//! The registry of properties: which properties were sent, with which types and values.
//!
//! A property comes to be by being sent. Instances tell the registry of it after the write that the client asked for, and remember what they
//! told, so that a property that is known costs no further request. Values are users', or companies': each carries the id of its owner, and is
//! written only while the owner is there. So what is removed with an owner does not come back.

mod item;
mod known;
mod lesson;
mod listing;
mod managing;
mod of_upsert;
mod plan;
mod telling;
mod values;

pub use listing::{Listed, PropertyOrder};
pub use managing::{Created, PropertyEdit};

pub(crate) use lesson::{News, Owner};
pub(crate) use of_upsert::NewsOfUpsert;
pub(crate) use values::remove_values;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use profiles_domain::{AccountId, Error, PropertyKind};
use profiles_normalization::{Timestamp, Value};

use crate::Storage;
use crate::dynamo::database::Database;
use crate::dynamo::retry::{attempting_for, time_for_attempts};
use known::Known;
use lesson::Lessons;
use telling::Telling;

/// How long a request waits for the registry at most.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long an instance tells nothing after the database did not take it. So a registry that is down hardly slows anything down.
const PAUSE: Duration = Duration::from_secs(5);

/// Tells the registry of properties what it does not know yet.
pub(crate) struct Registry {
    known: Known,
    /// How long a request waits at most; zero: nothing is told.
    pub(crate) patience: Duration,
    /// Until when nothing is told, in Unix milliseconds.
    paused_until: AtomicI64,
}

impl Default for Registry {
    fn default() -> Self {
        Self { known: Known::default(), patience: PATIENCE, paused_until: AtomicI64::new(i64::MIN) }
    }
}

impl Registry {
    /// The news in these properties, of some of which a value was `cut`: mostly none.
    pub(crate) fn news(
        &self,
        account: AccountId,
        kind: PropertyKind,
        properties: &BTreeMap<String, Value>,
        cut: &BTreeSet<String>,
        now: Timestamp,
    ) -> Vec<News> {
        if self.is_silent(now) {
            return Vec::new();
        }
        let properties = properties.iter().filter(|(prop, _)| !kind.has_field(prop));
        properties.filter_map(|(prop, value)| self.known.news(account, kind, (prop, value), cut.contains(prop), now)).collect()
    }

    /// Tells news; of two values, the one of the earlier news is the later. The request that they come from is not affected: what could not be
    /// told is told with the next one.
    pub(crate) async fn tell(&self, database: &Database, account: AccountId, news: Vec<(Vec<News>, Owner)>, now: Timestamp) {
        let lessons = Lessons::of(news);
        let patience = time_for_attempts(self.patience);
        if lessons.is_empty() || patience.is_zero() || self.is_silent(now) {
            return;
        }
        // Requests that are under way at the same time need not tell it, too.
        self.known.expect(account, &lessons, now);
        let props: Vec<_> = lessons.props().cloned().collect();
        let telling = Telling::new(database, &self.known, account, lessons, now);
        let told = tokio::time::timeout(patience, attempting_for(patience, Box::pin(telling.run()))).await;
        let error = match told {
            Ok(Ok(())) => return,
            Ok(Err(error)) => error,
            Err(_) => Error::Unavailable,
        };
        self.known.forget(account, props, now);
        if error != Error::Contended {
            self.paused_until.store(now.plus(PAUSE).unix_millis(), Ordering::Relaxed);
        }
        match error {
            Error::Defect(what) | Error::Denied(what) => tracing::warn!(what, "the registry of properties could not be told"),
            _ => tracing::warn!("the registry of properties was not told in time; a later request tells it"),
        }
    }

    fn is_silent(&self, now: Timestamp) -> bool {
        self.patience.is_zero() || now.unix_millis() < self.paused_until.load(Ordering::Relaxed)
    }
}

/// The properties of all accounts.
pub struct Properties<'a> {
    database: &'a Database,
}

impl Storage {
    /// The properties of all accounts.
    #[must_use]
    pub fn properties(&self) -> Properties<'_> {
        Properties { database: &self.database }
    }

    /// Waits so long at most for the registry of properties. With zero it tells the registry nothing, which suits whoever counts requests.
    #[must_use]
    pub fn telling_for(mut self, patience: Duration) -> Self {
        self.registry.patience = patience;
        self
    }
}
