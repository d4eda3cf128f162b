//! Putting and deleting many items that no other request writes.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, DeleteRequest, PutRequest, WriteRequest};
use futures_util::{StreamExt, TryStreamExt, stream};
use profiles_domain::Error;

use super::database::{Database, failure, incomplete};
use super::item::{Item, Key};
use super::unsent::Unsent;

/// Items that one request takes.
const MAX_ITEMS: usize = 25;
/// Bytes of binary data in one request. DynamoDB takes 16 MB; this bounds the memory of a request, which also holds them in base64.
const MAX_BYTES: usize = 2 * 1024 * 1024;
/// Requests at once.
const AT_ONCE: usize = 3;

impl Database {
    /// Puts items into a table, and replaces those that are there.
    pub(crate) async fn put_many(&self, table: &str, items: Vec<Item>) -> Result<(), Error> {
        let puts = items.into_iter().map(|item| {
            let put = PutRequest::builder().set_item(Some(item.0)).build().map_err(incomplete)?;
            Ok(WriteRequest::builder().put_request(put).build())
        });
        let puts = puts.collect::<Result<_, _>>()?;
        self.write_many(table, puts).await
    }

    /// Deletes items of a table, if they are there.
    pub(crate) async fn delete_many(&self, table: &str, keys: Vec<Key>) -> Result<(), Error> {
        let deletes = keys.into_iter().map(|key| {
            let delete = DeleteRequest::builder().set_key(Some(key)).build().map_err(incomplete)?;
            Ok(WriteRequest::builder().delete_request(delete).build())
        });
        let deletes = deletes.collect::<Result<_, _>>()?;
        self.write_many(table, deletes).await
    }

    async fn write_many(&self, table: &str, writes: Vec<WriteRequest>) -> Result<(), Error> {
        let all: Vec<_> = bunches(writes).into_iter().map(|bunch| self.write_bunch(table, bunch)).collect();
        stream::iter(all).buffer_unordered(AT_ONCE).try_collect().await
    }

    /// Writes as many items as one request takes. Waits for those that DynamoDB does not write at once.
    async fn write_bunch(&self, table: &str, bunch: Vec<WriteRequest>) -> Result<(), Error> {
        let mut unsent = Unsent::new(bunch, self.call_retries());
        while let Some(writes) = unsent.next().await? {
            let request = HashMap::from([(table.to_owned(), writes.to_vec())]);
            let output = self.client.batch_write_item().set_request_items(Some(request)).send().await;
            let unprocessed = output.map_err(|error| failure("BatchWriteItem", &error)).map(|output| {
                let mut left = output.unprocessed_items.unwrap_or_default();
                left.remove(table).unwrap_or_default()
            });
            unsent.keep(unprocessed)?;
        }
        Ok(())
    }
}

/// Divides writes into as many as a request takes.
fn bunches(writes: Vec<WriteRequest>) -> Vec<Vec<WriteRequest>> {
    let mut bunches: Vec<Vec<WriteRequest>> = Vec::new();
    let mut bytes = 0;
    for write in writes {
        let more = bytes_of(&write);
        match bunches.last_mut().filter(|bunch| bunch.len() < MAX_ITEMS && bytes + more <= MAX_BYTES) {
            Some(bunch) => bunch.push(write),
            None => {
                bytes = 0;
                bunches.push(vec![write]);
            }
        }
        bytes += more;
    }
    bunches
}

/// The bytes of binary data in a write.
fn bytes_of(write: &WriteRequest) -> usize {
    let values = write.put_request().into_iter().flat_map(|put| put.item().values());
    values.filter_map(|value| AttributeValue::as_b(value).ok()).map(|blob| blob.as_ref().len()).sum()
}
