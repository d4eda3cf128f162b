//! The journal of a deletion: what is to be removed and how far that is counted; in the end, only what was removed.

use std::collections::HashMap;

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::builders::{PutBuilder, UpdateBuilder};
use aws_sdk_dynamodb::types::{AttributeValue, Put, Update};
use profiles_domain::{AccountId, Deleted, Deletion, DeletionId, Error, ProfileId, Removed, Slot};
use profiles_normalization::Timestamp;

use super::Deletions;
use super::aliases::Aliases;
use super::attributes::{CLEARED, COMPLETED_AT, DELIVERIES, EVENTS, IDENTITIES, INTERACTIONS, KIND, PROFILE_ID, PROFILES, RESPONSES};
use super::companies::CompanyJournal;
use super::scope::{Cursor, Scope};
use crate::dynamo::database::{Database, Write};
use crate::dynamo::item::Item;
use crate::dynamo::value::{number, text};
use crate::schema::attributes::{COUNTED, COUNTED_SCOPE, CREATED_AT, ID, KNOWN_ALIASES, PK, QUEUE, REMAINING_ALIASES, SCOPES, SINCE};
use crate::schema::generation::{Generation, RecordKind};
use crate::schema::keys;

/// The kinds of deletion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DeletionKind {
    Forget,
    Clear,
}

impl DeletionKind {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Forget => "forget",
            Self::Clear => "clear",
        }
    }
}

/// A journal as it was read or written.
#[derive(Clone, Debug)]
pub(super) struct Journal {
    pub(super) account: AccountId,
    pub(super) id: DeletionId,
    pub(super) kind: DeletionKind,
    pub(super) profile: ProfileId,
    pub(super) created_at: Timestamp,
    pub(super) scopes: Vec<Scope>,
    /// Aliases that did not fit into the first transaction, by their slots.
    pub(super) remaining_aliases: Vec<Slot>,
    /// All aliases; they stay in the journal.
    pub(super) aliases: Aliases,
    pub(super) counted: Cursor,
    /// Of a clear that is closed: the generations that it hid.
    pub(super) cleared: Vec<Generation>,
    /// Whether everything was removed. As long as there are scopes, the sweep looks once more.
    pub(super) is_complete: bool,
}

impl Journal {
    /// The action that begins it.
    pub(super) fn put(&self, database: &Database, identities: u64) -> PutBuilder {
        let list = |texts: Vec<String>| AttributeValue::L(texts.into_iter().map(AttributeValue::S).collect());
        let mut put = Put::builder()
            .table_name(&database.tables.deletions)
            .set_item(Some(keys::deletion(self.account, self.id)))
            .item(ID, text(self.id))
            .item(KIND, text(self.kind.as_str()))
            .item(PROFILE_ID, text(self.profile))
            .item(CREATED_AT, text(self.created_at))
            .item(SCOPES, list(self.scopes.iter().map(ToString::to_string).collect()))
            .item(COUNTED_SCOPE, number(0_u64))
            .item(QUEUE, text(self.id.slot().shard()))
            .item(SINCE, text(self.created_at))
            .condition_expression(format!("attribute_not_exists({PK})"));
        if self.kind == DeletionKind::Forget {
            put = put.item(IDENTITIES, number(identities));
        }
        let aliases = self.aliases.names();
        if !aliases.is_empty() {
            put = put.item(KNOWN_ALIASES, AttributeValue::Ss(aliases));
        }
        if !self.remaining_aliases.is_empty() {
            put = put.item(REMAINING_ALIASES, list(self.remaining_aliases.iter().map(ToString::to_string).collect()));
        }
        put
    }

    /// The generations that a clear hid.
    pub(super) fn generations(&self) -> Vec<Generation> {
        let scopes = self.scopes.iter().filter_map(|scope| scope.generation());
        self.cleared.iter().copied().chain(scopes).collect()
    }

    /// The action that adds aliases.
    pub(super) fn add_aliases(&self, database: &Database, more: &Aliases) -> UpdateBuilder {
        Update::builder()
            .table_name(&database.tables.deletions)
            .set_key(Some(keys::deletion(self.account, self.id)))
            .update_expression(format!("ADD {KNOWN_ALIASES} :more"))
            .condition_expression(format!("attribute_exists({PK})"))
            .expression_attribute_values(":more", AttributeValue::Ss(more.names()))
    }

    /// Reads a journal; `None` when it is malformed or not there.
    pub(super) fn read(item: &Item) -> Option<Self> {
        let (account, id) = item.text(PK)?.split_once('#')?;
        Some(Self {
            account: account.parse().ok()?,
            id: id.parse().ok()?,
            kind: [DeletionKind::Forget, DeletionKind::Clear].into_iter().find(|known| item.text(KIND) == Some(known.as_str()))?,
            profile: item.text(PROFILE_ID)?.parse().ok()?,
            created_at: item.text(CREATED_AT).and_then(Timestamp::parse_canonical)?,
            scopes: item.list(SCOPES).into_iter().map(|scope| scope.parse().ok()).collect::<Option<_>>()?,
            remaining_aliases: item.list(REMAINING_ALIASES).into_iter().map(|slot| slot.parse().ok()).collect::<Option<_>>()?,
            aliases: item.set(KNOWN_ALIASES).iter().map(String::as_str).collect(),
            cleared: item.list(CLEARED).into_iter().map(|generation| generation.parse().ok()).collect::<Option<_>>()?,
            counted: Cursor { scope: item.number(COUNTED_SCOPE).unwrap_or(0), sort: item.text(COUNTED).map(str::to_owned) },
            is_complete: item.0.contains_key(COMPLETED_AT),
        })
    }
}

