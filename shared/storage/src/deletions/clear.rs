//! Clearing a user.

use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem, Update};
use profiles_domain::{AccountId, DeletionId, Error, Identifier, Identity, Profile, Slot};
use profiles_normalization::Timestamp;

use super::leading::Leading;
use super::log::{Cursor, Doing, Log, Scope};
use super::{Deletions, TimeLeft};
use crate::attributes::{DELIVERY_IDS, GENERATION, INHERITED, PERCENT, REV, UPDATED_AT};
use crate::database::{Transaction, incomplete};
use crate::find::find;
use crate::item::Item;
use crate::keys;
use crate::records::Home;
use crate::retry::Attempts;
use crate::upsert::random_percent;
use crate::value::{number, text};

/// What a clearing takes from a profile. All of it is shown as `null`, or as empty, when it isn't there.
const RESET: [&str; 9] = [
    "browser_x",
    "browser_tz",
    "browser_l",
    "browser_n",
    "browser_k",
    "last_seen_at",
    "last_seen_session_count",
    DELIVERY_IDS,
    // Where records are that will be gone.
    INHERITED,
];
const LAST_CLEARED_AT: &str = "last_cleared_at";

impl Deletions<'_> {
    /// Resets a profile, and hides what was recorded of it at once. The records are removed as far as time allows; the sweep does the
    /// rest. Returns the profile as it is then.
    ///
    /// # Errors
    /// `ProfileNotFound`, `ProfilesDiffer`, `NoIdentifier` or what the database says. Of all but `Unavailable`, nothing was cleared.
    pub async fn clear(&self, account: AccountId, identity: &Identity, now: Timestamp, time_left: TimeLeft<'_>) -> Result<Profile, Error> {
        let mut attempts = Attempts::new(self.patience);
        let log = loop {
            attempts.next().await?;
            let item = find(self.database, self.patience, account, identity).await?;
            if let Some(log) = self.reset(account, &item, now).await? {
                break log;
            }
        };
        let id = log.profile;
        self.purge_for_now(log, now, time_left).await;
        let item = self.database.slot(account, id.slot()).await?;
        if item.id() != Some(id) {
            // Forgotten meanwhile.
            return Err(Error::ProfileNotFound(Identifier::Id(id)));
        }
        item.into_profile()
    }

    /// Writes the log and resets the profile, at once. None: it was merged, cleared or forgotten since it was read.
    async fn reset(&self, account: AccountId, seen: &Item, now: Timestamp) -> Result<Option<Log>, Error> {
        let home = Home::own(seen).ok_or_else(|| Error::Defect("a found profile has no id".into()))?;
        let log = Log {
            account,
            id: DeletionId::created_at(now, Slot::from_random(rand::random())),
            doing: Doing::Clear,
            profile: home.profile,
            created_at: now,
            scopes: Home::all(seen).into_iter().map(Scope::Generation).collect(),
            aliases: Vec::new(),
            leading: Leading::default(),
            counted: Cursor::default(),
            is_complete: false,
        };
        let (mut condition, values) = home.condition();
        let mut update = Update::builder().table_name(&self.database.tables.profiles);
        for (name, value) in values {
            update = update.expression_attribute_values(name, value);
        }
        match seen.0.get(INHERITED) {
            None => condition.push_str(&format!(" AND attribute_not_exists({INHERITED})")),
            Some(inherited) => {
                condition.push_str(&format!(" AND {INHERITED} = :inherited"));
                update = update.expression_attribute_values(":inherited", inherited.clone());
            }
        }
        let update = update
            .set_key(Some(keys::slot(account, home.profile.slot())))
            .update_expression(format!(
                // One of DynamoDB's reserved words among them.
                "SET {GENERATION} = :next, #percent = :percent, {LAST_CLEARED_AT} = :now, {UPDATED_AT} = :now REMOVE {} ADD {REV} :one",
                RESET.join(", ")
            ))
            .condition_expression(condition)
            .expression_attribute_names("#percent", PERCENT)
            .expression_attribute_values(":next", number(home.generation.saturating_add(1)))
            .expression_attribute_values(":percent", AttributeValue::N(random_percent()))
            .expression_attribute_values(":now", text(now))
            .expression_attribute_values(":one", number(1_u64))
            .build()
            .map_err(incomplete)?;
        let actions = vec![log.put(self.database, 0)?, TransactWriteItem::builder().update(update).build()];
        Ok(matches!(self.database.transact(actions).await?, Transaction::Done).then_some(log))
    }
}
