//! A sample: the first items in the order of slots, which are hashes. It is the beginning of a sweep.
//!
//! It tells how many records there are, what it costs to read them, and which share of them fits.

use aws_sdk_dynamodb::operation::query::QueryOutput;

use super::kind::RecordId;
use super::sweep::share_before;
use crate::dynamo::item::Key;

/// Items of a sample.
pub(super) const SAMPLED: i32 = 48;
/// Partition keys of an account's profiles or companies.
const KEYS: f64 = 16.0;
/// The read units of a query of a partition key at least.
const LEAST: f64 = 0.5;

/// A sample of an account's records.
pub(super) struct Sample {
    examined: f64,
    units: f64,
    /// The share of the account that it is.
    share: f64,
    /// Those that fit.
    pub(super) fitting: Vec<RecordId>,
    /// The key after which the sweep goes on; none if the first partition key has no more.
    pub(super) last: Option<Key>,
}

impl Sample {
    pub(super) fn new(page: &QueryOutput, fitting: Vec<RecordId>) -> Self {
        let last = page.last_evaluated_key.clone();
        Self {
            examined: f64::from(page.scanned_count),
            units: page.consumed_capacity.as_ref().and_then(|consumed| consumed.capacity_units).unwrap_or(LEAST),
            share: last.as_ref().map_or(1.0, share_before).max(f64::EPSILON) / KEYS,
            fitting,
            last,
        }
    }

    /// The share that fits, in the sample.
    pub(super) fn share(&self) -> Share {
        Share { examined: self.examined, fitting: self.fitting.len() as f64 }
    }

    /// The records of the account for each of the sample, about.
    pub(super) fn scale(&self) -> f64 {
        1.0 / self.share
    }

    /// The records of the account, about.
    pub(super) fn records(&self) -> f64 {
        self.examined / self.share
    }

    /// The read units of a sweep of the account, about.
    pub(super) fn sweep_units(&self) -> f64 {
        (self.units / self.share).max(LEAST * KEYS)
    }

    /// The read units of a record that is read by its key, about.
    pub(super) fn record_units(&self) -> f64 {
        // A read unit of a query holds 8 KB of items, that of a single item begins anew every 4 KB and costs half of it.
        let kilobytes = self.units * 8.0 / self.examined.max(1.0);
        LEAST * (kilobytes / 4.0).ceil().max(1.0)
    }
}

/// What is known of the share of records that fit: by a sample, and by those that were looked at since.
#[derive(Clone, Copy)]
pub(super) struct Share {
    pub(super) examined: f64,
    pub(super) fitting: f64,
}

impl Share {
    /// With those of another part.
    pub(super) fn with(self, other: Self) -> Self {
        Self { examined: self.examined + other.examined, fitting: self.fitting + other.fitting }
    }

    /// The share, about. Of nothing examined, it is a half.
    pub(super) fn estimate(self) -> f64 {
        (self.fitting + 0.5) / (self.examined + 1.0)
    }
}
