//! Batches: accepted at once, applied in the background.
//!
//! A batch's items wait in chunks, in the table `batch_chunks`. One transaction makes it a batch: it writes the header and, for each
//! chunk, a ticket to the table `batches`, whose stream gives the tickets to workers. A worker acquires the lease of a ticket, applies
//! its chunk, counts and deletes it, and deletes the ticket last. So a ticket is there exactly as long as something of its chunk is left
//! to do.

mod accept;
mod apply;
mod attributes;
mod finish;
mod lease;
mod requeue;
mod status;
mod ticket;

pub use accept::{Acceptance, Earlier, NewBatch, NewChunk};
pub use apply::{Ahead, Applied, Plan, Portion, Report};
pub use lease::{Lease, LeaseHold, WorkerKind};
pub use requeue::StaleTicket;
pub use status::{State, Status};
pub use ticket::{Progress, Source, Ticket, TicketKey};

use std::time::Duration;

use crate::Storage;
use crate::dynamo::database::Database;

const DAY: Duration = Duration::from_hours(24);
/// How long a chunk stays that is not applied. The sweep extends it once a day, so that 30 days are left when all functions stop. Chunks of
/// batches that were never accepted and could not be deleted expire by it.
const CHUNK_TTL: Duration = DAY.saturating_mul(31);
/// How long a header stays after a change: while a chunk may wait, and a week in which its status is asked for.
const HEADER_TTL: Duration = DAY.saturating_mul(38);
/// How long the problems of items stay: longer than any header, however long its chunks waited.
const PROBLEMS_TTL: Duration = DAY.saturating_mul(90);

/// Failed attempts after which a chunk counts as stalled: the stream gives it to the function this often, and then gives up.
pub const ATTEMPTS_UNTIL_STALLED: u32 = 10;

/// The batches of all accounts.
pub struct Batches<'a> {
    database: &'a Database,
}

impl Storage {
    /// The batches of all accounts.
    #[must_use]
    pub fn batches(&self) -> Batches<'_> {
        Batches { database: &self.database }
    }
}
