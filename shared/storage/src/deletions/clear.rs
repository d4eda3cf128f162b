//! Clearing a user.

use aws_sdk_dynamodb::types::builders::UpdateBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, Update};
use profiles_domain::{AccountId, DeletionId, Error, Identity, Profile, Slot, observed_names};
use profiles_normalization::Timestamp;

use super::aliases::Aliases;
use super::journal::{DeletionKind, Journal};
use super::scope::{Cursor, Scope};
use super::{Deletions, Now, TimeLeft};
use crate::dynamo::database::Database;
use crate::dynamo::item::Item;
use crate::dynamo::transaction::Transaction;
use crate::dynamo::value::{number, text};
use crate::find::find;
use crate::schema::activity_head::ActivityHeads;
use crate::schema::attributes::{DELIVERY_IDS, GENERATION, ID, INHERITED, LAST_CLEARED_AT, PERCENT, REV, UPDATED_AT};
use crate::schema::generation::Generation;
use crate::schema::keys;
use crate::upsert::random_percent;

/// The attributes that a clear removes from a profile. Those that are not there are shown as `null`, or as empty.
fn removed() -> impl Iterator<Item = &'static str> {
    // The inherited records are removed, too.
    observed_names().chain([DELIVERY_IDS, INHERITED])
}

/// The reset of a profile.
pub(super) struct Reset<'a> {
    pub(super) account: AccountId,
    pub(super) seen: &'a Item,
    /// The generation that it begins.
    pub(super) next: Generation,
    pub(super) at: Timestamp,
}

impl Reset<'_> {
    /// The action that resets the profile, unless it changed since it was seen.
    pub(super) fn action(&self, database: &Database) -> UpdateBuilder {
        self.update(database, &self.set())
    }

    /// The attributes that it sets.
    fn set(&self) -> [(&'static str, AttributeValue); 4] {
        [
            (GENERATION, number(self.next.number)),
            (PERCENT, AttributeValue::N(random_percent())),
            (LAST_CLEARED_AT, text(self.at)),
            (UPDATED_AT, text(self.seen.next_update(self.at))),
        ]
    }

    fn update(&self, database: &Database, set: &[(&'static str, AttributeValue)]) -> UpdateBuilder {
        let profile = self.next.profile;
        let mut update = Update::builder()
            .table_name(&database.tables.profiles)
            .set_key(Some(keys::slot(self.account, profile.slot())))
            .condition_expression(format!("{ID} = :profile AND {REV} = :seen"))
            .expression_attribute_values(":profile", text(profile))
            .expression_attribute_values(":seen", number(self.seen.revision().unwrap_or(0)))
            .expression_attribute_values(":one", number(1_u64));
        for (place, (name, value)) in set.iter().enumerate() {
            // One of DynamoDB's reserved words is among them.
            update = update
                .expression_attribute_names(format!("#{place}"), *name)
                .expression_attribute_values(format!(":{place}"), value.clone());
        }
        let assignments: Vec<_> = (0..set.len()).map(|place| format!("#{place} = :{place}")).collect();
        update.update_expression(format!(
            "SET {} REMOVE {} ADD {REV} :one",
            assignments.join(", "),
            removed().collect::<Vec<_>>().join(", ")
        ))
    }
}

impl Deletions<'_> {
    /// Resets a profile and hides its records at once. Removes the records as far as time allows; the sweep does the rest. Returns the
    /// profile as it is then.
    ///
    /// # Errors
    /// `ProfileNotFound`, `ProfilesDiffer`, `NoIdentifier`, or those of the database. Of all but `Unavailable`, nothing was cleared.
    pub async fn clear(&self, account: AccountId, identity: &Identity, now: Now<'_>, time_left: TimeLeft<'_>) -> Result<Profile, Error> {
        let mut retries = self.database.race_retries();
        let (journal, profile) = loop {
            retries.wait_for_next().await?;
            let item = find(self.database, account, identity).await?;
            if let Some(reset) = self.reset(account, item, now()).await? {
                break reset;
            }
        };
        self.purge_for_now(journal, now(), time_left).await;
        profile.into_profile()
    }

    /// Begins the journal and resets the profile, both at once, and returns the profile as it is then. `None`: it changed since it was read.
    async fn reset(&self, account: AccountId, seen: Item, now: Timestamp) -> Result<Option<(Journal, Item)>, Error> {
        let generation = Generation::current(&seen).ok_or_else(|| Error::Defect("a found profile has no id".into()))?;
        let journal = Journal {
            account,
            id: DeletionId::created_at(now, Slot::from_random(rand::random())),
            kind: DeletionKind::Clear,
            profile: generation.profile,
            created_at: now,
            scopes: Generation::all(&seen).into_iter().map(Scope::Generation).collect(),
            remaining_aliases: Vec::new(),
            aliases: Aliases::default(),
            counted: Cursor::default(),
            cleared: Vec::new(),
            is_complete: false,
        };
        let next = Generation { number: generation.number.saturating_add(1), ..generation };
        let reset = Reset { account, seen: &seen, next, at: now };
        let set = reset.set();
        let mut transaction = Transaction::default();
        transaction.add(journal.put(self.database, 0))?;
        transaction.add(reset.update(self.database, &set))?;
        transaction.add(ActivityHeads { database: self.database, account }.raise(next))?;
        if !self.database.commit(transaction).await?.is_done() {
            return Ok(None);
        }
        let mut profile = seen;
        removed().for_each(|name| _ = profile.0.remove(name));
        profile.0.extend(set.map(|(name, value)| (name.to_owned(), value)));
        Ok(Some((journal, profile)))
    }
}
