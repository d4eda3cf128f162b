//! Looks up secrets, and remembers them for a while.

use std::time::Duration;

use profiles_domain::{AccountId, Error};
use profiles_normalization::Timestamp;
use profiles_storage::Remembered;
use profiles_storage::accounts::{Accounts, Principal, SecretHash};

/// A secret that was found is not looked up again for this long. A revoked one keeps working until then.
const FOUND_TTL: Duration = Duration::from_secs(60);
/// A secret that was not found is not looked up again for this long. A new one that was tried too early is refused until then.
const MISSED_TTL: Duration = Duration::from_secs(10);

/// The secrets of all accounts. Each is read at most once a minute; there is room for thousands.
pub(crate) struct Secrets {
    accounts: Accounts,
    found: Remembered<SecretHash, Principal>,
    /// These have a place of their own, so that a client that tries many secrets displaces none that works.
    missed: Remembered<SecretHash, ()>,
    webhook_secrets: Remembered<AccountId, Option<String>>,
}

impl Secrets {
    pub(crate) fn new(accounts: Accounts) -> Self {
        Self { accounts, found: Remembered::default(), missed: Remembered::default(), webhook_secrets: Remembered::default() }
    }

    /// Returns the account and user that the secret belongs to.
    ///
    /// # Errors
    /// `Unauthorized` if the secret is unknown or revoked, or the database's error.
    pub(crate) async fn principal(&self, secret: &str, now: Timestamp) -> Result<Principal, Error> {
        let hash = SecretHash::of(secret);
        if let Some(remembered) = self.found.get(&hash, now) {
            return Ok(remembered);
        }
        if self.missed.get(&hash, now).is_some() {
            return Err(Error::Unauthorized);
        }
        match self.accounts.principal(hash).await? {
            Some(principal) => {
                self.found.put(hash, principal, now, FOUND_TTL);
                Ok(principal)
            }
            None => {
                self.missed.put(hash, (), now, MISSED_TTL);
                Err(Error::Unauthorized)
            }
        }
    }

    /// Reads a key of the accounts table that never has an item.
    ///
    /// # Errors
    /// The database's error.
    pub(crate) async fn reach_database(&self) -> Result<(), Error> {
        self.accounts.reach().await
    }

    /// Returns the secret that signs the account's webhooks; `None` if they need no signature.
    ///
    /// # Errors
    /// The database's error.
    pub(crate) async fn webhook_secret(&self, account: AccountId, now: Timestamp) -> Result<Option<String>, Error> {
        if let Some(remembered) = self.webhook_secrets.get(&account, now) {
            return Ok(remembered);
        }
        let secret = self.accounts.webhook_secret(account).await?;
        self.webhook_secrets.put(account, secret.clone(), now, FOUND_TTL);
        Ok(secret)
    }
}
