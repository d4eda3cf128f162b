//! Clearing a user.

use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem, Update};
use profiles_domain::{AccountId, DeletionId, Error, Identity, Profile, Slot};
use profiles_normalization::Timestamp;

use super::aliases::Leading;
use super::journal::{Cursor, Doing, Log, Scope};
use super::{Deletions, Now, TimeLeft};
use crate::dynamo::database::{Transaction, incomplete};
use crate::dynamo::item::Item;
use crate::dynamo::retry::Attempts;
use crate::dynamo::value::{number, text};
use crate::find::find;
use crate::schema::attributes::{DELIVERY_IDS, GENERATION, ID, INHERITED, PERCENT, REV, UPDATED_AT};
use crate::schema::generation::Home;
use crate::schema::keys;
use crate::upsert::random_percent;

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
    pub async fn clear(&self, account: AccountId, identity: &Identity, now: Now<'_>, time_left: TimeLeft<'_>) -> Result<Profile, Error> {
        let mut attempts = Attempts::new(self.patience);
        let (log, profile) = loop {
            attempts.next().await?;
            let item = find(self.database, self.patience, account, identity).await?;
            if let Some(reset) = self.reset(account, item, now()).await? {
                break reset;
            }
        };
        self.purge_for_now(log, now(), time_left).await;
        profile.into_profile()
    }

    /// Writes the log and resets the profile, at once, and returns what it is then. None: it changed since it was read.
    async fn reset(&self, account: AccountId, seen: Item, now: Timestamp) -> Result<Option<(Log, Item)>, Error> {
        let home = Home::own(&seen).ok_or_else(|| Error::Defect("a found profile has no id".into()))?;
        let log = Log {
            account,
            id: DeletionId::created_at(now, Slot::from_random(rand::random())),
            doing: Doing::Clear,
            profile: home.profile,
            created_at: now,
            scopes: Home::all(&seen).into_iter().map(Scope::Generation).collect(),
            aliases: Vec::new(),
            leading: Leading::default(),
            counted: Cursor::default(),
            is_complete: false,
        };
        let set = [
            (GENERATION, number(home.generation.saturating_add(1))),
            (PERCENT, AttributeValue::N(random_percent())),
            (LAST_CLEARED_AT, text(now)),
            (UPDATED_AT, text(seen.next_update(now))),
        ];
        let mut update = Update::builder()
            .table_name(&self.database.tables.profiles)
            .set_key(Some(keys::slot(account, home.profile.slot())))
            .condition_expression(format!("{ID} = :profile AND {REV} = :seen"))
            .expression_attribute_values(":profile", text(home.profile))
            .expression_attribute_values(":seen", number(seen.revision().unwrap_or(0)))
            .expression_attribute_values(":one", number(1_u64));
        for (place, (name, value)) in set.iter().enumerate() {
            // One of DynamoDB's reserved words is among them.
            update = update
                .expression_attribute_names(format!("#{place}"), *name)
                .expression_attribute_values(format!(":{place}"), value.clone());
        }
        let assignments: Vec<_> = (0..set.len()).map(|place| format!("#{place} = :{place}")).collect();
        let update = update
            .update_expression(format!("SET {} REMOVE {} ADD {REV} :one", assignments.join(", "), RESET.join(", ")))
            .build()
            .map_err(incomplete)?;
        let actions = vec![log.put(self.database, 0)?, TransactWriteItem::builder().update(update).build()];
        if !matches!(self.database.transact(actions).await?, Transaction::Done) {
            return Ok(None);
        }
        let mut profile = seen;
        RESET.iter().for_each(|name| _ = profile.0.remove(*name));
        profile.0.extend(set.map(|(name, value)| (name.to_owned(), value)));
        Ok(Some((log, profile)))
    }
}
