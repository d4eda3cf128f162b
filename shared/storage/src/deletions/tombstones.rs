//! Tombstones: they stay where a forgotten profile, its claim and its aliases were, and hold nothing but when that was. So no batch that was
//! accepted before brings the profile back.

use std::time::Duration;

use aws_sdk_dynamodb::operation::put_item::builders::PutItemFluentBuilder;
use aws_sdk_dynamodb::types::builders::{PutBuilder, UpdateBuilder};
use aws_sdk_dynamodb::types::{Put, Update};
use profiles_domain::{AccountId, DeletionId, Error, ProfileId, Slot};
use profiles_normalization::Timestamp;

use crate::dynamo::database::Database;
use crate::dynamo::item::{Attributes, Item, Key};
use crate::dynamo::transaction::Transaction;
use crate::dynamo::value::{expiry, number, text};
use crate::schema::activity_head::ActivityHeads;
use crate::schema::attributes::{ALIAS_ID, ALIAS_OF, DELETION, EXPIRES_AT, FENCED_AT, FORGOTTEN_AT, ID, LAST, LAST_DELIVERY, REV};
use crate::schema::former_addresses::{MAX_FORMER, former_claims};
use crate::schema::keys;
use crate::schema::revision::unchanged;
use crate::upsert::{Healer, put_alone};

/// How long a tombstone stays: longer than any accepted batch waits to be applied.
pub(super) const TOMBSTONE_TTL: Duration = Duration::from_hours(90 * 24);

/// Aliases that become tombstones in one transaction. Of its 100 actions, the journal, that of a company with whose
/// members he is forgotten, the profile, its activity head and its claim take one each, and each former claim another. The other aliases come later.
pub(super) const ALIASES_AT_ONCE: usize = 95 - MAX_FORMER;

/// The references to a profile that become tombstones with it.
pub(super) struct References {
    /// Whether the claim to its address points to it.
    pub(super) claim: bool,
    /// The slots of aliases.
    pub(super) slots: Vec<Slot>,
    /// The claims that it has released.
    pub(super) former: Vec<FormerClaim>,
}

/// A claim that the profile has released.
pub(super) struct FormerClaim {
    key: Key,
    /// The claim as it was read.
    seen: Item,
    /// Another profile that has the address.
    holder: Option<ProfileId>,
}

/// Puts the tombstones of one forgotten profile.
pub(super) struct Tombstones<'a> {
    pub(super) database: &'a Database,
    pub(super) account: AccountId,
    pub(super) profile: ProfileId,
    pub(super) deletion: DeletionId,
    pub(super) at: Timestamp,
}

