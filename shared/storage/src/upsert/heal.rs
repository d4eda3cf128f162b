//! Healing: a claim that names no profile with its address is mended by the first writer that meets it.
//!
//! Tables that were restored to different instants leave such claims, and so do items that were deleted by hand. Between any two writes of
//! this program a claim and its profile agree. So the transaction, whose conditions are both items as they were seen, never touches a claim
//! that was merely on its way.

use aws_sdk_dynamodb::types::builders::UpdateBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, ConditionCheck};
use profiles_domain::{AccountId, Email, Error, ProfileId};
use profiles_normalization::Timestamp;

use super::actions;
use crate::dynamo::database::Database;
use crate::dynamo::item::Item;
use crate::dynamo::transaction::Transaction;
use crate::dynamo::value::text;
use crate::schema::attributes::FORGOTTEN_AT;
use crate::schema::keys;

/// The result of meeting a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Healed {
    /// It named no profile with the address, and is mended.
    Mended,
    /// There was nothing to mend, or something changed meanwhile.
    Unchanged,
}

/// Mends the claim to an address.
pub(crate) struct Healer<'a> {
    pub(crate) database: &'a Database,
    pub(crate) account: AccountId,
    pub(crate) now: Timestamp,
}

impl Healer<'_> {
    /// Mends the claim to `email` that names `owner`, in whose slot `seen` was found.
    ///
    /// If the profile that is there by now has the address, or the one into which `owner` was merged, that one gets the claim. Otherwise the
    /// claim is nobody's, and is released.
    pub(crate) async fn mend(&self, email: &Email, owner: ProfileId, seen: &Item) -> Result<Healed, Error> {
        if seen.has_address(owner, email) {
            return Ok(Healed::Unchanged);
        }
        let survivor = match seen.merged_into(owner) {
            Some(survivor) => Some(self.database.slot(self.account, survivor.slot()).await?),
            None => None,
        };
        let heir = survivor.as_ref().unwrap_or(seen);
        let key = keys::claim(self.account, email.as_str());
        let mut transaction = Transaction::default();
        if let Some(heir_id) = heir.id().filter(|_| heir.email() == Some(email.as_str())) {
            transaction.add(actions::hand_over(self.database, key, owner, heir_id))?;
            transaction.add(self.is_as_seen(heir_id, heir))?;
        } else {
            transaction.add(self.released(actions::release(self.database, key, owner, &seen.applied_log(), self.now), owner, seen))?;
            transaction.add(self.is_as_seen(owner, seen))?;
        }
        if !self.database.commit(transaction).await?.is_done() {
            return Ok(Healed::Unchanged);
        }
        tracing::warn!(profile_id = %owner, "a claim to an address named no profile that has it, and was mended");
        Ok(Healed::Mended)
    }

    /// Adds the time of a tombstone that was found in the slot of `owner` to the action that releases its claim: the claim of a forgotten
    /// profile has come back, and batches that were accepted before still must not use its address.
    fn released(&self, release: UpdateBuilder, owner: ProfileId, seen: &Item) -> UpdateBuilder {
        let was_forgotten = seen.alias_of().is_none() && seen.last() >= Some(owner.seconds());
        let Some(forgotten_at) = seen.forgotten_at().filter(|_| was_forgotten) else { return release };
        let update = release.get_update_expression().clone().unwrap_or_default().replacen("SET ", &format!("SET {FORGOTTEN_AT} = :at, "), 1);
        release.update_expression(update).expression_attribute_values(":at", text(forgotten_at))
    }

    /// An action that checks that the slot of this id is as it was seen.
    fn is_as_seen(&self, id: ProfileId, seen: &Item) -> aws_sdk_dynamodb::types::builders::ConditionCheckBuilder {
        let (condition, values) = actions::unchanged(seen);
        ConditionCheck::builder()
            .table_name(&self.database.tables.profiles)
            .set_key(Some(keys::slot(self.account, id.slot())))
            .condition_expression(condition)
            .set_expression_attribute_values(values)
    }
}
