//! What a run has made, or may have.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A user's identifier.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum User {
    Uid(String),
    Email(String),
}

impl User {
    /// The parameter of a query that names the user. Neither uids nor addresses of a run have signs that must be escaped, except the `@`.
    pub(crate) fn query(&self) -> String {
        match self {
            Self::Uid(uid) => format!("uid={uid}"),
            Self::Email(email) => format!("email={}", email.replace('@', "%40")),
        }
    }
}

/// All that must be removed in the end, and what cannot be. An identifier is put down before the first request about it is sent.
pub(crate) struct Made {
    mark: String,
    content: Mutex<Content>,
}

#[derive(Default)]
struct Content {
    users: BTreeSet<User>,
    companies: BTreeSet<String>,
    batches: Vec<String>,
    unknown_batches: u32,
    left: Vec<String>,
}

impl Made {
    pub(crate) fn new() -> Self {
        Self { mark: format!("verify-{:08x}", rand::random::<u32>()), content: Mutex::default() }
    }

    /// The text that every identifier of the run begins with, except numbers and ids.
    pub(crate) fn mark(&self) -> &str {
        &self.mark
    }

    /// Puts down a user with this uid, and returns the whole uid.
    pub(crate) fn uid(&self, rest: &str) -> String {
        let uid = format!("{}-{rest}", self.mark);
        self.user(User::Uid(uid.clone()));
        uid
    }

    /// Puts down a user with this address, and returns the whole address.
    pub(crate) fn email(&self, local: &str) -> String {
        let email = format!("{local}@{}.invalid", self.mark);
        self.user(User::Email(email.clone()));
        email
    }

    pub(crate) fn user(&self, user: User) {
        self.content().users.insert(user);
    }

    pub(crate) fn users(&self) -> Vec<User> {
        self.content().users.iter().cloned().collect()
    }

    /// Puts down a company, by its uid.
    pub(crate) fn company(&self, uid: &str) {
        self.content().companies.insert(uid.to_owned());
    }

    pub(crate) fn companies(&self) -> BTreeSet<String> {
        self.content().companies.clone()
    }

    /// Puts down a batch that was accepted, and may still be applied.
    pub(crate) fn batch(&self, id: &str) {
        self.content().batches.push(id.to_owned());
    }

    pub(crate) fn batches(&self) -> Vec<String> {
        self.content().batches.clone()
    }

    /// Puts down a batch of which it is not known whether it was accepted.
    pub(crate) fn unknown_batch(&self) {
        self.content().unknown_batches += 1;
    }

    pub(crate) fn unknown_batches(&self) -> u32 {
        self.content().unknown_batches
    }

    /// Puts down what the API cannot delete.
    pub(crate) fn stays(&self, what: impl Into<String>) {
        self.content().left.push(what.into());
    }

    pub(crate) fn staying(&self) -> Vec<String> {
        self.content().left.clone()
    }

    fn content(&self) -> MutexGuard<'_, Content> {
        self.content.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
