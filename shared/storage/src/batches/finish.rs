//! The end of a chunk: it is counted in its batch, and deleted.

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::builders::{DeleteBuilder, PutBuilder, UpdateBuilder};
use aws_sdk_dynamodb::types::{AttributeValue, Delete, Put, Update};
use profiles_domain::Error;
use profiles_normalization::Timestamp;

use super::attributes::{HEADER, PACKED, PENDING, PROBLEMS, add_counts};
use super::ticket::Ticket;
use super::{Batches, HEADER_TTL, PROBLEMS_TTL};
use crate::dynamo::transaction::{Committed, Transaction};
use crate::dynamo::value::{expiry, number, text};
use crate::schema::attributes::{EXPIRES_AT, PK, REV, SINCE};
use crate::schema::keys;

impl Batches<'_> {
    /// Deletes the chunk of a ticket that is complete. Then, in one transaction, counts it in the header and deletes the ticket. A worker
    /// that dies in between leaves the ticket behind, by which another one does the rest.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn finish(&self, ticket: &Ticket, now: Timestamp) -> Result<(), Error> {
        self.database.delete_many(&self.database.tables.batch_chunks, ticket.part_keys().collect()).await?;
        let mut retries = self.database.race_retries();
        let mut has_header = true;
        loop {
            retries.wait_for_next().await?;
            let mut transaction = Transaction::default();
            let deleted = transaction.add(self.delete_ticket(ticket))?;
            let mut counted = None;
            if has_header {
                counted = Some(transaction.add(self.count(ticket, now))?);
                if let Some(problems) = &ticket.progress.problems {
                    transaction.add(self.put_problems(ticket, problems, now))?;
                }
            }
            let Committed::Refused(refused) = self.database.commit(transaction).await? else { return Ok(()) };
            if refused.has(deleted) {
                // Another worker has finished it, or has done more of it and will.
                return Ok(());
            }
            // The header has expired. Or chunks of one batch ended at the same time, and want the same header.
            has_header = counted.is_some_and(|counted| !refused.has(counted));
        }
    }

    fn delete_ticket(&self, ticket: &Ticket) -> DeleteBuilder {
        Delete::builder()
            .table_name(&self.database.tables.batches)
            .set_key(Some(ticket.key.key()))
            .condition_expression(format!("{REV} = :seen"))
            .expression_attribute_values(":seen", number(ticket.revision))
    }

    fn count(&self, ticket: &Ticket, now: Timestamp) -> UpdateBuilder {
        let (add, mut values) = add_counts(ticket.progress.counts);
        values.extend([
            (":one".to_owned(), number(1_u64)),
            (":now".to_owned(), text(now)),
            (":expires".to_owned(), expiry(now, HEADER_TTL)),
        ]);
        Update::builder()
            .table_name(&self.database.tables.batches)
            .set_key(Some(keys::of_batch(ticket.source.account, ticket.source.batch, HEADER)))
            .update_expression(format!("SET {PENDING} = {PENDING} - :one, {SINCE} = :now, {EXPIRES_AT} = :expires {add}"))
            .condition_expression(format!("attribute_exists({PK})"))
            .set_expression_attribute_values(Some(values))
    }

    fn put_problems(&self, ticket: &Ticket, problems: &[u8], now: Timestamp) -> PutBuilder {
        let key = keys::of_batch(ticket.source.account, ticket.source.batch, format!("{PROBLEMS}{:03}", ticket.source.chunk));
        Put::builder()
            .table_name(&self.database.tables.batches)
            .set_item(Some(key))
            .item(PACKED, AttributeValue::B(Blob::new(problems)))
            .item(EXPIRES_AT, expiry(now, PROBLEMS_TTL))
    }
}
