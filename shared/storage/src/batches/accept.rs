//! Making a batch durable: its chunks first, then all that makes them a batch in one transaction.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::{AttributeValue, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem};
use profiles_domain::{AccountId, BatchId, Counts, Error, OnModelMissing};
use profiles_normalization::Timestamp;

use super::attributes::{
    ACCEPTED_AT, ACCEPTED_PROBLEMS, BATCH_ID, BODY, CHUNKS, DATA, DONE, HEADER, ITEMS, ON_MODEL_MISSING, PACKED, PARTS, PENDING, STATE,
    TICKET, TOTAL, WAITING, of_counts,
};
use super::ticket::TicketKey;
use super::{Batches, CHUNK_LASTS, HEADER_LASTS, PROBLEMS_LAST};
use crate::dynamo::database::{Transaction, Write, incomplete};
use crate::dynamo::item::{Item, Key};
use crate::dynamo::retry::Attempts;
use crate::dynamo::value::{expiry, number, text};
use crate::idempotency::IdempotencyKey;
use crate::schema::attributes::{EXPIRES_AT, PK, REV};
use crate::schema::attributes::{QUEUE, SINCE};
use crate::schema::keys::{self, hex};

/// Bytes in one part of a chunk. An item holds 400 KB, with its names and the other attributes.
const MAX_PART_BYTES: usize = 350 * 1024;

/// A batch on its way in.
pub struct NewBatch<'a> {
    /// Whose it is.
    pub account: AccountId,
    /// Its id, which no other batch has.
    pub id: BatchId,
    /// When it was received.
    pub accepted_at: Timestamp,
    /// What becomes of items whose profile isn't there.
    pub on_model_missing: OnModelMissing,
    /// All its items, those that cannot be applied among them.
    pub total: u32,
    /// Items that cannot be applied.
    pub failed: u32,
    /// Which those are and why, as whoever shows it can read it.
    pub problems: Option<Vec<u8>>,
    /// What waits to be applied.
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
    /// How many.
    pub items: u32,
    /// All of them, as whoever applies them can read it.
    pub bytes: Vec<u8>,
}

/// What an `Idempotency-Key` was used for before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Earlier {
    /// For the same batch, which has this id.
    Same(BatchId),
    /// For another one.
    Other,
}

/// What became of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acceptance {
    /// It is there, and will be applied whatever happens.
    Accepted,
    /// Its key was used before; nothing of it will be applied.
    Earlier(Earlier),
}

