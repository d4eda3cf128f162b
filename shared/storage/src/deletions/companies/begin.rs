//! The request that deletes a company.

use aws_sdk_dynamodb::types::Put;
use profiles_domain::{AccountId, Cascade, CompanyId, CompanyName, DeletionId, Error, Identifier, Slot};
use profiles_normalization::Timestamp;

use super::super::{Deletions, Now, TimeLeft};
use super::journal::CompanyJournal;
use crate::companies::named;
use crate::dynamo::item::Item;
use crate::dynamo::transaction::Transaction;
use crate::dynamo::value::text;
use crate::schema::attributes::DELETION;
use crate::schema::keys;

/// A company that was deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompanyDeleted {
    /// The id of its deletion.
    pub deletion: DeletionId,
    /// The deletions of members who were forgotten in this request; not all of very many.
    pub members: Vec<DeletionId>,
}

impl Deletions<'_> {
    /// Deletes a company, which is hidden from all reads at once. Takes its members off it, or forgets them, as far as time allows; the sweep
    /// does the rest. Returns when an upsert that is sent from then on founds a new company.
    ///
    /// # Errors
    /// `NoCompany`, or those of the database: nothing was deleted.
    pub async fn delete_company(
        &self,
        account: AccountId,
        name: &CompanyName,
        cascade: Cascade,
        now: Now<'_>,
        time_left: TimeLeft<'_>,
    ) -> Result<CompanyDeleted, Error> {
        let mut retries = self.database.race_retries();
        let journal = loop {
            retries.wait_for_next().await?;
            let seen = self.database.get(&self.database.tables.companies, keys::slot(account, name.slot(account))).await?;
            if let Ok(Some(company)) = named(&seen, name) {
                if let Some(journal) = self.hide_company(account, company, &seen, (cascade, now())).await? {
                    break journal;
                }
                continue;
            }
            match self.unfinished_company(account, name, &seen).await? {
                Some(journal) if journal.cascade == cascade => break journal,
                _ => return Err(no_company(name)),
            }
        };
        // By this clock: that of whoever began a journal that is found may be another one.
        let hidden = self.companies.now();
        let mut members = self.pass_for_now(&journal, now(), time_left).await;
        self.companies.leases_end(hidden).await;
        if let Some(first) = &mut members
            && let Some(more) = self.pass_for_now(&journal, now(), time_left).await
        {
            first.extend(more);
            // If that fails, the sweep does it.
            let _ = self.complete_company(&journal, now()).await;
        }
        let mut members = members.unwrap_or_default();
        members.truncate(MAX_NAMED);
        Ok(CompanyDeleted { deletion: journal.id, members })
    }

    /// Begins the journal, and puts a tombstone in place of the company, both at once. `None`: it changed since it was read.
    async fn hide_company(
        &self,
        account: AccountId,
        company: CompanyId,
        seen: &Item,
        (cascade, now): (Cascade, Timestamp),
    ) -> Result<Option<CompanyJournal>, Error> {
        // A late attempt of an earlier write to the company must find a later time here.
        let at = seen.next_update(now);
        let id = DeletionId::created_at(now, Slot::from_random(rand::random()));
        let journal = CompanyJournal { account, id, company, cascade, created_at: at, is_complete: false, is_open: true };
        let mark = Put::builder()
            .table_name(&self.database.tables.companies)
            .set_item(Some(keys::company_being_deleted(account, company)))
            .item(DELETION, text(id));
        let mut transaction = Transaction::default();
        transaction.add(journal.put(self.database))?;
        transaction.add(journal.tombstone(self.database, seen))?;
        transaction.add(mark)?;
        Ok(self.database.commit(transaction).await?.is_done().then_some(journal))
    }

    /// Finds the journal of a company of this name that is being deleted and of which members are left.
    async fn unfinished_company(&self, account: AccountId, name: &CompanyName, tombstone: &Item) -> Result<Option<CompanyJournal>, Error> {
        let is_it = match name {
            CompanyName::Id(id) => tombstone.last() == Some(id.seconds()),
            CompanyName::Uid(_) => true,
        };
        let Some(deletion) = tombstone.deletion().filter(|_| is_it) else { return Ok(None) };
        Ok(self.company_journal(account, deletion).await?.filter(|journal| !journal.is_complete))
    }

    async fn company_journal(&self, account: AccountId, id: DeletionId) -> Result<Option<CompanyJournal>, Error> {
        Ok(CompanyJournal::read(&self.database.get(&self.database.tables.deletions, keys::deletion(account, id)).await?))
    }
}

/// Deletions of members that an answer names at most.
const MAX_NAMED: usize = 500;

fn no_company(name: &CompanyName) -> Error {
    Error::NoCompany(match name {
        CompanyName::Id(id) => Identifier::CompanyId(*id),
        CompanyName::Uid(uid) => Identifier::Uid(uid.clone()),
    })
}
