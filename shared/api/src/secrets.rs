//! Whom a secret speaks for, remembered for a while.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use profiles_domain::{AccountId, Error};
use profiles_normalization::Timestamp;
use profiles_storage::accounts::{Accounts, Principal, SecretHash};

/// Milliseconds for which a secret that was found is not looked up again. So long a revoked one goes on working.
const FOUND_FOR: i64 = 60_000;
/// Milliseconds for which one that was not found isn't looked up again. So long a new one may be refused that was tried too early.
const MISSED_FOR: i64 = 10_000;
/// Secrets remembered at most; somebody who tries many must not fill the memory.
const REMEMBERED: usize = 10_000;

/// Looks secrets up, at most once a minute each.
pub(crate) struct Secrets {
    accounts: Accounts,
    seen: Mutex<HashMap<SecretHash, Seen>>,
    of_webhooks: Mutex<HashMap<AccountId, Signing>>,
}

/// What an account's webhooks are signed with, and when that was read.
#[derive(Clone)]
struct Signing {
    secret: Option<String>,
    at: Timestamp,
}

impl Signing {
    fn is_fresh(&self, now: Timestamp) -> bool {
        (0..FOUND_FOR).contains(&(now.unix_millis() - self.at.unix_millis()))
    }
}

#[derive(Clone, Copy)]
struct Seen {
    principal: Option<Principal>,
    at: Timestamp,
}

impl Seen {
    fn is_fresh(&self, now: Timestamp) -> bool {
        let lasts = if self.principal.is_some() { FOUND_FOR } else { MISSED_FOR };
        // A clock that was set back makes nothing last longer.
        (0..lasts).contains(&(now.unix_millis() - self.at.unix_millis()))
    }
}

impl Secrets {
    pub(crate) fn new(accounts: Accounts) -> Self {
        Self { accounts, seen: Mutex::default(), of_webhooks: Mutex::default() }
    }

    /// Whom the secret speaks for.
    ///
    /// # Errors
    /// `Unauthorized` when it is unknown or revoked, or what the database says.
    pub(crate) async fn principal(&self, secret: &str, now: Timestamp) -> Result<Principal, Error> {
        let hash = SecretHash::of(secret);
        if let Some(seen) = self.recall(hash).filter(|seen| seen.is_fresh(now)) {
            return seen.principal.ok_or(Error::Unauthorized);
        }
        let principal = self.accounts.principal(hash).await?;
        self.remember(hash, Seen { principal, at: now });
        principal.ok_or(Error::Unauthorized)
    }

    /// Reads from the table of accounts, where nothing is under this key.
    ///
    /// # Errors
    /// What the database says.
    pub(crate) async fn reach_database(&self) -> Result<(), Error> {
        self.accounts.principal(SecretHash::of("")).await.map(drop)
    }

    /// What the account's webhooks are signed with; `None` when they need not be.
    ///
    /// # Errors
    /// What the database says.
    pub(crate) async fn of_webhooks(&self, account: AccountId, now: Timestamp) -> Result<Option<String>, Error> {
        let known =
            self.of_webhooks.lock().unwrap_or_else(PoisonError::into_inner).get(&account).filter(|known| known.is_fresh(now)).cloned();
        if let Some(known) = known {
            return Ok(known.secret);
        }
        let secret = self.accounts.webhook_secret(account).await?;
        let mut known = self.of_webhooks.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= REMEMBERED {
            known.clear();
        }
        known.insert(account, Signing { secret: secret.clone(), at: now });
        Ok(secret)
    }

    fn recall(&self, hash: SecretHash) -> Option<Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).get(&hash).copied()
    }

    fn remember(&self, hash: SecretHash, entry: Seen) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() >= REMEMBERED {
            seen.retain(|_, old| old.is_fresh(entry.at));
        }
        if seen.len() >= REMEMBERED {
            seen.clear();
        }
        seen.insert(hash, entry);
    }
}
