//! An activity that is recorded in the transaction that writes its profile.

use profiles_domain::Error;

use crate::dynamo::item::Item;
use crate::dynamo::transaction::{Action, Transaction};
use crate::schema::activity_head::{ActivityHeads, is_of};
use crate::schema::generation::Generation;
use crate::schema::sums::Summed;

/// Adds the actions that record an activity in this generation of its profile, but for those of the profile's head. Returns the action that
/// stores the activity's idempotency key, if it has one.
pub(crate) type AddActivity<'a> = &'a (dyn Fn(&mut Transaction, Generation) -> Result<Option<Action>, Error> + Send + Sync);

/// An activity that is recorded.
pub(crate) struct Activity<'a> {
    pub(crate) add: AddActivity<'a>,
    pub(crate) head: Head,
}

/// The attempts to add an activity to the head of its profile.
pub(crate) struct Head {
    /// `None` when there is no room for it.
    summed: Option<Summed>,
    /// The generation that the head refused last.
    refused: Option<Generation>,
}

impl Head {
    pub(crate) fn new(summed: Summed) -> Self {
        Self { summed: Some(summed), refused: None }
    }

    /// The activity, if there is room for it.
    pub(crate) fn summed(&self) -> Option<&Summed> {
        self.summed.as_ref()
    }

    /// Leaves the activity out of the sums, because there is no room for it.
    pub(super) fn leave_out(&mut self) {
        self.summed = None;
    }

    /// Takes note of a head that refused the activity. Another generation is a lost race at first: the profile is read again. If it still
    /// is of the same generation then, the two differ, and the head is made to agree.
    pub(crate) async fn refused(&mut self, heads: ActivityHeads<'_>, generation: Generation, seen: &Item) -> Result<(), Error> {
        if is_of(seen, generation) {
            self.leave_out();
        } else if self.refused.replace(generation) == Some(generation) {
            heads.reconcile(generation, seen).await?;
        }
        Ok(())
    }
}