impl Batches<'_> {
    /// What the key was used for, if it was.
    ///
    /// # Errors
    /// What the database says.
    pub async fn earlier(&self, account: AccountId, key: &IdempotencyKey, now: Timestamp) -> Result<Option<Earlier>, Error> {
        let item = self.database.get(&self.database.tables.batches, keys::idempotency(account, &key.key)).await?;
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

    /// Whether the commit took place. If not, it never will: a tombstone is where its header would be.
    async fn took_place(&self, batch: &NewBatch<'_>) -> Result<bool, Error> {
        let mut attempts = Attempts::new(self.patience);
        loop {
            attempts.next().await?;
            let put = self
                .database
                .client
                .put_item()
                .table_name(&self.database.tables.batches)
                .set_item(Some(keys::of_batch(batch.account, batch.id, HEADER)))
                .item(EXPIRES_AT, expiry(batch.accepted_at, HEADER_LASTS))
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
        let expires = expiry(batch.accepted_at, CHUNK_LASTS);
        let parts = parts(batch).map(|(key, bytes)| {
            let data = AttributeValue::B(Blob::new(bytes));
            Item(key.into_iter().chain([(DATA.to_owned(), data), (EXPIRES_AT.to_owned(), expires.clone())]).collect())
        });
        let parts = parts.collect();
        self.database.put_many(&self.database.tables.batch_chunks, parts, self.patience).await
    }

    async fn delete_chunks(&self, batch: &NewBatch<'_>) -> Result<(), Error> {
        let keys = parts(batch).map(|(key, _)| key).collect();
        self.database.delete_many(&self.database.tables.batch_chunks, keys, self.patience).await
    }

    /// Writes header, tickets, problems and key: all or none of them.
    async fn commit(&self, batch: &NewBatch<'_>) -> Result<Acceptance, Error> {
        let mut attempts = Attempts::new(self.patience);
        loop {
            attempts.next().await?;
            let mut actions = vec![self.put(header(batch), None)?];
            for (number, chunk) in (0..).zip(batch.chunks) {
                actions.push(self.put(ticket(batch, number, chunk), None)?);
            }
            for (number, packed) in batch.problems.iter().flat_map(|packed| packed.chunks(MAX_PART_BYTES)).enumerate() {
                let key = keys::of_batch(batch.account, batch.id, format!("{ACCEPTED_PROBLEMS}{number:02}"));
                let packed = (PACKED.to_owned(), AttributeValue::B(Blob::new(packed)));
                let expires = (EXPIRES_AT.to_owned(), expiry(batch.accepted_at, PROBLEMS_LAST));
                actions.push(self.put(key.into_iter().chain([packed, expires]).collect(), None)?);
            }
            if let Some(key) = batch.key {
                actions.push(self.put(idempotency(batch, key), Some(batch.accepted_at))?);
            }
            match (self.database.transact(actions).await?, batch.key) {
                (Transaction::Done, _) => return Ok(Acceptance::Accepted),
                (Transaction::Refused(mut refused), Some(key)) => {
                    // The key is the last action. Without an answer about it, somebody else was about to use it.
                    let item = refused.pop().flatten().unwrap_or_default();
                    if let Some(earlier) = earlier(&item, key, batch.accepted_at) {
                        return Ok(Acceptance::Earlier(earlier));
                    }
                }
                (Transaction::Refused(_), None) => {}
            }
        }
    }

    /// Puts what isn't there, or with a time, what expired before it.
    fn put(&self, item: HashMap<String, AttributeValue>, unless_valid_at: Option<Timestamp>) -> Result<TransactWriteItem, Error> {
        let mut condition = format!("attribute_not_exists({PK})");
        let mut put = Put::builder();
        if let Some(now) = unless_valid_at {
            condition.push_str(&format!(" OR {EXPIRES_AT} <= :now"));
            put = put.expression_attribute_values(":now", expiry(now, Duration::ZERO));
        }
        let put = put
            .table_name(&self.database.tables.batches)
            .set_item(Some(item))
            .condition_expression(condition)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()
            .map_err(incomplete)?;
        Ok(TransactWriteItem::builder().put(put).build())
    }
}

/// The parts of all chunks, each with its key.
fn parts<'a>(batch: &'a NewBatch<'_>) -> impl Iterator<Item = (Key, &'a [u8])> {
    (0..).zip(batch.chunks).flat_map(move |(number, chunk)| {
        let parts = (0..).zip(chunk.bytes.chunks(MAX_PART_BYTES));
        parts.map(move |(part, bytes)| (keys::chunk_part(batch.account, batch.id, number, part), bytes))
    })
}

fn header(batch: &NewBatch<'_>) -> HashMap<String, AttributeValue> {
    let chunks = u64::try_from(batch.chunks.len()).unwrap_or(u64::MAX);
    let mut item = keys::of_batch(batch.account, batch.id, HEADER);
    item.extend(of_counts(Counts { failed: batch.failed, ..Counts::default() }));
    item.extend([
        (ACCEPTED_AT.to_owned(), text(batch.accepted_at)),
        (SINCE.to_owned(), text(batch.accepted_at)),
        (TOTAL.to_owned(), number(batch.total)),
        (CHUNKS.to_owned(), number(chunks)),
        (PENDING.to_owned(), number(chunks)),
        (EXPIRES_AT.to_owned(), expiry(batch.accepted_at, HEADER_LASTS)),
    ]);
    item
}

fn ticket(batch: &NewBatch<'_>, chunk_number: u32, chunk: &NewChunk) -> HashMap<String, AttributeValue> {
    let mut item = keys::of_batch(batch.account, batch.id, format!("{TICKET}{chunk_number:03}"));
    item.extend(of_counts(Counts::default()));
    item.extend([
        (STATE.to_owned(), text(WAITING)),
        (ACCEPTED_AT.to_owned(), text(batch.accepted_at)),
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

fn idempotency(batch: &NewBatch<'_>, key: &IdempotencyKey) -> HashMap<String, AttributeValue> {
    let mut item = keys::idempotency(batch.account, &key.key);
    item.extend([
        (BATCH_ID.to_owned(), text(batch.id)),
        (BODY.to_owned(), text(hex(&key.body))),
        (EXPIRES_AT.to_owned(), expiry(batch.accepted_at, key.lasts)),
    ]);
    item
}

fn earlier(item: &Item, key: &IdempotencyKey, now: Timestamp) -> Option<Earlier> {
    let id = item.text(BATCH_ID)?.parse().ok()?;
    // DynamoDB deletes what expired only some time later.
    item.number::<i64>(EXPIRES_AT).filter(|expires| *expires > now.unix_seconds())?;
    Some(if item.text(BODY) == Some(hex(&key.body).as_str()) { Earlier::Same(id) } else { Earlier::Other })
}
