//! The journal of the deletion of a company.

use aws_sdk_dynamodb::types::builders::{PutBuilder, UpdateBuilder};
use aws_sdk_dynamodb::types::{Delete, Put, Update};
use profiles_domain::{AccountId, Cascade, CompanyId, DeletionId, Error};
use profiles_normalization::Timestamp;

use super::super::Deletions;
use super::super::attributes::{CASCADE, COMPANY, COMPLETED_AT, KIND, PROFILES};
use super::super::tombstones::TOMBSTONE_TTL;
use crate::dynamo::database::Database;
use crate::dynamo::item::Item;
use crate::dynamo::transaction::Transaction;
use crate::dynamo::value::{expiry, number, text};
use crate::schema::attributes::{CREATED_AT, DELETION, EXPIRES_AT, FORGOTTEN_AT, ID, LAST, PK, QUEUE, REV, SINCE};
use crate::schema::keys;
use crate::schema::revision::unchanged;

/// The word for this kind of deletion.
const COMPANY_KIND: &str = "company";
/// The word for the members who are forgotten.
const OF_PROFILES: &str = "profiles";

/// A journal as it was read or written.
#[derive(Clone, Debug)]
pub(in crate::deletions) struct CompanyJournal {
    pub(in crate::deletions) account: AccountId,
    pub(in crate::deletions) id: DeletionId,
    pub(in crate::deletions) company: CompanyId,
    pub(in crate::deletions) cascade: Cascade,
    pub(in crate::deletions) created_at: Timestamp,
    /// Whether nobody was a member any more. As long as it is open, the sweep looks once more.
    pub(in crate::deletions) is_complete: bool,
    pub(in crate::deletions) is_open: bool,
}

impl CompanyJournal {
    /// The action that begins it.
    pub(super) fn put(&self, database: &Database) -> PutBuilder {
        let put = Put::builder()
            .table_name(&database.tables.deletions)
            .set_item(Some(keys::deletion(self.account, self.id)))
            .item(ID, text(self.id))
            .item(KIND, text(COMPANY_KIND))
            .item(COMPANY, text(self.company))
            .item(CREATED_AT, text(self.created_at))
            .item(PROFILES, number(0_u64))
            .item(QUEUE, text(self.id.slot().shard()))
            .item(SINCE, text(self.created_at))
            .condition_expression(format!("attribute_not_exists({PK})"));
        match self.cascade {
            Cascade::Nobody => put,
            Cascade::Profiles => put.item(CASCADE, text(OF_PROFILES)),
        }
    }

    /// The action that puts a tombstone in place of what was seen in the company's slot, unless that changed since.
    pub(in crate::deletions) fn tombstone(&self, database: &Database, seen: &Item) -> PutBuilder {
        let (condition, values) = unchanged(seen);
        // The slot may have a later tombstone, of a clock that was ahead.
        let at = self.created_at.max(seen.forgotten_at().unwrap_or(self.created_at));
        Put::builder()
            .table_name(&database.tables.companies)
            .set_item(Some(keys::slot(self.account, self.company.slot())))
            .item(FORGOTTEN_AT, text(at))
            .item(DELETION, text(self.id))
            .item(LAST, number(self.company.seconds().max(seen.last().unwrap_or(0))))
            .item(REV, number(seen.next_revision()))
            .item(EXPIRES_AT, expiry(at, TOMBSTONE_TTL))
            .condition_expression(condition)
            .set_expression_attribute_values(values)
    }

    /// The action that counts members. It is in the transaction that takes them off, so that each counts once.
    pub(in crate::deletions) fn count(&self, database: &Database, members: usize) -> UpdateBuilder {
        Update::builder()
            .table_name(&database.tables.deletions)
            .set_key(Some(keys::deletion(self.account, self.id)))
            .update_expression(format!("ADD {PROFILES} :members"))
            .condition_expression(format!("attribute_exists({PK})"))
            .expression_attribute_values(":members", number(u64::try_from(members).unwrap_or(u64::MAX)))
    }

    /// Reads a journal; `None` when it is of another kind, malformed or not there.
    pub(in crate::deletions) fn read(item: &Item) -> Option<Self> {
        if item.text(KIND) != Some(COMPANY_KIND) {
            return None;
        }
        let (account, id) = item.text(PK)?.split_once('#')?;
        Some(Self {
            account: account.parse().ok()?,
            id: id.parse().ok()?,
            company: item.text(COMPANY)?.parse().ok()?,
            cascade: if item.text(CASCADE) == Some(OF_PROFILES) { Cascade::Profiles } else { Cascade::Nobody },
            created_at: item.text(CREATED_AT).and_then(Timestamp::parse_canonical)?,
            is_complete: item.0.contains_key(COMPLETED_AT),
            is_open: item.0.contains_key(QUEUE),
        })
    }
}

impl Deletions<'_> {
    /// Takes a journal out of its queue after the second look, and the mark away before that.
    pub(super) async fn close_company(&self, journal: &CompanyJournal) -> Result<(), Error> {
        // No batch of writes, because a role can be kept to the keys of marks only where a call names one item.
        let mark = Delete::builder()
            .table_name(&self.database.tables.companies)
            .set_key(Some(keys::company_being_deleted(journal.account, journal.company)));
        let mut transaction = Transaction::default();
        transaction.add(mark)?;
        if !self.database.commit(transaction).await?.is_done() {
            return Err(Error::Contended);
        }
        let request = self
            .update_journal(journal.account, journal.id)
            .update_expression(format!("REMOVE {QUEUE}, {SINCE}"))
            .condition_expression(format!("attribute_exists({COMPLETED_AT})"));
        self.database.update(request).await.map(drop)
    }
}
