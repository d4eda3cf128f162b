//! The status of a batch.

use profiles_domain::{AccountId, BatchId, BatchModel, Counts, Error};

use super::attributes::{
    ACCEPTED_AT, ACCEPTED_PROBLEMS, CHUNKS, DONE, FAILURES, HEADER, PENDING, PROBLEMS, TICKET, TOTAL, counts_from_item, model_of, packed_of,
};
use super::{ATTEMPTS_UNTIL_STALLED, Batches};
use crate::dynamo::database::failure;
use crate::dynamo::item::Item;
use crate::dynamo::value::text;
use crate::schema::attributes::{PK, SINCE, SK};
use crate::schema::keys;

/// The state of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Nothing of it is applied yet, as far as is known.
    Accepted,
    /// Some of it is applied.
    Processing,
    /// All of it is applied, and nothing of its chunks is left.
    Completed,
}

/// The status of a batch.
pub struct Status {
    /// Its state.
    pub state: State,
    /// When it was accepted, as canonical text.
    pub accepted_at: String,
    /// When the last of it was applied, as canonical text.
    pub completed_at: Option<String>,
    /// The number of its items.
    pub total: u32,
    /// The counts of its items that are done.
    pub counts: Counts,
    /// The number of chunks that the function failed at again and again. The schedule requeues them.
    pub stalled_chunks: u32,
    /// Errors and warnings of its items, in the worker's packed form.
    pub problems: Vec<Vec<u8>>,
}

impl Batches<'_> {
    /// Reads the status of a batch of this kind; `None` when the account has none of this id.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn status(&self, account: AccountId, model: BatchModel, batch: BatchId) -> Result<Option<Status>, Error> {
        // The header is read first: what is done by its counts is then found done in all that is read after it.
        let header = self.database.get(&self.database.tables.batches, keys::of_batch(account, batch, HEADER)).await?;
        let Some(accepted_at) = header.text(ACCEPTED_AT).filter(|_| model_of(&header) == model) else { return Ok(None) };
        let query = self.database.client.query().table_name(&self.database.tables.batches).consistent_read(true);
        let query = query
            .key_condition_expression(format!("{PK} = :batch"))
            .expression_attribute_values(":batch", text(keys::partition_of_batch(account, batch)));
        let mut items = query.into_paginator().items().send();
        let mut counts = counts_from_item(&header);
        let (mut stalled_chunks, mut problems, mut has_progress) = (0, Vec::new(), false);
        let mut accepted_problems = Vec::new();
        while let Some(item) = items.next().await {
            let item = Item(item.map_err(|error| failure("Query", &error))?);
            match item.text(SK).unwrap_or_default() {
                // In the order of its parts, as all items come in that of their keys.
                sort if sort.starts_with(ACCEPTED_PROBLEMS) => accepted_problems.extend(packed_of(&item).unwrap_or_default()),
                sort if sort.starts_with(PROBLEMS) => problems.extend(packed_of(&item)),
                sort if sort.starts_with(TICKET) => {
                    counts += counts_from_item(&item);
                    has_progress |= item.number::<u32>(DONE).unwrap_or(0) > 0;
                    stalled_chunks += u32::from(item.number::<u32>(FAILURES).unwrap_or(0) >= ATTEMPTS_UNTIL_STALLED);
                    problems.extend(packed_of(&item));
                }
                _ => {}
            }
        }
        problems.extend(Some(accepted_problems).filter(|packed| !packed.is_empty()));
        let (pending, chunks) = (header.number::<u32>(PENDING).unwrap_or(0), header.number::<u32>(CHUNKS).unwrap_or(0));
        let state = match pending {
            0 => State::Completed,
            pending if pending == chunks && !has_progress => State::Accepted,
            _ => State::Processing,
        };
        Ok(Some(Status {
            state,
            accepted_at: accepted_at.to_owned(),
            completed_at: header.text(SINCE).filter(|_| state == State::Completed).map(str::to_owned),
            total: header.number(TOTAL).unwrap_or(0),
            counts,
            stalled_chunks,
            problems,
        }))
    }
}
