//! Tickets: the work that is left of a batch, one for each chunk.

use std::time::Duration;

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use profiles_domain::{AccountId, BatchId, BatchModel, Counts, Error, OnModelMissing};
use profiles_normalization::Timestamp;

use super::attributes::{
    ACCEPTED_AT, APPLYING, BLOCKED, DATA, DONE, EXTENDED_AT, FAILING, FAILURES, HOLDER, ITEMS, ON_MODEL_MISSING, PACKED, PARTS, STATE,
    TICKET, WAITING, counts_from_item, counts_to_attributes, model_of, packed_of,
};
use super::{Batches, LeaseHold};
use crate::dynamo::database::Write;
use crate::dynamo::item::{Item, Key};
use crate::dynamo::read_many::Wanted;
use crate::dynamo::value::{number, numbers, text};
use crate::schema::attributes::{PK, REV, SINCE};
use crate::schema::keys;

/// The number of done groups that is stored when all of them are.
const ALL: u32 = u32::MAX;

/// The key of a ticket, as a stream names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TicketKey {
    pub(super) account: AccountId,
    pub(super) batch: BatchId,
    pub(super) chunk: u32,
}

/// The chunk that items come from, and the conditions under which they are applied.
#[derive(Clone, Copy, Debug)]
pub struct Source {
    /// The account of the profiles or companies.
    pub account: AccountId,
    /// The batch.
    pub batch: BatchId,
    /// The chunk of it.
    pub chunk: u32,
    /// What the items create and update.
    pub model: BatchModel,
    /// When the batch was accepted. Profiles that were forgotten since are not brought back, nor companies that were deleted.
    pub accepted_at: Timestamp,
    /// Whether a profile or company that is not there is created, or its item ignored.
    pub on_model_missing: OnModelMissing,
}

/// A ticket as it was read.
pub struct Ticket {
    /// Its key.
    pub key: TicketKey,
    /// The chunk of its items.
    pub source: Source,
    /// The number of items in its chunk.
    pub items: u32,
    /// How far the chunk is applied.
    pub progress: Progress,
    pub(super) parts: u32,
    pub(super) revision: u64,
    /// When the expiry of its chunk was extended last.
    pub(super) extended_at: Option<Timestamp>,
}

/// How far a chunk is applied.
#[derive(Clone, Default)]
pub struct Progress {
    /// Groups of the chunk's plan that are done or blocked, in its order.
    pub groups: u32,
    /// The counts of their items.
    pub counts: Counts,
    /// Their errors and warnings, in the worker's packed form.
    pub problems: Option<Vec<u8>>,
    /// Groups that are blocked: they could not be applied yet, and the others go on.
    pub blocked: Vec<u32>,
    /// Whether all groups are done.
    pub is_complete: bool,
}

impl TicketKey {
    /// Reads the key of a stream's record; `None` when it is not a ticket's.
    #[must_use]
    pub fn parse(partition: &str, sort: &str) -> Option<Self> {
        let (account, batch) = partition.split_once('#')?;
        let chunk = sort.strip_prefix(TICKET)?.parse().ok()?;
        Some(Self { account: account.parse().ok()?, batch: batch.parse().ok()?, chunk })
    }

    /// The batch of the ticket.
    #[must_use]
    pub fn batch(self) -> BatchId {
        self.batch
    }

    /// The number of the chunk in its batch.
    #[must_use]
    pub fn chunk(self) -> u32 {
        self.chunk
    }

    /// The time since its batch was accepted, whatever was tried in between.
    #[must_use]
    pub fn age(self, now: Timestamp) -> Duration {
        let now = u64::try_from(now.unix_seconds()).unwrap_or(0);
        Duration::from_secs(now.saturating_sub(self.batch.seconds().into()))
    }

    pub(super) fn key(self) -> Key {
        keys::of_batch(self.account, self.batch, format!("{TICKET}{:03}", self.chunk))
    }

    fn parts(self, parts: u32) -> impl Iterator<Item = Key> {
        (0..parts).map(move |part| keys::chunk_part(self.account, self.batch, self.chunk, part))
    }
}

impl Ticket {
    /// The keys of its chunk's parts.
    pub(super) fn part_keys(&self) -> impl Iterator<Item = Key> + use<> {
        self.key.parts(self.parts)
    }

