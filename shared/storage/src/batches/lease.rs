//! Leases: one worker at a time works on a ticket, for as long as it renews its lease.

use aws_sdk_dynamodb::types::ReturnValue;
use profiles_domain::Error;
use profiles_normalization::Timestamp;

use super::Batches;
use super::attributes::APPLYING;
use super::ticket::{Ticket, TicketKey, malformed};
use crate::dynamo::database::Write;
use crate::dynamo::value::{number, text};
use crate::schema::attributes::{PK, REV, SINCE};

/// The answer to a worker that wants the lease of a ticket.
pub enum Lease {
    /// It has the lease.
    Acquired(Ticket),
    /// Another worker has it, and renewed it at this time.
    Held(Timestamp),
    /// The chunk is done.
    Done,
}

/// The hold of a worker on a ticket. It ends when any worker saves its progress.
#[derive(Clone, Copy)]
pub struct LeaseHold {
    key: TicketKey,
    revision: u64,
}

impl Ticket {
    /// The hold by which the lease is renewed.
    #[must_use]
    pub fn hold(&self) -> LeaseHold {
        LeaseHold { key: self.key, revision: self.revision }
    }
}

impl Batches<'_> {
    /// Acquires the lease of a ticket, unless another worker has acquired or renewed it since `lapsed`. A lease only saves work: a worker
    /// without it may apply the chunk too.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn acquire_lease(&self, key: TicketKey, lapsed: Timestamp, now: Timestamp) -> Result<Lease, Error> {
        let request = self
            .update_ticket(key, APPLYING)
            .update_expression(format!("SET #state = :state, {SINCE} = :now"))
            .condition_expression(format!("attribute_exists({PK}) AND (#state <> :state OR {SINCE} < :lapsed)"))
            .expression_attribute_values(":lapsed", text(lapsed))
            .expression_attribute_values(":now", text(now))
            .return_values(ReturnValue::AllNew);
        match self.database.update(request).await? {
            Write::Done(item) => Ok(Lease::Acquired(Ticket::read(key, &item).ok_or_else(malformed)?)),
            Write::Refused(item) if item.0.is_empty() => Ok(Lease::Done),
            Write::Refused(item) => Ok(Lease::Held(item.text(SINCE).and_then(Timestamp::parse_canonical).unwrap_or(now))),
            Write::Raced => Err(Error::Unavailable),
        }
    }

    /// Renews a lease, as long as no worker has saved its progress since.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn renew_lease(&self, hold: LeaseHold, now: Timestamp) -> Result<(), Error> {
        let request = self
            .update_ticket(hold.key, APPLYING)
            .update_expression(format!("SET #state = :state, {SINCE} = :now"))
            .condition_expression(format!("{REV} = :seen"))
            .expression_attribute_values(":seen", number(hold.revision))
            .expression_attribute_values(":now", text(now));
        self.database.update(request).await.map(drop)
    }
}
