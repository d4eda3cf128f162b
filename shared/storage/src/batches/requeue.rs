//! Stale tickets, which the stream has lost or workers have given up, and requeueing them.

use std::time::Duration;

use aws_sdk_dynamodb::types::ReturnValue;
use profiles_domain::Error;
use profiles_normalization::Timestamp;

use super::attributes::{HEADER, WAITING, WAITING_INDEX};
use super::ticket::{Ticket, TicketKey};
use super::{Batches, CHUNK_TTL, HEADER_TTL};
use crate::dynamo::database::{Write, failure};
use crate::dynamo::item::{Item, Key};
use crate::dynamo::value::{expiry, text};
use crate::schema::attributes::{EXPIRES_AT, PK, SINCE, SK};
use crate::schema::keys;

/// The age from which the expiry of a chunk that still waits is extended.
const EXTENDED_AFTER: Duration = Duration::from_hours(12);

/// A ticket that no worker has touched for some time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StaleTicket {
    /// Its key.
    pub key: TicketKey,
    /// When a worker last touched it.
    pub since: Timestamp,
}

impl Batches<'_> {
    /// Lists the tickets that no worker has touched since `since`, whatever their state, from an index that lags behind.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn untouched_since(&self, since: Timestamp) -> Result<Vec<StaleTicket>, Error> {
        let mut untouched = Vec::new();
        for query in self.database.pending(&self.database.tables.batches, WAITING_INDEX, since) {
            let mut items = query.into_paginator().items().send();
            while let Some(item) = items.next().await {
                let item = Item(item.map_err(|error| failure("Query", &error))?);
                let key = item.text(PK).zip(item.text(SK)).and_then(|(partition, sort)| TicketKey::parse(partition, sort));
                let since = item.text(SINCE).and_then(Timestamp::parse_canonical);
                untouched.extend(key.zip(since).map(|(key, since)| StaleTicket { key, since }));
            }
        }
        Ok(untouched)
    }

    /// Requeues a ticket: the stream gives it to a worker once more. Extends the expiry of its chunk and header if they are old.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn requeue(&self, key: TicketKey, now: Timestamp) -> Result<(), Error> {
        let request = self
            .update_ticket(key, WAITING)
            .update_expression(format!("SET #state = :state, {SINCE} = :now"))
            .condition_expression(format!("attribute_exists({PK})"))
            .expression_attribute_values(":now", text(now))
            .return_values(ReturnValue::AllNew);
        let Write::Done(item) = self.database.update(request).await? else {
            // The chunk is done: the index lags behind.
            return Ok(());
        };
        match Ticket::read(key, &item) {
            Some(ticket) => self.extend_expiry_if_old(&ticket, now).await,
            None => Ok(()),
        }
    }

    /// Extends the expiry of a ticket's chunk and header if the batch is old.
    pub(super) async fn extend_expiry_if_old(&self, ticket: &Ticket, now: Timestamp) -> Result<(), Error> {
        if ticket.source.accepted_at.until(now) < EXTENDED_AFTER {
            return Ok(());
        }
        let header = keys::of_batch(ticket.source.account, ticket.source.batch, HEADER);
        self.extend_expiry(&self.database.tables.batches, header, now, HEADER_TTL).await?;
        for part in ticket.part_keys() {
            self.extend_expiry(&self.database.tables.batch_chunks, part, now, CHUNK_TTL).await?;
        }
        Ok(())
    }

    /// Extends the expiry of an item, if it is there.
    async fn extend_expiry(&self, table: &str, key: Key, now: Timestamp, lasts: Duration) -> Result<(), Error> {
        let request = self
            .database
            .client
            .update_item()
            .table_name(table)
            .set_key(Some(key))
            .update_expression(format!("SET {EXPIRES_AT} = :expires"))
            .condition_expression(format!("attribute_exists({PK})"))
            .expression_attribute_values(":expires", expiry(now, lasts));
        self.database.update(request).await.map(drop)
    }
}
