//! Accepting a batch: its chunks are stored first, then all that makes them a batch, in one transaction.

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::builders::PutBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, Put};
use profiles_domain::{AccountId, BatchId, BatchModel, Counts, Error, OnModelMissing};
use profiles_normalization::Timestamp;

use super::attributes::{
    ACCEPTED_AT, ACCEPTED_PROBLEMS, BATCH_ID, BODY, CHUNKS, DATA, DONE, HEADER, ITEMS, MODELS, ON_MODEL_MISSING, PACKED, PARTS, PENDING,
    STATE, TICKET, TOTAL, WAITING, counts_to_attributes,
};
use super::ticket::TicketKey;
use super::{Batches, CHUNK_TTL, HEADER_TTL, PROBLEMS_TTL};
use crate::dynamo::database::Write;
use crate::dynamo::item::{Attributes, Item, Key};
use crate::dynamo::transaction::{Committed, Transaction};
use crate::dynamo::value::{expiry, number, text};
use crate::idempotency::{self, IdempotencyKey};
use crate::schema::attributes::{EXPIRES_AT, PK, QUEUE, REV, SINCE};
use crate::schema::keys::{self, hex};

/// Bytes in one part of a chunk. An item holds 400 KB, with its names and the other attributes.
const MAX_PART_BYTES: usize = 350 * 1024;

/// A batch on its way in.
pub struct NewBatch<'a> {
    /// The account of its profiles or companies.
    pub account: AccountId,
    /// Its id, which no other batch has.
    pub id: BatchId,
    /// What its items create and update.
    pub model: BatchModel,
    /// When it was received.
    pub accepted_at: Timestamp,
    /// Whether profiles or companies that are not there are created, or their items ignored.
    pub on_model_missing: OnModelMissing,
    /// The number of its items, with those that cannot be applied.
    pub total: u32,
    /// The number of items that cannot be applied.
    pub failed: u32,
    /// The errors and warnings of its items, in packed form.
    pub problems: Option<Vec<u8>>,
    /// The items that wait to be applied.
    pub chunks: &'a [NewChunk],
    /// The key under which the same batch may be sent again.
    pub key: Option<&'a IdempotencyKey>,
}

impl NewBatch<'_> {
    /// The keys of its tickets, one for each chunk.
    pub fn tickets(&self) -> impl Iterator<Item = TicketKey> {
        (0..).zip(self.chunks).map(|(chunk, _)| TicketKey { account: self.account, batch: self.id, chunk })
    }
}

/// Items that are applied together.
pub struct NewChunk {
    /// The number of items.
    pub items: u32,
    /// The items, in the worker's packed form.
    pub bytes: Vec<u8>,
}

/// The batch that an `Idempotency-Key` was used for before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Earlier {
    /// The same batch, which has this id.
    Same(BatchId),
    /// Another batch.
    Other,
}

/// The result of accepting a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acceptance {
    /// It is stored, and will be applied whatever happens.
    Accepted,
    /// Its key was used before; nothing of it will be applied.
    Earlier(Earlier),
}

impl Batches<'_> {
    /// Looks up the batch that the key was used for.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn earlier(&self, account: AccountId, key: &IdempotencyKey, now: Timestamp) -> Result<Option<Earlier>, Error> {
        let item = self.database.get(&self.database.tables.batches, keys::batch_key(account, &key.key)).await?;
        Ok(earlier(&item, key, now))
    }

    /// Makes the batch durable.
    ///
    /// # Errors
    /// `Unavailable`: nothing of it will be applied, unless the database could not even be asked afterwards.
    pub async fn accept(&self, batch: &NewBatch<'_>) -> Result<Acceptance, Error> {
        let accepted = match self.put_chunks(batch).await {
            Ok(()) => match self.commit(batch).await {
                accepted @ (Ok(Acceptance::Accepted) | Err(Error::Defect(_))) => return accepted,
                // An answer that was lost may have been a yes, or become one.
                Err(_) if self.took_place(batch).await? => return Ok(Acceptance::Accepted),
                accepted => accepted,
            },
            Err(error) => Err(error),
        };
        // Without its chunks, nothing of it can be applied any more. If this fails too, they expire.
        let _ = self.delete_chunks(batch).await;
        accepted
    }

    /// Whether the commit took place. If not, it never will: a tombstone is put in place of its header.
    async fn took_place(&self, batch: &NewBatch<'_>) -> Result<bool, Error> {
        let mut retries = self.database.race_retries();
        loop {
            retries.wait_for_next().await?;
            let put = self
                .database
                .client
                .put_item()
                .table_name(&self.database.tables.batches)
                .set_item(Some(keys::of_batch(batch.account, batch.id, HEADER)))
                .item(EXPIRES_AT, expiry(batch.accepted_at, HEADER_TTL))
                .condition_expression(format!("attribute_not_exists({PK})"));
            match self.database.put(put).await? {
                Write::Done(_) => return Ok(false),
                // It may be the tombstone, put by an attempt whose answer was lost.
                Write::Refused(header) => return Ok(header.0.contains_key(ACCEPTED_AT)),
                Write::Raced => {}
            }
        }
    }

    async fn put_chunks(&self, batch: &NewBatch<'_>) -> Result<(), Error> {
        let expires = expiry(batch.accepted_at, CHUNK_TTL);
        let parts = parts(batch).map(|(key, bytes)| {
            let data = AttributeValue::B(Blob::new(bytes));
            Item(key.into_iter().chain([(DATA.to_owned(), data), (EXPIRES_AT.to_owned(), expires.clone())]).collect())
        });
        let parts = parts.collect();
        self.database.put_many(&self.database.tables.batch_chunks, parts).await
    }

    async fn delete_chunks(&self, batch: &NewBatch<'_>) -> Result<(), Error> {
        let keys = parts(batch).map(|(key, _)| key).collect();
        self.database.delete_many(&self.database.tables.batch_chunks, keys).await
    }

    /// Writes header, tickets, problems and key: all or none of them.
    async fn commit(&self, batch: &NewBatch<'_>) -> Result<Acceptance, Error> {
        let mut retries = self.database.race_retries();
        loop {
            retries.wait_for_next().await?;
            let mut transaction = Transaction::default();
            transaction.add(self.put_new(header(batch)))?;
            for (number, chunk) in (0..).zip(batch.chunks) {
                transaction.add(self.put_new(ticket(batch, number, chunk)))?;
            }
            for (number, packed) in batch.problems.iter().flat_map(|packed| packed.chunks(MAX_PART_BYTES)).enumerate() {
                transaction.add(self.put_new(problems(batch, number, packed)))?;
            }
            let key = match batch.key {
                Some(key) => Some((key, transaction.add(self.put_key(batch, key))?)),
                None => None,
            };
            let Committed::Refused(refused) = self.database.commit(transaction).await? else { return Ok(Acceptance::Accepted) };
            // When the key was not refused, another request was about to use it.
            let stored = key.and_then(|(key, action)| Some((key, refused.get(action)?)));
            if let Some(earlier) = stored.and_then(|(key, item)| earlier(item, key, batch.accepted_at)) {
                return Ok(Acceptance::Earlier(earlier));
            }
        }
    }

    /// The action that puts an item which is not there.
    fn put_new(&self, item: Attributes) -> PutBuilder {
        Put::builder()
            .table_name(&self.database.tables.batches)
            .set_item(Some(item))
            .condition_expression(format!("attribute_not_exists({PK})"))
    }

    /// The action that stores the batch's idempotency key.
    fn put_key(&self, batch: &NewBatch<'_>, key: &IdempotencyKey) -> PutBuilder {
        let (condition, values) = idempotency::vacant(batch.accepted_at);
        Put::builder()
            .table_name(&self.database.tables.batches)
            .set_item(Some(keys::batch_key(batch.account, &key.key)))
            .item(BATCH_ID, text(batch.id))
            .item(BODY, text(hex(&key.body)))
            .item(EXPIRES_AT, expiry(batch.accepted_at, key.lasts))
            .condition_expression(condition)
            .set_expression_attribute_values(Some(values))
    }
}

