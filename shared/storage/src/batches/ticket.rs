//! Tickets: what is left to do of a batch, one for each chunk.

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};
use profiles_domain::{AccountId, BatchId, Counts, Error, OnModelMissing};
use profiles_normalization::Timestamp;

use super::Batches;
use super::attributes::{
    ACCEPTED_AT, APPLYING, BLOCKED, DATA, DONE, FAILING, FAILURES, ITEMS, ON_MODEL_MISSING, PACKED, PARTS, STATE, TICKET, WAITING,
    counts_of, of_counts, packed_of,
};
use crate::dynamo::database::{Write, failure};
use crate::dynamo::item::{Item, Key};
use crate::dynamo::value::{number, numbers, text};
use crate::schema::attributes::SINCE;
use crate::schema::attributes::{PK, REV};
use crate::schema::keys;

/// Stored as the groups that are done when none is left, whatever their number.
const ALL: u32 = u32::MAX;

/// Which ticket, as a stream names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TicketKey {
    pub(super) account: AccountId,
    pub(super) batch: BatchId,
    pub(super) chunk: u32,
}

/// Where items come from that are applied, and under what terms.
#[derive(Clone, Copy, Debug)]
pub struct Source {
    /// Whose profiles they are about.
    pub account: AccountId,
    /// The batch.
    pub batch: BatchId,
    /// The chunk of it.
    pub chunk: u32,
    /// When the batch was accepted. Who was forgotten since is not brought back.
    pub accepted_at: Timestamp,
    /// What becomes of items whose profile isn't there.
    pub on_model_missing: OnModelMissing,
}

/// A ticket as it was read.
pub struct Ticket {
    /// Which one it is.
    pub key: TicketKey,
    /// Where its items come from, and under what terms.
    pub source: Source,
    /// How many wait in its chunk.
    pub items: u32,
    /// How far somebody got.
    pub progress: Progress,
    pub(super) parts: u32,
    pub(super) revision: u64,
}

/// What becomes of the wish to apply a ticket's chunk alone.
pub enum Claim {
    /// Nobody else begins with it, as long as the claim is renewed.
    Taken(Ticket),
    /// Somebody else has claimed it, and renewed that at this time.
    Held(Timestamp),
    /// The chunk is done.
    Done,
}

/// How far a chunk is applied.
#[derive(Clone, Default)]
pub struct Progress {
    /// Groups of items that are done, in the order in which `group` makes them.
    pub groups: u32,
    /// How their items are counted.
    pub counts: Counts,
    /// Which of them failed and why, as whoever applies them packs it.
    pub problems: Option<Vec<u8>>,
    /// Groups that are left behind: they could not be applied yet, and the others go on.
    pub blocked: Vec<u32>,
    /// Whether all groups are done.
    pub is_complete: bool,
}

impl TicketKey {
    /// Reads the key of a stream's record. `None` when it isn't a ticket's.
    #[must_use]
    pub fn parse(partition: &str, sort: &str) -> Option<Self> {
        let (account, batch) = partition.split_once('#')?;
        let chunk = sort.strip_prefix(TICKET)?.parse().ok()?;
        Some(Self { account: account.parse().ok()?, batch: batch.parse().ok()?, chunk })
    }

    /// The batch that the ticket is of.
    #[must_use]
    pub fn batch(self) -> BatchId {
        self.batch
    }

    /// Which of the batch's chunks.
    #[must_use]
    pub fn chunk(self) -> u32 {
        self.chunk
    }

    pub(super) fn key(self) -> Key {
        keys::of_batch(self.account, self.batch, format!("{TICKET}{:03}", self.chunk))
    }

    fn parts(self, parts: u32) -> impl Iterator<Item = Key> {
        (0..parts).map(move |part| keys::chunk_part(self.account, self.batch, self.chunk, part))
    }
}

impl Ticket {
    /// What a claim on it is renewed by.
    #[must_use]
    pub fn claim(&self) -> (TicketKey, u64) {
        (self.key, self.revision)
    }

    /// The keys of its chunk's parts.
    pub(super) fn part_keys(&self) -> impl Iterator<Item = Key> + use<> {
        self.key.parts(self.parts)
    }

    pub(super) fn read(key: TicketKey, item: &Item) -> Option<Self> {
        let source = Source {
            account: key.account,
            batch: key.batch,
            chunk: key.chunk,
            accepted_at: Timestamp::parse_canonical(item.text(ACCEPTED_AT)?)?,
            on_model_missing: OnModelMissing::from_word(item.text(ON_MODEL_MISSING)?)?,
        };
        let progress = Progress {
            groups: item.number(DONE)?,
            counts: counts_of(item),
            problems: packed_of(item),
            blocked: item.list_of_numbers(BLOCKED),
            is_complete: item.number(DONE) == Some(ALL),
        };
        Some(Self { key, source, items: item.number(ITEMS)?, progress, parts: item.number(PARTS)?, revision: item.revision()? })
    }
}

