//! Reading many items by their keys, 100 in a request.

use std::collections::{BTreeMap, HashMap};
use std::iter;

use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};
use futures_util::{StreamExt, TryStreamExt, stream};
use profiles_domain::Error;

use super::database::{Database, failure, incomplete};
use super::item::{Item, Key, PK, SK};
use super::unsent::Unsent;

/// Keys that one request takes.
const MAX_KEYS: usize = 100;
/// Requests at once. Each is answered with 16 MB at most.
const AT_ONCE: usize = 4;

/// Keys to read, each of them once.
#[derive(Default)]
pub(crate) struct Wanted<'a> {
    keys: BTreeMap<Name, (&'a str, Key)>,
    reading: Reading,
}

/// How each item is read.
#[derive(Default)]
struct Reading {
    /// The attributes to read, besides the key; all of them if it is empty.
    only: Vec<String>,
    /// Whether a write of the last moments may be missing, for half the price.
    eventually: bool,
}

/// The items that were read. The others were not there.
#[derive(Default)]
pub(crate) struct Found(HashMap<Name, Item>);

/// A key as text. No two tables of one request have the same keys, because the hash of an address is longer than a slot's digit.
type Name = (String, String);

fn name(key: &Key) -> Name {
    let text = |attribute: &str| match key.get(attribute) {
        Some(AttributeValue::S(text)) => text.clone(),
        _ => String::new(),
    };
    (text(PK), text(SK))
}

impl<'a> Wanted<'a> {
    /// Reads only these attributes of each item, and its key.
    pub(crate) fn only(attributes: &[&str]) -> Self {
        let only = attributes.iter().map(|name| (*name).to_owned()).collect();
        Self { keys: BTreeMap::new(), reading: Reading { only, eventually: false } }
    }

    /// The same for half the price, eventually consistent: a write of the last moments may be missing.
    pub(crate) fn eventually(attributes: &[String]) -> Self {
        Self { keys: BTreeMap::new(), reading: Reading { only: attributes.to_vec(), eventually: true } }
    }

    pub(crate) fn add(&mut self, table: &'a str, key: Key) {
        self.keys.insert(name(&key), (table, key));
    }
}

impl Found {
    /// The item under the key; empty when there is none.
    pub(crate) fn get(&self, key: &Key) -> Item {
        self.at(key).cloned().unwrap_or_default()
    }

    /// The item under the key; `None` when there is none.
    pub(crate) fn at(&self, key: &Key) -> Option<&Item> {
        self.0.get(&name(key))
    }

    /// All of them.
    pub(crate) fn items(&self) -> impl Iterator<Item = &Item> {
        self.0.values()
    }

    /// The item under the key, which is found only once; empty when there is none.
    pub(crate) fn take(&mut self, key: &Key) -> Item {
        self.0.remove(&name(key)).unwrap_or_default()
    }

    pub(crate) fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }
}

impl Database {
    /// Reads items, strongly consistent unless told otherwise. Waits for those that DynamoDB does not read at once.
    pub(crate) async fn get_many(&self, wanted: Wanted<'_>) -> Result<Found, Error> {
        let Wanted { keys, reading } = wanted;
        let count = keys.len();
        let mut keys = keys.into_values();
        let bunches: Vec<Vec<(&str, Key)>> =
            iter::from_fn(|| Some(keys.by_ref().take(MAX_KEYS).collect())).take(count.div_ceil(MAX_KEYS)).collect();
        let all: Vec<_> = bunches.into_iter().map(|keys| self.get_bunch(keys, &reading)).collect();
        let found = HashMap::with_capacity(count);
        let join = |mut found: HashMap<_, _>, items: Vec<Item>| async {
            found.extend(items.into_iter().map(|item| (name(&item.0), item)));
            Ok(found)
        };
        stream::iter(all).buffer_unordered(AT_ONCE).try_fold(found, join).await.map(Found)
    }

    /// Reads as many items as one request takes.
    async fn get_bunch(&self, keys: Vec<(&str, Key)>, reading: &Reading) -> Result<Vec<Item>, Error> {
        let mut found = Vec::with_capacity(keys.len());
        let mut unsent = Unsent::new(keys, self.call_retries());
        while let Some(keys) = unsent.next().await? {
            let output = self.client.batch_get_item().set_request_items(Some(request(keys, reading)?)).send().await;
            let unprocessed = output.map_err(|error| failure("BatchGetItem", &error)).map(|output| {
                found.extend(output.responses.unwrap_or_default().into_values().flatten().map(Item));
                let left = output.unprocessed_keys.unwrap_or_default();
                let is_left = |table: &str, key| left.get(table).is_some_and(|left| left.keys().contains(key));
                keys.iter().filter(|(table, key)| is_left(table, key)).cloned().collect()
            });
            unsent.keep(unprocessed)?;
        }
        Ok(found)
    }
}

fn request(keys: &[(&str, Key)], reading: &Reading) -> Result<HashMap<String, KeysAndAttributes>, Error> {
    let mut by_table: HashMap<&str, Vec<Key>> = HashMap::new();
    for (table, key) in keys {
        by_table.entry(table).or_default().push(key.clone());
    }
    let mut items = HashMap::with_capacity(by_table.len());
    for (table, keys) in by_table {
        let mut request = KeysAndAttributes::builder().set_keys(Some(keys)).consistent_read(!reading.eventually);
        if !reading.only.is_empty() {
            let mut projection = format!("{PK}, {SK}");
            for (index, name) in reading.only.iter().enumerate() {
                projection.push_str(&format!(", #{index}"));
                request = request.expression_attribute_names(format!("#{index}"), name);
            }
            request = request.projection_expression(projection);
        }
        let keys = request.build().map_err(incomplete)?;
        items.insert(table.to_owned(), keys);
    }
    Ok(items)
}