/// The attribute that counts a kind of record.
fn count_of(kind: RecordKind) -> &'static str {
    match kind {
        RecordKind::Event => EVENTS,
        RecordKind::Response => RESPONSES,
        RecordKind::Interaction => INTERACTIONS,
        RecordKind::Delivery => DELIVERIES,
    }
}

impl Deletions<'_> {
    /// Reads the record of a forget, or of the deletion of a company.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn deletion(&self, account: AccountId, id: DeletionId) -> Result<Option<Deletion>, Error> {
        let item = self.database.get(&self.database.tables.deletions, keys::deletion(account, id)).await?;
        let count = |name: &str| item.number(name).unwrap_or(0);
        let (deleted, created_at) = if let Some(journal) = CompanyJournal::read(&item) {
            (Deleted::Company(journal.company, count(PROFILES)), journal.created_at)
        } else if let Some(journal) = Journal::read(&item).filter(|journal| journal.kind == DeletionKind::Forget) {
            let removed = Removed {
                events: count(EVENTS),
                responses: count(RESPONSES),
                interactions: count(INTERACTIONS),
                deliveries: count(DELIVERIES),
                identities: count(IDENTITIES),
            };
            (Deleted::Profile(journal.profile, removed), journal.created_at)
        } else {
            return Ok(None);
        };
        let completed_at = item.text(COMPLETED_AT).map(str::to_owned);
        Ok(Some(Deletion { id, deleted, created_at: created_at.to_string(), completed_at }))
    }

    /// Reads a journal; `None` when it is not there.
    pub(super) async fn journal(&self, account: AccountId, id: DeletionId) -> Result<Option<Journal>, Error> {
        Ok(Journal::read(&self.database.get(&self.database.tables.deletions, keys::deletion(account, id)).await?))
    }

    /// Adds the records found between the cursor and `to` to the counts. False: another worker has counted meanwhile.
    pub(super) async fn count(&self, journal: &mut Journal, to: Cursor, found: &HashMap<RecordKind, u64>) -> Result<bool, Error> {
        let counts: Vec<_> = found.iter().enumerate().collect();
        let mut add = Vec::with_capacity(counts.len());
        let mut request = self.update_journal(journal.account, journal.id);
        for (place, (kind, count)) in counts {
            add.push(format!("#{place} :{place}"));
            request = request
                .expression_attribute_names(format!("#{place}"), count_of(*kind))
                .expression_attribute_values(format!(":{place}"), number(*count));
        }
        let counted = match &journal.counted.sort {
            None => format!("attribute_not_exists({COUNTED})"),
            Some(sort) => {
                request = request.expression_attribute_values(":sort", text(sort));
                format!("{COUNTED} = :sort")
            }
        };
        let scope = |scope: usize| number(u64::try_from(scope).unwrap_or(u64::MAX));
        let request = request
            .update_expression(format!("SET {COUNTED_SCOPE} = :to_scope, {COUNTED} = :to ADD {}", add.join(", ")))
            .condition_expression(format!("{COUNTED_SCOPE} = :scope AND {counted}"))
            .expression_attribute_values(":scope", scope(journal.counted.scope))
            .expression_attribute_values(":to_scope", scope(to.scope))
            .expression_attribute_values(":to", text(to.sort.clone().unwrap_or_default()));
        let done = matches!(self.database.update(request).await?, Write::Done(_));
        if done {
            journal.counted = to;
        }
        Ok(done)
    }

    /// Records that everything was removed. The journal stays in its queue, because the sweep looks once more.
    pub(super) async fn complete(&self, account: AccountId, id: DeletionId, now: Timestamp) -> Result<(), Error> {
        let request = self
            .update_journal(account, id)
            .update_expression(format!("SET {COMPLETED_AT} = :now, {SINCE} = :now REMOVE {COUNTED_SCOPE}, {COUNTED}, {REMAINING_ALIASES}"))
            // The first completion counts.
            .condition_expression(format!("attribute_exists({PK}) AND attribute_not_exists({COMPLETED_AT})"))
            .expression_attribute_values(":now", text(now));
        self.database.update(request).await.map(drop)
    }

    /// Takes a journal out of its queue after the second look. That of a clear keeps its generations, because a replay needs them.
    pub(super) async fn close(&self, journal: &Journal) -> Result<(), Error> {
        let kept = if journal.kind == DeletionKind::Clear { format!("SET {CLEARED} = {SCOPES} ") } else { String::new() };
        let request = self
            .update_journal(journal.account, journal.id)
            .update_expression(format!("{kept}REMOVE {SCOPES}, {QUEUE}, {SINCE}"))
            .condition_expression(format!("attribute_exists({COMPLETED_AT}) AND attribute_exists({SCOPES})"));
        self.database.update(request).await.map(drop)
    }

    pub(super) fn update_journal(&self, account: AccountId, id: DeletionId) -> UpdateItemFluentBuilder {
        let request = self.database.client.update_item().table_name(&self.database.tables.deletions);
        request.set_key(Some(keys::deletion(account, id)))
    }
}
