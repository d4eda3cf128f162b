//! An activity that is recorded in the transaction that writes its profile.

use profiles_domain::Error;

use crate::dynamo::item::Item;
use crate::dynamo::transaction::{Action, Transaction};
use crate::schema::activity_head::{ActivityHeads, Addition, inherits, is_of};
use crate::schema::generation::Generation;
use crate::schema::sums::Summed;

/// The actions of an activity whose refusal means something.
#[derive(Default)]
pub(crate) struct Added {
    /// Stores the activity's idempotency key, if it has one.
    pub(crate) key: Option<Action>,
    /// Depend on records as they were read before. Where one is refused, another request wrote them meanwhile.
    pub(crate) as_read: Vec<Action>,
}

/// Adds the actions that record an activity in this generation of its profile, but for those of the profile's head.
pub(crate) type AddActivity<'a> = &'a (dyn Fn(&mut Transaction, Generation) -> Result<Added, Error> + Send + Sync);

/// An activity that is recorded.
pub(crate) struct Activity<'a> {
    pub(crate) add: AddActivity<'a>,
    pub(crate) head: Head,
}

/// The attempts to add an activity to the head of its profile.
pub(crate) struct Head {
    summed: Option<Summed>,
    /// Whether the head has room for it.
    has_room: bool,
    /// The generations that the head must name as inherited, if that matters.
    inherited: Option<Vec<String>>,
    /// The generation that the head refused last.
    refused: Option<Generation>,
}

/// Why a head refused an activity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HeadRefusal {
    /// It is full, is of another generation, or was changed at the same time: the next attempt may succeed.
    Again,
    /// Another profile was merged meanwhile: what was read of the user's records is not all of it.
    Merged,
}

impl Head {
    /// Adds this activity; `None` only holds the head's condition.
    pub(crate) fn new(summed: Option<Summed>) -> Self {
        Self { summed, has_room: true, inherited: None, refused: None }
    }

    /// Makes another attempt with what was read anew.
    pub(crate) fn ask_for(&mut self, summed: Option<Summed>, inherited: Option<Vec<String>>) {
        (self.summed, self.inherited) = (summed, inherited);
    }

    /// The activity, if there is room for it.
    pub(crate) fn summed(&self) -> Option<&Summed> {
        self.summed.as_ref().filter(|_| self.has_room)
    }

    /// What is added to the head, and on what condition.
    pub(crate) fn addition(&self) -> Addition<'_> {
        (self.summed(), self.inherited.as_deref())
    }

    /// Whether the activity is in the sums, or is none that could be.
    pub(crate) fn is_summed(&self) -> bool {
        self.has_room
    }

    /// Leaves the activity out of the sums, because there is no room for it.
    pub(super) fn leave_out(&mut self) {
        self.has_room = false;
    }

    /// Takes note of a head that refused the activity. Another generation is a lost race at first: the profile is read again. If it still
    /// is of the same generation then, the two differ, and the head is made to agree.
    pub(crate) async fn refused(&mut self, heads: ActivityHeads<'_>, generation: Generation, seen: &Item) -> Result<HeadRefusal, Error> {
        if !is_of(seen, generation) {
            if self.refused.replace(generation) == Some(generation) {
                heads.reconcile(generation, seen).await?;
            }
        } else if self.inherited.as_ref().is_some_and(|inherited| !inherits(seen, inherited)) {
            return Ok(HeadRefusal::Merged);
        } else {
            self.leave_out();
        }
        Ok(HeadRefusal::Again)
    }
}
