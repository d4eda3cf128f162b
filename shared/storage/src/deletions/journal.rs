//! The log of a deletion: what is to be removed, how far that is counted, and in the end only what was.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem, Update};
use profiles_domain::{AccountId, Deletion, DeletionId, Error, ProfileId, Removed, Slot};
use profiles_normalization::Timestamp;

use super::Deletions;
use super::aliases::Leading;
use super::attributes::{COMPLETED_AT, DELIVERIES, EVENTS, IDENTITIES, INTERACTIONS, KIND, PROFILE_ID, RESPONSES};

use crate::dynamo::database::{Database, Write, incomplete};
use crate::dynamo::item::Item;
use crate::dynamo::value::{number, text};
use crate::schema::attributes::{COUNTED, COUNTED_SCOPE, CREATED_AT, ID, KNOWN_ALIASES, PK, QUEUE, REMAINING_ALIASES, SCOPES, SINCE};
use crate::schema::generation::{Home, Kind};
use crate::schema::keys;

/// What is done to a profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Doing {
    Forget,
    Clear,
}

impl Doing {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Forget => "forget",
            Self::Clear => "clear",
        }
    }
}

/// Records that go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// All that is stored under a profile's id.
    Profile(ProfileId),
    /// Those of one generation.
    Generation(Home),
}

impl Scope {
    pub(super) fn profile(self) -> ProfileId {
        match self {
            Self::Profile(profile) | Self::Generation(Home { profile, .. }) => profile,
        }
    }

    /// What the sort keys of its records begin with.
    pub(super) fn prefix(self) -> Option<String> {
        match self {
            Self::Profile(_) => None,
            Self::Generation(home) => Some(home.prefix()),
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Profile(profile) => profile.fmt(f),
            Self::Generation(home) => home.fmt(f),
        }
    }
}

impl FromStr for Scope {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        text.parse().map(Self::Generation).or_else(|()| text.parse().map(Self::Profile).map_err(drop))
    }
}

/// Up to where the records are counted: a scope, and the sort key of the last one in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Cursor {
    pub(super) scope: usize,
    pub(super) sort: Option<String>,
}

/// A log as it was read or written.
#[derive(Clone, Debug)]
pub(super) struct Log {
    pub(super) account: AccountId,
    pub(super) id: DeletionId,
    pub(super) doing: Doing,
    pub(super) profile: ProfileId,
    pub(super) created_at: Timestamp,
    pub(super) scopes: Vec<Scope>,
    pub(super) aliases: Vec<Slot>,
    /// What led to the profile; stays.
    pub(super) leading: Leading,
    pub(super) counted: Cursor,
    /// Whether nothing was left to do. The sweep looks once more all the same, as long as there are scopes.
    pub(super) is_complete: bool,
}

impl Log {
    /// The action that writes it for the first time.
    pub(super) fn put(&self, database: &Database, identities: u64) -> Result<TransactWriteItem, Error> {
        let list = |texts: Vec<String>| AttributeValue::L(texts.into_iter().map(AttributeValue::S).collect());
        let mut put = Put::builder()
            .table_name(&database.tables.deletions)
            .set_item(Some(keys::deletion(self.account, self.id)))
            .item(ID, text(self.id))
            .item(KIND, text(self.doing.as_str()))
            .item(PROFILE_ID, text(self.profile))
            .item(CREATED_AT, text(self.created_at))
            .item(SCOPES, list(self.scopes.iter().map(ToString::to_string).collect()))
            .item(COUNTED_SCOPE, number(0_u64))
            .item(QUEUE, text(self.id.slot().shard()))
            .item(SINCE, text(self.created_at))
            .condition_expression(format!("attribute_not_exists({PK})"));
        if self.doing == Doing::Forget {
            put = put.item(IDENTITIES, number(identities));
        }
        let leading = self.leading.names();
        if !leading.is_empty() {
            put = put.item(KNOWN_ALIASES, AttributeValue::Ss(leading));
        }
        if !self.aliases.is_empty() {
            put = put.item(REMAINING_ALIASES, list(self.aliases.iter().map(ToString::to_string).collect()));
        }
        Ok(TransactWriteItem::builder().put(put.build().map_err(incomplete)?).build())
    }

    /// The action that adds to what led to the profile.
    pub(super) fn lead(&self, database: &Database, more: &Leading) -> Result<TransactWriteItem, Error> {
        let update = Update::builder()
            .table_name(&database.tables.deletions)
            .set_key(Some(keys::deletion(self.account, self.id)))
            .update_expression(format!("ADD {KNOWN_ALIASES} :more"))
            .condition_expression(format!("attribute_exists({PK})"))
            .expression_attribute_values(":more", AttributeValue::Ss(more.names()))
            .build()
            .map_err(incomplete)?;
        Ok(TransactWriteItem::builder().update(update).build())
    }

