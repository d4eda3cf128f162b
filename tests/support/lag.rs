//! Lag: reads that are not strongly consistent are answered from older copies of the tables.
//!
//! So an index has entries of what is gone or changed, and lacks what is new, as those of DynamoDB may. DynamoDB Local has no lag of its own.

use aws_sdk_dynamodb::types::{DeleteRequest, PutRequest, WriteRequest};
use aws_smithy_runtime_api::client::http::{HttpConnector, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use serde_json::Value;

use crate::World;
use crate::backup::{Backup, PREFIX, names};
use crate::invariants::Item;
use crate::wire::answer;

/// The reads that lag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lagging {
    /// Those of indexes.
    Indexes,
    /// Those of indexes, and all that are not strongly consistent.
    EventualReads,
}

/// Older copies of the tables that hold users.
#[derive(Clone, Debug)]
pub struct Lag {
    tables: Vec<String>,
    lagging: Lagging,
}

impl Lag {
    /// Copies the tables as they are now. A world takes one at most.
    pub async fn from_now_on(world: &World, lagging: Lagging) -> Self {
        Backup::of(world).await.restore(world).await;
        Self { tables: names(&world.tables).map(String::clone).to_vec(), lagging }
    }

    /// Brings those items of the copies up to date for which `is_due` holds.
    pub async fn catch_up(&self, world: &World, mut is_due: impl FnMut(&Item) -> bool) {
        for table in &self.tables {
            let (old, new) = (world.items(&format!("{PREFIX}{table}")).await, world.items(table).await);
            let key = |item: &Item| ["PK", "SK"].map(|name| item.get(name).cloned());
            let mut writes = Vec::new();
            for item in new.iter().filter(|item| !old.contains(item)).filter(|item| is_due(item)) {
                let put = PutRequest::builder().set_item(Some(item.clone())).build().unwrap();
                writes.push(WriteRequest::builder().put_request(put).build());
            }
            for item in old.iter().filter(|item| !new.iter().any(|other| key(other) == key(item))).filter(|item| is_due(item)) {
                let key = item.iter().filter(|(name, _)| matches!(name.as_str(), "PK" | "SK"));
                let delete = DeleteRequest::builder().set_key(Some(key.map(|(name, value)| (name.clone(), value.clone())).collect()));
                writes.push(WriteRequest::builder().delete_request(delete.build().unwrap()).build());
            }
            for some in writes.chunks(25) {
                world.bare.batch_write_item().request_items(format!("{PREFIX}{table}"), some.to_vec()).send().await.unwrap();
            }
        }
    }

    /// Returns the request as the copies get it; `None` if it is not one of the reads that lag.
    pub(crate) fn rerouted(&self, operation: &str, body: &[u8]) -> Option<Value> {
        let mut sent: Value = serde_json::from_slice(body).ok()?;
        let has_copy = |name: &str| self.tables.iter().any(|table| table == name);
        match operation {
            "BatchGetItem" if self.lagging == Lagging::EventualReads => {
                let tables = sent["RequestItems"].as_object_mut()?;
                if !tables.iter().all(|(name, wanted)| has_copy(name) && wanted["ConsistentRead"] != true) {
                    return None;
                }
                *tables = std::mem::take(tables).into_iter().map(|(name, wanted)| (format!("{PREFIX}{name}"), wanted)).collect();
            }
            "Query" | "GetItem" | "Scan" => {
                let of_index = sent["IndexName"].is_string();
                let name = sent["TableName"].as_str()?;
                if !has_copy(name) || sent["ConsistentRead"] == true || (self.lagging == Lagging::Indexes && !of_index) {
                    return None;
                }
                sent["TableName"] = format!("{PREFIX}{name}").into();
            }
            _ => return None,
        }
        Some(sent)
    }
}

/// Sends a request to the copies, and gives the tables in the answer their names.
pub(crate) async fn call(inner: &SharedHttpConnector, mut request: HttpRequest, sent: &Value) -> Result<HttpResponse, ConnectorError> {
    let body = sent.to_string();
    request.headers_mut().insert("content-length", body.len().to_string());
    *request.body_mut() = SdkBody::from(body);
    let response = inner.call(request).await?;
    let status = response.status().as_u16();
    let body = ByteStream::new(response.into_body()).collect().await.map_err(|error| ConnectorError::io(error.into()))?.to_vec();
    let mut answered: Value = serde_json::from_slice(&body).unwrap();
    for part in ["Responses", "UnprocessedKeys"] {
        if let Some(tables) = answered[part].as_object_mut() {
            let named = |(name, items): (String, Value)| (name.strip_prefix(PREFIX).unwrap_or(&name).to_owned(), items);
            *tables = std::mem::take(tables).into_iter().map(named).collect();
        }
    }
    for read in answered["ConsumedCapacity"].as_array_mut().into_iter().flatten() {
        if let Some(name) = read["TableName"].as_str().and_then(|name| name.strip_prefix(PREFIX)).map(str::to_owned) {
            read["TableName"] = name.into();
        }
    }
    Ok(answer(status, answered.to_string()))
}
