//! Tickets that wait, and those that have waited for too long: woken again.

use std::time::Duration;

use aws_sdk_dynamodb::types::ReturnValue;
use profiles_domain::Error;
use profiles_normalization::Timestamp;

use super::attributes::{HEADER, WAITING, WAITING_INDEX};
use super::ticket::{Ticket, TicketKey};
use super::{Batches, CHUNK_LASTS, HEADER_LASTS};
use crate::dynamo::database::{Write, failure};
use crate::dynamo::item::{Item, Key};
use crate::dynamo::value::{expiry, text};
use crate::schema::attributes::SINCE;
use crate::schema::attributes::{EXPIRES_AT, PK, SK};
use crate::schema::keys;

/// So long after it was accepted, a chunk that still waits is kept from expiring.
const RENEWED_AFTER: Duration = Duration::from_secs(12 * 60 * 60);

/// A ticket that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Which one.
    pub key: TicketKey,
    /// When somebody last saw to it.
    pub since: Timestamp,
}

impl Batches<'_> {
    /// Tickets that somebody last saw to before `before`, read from an index, which lags behind.
    ///
    /// # Errors
    /// What the database says.
    pub async fn waiting(&self, before: Timestamp) -> Result<Vec<Waiting>, Error> {
        let mut waiting = Vec::new();
        for query in self.database.waiting(&self.database.tables.batches, WAITING_INDEX, before) {
            let mut items = query.into_paginator().items().send();
            while let Some(item) = items.next().await {
                let item = Item(item.map_err(|error| failure("Query", &error))?);
                let key = item.text(PK).zip(item.text(SK)).and_then(|(partition, sort)| TicketKey::parse(partition, sort));
                let since = item.text(SINCE).and_then(Timestamp::parse_canonical);
                waiting.extend(key.zip(since).map(|(key, since)| Waiting { key, since }));
            }
        }
        Ok(waiting)
    }

    /// Has the stream tell of a ticket once more, and keeps its chunk and header from expiring when they have waited for long.
    ///
    /// # Errors
    /// What the database says.
    pub async fn wake(&self, key: TicketKey, now: Timestamp) -> Result<(), Error> {
        let request = self
            .update_ticket(key, WAITING)
            .update_expression(format!("SET #state = :state, {SINCE} = :now"))
            .condition_expression(format!("attribute_exists({PK})"))
            .expression_attribute_values(":now", text(now))
            .return_values(ReturnValue::AllNew);
        let Write::Done(item) = self.database.update(request).await? else {
            // Done meanwhile: the index did not know yet.
            return Ok(());
        };
        match Ticket::read(key, &item) {
            Some(ticket) => self.keep_if_old(&ticket, now).await,
            None => Ok(()),
        }
    }

    /// Keeps a ticket's chunk and header from expiring when they have waited for long.
    pub(super) async fn keep_if_old(&self, ticket: &Ticket, now: Timestamp) -> Result<(), Error> {
        if ticket.source.accepted_at.until(now) < RENEWED_AFTER {
            return Ok(());
        }
        let header = keys::of_batch(ticket.source.account, ticket.source.batch, HEADER);
        self.renew(&self.database.tables.batches, header, now, HEADER_LASTS).await?;
        for part in ticket.part_keys() {
            self.renew(&self.database.tables.batch_chunks, part, now, CHUNK_LASTS).await?;
        }
        Ok(())
    }

    /// Has an item expire later, if it is there.
    async fn renew(&self, table: &str, key: Key, now: Timestamp, lasts: Duration) -> Result<(), Error> {
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
