//! Freeing addresses: a claim that names no profile with its address is nobody's. The first writer that wants the address frees it.
//!
//! Whoever wrote such a claim may have died, or be on the way to write the profile, on condition that its slot is as it was before the claim.
//! So the slot's revision is raised in the same transaction. Tables that were restored to different instants leave such claims, too.

use aws_sdk_dynamodb::types::ConditionCheck;
use aws_sdk_dynamodb::types::builders::ConditionCheckBuilder;
use profiles_domain::{AccountId, Email, Error, ProfileId};
use profiles_normalization::Timestamp;

use super::actions::{self, Release};
use super::{Abort, Writer};
use crate::dynamo::database::Database;
use crate::dynamo::item::{Item, Key};
use crate::dynamo::transaction::Transaction;
use crate::schema::keys;
use crate::schema::revision::unchanged;

/// Frees the addresses of an account.
pub(crate) struct Healer<'a> {
    pub(crate) database: &'a Database,
    pub(crate) account: AccountId,
    pub(crate) now: Timestamp,
}

impl Healer<'_> {
    /// Frees the address of a claim, if the slot that it names was seen without a profile that has the address. If one of them changed
    /// meanwhile, nothing is done. False: the profile has the address.
    ///
    /// If another profile is in that slot by now, or the claimed one was merged into another, and that one has the address, it gets the
    /// claim. Only a restore leaves such a claim.
    pub(crate) async fn free(&self, key: Key, claim: &Item, seen: &Item) -> Result<bool, Error> {
        let has_address = |profile: &Item| profile.email().is_some_and(|email| keys::claim(self.account, email) == key);
        let Some(owner) = claim.id().filter(|owner| seen.id() != Some(*owner) || !has_address(seen)) else { return Ok(false) };
        let survivor = match seen.merged_into(owner) {
            Some(survivor) => Some(self.database.slot(self.account, survivor.slot()).await?),
            None => None,
        };
        let heir = survivor.as_ref().unwrap_or(seen);
        let mut transaction = Transaction::default();
        if let Some(id) = heir.id().filter(|_| has_address(heir)) {
            transaction.add(actions::hand_over(key, owner, id).action(self.database))?;
            transaction.add(self.is_as_seen(id, heir))?;
        } else {
            let was_forgotten = seen.alias_of().is_none() && seen.last() >= Some(owner.seconds());
            // It may be the claim of a forgotten profile. Batches that were accepted before must not use its address.
            let forgotten_at = seen.forgotten_at().filter(|_| was_forgotten).max(claim.forgotten_at());
            let release = Release { key, seen: claim, applied: &heir.applied_log(), forgotten_at, now: self.now };
            transaction.add(release.update().action(self.database))?;
            transaction.add(actions::raise(self.database, keys::slot(self.account, owner.slot()), seen, self.now))?;
        }
        self.database.commit(transaction).await?;
        Ok(true)
    }

    /// An action that checks that the slot of this id is as it was seen.
    pub(super) fn is_as_seen(&self, id: ProfileId, seen: &Item) -> ConditionCheckBuilder {
        let (condition, values) = unchanged(seen);
        ConditionCheck::builder()
            .table_name(&self.database.tables.profiles)
            .set_key(Some(keys::slot(self.account, id.slot())))
            .condition_expression(condition)
            .set_expression_attribute_values(values)
    }
}

impl Writer<'_> {
    /// Frees `email`, if the slot that its claim names was seen without a profile that has the address.
    pub(super) async fn free(&self, email: &Email, claim: &Item, seen: &Item) -> Result<(), Abort> {
        let healer = Healer { database: self.database, account: self.account, now: self.change.now };
        healer.free(keys::claim(self.account, email.as_str()), claim, seen).await?;
        Ok(())
    }
}
