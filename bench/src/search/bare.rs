//! A bare read of an account: its 16 partitions, without filter, by the plain client.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

use super::account::Account;
use super::share::Share;
use crate::local::{Local, tables};
use crate::recorder::Recorder;
use crate::report::Findings;

/// Bytes that an eventually consistent read unit reads.
const BYTES_A_UNIT: f64 = 8192.0;

/// What a bare read found, and what it cost.
pub(super) struct Bare {
    pub(super) requests: u32,
    pub(super) read_units: f64,
    /// The size of all items, by DynamoDB's rules.
    pub(super) bytes: usize,
    /// The profiles, the newest first.
    pub(super) profiles: Vec<Seen>,
    /// The size of an entry of an index by id that holds only keys.
    entry: usize,
}

/// A profile of a bare read.
pub(super) struct Seen {
    pub(super) id: String,
    item: HashMap<String, AttributeValue>,
}

impl Seen {
    /// Whether it fits the filter of this share.
    pub(super) fn is_in(&self, share: Share) -> bool {
        self.item.get(share.property()) == Some(&AttributeValue::S("yes".to_owned()))
    }
}

impl Bare {
    /// Reads the account.
    pub(super) async fn read(local: &Local, account: &str) -> Self {
        let recorder = Recorder::default();
        let client = local.recorded_by(&recorder);
        let mut profiles = Vec::new();
        let (mut bytes, mut entry) = (0, 0);
        for shard in "0123456789abcdef".chars() {
            let pages = client
                .query()
                .table_name(tables().profiles)
                .key_condition_expression("PK = :partition")
                .expression_attribute_values(":partition", AttributeValue::S(format!("{account}#{shard}")))
                .into_paginator()
                .items()
                .send();
            for item in pages.collect::<Result<Vec<_>, _>>().await.expect("the partition") {
                bytes += size_of_all(&item);
                if let Some(id) = item.get("id").and_then(|id| id.as_s().ok()) {
                    entry = ["PK", "SK", "id"].iter().map(|key| key.len() + size(&item[*key])).sum();
                    profiles.push(Seen { id: id.clone(), item });
                }
            }
        }
        profiles.sort_unstable_by(|one, other| other.id.cmp(&one.id));
        let recorded = recorder.take();
        Self { requests: recorded.requests(), read_units: recorded.read_units, bytes, profiles, entry }
    }

    /// Returns the units of a read of all bytes, without rounding.
    pub(super) fn computed(&self) -> f64 {
        self.bytes as f64 / BYTES_A_UNIT
    }

    /// Returns the units of reading that many entries of an index, in 16 parts of half a unit at least.
    pub(super) fn of_index(&self, entries: usize) -> f64 {
        (entries as f64 * self.entry as f64 / BYTES_A_UNIT).max(8.0)
    }
}

/// Writes what the accounts are like.
pub(super) fn write(accounts: &[Account], findings: &mut Findings) {
    findings.say(
        "Accounts on DynamoDB Local, through the handlers. Every request is counted, those for a place among the searches too. Units are\n\
        those that DynamoDB Local reports. A bare read: 16 queries without filter, eventually consistent, and their further pages.\n",
    );
    findings.say(&format!(
        "{:>8} {:>9} {:>10} {:>9} {:>12} {:>14}",
        "profiles", "bytes", "bytes each", "bare read", "its requests", "bytes / 8 KB"
    ));
    for Account { size, bare, .. } in accounts {
        findings.say(&format!(
            "{size:8} {:9} {:10} {:9} {:12} {:14.1}",
            bare.bytes,
            bare.bytes / size,
            bare.read_units,
            bare.requests,
            bare.computed()
        ));
    }
}

fn size_of_all(item: &HashMap<String, AttributeValue>) -> usize {
    item.iter().map(|(name, value)| name.len() + size(value)).sum()
}

/// Returns a value's size, by the rules of DynamoDB: a number takes a byte for two digits and one more.
fn size(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::S(text) => text.len(),
        AttributeValue::N(number) => number.bytes().filter(u8::is_ascii_digit).count().div_ceil(2) + 1,
        AttributeValue::L(items) => 3 + items.iter().map(|item| 1 + size(item)).sum::<usize>(),
        AttributeValue::M(fields) => 3 + fields.len() + size_of_all(fields),
        AttributeValue::Ss(texts) => texts.iter().map(String::len).sum(),
        _ => 1,
    }
}