    pub(super) fn read(key: TicketKey, item: &Item) -> Option<Self> {
        let source = Source {
            account: key.account,
            batch: key.batch,
            chunk: key.chunk,
            model: model_of(item),
            accepted_at: Timestamp::parse_canonical(item.text(ACCEPTED_AT)?)?,
            on_model_missing: OnModelMissing::from_word(item.text(ON_MODEL_MISSING)?)?,
        };
        let progress = Progress {
            groups: item.number(DONE)?,
            counts: counts_from_item(item),
            problems: packed_of(item),
            blocked: item.list_of_numbers(BLOCKED),
            is_complete: item.number(DONE) == Some(ALL),
        };
        Some(Self {
            key,
            source,
            items: item.number(ITEMS)?,
            progress,
            parts: item.number(PARTS)?,
            revision: item.revision()?,
            extended_at: item.text(EXTENDED_AT).and_then(Timestamp::parse_canonical),
        })
    }
}

impl Batches<'_> {
    /// Reads a ticket; `None` when its chunk is done.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn ticket(&self, key: TicketKey) -> Result<Option<Ticket>, Error> {
        let item = self.database.get(&self.database.tables.batches, key.key()).await?;
        if item.0.is_empty() {
            return Ok(None);
        }
        Ticket::read(key, &item).ok_or_else(malformed).map(Some)
    }

    /// Reads the ticket's chunk; `None` when it is not there, wholly or in part.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn chunk(&self, ticket: &Ticket) -> Result<Option<Vec<u8>>, Error> {
        let mut wanted = Wanted::default();
        ticket.part_keys().for_each(|part| wanted.add(&self.database.tables.batch_chunks, part));
        let mut found = self.database.get_many(wanted).await?;
        let mut bytes = Vec::new();
        for key in ticket.part_keys() {
            let part = found.take(&key);
            let Some(data) = part.bytes(DATA) else { return Ok(None) };
            bytes.extend_from_slice(data);
        }
        Ok(Some(bytes))
    }

    /// Saves how far the chunk is applied. With `requeue`, the stream gives the rest to a worker. `None` when another worker has saved its
    /// own progress, and will do the rest.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn save(&self, ticket: Ticket, progress: Progress, requeue: bool, now: Timestamp) -> Result<Option<Ticket>, Error> {
        let revision = ticket.revision.saturating_add(1);
        let state = if requeue { WAITING } else { APPLYING };
        let mut set = format!("SET #state = :state, {DONE} = :done, {REV} = :revision, {SINCE} = :now");
        let mut request = self
            .update_ticket(ticket.key, state)
            .condition_expression(format!("{REV} = :seen"))
            .expression_attribute_values(":done", number(if progress.is_complete { ALL } else { progress.groups }))
            .expression_attribute_values(":seen", number(ticket.revision))
            .expression_attribute_values(":revision", number(revision))
            .expression_attribute_values(":now", text(now));
        for (name, count) in counts_to_attributes(progress.counts) {
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
            Write::Done(_) => Ok(Some(Ticket { progress, revision, ..ticket })),
            // Another worker was first, or this same call whose answer was lost. A complete ticket only needs to be finished.
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

    /// Counts a failed attempt at the ticket's chunk, and ends the lease under which it was made, if it was acquired. It is tried again when
    /// the stream gives the ticket to the function again, or, if that does not, when the sweep finds it untouched since `now`. Nothing is
    /// counted if another worker has the lease by now.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn note_failure(&self, key: TicketKey, hold: Option<&LeaseHold>, now: Timestamp) -> Result<(), Error> {
        // Not `waiting`: that would wake the worker at once.
        let request = self.update_ticket(key, FAILING);
        let request = match hold {
            Some(hold) => request
                .condition_expression(format!("attribute_exists({PK}) AND (#state <> :applying OR {HOLDER} = :holder)"))
                .expression_attribute_values(":holder", text(&hold.holder)),
            None => request.condition_expression(format!("attribute_exists({PK}) AND #state <> :applying")),
        };
        let request = request
            .update_expression(format!("SET #state = :state, {SINCE} = :now ADD {FAILURES} :one"))
            .expression_attribute_values(":applying", text(APPLYING))
            .expression_attribute_values(":now", text(now))
            .expression_attribute_values(":one", number(1_u64));
        self.database.update(request).await.map(drop)
    }
}

/// The error of a ticket that cannot be read.
pub(super) fn malformed() -> Error {
    Error::Defect("a stored ticket is malformed".into())
}