    /// What an item of the table says.
    pub(super) fn read(item: &Item) -> Option<Self> {
        let (account, id) = item.text(PK)?.split_once('#')?;
        Some(Self {
            account: account.parse().ok()?,
            id: id.parse().ok()?,
            doing: [Doing::Forget, Doing::Clear].into_iter().find(|known| item.text(KIND) == Some(known.as_str()))?,
            profile: item.text(PROFILE_ID)?.parse().ok()?,
            created_at: item.text(CREATED_AT).and_then(Timestamp::parse_canonical)?,
            scopes: item.list(SCOPES).into_iter().map(|scope| scope.parse().ok()).collect::<Option<_>>()?,
            aliases: item.list(REMAINING_ALIASES).into_iter().map(|slot| slot.parse().ok()).collect::<Option<_>>()?,
            leading: item.set(KNOWN_ALIASES).iter().map(String::as_str).collect(),
            counted: Cursor { scope: item.number(COUNTED_SCOPE).unwrap_or(0), sort: item.text(COUNTED).map(str::to_owned) },
            is_complete: item.0.contains_key(COMPLETED_AT),
        })
    }
}

/// The name of the count of a kind of record.
fn count_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Event => EVENTS,
        Kind::Response => RESPONSES,
        Kind::Interaction => INTERACTIONS,
        Kind::Delivery => DELIVERIES,
    }
}

impl Deletions<'_> {
    /// The record of somebody's being forgotten.
    ///
    /// # Errors
    /// What the database says.
    pub async fn deletion(&self, account: AccountId, id: DeletionId) -> Result<Option<Deletion>, Error> {
        let item = self.database.get(&self.database.tables.deletions, keys::deletion(account, id)).await?;
        let Some(log) = Log::read(&item).filter(|log| log.doing == Doing::Forget) else { return Ok(None) };
        let count = |name: &str| item.number(name).unwrap_or(0);
        Ok(Some(Deletion {
            id,
            profile_id: log.profile,
            created_at: log.created_at.to_string(),
            completed_at: item.text(COMPLETED_AT).map(str::to_owned),
            removed: Removed {
                events: count(EVENTS),
                responses: count(RESPONSES),
                interactions: count(INTERACTIONS),
                deliveries: count(DELIVERIES),
                identities: count(IDENTITIES),
            },
        }))
    }

    /// The log as it is now; none when it is gone, as that of a clearing is in the end.
    pub(super) async fn log(&self, account: AccountId, id: DeletionId) -> Result<Option<Log>, Error> {
        Ok(Log::read(&self.database.get(&self.database.tables.deletions, keys::deletion(account, id)).await?))
    }

    /// Adds to the counts what was found between the cursor and `to`. False: somebody else counted meanwhile.
    pub(super) async fn count(&self, log: &mut Log, to: Cursor, found: &HashMap<Kind, u64>) -> Result<bool, Error> {
        let counts: Vec<_> = found.iter().enumerate().collect();
        let mut add = Vec::with_capacity(counts.len());
        let mut request = self.update_log(log);
        for (place, (kind, count)) in counts {
            add.push(format!("#{place} :{place}"));
            request = request
                .expression_attribute_names(format!("#{place}"), count_of(*kind))
                .expression_attribute_values(format!(":{place}"), number(*count));
        }
        let counted = match &log.counted.sort {
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
            .expression_attribute_values(":scope", scope(log.counted.scope))
            .expression_attribute_values(":to_scope", scope(to.scope))
            .expression_attribute_values(":to", text(to.sort.clone().unwrap_or_default()));
        let done = matches!(self.database.update(request).await?, Write::Done(_));
        if done {
            log.counted = to;
        }
        Ok(done)
    }

    /// Writes down that nothing is left to do. The log waits in its queue to be looked at once more.
    pub(super) async fn complete(&self, log: &Log, now: Timestamp) -> Result<(), Error> {
        let request = self
            .update_log(log)
            .update_expression(format!("SET {COMPLETED_AT} = :now, {SINCE} = :now REMOVE {COUNTED_SCOPE}, {COUNTED}, {REMAINING_ALIASES}"))
            // Not again, when that was done already.
            .condition_expression(format!("attribute_exists({PK}) AND attribute_not_exists({COMPLETED_AT})"))
            .expression_attribute_values(":now", text(now));
        self.database.update(request).await.map(drop)
    }

    /// Takes a log out of its queue, since what it is about was looked at once more; of a clearing, nothing stays.
    pub(super) async fn close(&self, log: &Log) -> Result<(), Error> {
        if log.doing == Doing::Clear {
            let key = keys::deletion(log.account, log.id);
            return self.database.delete_many(&self.database.tables.deletions, vec![key], self.patience).await;
        }
        let request = self
            .update_log(log)
            .update_expression(format!("REMOVE {SCOPES}, {QUEUE}, {SINCE}"))
            .condition_expression(format!("attribute_exists({COMPLETED_AT})"));
        self.database.update(request).await.map(drop)
    }

    fn update_log(&self, log: &Log) -> UpdateItemFluentBuilder {
        let request = self.database.client.update_item().table_name(&self.database.tables.deletions);
        request.set_key(Some(keys::deletion(log.account, log.id)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_is_read_as_it_was_written() {
        let profile = ProfileId::new(7, Slot::from_random(9));
        for scope in [Scope::Profile(profile), Scope::Generation(Home { profile, generation: 3 })] {
            assert_eq!(scope.to_string().parse(), Ok(scope));
        }
        assert_eq!("x".parse::<Scope>(), Err(()));
    }
}
