//! Batches: accepted at once, applied in the background.
//!
//! A batch's items wait in chunks, in the table `batch_chunks`. One transaction makes it a batch: it writes the header and, for each
//! chunk, a ticket to the table `batches`, whose stream wakes whoever applies them. A ticket goes when its chunk is applied, counted
//! and deleted. So as long as there is a ticket there is something left to do, and without one nothing of a chunk is left.

mod accept;
pub(crate) mod apply;
mod attributes;
mod finish;
mod requeue;
mod status;
mod ticket;

pub use accept::{Acceptance, Earlier, NewBatch, NewChunk};
pub use requeue::Waiting;
pub use status::{State, Status};
pub use ticket::{Claim, Progress, Source, Ticket, TicketKey};

use std::time::Duration;

use crate::Storage;
use crate::dynamo::database::Database;
use crate::dynamo::retry::Patience;

/// How long a header stays after the last of its chunks was applied, with what it says of failed items.
const HEADER_LASTS: Duration = Duration::from_secs(7 * DAY);
/// How long it is kept which items failed: longer than any header stays, however long its chunks waited.
const PROBLEMS_LAST: Duration = Duration::from_secs(90 * DAY);
/// How long a chunk stays that nobody applies. What was never accepted goes by it; of what was, it is renewed.
const CHUNK_LASTS: Duration = Duration::from_secs(DAY);
const DAY: u64 = 24 * 60 * 60;

/// Failed attempts after which a chunk counts as stalled: the function has been given it so often, and gives it up then.
pub const ATTEMPTS_UNTIL_STALLED: u32 = 10;

/// The batches of all accounts.
pub struct Batches<'a> {
    database: &'a Database,
    patience: Patience,
}

impl Storage {
    /// The batches of all accounts.
    #[must_use]
    pub fn batches(&self) -> Batches<'_> {
        Batches { database: &self.database, patience: self.patience }
    }
}
