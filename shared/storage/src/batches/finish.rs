//! The end of a chunk: counted in its batch, and nothing of it left.

use std::collections::HashMap;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::{AttributeValue, Delete, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update};
use profiles_domain::Error;
use profiles_normalization::Timestamp;

use super::attributes::{HEADER, PACKED, PENDING, PROBLEMS, add_counts};
use super::ticket::Ticket;
use super::{Batches, HEADER_LASTS, PROBLEMS_LAST};
use crate::dynamo::database::{Transaction, incomplete};
use crate::dynamo::retry::Attempts;
use crate::dynamo::value::{expiry, number, text};
use crate::schema::attributes::SINCE;
use crate::schema::attributes::{EXPIRES_AT, PK, REV};
use crate::schema::keys;

impl Batches<'_> {
    /// Deletes the chunk of a ticket that is complete; then, in one transaction, counts it and deletes the ticket. Whoever is
    /// interrupted leaves the ticket behind, and with it all that is needed to do the rest.
    ///
    /// # Errors
    /// What the database says.
    pub async fn finish(&self, ticket: &Ticket, now: Timestamp) -> Result<(), Error> {
        self.database.delete_many(&self.database.tables.batch_chunks, ticket.part_keys().collect(), self.patience).await?;
        let mut attempts = Attempts::new(self.patience);
        let mut has_header = true;
        loop {
            attempts.next().await?;
            let mut actions = vec![self.delete_ticket(ticket)?];
            if has_header {
                actions.push(self.count(ticket, now)?);
                actions.extend(self.keep_problems(ticket, now)?);
            }
            let mut refused = match self.database.transact(actions).await? {
                Transaction::Done => return Ok(()),
                Transaction::Refused(refused) => refused.into_iter(),
            };
            if refused.next().flatten().is_some() {
                // Somebody else finished it, or did more of it and will.
                return Ok(());
            }
            // Chunks of one batch end at the same time and want the same header. One that is gone expired.
            has_header = refused.next().flatten().is_none();
        }
    }

    fn delete_ticket(&self, ticket: &Ticket) -> Result<TransactWriteItem, Error> {
        let delete = Delete::builder()
            .table_name(&self.database.tables.batches)
            .set_key(Some(ticket.key.key()))
            .condition_expression(format!("{REV} = :seen"))
            .expression_attribute_values(":seen", number(ticket.revision))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()
            .map_err(incomplete)?;
        Ok(TransactWriteItem::builder().delete(delete).build())
    }

    fn count(&self, ticket: &Ticket, now: Timestamp) -> Result<TransactWriteItem, Error> {
        let (add, mut values) = add_counts(ticket.progress.counts);
        values.extend([
            (":one".to_owned(), number(1_u64)),
            (":now".to_owned(), text(now)),
            (":expires".to_owned(), expiry(now, HEADER_LASTS)),
        ]);
        let update = Update::builder()
            .table_name(&self.database.tables.batches)
            .set_key(Some(keys::of_batch(ticket.source.account, ticket.source.batch, HEADER)))
            .update_expression(format!("SET {PENDING} = {PENDING} - :one, {SINCE} = :now, {EXPIRES_AT} = :expires {add}"))
            .condition_expression(format!("attribute_exists({PK})"))
            .set_expression_attribute_values(Some(values))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()
            .map_err(incomplete)?;
        Ok(TransactWriteItem::builder().update(update).build())
    }

    fn keep_problems(&self, ticket: &Ticket, now: Timestamp) -> Result<Option<TransactWriteItem>, Error> {
        let Some(problems) = &ticket.progress.problems else { return Ok(None) };
        let key = keys::of_batch(ticket.source.account, ticket.source.batch, format!("{PROBLEMS}{:03}", ticket.source.chunk));
        let item: HashMap<_, _> = key
            .into_iter()
            .chain([
                (PACKED.to_owned(), AttributeValue::B(Blob::new(problems.clone()))),
                (EXPIRES_AT.to_owned(), expiry(now, PROBLEMS_LAST)),
            ])
            .collect();
        let put = Put::builder().table_name(&self.database.tables.batches).set_item(Some(item)).build().map_err(incomplete)?;
        Ok(Some(TransactWriteItem::builder().put(put).build()))
    }
}
