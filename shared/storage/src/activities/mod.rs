//! What is recorded of users besides their profiles: events, interactions, answers, deliveries, and what they add up to.
//!
//! Every record is written by a transaction that also asks whether its profile is there, in the generation the record is for. So
//! once a profile is forgotten or cleared, nothing is added to what is being removed.

mod attributes;
mod deliveries;
mod events;
mod experiences;
mod lists;
mod recording;
mod summaries;

pub(crate) use attributes::{MODEL_ID, MODEL_KIND};
pub(crate) use summaries::{Share, counts, take_back};

use profiles_domain::{Identity, InteractionId};

use crate::Storage;
use crate::dynamo::database::Database;
use crate::dynamo::retry::Patience;

/// The records of all accounts.
pub struct Records<'a> {
    database: &'a Database,
    patience: Patience,
}

/// Which part of a list is asked for; the latest come first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Items at most.
    pub limit: usize,
    /// Only items created before this.
    pub before: Option<Bound>,
    /// Only items created after this.
    pub after: Option<Bound>,
}

/// A place in a list that is sorted by ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// The place of an item of this id, whatever kind it is.
    Id(InteractionId),
    /// A time, in Unix seconds.
    Seconds(u32),
}

/// Whose or which items are listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Of {
    /// Everybody's, of the tour or survey of this id.
    Model(String),
    /// One user's.
    Profile(Identity),
}

/// A part of a list.
#[derive(Clone, PartialEq)]
pub struct Listed<T> {
    /// The latest first.
    pub items: Vec<T>,
    /// Whether there are more after these.
    pub more: bool,
}

impl Storage {
    /// The records of all accounts.
    #[must_use]
    pub fn records(&self) -> Records<'_> {
        Records { database: &self.database, patience: self.patience }
    }
}
