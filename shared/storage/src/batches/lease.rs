//! Leases: one worker at a time works on a ticket, for as long as it renews its lease.

use aws_sdk_dynamodb::types::ReturnValue;
use profiles_domain::Error;
use profiles_normalization::Timestamp;

use super::Batches;
use super::attributes::{APPLYING, HOLDER};
use super::ticket::{Ticket, TicketKey, malformed};
use crate::dynamo::database::Write;
use crate::dynamo::value::text;
use crate::schema::attributes::{PK, SINCE};

/// The kind of a worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WorkerKind {
    /// The function behind the stream. The stream sends a ticket again only when the function that had it has ended, so the next one does
    /// not wait for that one's lease.
    Function,
    /// A server.
    Server,
}

impl WorkerKind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Function => "function",
            Self::Server => "server",
        }
    }
}

/// The answer to a worker that wants the lease of a ticket.
pub enum Lease {
    /// It has the lease.
    Acquired(Box<Ticket>, LeaseHold),
    /// Another worker has it, and renewed it at this time.
    Held(Timestamp),
    /// The chunk is done.
    Done,
}

/// The hold of a worker on a ticket. It ends when another worker acquires the lease.
#[derive(Clone, Debug)]
pub struct LeaseHold {
    pub(super) key: TicketKey,
    pub(super) holder: String,
}

impl Batches<'_> {
    /// Acquires the lease of a ticket, unless another worker has acquired or renewed it since `lapsed`. A lease only saves work: should two
    /// workers apply one chunk at the same time, nothing is applied twice.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn acquire_lease(&self, key: TicketKey, by: WorkerKind, lapsed: Timestamp, now: Timestamp) -> Result<Lease, Error> {
        let holder = format!("{}#{:016x}", by.as_str(), rand::random::<u64>());
        let mut is_free = format!("#state <> :state OR {SINCE} < :lapsed");
        let mut request = self.update_ticket(key, APPLYING);
        if by == WorkerKind::Function {
            is_free.push_str(&format!(" OR begins_with({HOLDER}, :functions)"));
            request = request.expression_attribute_values(":functions", text(format!("{}#", by.as_str())));
        }
        let request = request
            .update_expression(format!("SET #state = :state, {SINCE} = :now, {HOLDER} = :holder"))
            .condition_expression(format!("attribute_exists({PK}) AND ({is_free})"))
            .expression_attribute_values(":lapsed", text(lapsed))
            .expression_attribute_values(":now", text(now))
            .expression_attribute_values(":holder", text(&holder))
            .return_values(ReturnValue::AllNew);
        match self.database.update(request).await? {
            Write::Done(item) => Ok(Lease::Acquired(Box::new(Ticket::read(key, &item).ok_or_else(malformed)?), LeaseHold { key, holder })),
            Write::Refused(item) if item.0.is_empty() => Ok(Lease::Done),
            Write::Refused(item) => Ok(Lease::Held(item.text(SINCE).and_then(Timestamp::parse_canonical).unwrap_or(now))),
            Write::Raced => Err(Error::Unavailable),
        }
    }

    /// Renews a lease. False: it has ended, because another worker has acquired it or finished the chunk.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn renew_lease(&self, hold: &LeaseHold, now: Timestamp) -> Result<bool, Error> {
        let request = self
            .update_ticket(hold.key, APPLYING)
            .update_expression(format!("SET {SINCE} = :now"))
            .condition_expression(format!("#state = :state AND {HOLDER} = :holder"))
            .expression_attribute_values(":holder", text(&hold.holder))
            .expression_attribute_values(":now", text(now));
        Ok(!matches!(self.database.update(request).await?, Write::Refused(_)))
    }
}