impl Batches<'_> {
    /// Reads a ticket; `None` when its chunk is done.
    ///
    /// # Errors
    /// What the database says.
    pub async fn ticket(&self, key: TicketKey) -> Result<Option<Ticket>, Error> {
        let item = self.database.get(&self.database.tables.batches, key.key()).await?;
        if item.0.is_empty() {
            return Ok(None);
        }
        Ticket::read(key, &item).ok_or_else(unreadable).map(Some)
    }

    /// Claims a ticket, unless somebody else did since `lapsed`. A claim only saves work: whoever has none may apply the chunk too.
    ///
    /// # Errors
    /// What the database says.
    pub async fn claim(&self, key: TicketKey, lapsed: Timestamp, now: Timestamp) -> Result<Claim, Error> {
        let request = self
            .update_ticket(key, APPLYING)
            .update_expression(format!("SET #state = :state, {SINCE} = :now"))
            .condition_expression(format!("attribute_exists({PK}) AND (#state <> :state OR {SINCE} < :lapsed)"))
            .expression_attribute_values(":lapsed", text(lapsed))
            .expression_attribute_values(":now", text(now))
            .return_values(ReturnValue::AllNew);
        match self.database.update(request).await? {
            Write::Done(item) => {
                let ticket = Ticket::read(key, &item).ok_or_else(unreadable)?;
                self.keep_if_old(&ticket, now).await?;
                Ok(Claim::Taken(ticket))
            }
            Write::Refused(item) if item.0.is_empty() => Ok(Claim::Done),
            Write::Refused(item) => Ok(Claim::Held(item.text(SINCE).and_then(Timestamp::parse_canonical).unwrap_or(now))),
            Write::Raced => Err(Error::Unavailable),
        }
    }

    /// Renews the claim on a ticket, as long as nobody has saved anything in it.
    ///
    /// # Errors
    /// What the database says.
    pub async fn renew_claim(&self, claim: (TicketKey, u64), now: Timestamp) -> Result<(), Error> {
        let (key, revision) = claim;
        let request = self
            .update_ticket(key, APPLYING)
            .update_expression(format!("SET #state = :state, {SINCE} = :now"))
            .condition_expression(format!("{REV} = :seen"))
            .expression_attribute_values(":seen", number(revision))
            .expression_attribute_values(":now", text(now));
        self.database.update(request).await.map(drop)
    }

    /// What waits in the ticket's chunk; `None` when it isn't there, wholly or in part.
    ///
    /// # Errors
    /// What the database says.
    pub async fn chunk(&self, ticket: &Ticket) -> Result<Option<Vec<u8>>, Error> {
        let partition = keys::partition_of_chunk(ticket.source.account, ticket.source.batch, ticket.source.chunk);
        let query = self.database.client.query().table_name(&self.database.tables.batch_chunks).consistent_read(true);
        let query = query.key_condition_expression(format!("{PK} = :chunk")).expression_attribute_values(":chunk", text(partition));
        let mut parts = query.into_paginator().items().send();
        let (mut bytes, mut found) = (Vec::new(), 0);
        while let Some(part) = parts.next().await {
            let part = Item(part.map_err(|error| failure("Query", &error))?);
            bytes.extend_from_slice(part.bytes(DATA).unwrap_or_default());
            found += 1;
        }
        Ok((found == ticket.parts).then_some(bytes))
    }

    /// Saves how far the ticket's chunk is applied, and with `wake` has the stream tell somebody to do the rest. `None` when somebody
    /// else is at it too, and will do the rest.
    ///
    /// # Errors
    /// What the database says.
    pub async fn save(&self, ticket: Ticket, progress: Progress, wake: bool, now: Timestamp) -> Result<Option<Ticket>, Error> {
        let revision = ticket.revision.saturating_add(1);
        let state = if wake { WAITING } else { APPLYING };
        let mut set = format!("SET #state = :state, {DONE} = :done, {REV} = :revision, {SINCE} = :now");
        let mut request = self
            .update_ticket(ticket.key, state)
            .condition_expression(format!("{REV} = :seen"))
            .expression_attribute_values(":done", number(if progress.is_complete { ALL } else { progress.groups }))
            .expression_attribute_values(":seen", number(ticket.revision))
            .expression_attribute_values(":revision", number(revision))
            .expression_attribute_values(":now", text(now));
        for (name, count) in of_counts(progress.counts) {
            set.push_str(&format!(", {name} = :{name}"));
            request = request.expression_attribute_values(format!(":{name}"), count);
        }
        set.push_str(&format!(", {BLOCKED} = :blocked"));
        request = request.expression_attribute_values(":blocked", numbers(&progress.blocked));
        if let Some(problems) = &progress.problems {
            set.push_str(&format!(", {PACKED} = :packed"));
            request = request.expression_attribute_values(":packed", AttributeValue::B(Blob::new(problems.clone())));
        }
        match self.database.update(request.update_expression(set)).await? {
            Write::Done(_) => {
                let saved = Ticket { progress, revision, ..ticket };
                if wake {
                    // However often it is handed over, nothing of it expires.
                    self.keep_if_old(&saved, now).await?;
                }
                Ok(Some(saved))
            }
            // Whoever was there first, perhaps this same call whose answer was lost: a complete ticket is only to be finished.
            Write::Refused(stored) => Ok(Ticket::read(ticket.key, &stored).filter(|stored| stored.progress.is_complete)),
            Write::Raced => Err(Error::Unavailable),
        }
    }

    /// An update of a ticket that changes its state.
    pub(super) fn update_ticket(&self, key: TicketKey, state: &str) -> UpdateItemFluentBuilder {
        let request = self.database.client.update_item().table_name(&self.database.tables.batches).set_key(Some(key.key()));
        // One of DynamoDB's reserved words.
        request.expression_attribute_names("#state", STATE).expression_attribute_values(":state", text(state))
    }

    /// Notes that applying the ticket's chunk failed. Whoever was given it is given it again by its stream.
    ///
    /// # Errors
    /// What the database says.
    pub async fn note_failure(&self, key: TicketKey) -> Result<(), Error> {
        // Not `waiting`: that would wake the worker once more.
        let request = self
            .update_ticket(key, FAILING)
            .update_expression(format!("SET #state = :state ADD {FAILURES} :one"))
            .condition_expression(format!("attribute_exists({PK})"))
            .expression_attribute_values(":one", number(1_u64));
        self.database.update(request).await.map(drop)
    }
}

fn unreadable() -> Error {
    Error::Defect("a stored ticket is none".into())
}
