//! Healing: a claim that names no profile with its address is mended by the first writer that meets it.
//!
//! Tables that were restored to different instants leave such claims, and so do items that were deleted by hand. Between any two writes of
//! this program a claim and its profile agree. So the transaction, whose conditions are both items as they were seen, never touches a claim
//! that was merely on its way.

use aws_sdk_dynamodb::types::ConditionCheck;
use aws_sdk_dynamodb::types::builders::ConditionCheckBuilder;
use profiles_domain::{AccountId, Error, ProfileId};
use profiles_normalization::Timestamp;

use super::actions::{self, Release};
use super::{Abort, Writer};
use crate::dynamo::database::Database;
use crate::dynamo::item::Item;
use crate::dynamo::transaction::{Action, Refusals, Transaction};
use crate::schema::keys;
use crate::schema::revision::unchanged;

/// Mends the claims of an account.
pub(crate) struct Healer<'a> {
    pub(crate) database: &'a Database,
    pub(crate) account: AccountId,
    pub(crate) now: Timestamp,
}

/// The old address of a profile whose claim did not name it when it was to be released.
pub(super) struct Disowned {
    pub(super) email: String,
    /// The id that the claim named instead.
    pub(super) named: Option<ProfileId>,
}

impl Healer<'_> {
    /// Mends a claim to `email`, if the slot that it names was seen without a profile that has the address. If one of them changed meanwhile,
    /// nothing is done.
    ///
    /// If another profile is in that slot by now, or the claimed one was merged into another, and that one has the address, it gets the
    /// claim. Otherwise the claim is nobody's, and is released.
    pub(crate) async fn mend(&self, email: &str, claim: &Item, seen: &Item) -> Result<(), Error> {
        let Some(owner) = claim.id().filter(|owner| !seen.has_address(*owner, email)) else { return Ok(()) };
        let survivor = match seen.merged_into(owner) {
            Some(survivor) => Some(self.database.slot(self.account, survivor.slot()).await?),
            None => None,
        };
        let heir = survivor.as_ref().unwrap_or(seen);
        let key = keys::claim(self.account, email);
        let mut transaction = Transaction::default();
        if let Some(id) = heir.id().filter(|_| heir.email() == Some(email)) {
            transaction.add(actions::hand_over(self.database, key, owner, id))?;
            transaction.add(self.is_as_seen(id, heir))?;
        } else {
            let was_forgotten = seen.alias_of().is_none() && seen.last() >= Some(owner.seconds());
            // The claim of a forgotten profile came back. Batches that were accepted before must not use its address.
            let forgotten_at = seen.forgotten_at().filter(|_| was_forgotten).max(claim.forgotten_at());
            let release = Release { key, named: Some(owner), applied: &seen.applied_log(), forgotten_at, now: self.now };
            transaction.add(release.action(self.database))?;
            transaction.add(self.is_as_seen(owner, seen))?;
        }
        if self.database.commit(transaction).await?.is_done() {
            tracing::warn!(profile_id = %owner, "the claim to an address named a profile that has it not, and was mended");
        }
        Ok(())
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
    /// Mends the claim to `email`, if the slot that it names was seen without a profile that has the address.
    pub(super) async fn mend(&self, email: &str, claim: &Item, seen: &Item) -> Result<(), Abort> {
        Ok(self.healer().mend(email, claim, seen).await?)
    }

    /// If the release of the old address of `seen` was refused, notes whom its claim names. The next attempt takes it from there, or leaves
    /// it.
    pub(super) async fn note_release(&mut self, seen: &Item, release: Option<Action>, refused: &mut Refusals) -> Result<(), Abort> {
        let Some((old, claim)) = seen.email().zip(release.and_then(|release| refused.take(release))) else { return Ok(()) };
        self.disowned = Some(Disowned { email: old.to_owned(), named: claim.id() });
        if let Some(other) = claim.id().filter(|other| seen.id() != Some(*other)) {
            self.mend(old, &claim, &self.slot(other.slot()).await?).await?;
        }
        Ok(())
    }

    fn healer(&self) -> Healer<'_> {
        Healer { database: self.database, account: self.account, now: self.change.now }
    }
}