impl Tombstones<'_> {
    /// Adds the actions that put tombstones in place of the profile, its activity head and its references, unless it changed since it was
    /// seen.
    pub(super) fn add_all(&self, transaction: &mut Transaction, seen: &Item, references: &References) -> Result<(), Error> {
        transaction.add(self.of_profile(seen))?;
        transaction.add(self.heads().close(self.profile, self.at))?;
        if let Some(email) = seen.email().filter(|_| references.claim) {
            transaction.add(self.of_claim(email))?;
        }
        for slot in &references.slots {
            transaction.add(self.of_alias(*slot))?;
        }
        for claim in &references.former {
            transaction.add(self.of_former_claim(claim))?;
        }
        Ok(())
    }

    /// Reads the claims that the profile has released.
    pub(super) async fn read_former(&mut self, seen: &Item) -> Result<Vec<FormerClaim>, Error> {
        let mut former = Vec::new();
        for key in former_claims(self.account, seen) {
            let seen = self.read_claim(&key).await?;
            let holder = seen.id().filter(|holder| *holder != self.profile);
            let before = if holder.is_some() { seen.text(FENCED_AT).and_then(Timestamp::parse_canonical) } else { seen.forgotten_at() };
            self.at = before.map_or(self.at, |before| before.max(self.at));
            former.push(FormerClaim { key, seen, holder });
        }
        Ok(former)
    }

    /// Moves the time of the tombstones on, if one that was seen has a later time.
    pub(super) fn not_before(&mut self, seen: &Item) {
        self.at = seen.forgotten_at().map_or(self.at, |before| before.max(self.at));
    }

    /// Reads the references to the profile among its claim and these slots. They stay the same while the profile's `REV` does.
    pub(super) async fn read_references(&mut self, seen: &Item, slots: Vec<Slot>) -> Result<References, Error> {
        let mut references = References { claim: false, slots: Vec::with_capacity(slots.len()), former: self.read_former(seen).await? };
        if let Some(email) = seen.email() {
            let claim = self.read_claim(&keys::claim(self.account, email)).await?;
            references.claim = claim.id().is_none_or(|holder| holder == self.profile);
            self.not_before(&claim);
        }
        for slot in slots {
            let alias = self.database.slot(self.account, slot).await?;
            if self.is_alias_of_it(&alias) {
                self.not_before(&alias);
                references.slots.push(slot);
            }
        }
        Ok(references)
    }

    /// Reads the claim to an address that the profile has or had. If it names another profile that has not the address, it is freed first:
    /// a batch that was accepted before may be about to create that profile.
    async fn read_claim(&self, key: &Key) -> Result<Item, Error> {
        let healer = Healer { database: self.database, account: self.account, now: self.at };
        let mut retries = self.database.race_retries();
        loop {
            retries.wait_for_next().await?;
            let claim = self.database.get(&self.database.tables.identities, key.clone()).await?;
            let Some(other) = claim.id().filter(|holder| *holder != self.profile) else { return Ok(claim) };
            let seen = self.database.slot(self.account, other.slot()).await?;
            if !healer.free(key.clone(), &claim, &seen).await? {
                return Ok(claim);
            }
        }
    }

    /// Whether this is an alias of the profile.
    pub(super) fn is_alias_of_it(&self, seen: &Item) -> bool {
        seen.alias_of() == Some(self.profile)
    }

    /// The activity heads of the account.
    pub(super) fn heads(&self) -> ActivityHeads<'_> {
        ActivityHeads { database: self.database, account: self.account }
    }

    /// The action that puts a tombstone in place of the profile.
    fn of_profile(&self, seen: &Item) -> PutBuilder {
        Put::builder()
            .table_name(&self.database.tables.profiles)
            .set_item(Some(self.replacing(self.profile.slot(), seen).0))
            .condition_expression(format!("{ID} = :profile AND {REV} = :seen"))
            .expression_attribute_values(":profile", text(self.profile))
            .expression_attribute_values(":seen", number(seen.revision().unwrap_or(0)))
    }

    /// The tombstone that replaces what was seen in a slot.
    fn replacing(&self, slot: Slot, seen: &Item) -> Item {
        // The slot may have a later tombstone: of a clock that was ahead, or of a profile that a restore brought back.
        let at = self.at.max(seen.forgotten_at().unwrap_or(self.at));
        let own = (slot == self.profile.slot()).then_some(self.profile.seconds());
        let last = own.max(seen.last());
        let mut tombstone = Item(keys::slot(self.account, slot));
        tombstone.0.extend([
            (FORGOTTEN_AT.to_owned(), text(at)),
            (DELETION.to_owned(), text(self.deletion)),
            (REV.to_owned(), number(seen.next_revision())),
            (EXPIRES_AT.to_owned(), expiry(at, TOMBSTONE_TTL)),
        ]);
        tombstone.0.extend(last.map(|last| (LAST.to_owned(), number(last))));
        tombstone.0.extend(seen.0.get_key_value(LAST_DELIVERY).map(|(name, value)| (name.clone(), value.clone())));
        tombstone
    }

    /// The request that puts a tombstone into a slot that is empty or has another one, if it is still as it was seen.
    pub(super) fn in_vacant_slot(&self, slot: Slot, seen: &Item) -> PutItemFluentBuilder {
        put_alone(self.database, keys::slot(self.account, slot), seen, self.replacing(slot, seen))
    }

    /// The action that takes the claim to its address from the profile. A claim that no profile holds, which only a restore leaves, becomes
    /// a tombstone, too.
    fn of_claim(&self, email: &str) -> UpdateBuilder {
        self.of_own_claim(keys::claim(self.account, email), Some(self.deletion))
    }

    /// The action that puts a tombstone into a claim that names nobody, or still the profile.
    fn of_own_claim(&self, key: Key, deletion: Option<DeletionId>) -> UpdateBuilder {
        let is_own = format!("({ID} = :profile OR attribute_not_exists({ID}))");
        self.update(&self.database.tables.identities, key, (&is_own, ID), deletion)
    }

    /// The action that puts a tombstone into a claim that the profile has released. While another profile has the address, the claim is that
    /// profile's; the tombstone counts when it is released.
    fn of_former_claim(&self, claim: &FormerClaim) -> UpdateBuilder {
        let (table, key) = (&self.database.tables.identities, claim.key.clone());
        if let Some(holder) = claim.holder {
            let (as_read, values) = unchanged(&claim.seen);
            return Update::builder()
                .table_name(table)
                .set_key(Some(key))
                .update_expression(format!("SET {FENCED_AT} = :at ADD {REV} :one"))
                .condition_expression(format!("{ID} = :holder AND {as_read}"))
                .set_expression_attribute_values(values)
                .expression_attribute_values(":holder", text(holder))
                .expression_attribute_values(":at", text(self.at))
                .expression_attribute_values(":one", number(1_u64));
        }
        // No profile was forgotten under this address, so the tombstone names no deletion.
        self.of_own_claim(key, None)
    }

    /// The action that puts a tombstone in place of an alias of the profile, on condition that it is one.
    pub(super) fn of_alias(&self, slot: Slot) -> UpdateBuilder {
        let removed = format!("{ALIAS_OF}, {ALIAS_ID}");
        let is_alias = format!("{ALIAS_OF} = :profile");
        self.update(&self.database.tables.profiles, keys::slot(self.account, slot), (&is_alias, &removed), Some(self.deletion))
    }

    /// The action that makes an item a tombstone, on this condition and unless it has a later one. `removed` are the attributes that point
    /// to the profile. The tombstone names this deletion, or none.
    fn update(&self, table: &str, key: Key, (condition, removed): (&str, &str), deletion: Option<DeletionId>) -> UpdateBuilder {
        let mut values = Attributes::from([
            (":profile".to_owned(), text(self.profile)),
            (":at".to_owned(), text(self.at)),
            (":expires".to_owned(), expiry(self.at, TOMBSTONE_TTL)),
            (":one".to_owned(), number(1_u64)),
        ]);
        let mut change = format!("SET {FORGOTTEN_AT} = :at, {EXPIRES_AT} = :expires");
        if let Some(deletion) = deletion {
            change.push_str(&format!(", {DELETION} = :deletion REMOVE {removed}"));
            values.insert(":deletion".to_owned(), text(deletion));
        } else {
            change.push_str(&format!(" REMOVE {removed}, {DELETION}"));
        }
        Update::builder()
            .table_name(table)
            .set_key(Some(key))
            .update_expression(format!("{change} ADD {REV} :one"))
            .condition_expression(format!("{condition} AND (attribute_not_exists({FORGOTTEN_AT}) OR {FORGOTTEN_AT} <= :at)"))
            .set_expression_attribute_values(Some(values))
    }
}
