//! Tickets that wait: listing them, requeueing those that the stream lost or workers gave up, and keeping their data from expiring.

use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use profiles_domain::Error;
use profiles_normalization::Timestamp;

use super::attributes::{EXTENDED_AT, HEADER, WAITING, WAITING_INDEX};
use super::ticket::{Ticket, TicketKey};
use super::{Batches, CHUNK_TTL, DAY, HEADER_TTL};
use crate::dynamo::database::failure;
use crate::dynamo::item::{Item, Key};
use crate::dynamo::value::{expiry, text};
use crate::schema::attributes::{EXPIRES_AT, PK, SINCE, SK};
use crate::schema::keys;

/// The time after which the expiry of a chunk that still waits is extended, and extended again. Not at each sweep, because writing a chunk's
/// parts costs as much as storing them.
const EXTENDED_AFTER: Duration = DAY;

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

    /// Requeues a ticket: the stream gives it to a worker once more. Nothing is done if a worker has touched it in the meantime.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn requeue(&self, ticket: StaleTicket, now: Timestamp) -> Result<(), Error> {
        let request = self
            .update_ticket(ticket.key, WAITING)
            .update_expression(format!("SET #state = :state, {SINCE} = :now"))
            // The index lags behind: the chunk may be done, or a worker may have its lease.
            .condition_expression(format!("{SINCE} = :since"))
            .expression_attribute_values(":since", text(ticket.since))
            .expression_attribute_values(":now", text(now));
        self.database.update(request).await.map(drop)
    }

    /// Extends the expiry of the data that a ticket needs, if that was not done lately: of its batch's header and of its chunk.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn extend_expiry_if_old(&self, key: TicketKey, now: Timestamp) -> Result<(), Error> {
        if key.age(now) < EXTENDED_AFTER {
            return Ok(());
        }
        let was_extended = |ticket: &Ticket| ticket.extended_at.is_some_and(|at| at.until(now) < EXTENDED_AFTER);
        let Some(ticket) = self.ticket(key).await?.filter(|ticket| !was_extended(ticket)) else { return Ok(()) };
        let header = keys::of_batch(key.account, key.batch, HEADER);
        let tables = &self.database.tables;
        self.set_if_there(&tables.batches, header, EXPIRES_AT, expiry(now, HEADER_TTL)).await?;
        for part in ticket.part_keys() {
            self.set_if_there(&tables.batch_chunks, part, EXPIRES_AT, expiry(now, CHUNK_TTL)).await?;
        }
        self.set_if_there(&tables.batches, key.key(), EXTENDED_AT, text(now)).await
    }

    /// Sets an attribute of an item, if the item is there.
    async fn set_if_there(&self, table: &str, key: Key, name: &str, value: AttributeValue) -> Result<(), Error> {
        let request = self
            .database
            .client
            .update_item()
            .table_name(table)
            .set_key(Some(key))
            .update_expression(format!("SET {name} = :value"))
            .condition_expression(format!("attribute_exists({PK})"))
            .expression_attribute_values(":value", value);
        self.database.update(request).await.map(drop)
    }
}