/// The parts of all chunks, each with its key.
fn parts<'a>(batch: &'a NewBatch<'_>) -> impl Iterator<Item = (Key, &'a [u8])> {
    (0..).zip(batch.chunks).flat_map(move |(number, chunk)| {
        let parts = (0..).zip(chunk.bytes.chunks(MAX_PART_BYTES));
        parts.map(move |(part, bytes)| (keys::chunk_part(batch.account, batch.id, number, part), bytes))
    })
}

fn header(batch: &NewBatch<'_>) -> Attributes {
    let chunks = u64::try_from(batch.chunks.len()).unwrap_or(u64::MAX);
    let mut item = keys::of_batch(batch.account, batch.id, HEADER);
    item.extend(counts_to_attributes(Counts { failed: batch.failed, ..Counts::default() }));
    item.extend([
        (ACCEPTED_AT.to_owned(), text(batch.accepted_at)),
        (SINCE.to_owned(), text(batch.accepted_at)),
        (TOTAL.to_owned(), number(batch.total)),
        (MODELS.to_owned(), text(batch.model.as_str())),
        (CHUNKS.to_owned(), number(chunks)),
        (PENDING.to_owned(), number(chunks)),
        (EXPIRES_AT.to_owned(), expiry(batch.accepted_at, HEADER_TTL)),
    ]);
    item
}

fn ticket(batch: &NewBatch<'_>, chunk_number: u32, chunk: &NewChunk) -> Attributes {
    let mut item = keys::of_batch(batch.account, batch.id, format!("{TICKET}{chunk_number:03}"));
    item.extend(counts_to_attributes(Counts::default()));
    item.extend([
        (STATE.to_owned(), text(WAITING)),
        (ACCEPTED_AT.to_owned(), text(batch.accepted_at)),
        (MODELS.to_owned(), text(batch.model.as_str())),
        (ON_MODEL_MISSING.to_owned(), text(batch.on_model_missing.as_str())),
        (PARTS.to_owned(), number(u64::try_from(chunk.bytes.len().div_ceil(MAX_PART_BYTES)).unwrap_or(u64::MAX))),
        (ITEMS.to_owned(), number(chunk.items)),
        (DONE.to_owned(), number(0_u64)),
        (REV.to_owned(), number(0_u64)),
        (QUEUE.to_owned(), text(batch.id.slot().shard())),
        (SINCE.to_owned(), text(batch.accepted_at)),
    ]);
    item
}

fn problems(batch: &NewBatch<'_>, part: usize, packed: &[u8]) -> Attributes {
    let mut item = keys::of_batch(batch.account, batch.id, format!("{ACCEPTED_PROBLEMS}{part:02}"));
    item.extend([
        (PACKED.to_owned(), AttributeValue::B(Blob::new(packed))),
        (EXPIRES_AT.to_owned(), expiry(batch.accepted_at, PROBLEMS_TTL)),
    ]);
    item
}

fn earlier(item: &Item, key: &IdempotencyKey, now: Timestamp) -> Option<Earlier> {
    let id = item.text(BATCH_ID)?.parse().ok()?;
    if !idempotency::is_valid(item, now) {
        return None;
    }
    Some(if item.text(BODY) == Some(hex(&key.body).as_str()) { Earlier::Same(id) } else { Earlier::Other })
}
