//! Accounts and their secrets, of which only the SHA-256 is stored.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, Put};
use profiles_domain::{AccountId, Error, Slot, UserId};
use profiles_normalization::Timestamp;
use sha2::{Digest, Sha256};

use crate::dynamo::database::{Database, Write, failure};
use crate::dynamo::item::{Attributes, Item, Key};
use crate::dynamo::retry::RetryPolicy;
use crate::dynamo::tables::Tables;
use crate::dynamo::transaction::{Committed, Transaction};
use crate::schema::attributes::{CREATED_AT, PK};
use crate::schema::keys::{self, hex};

const ACCOUNT_ID: &str = "account_id";
const USER_ID: &str = "user_id";
const REVOKED_AT: &str = "revoked_at";
const NAME: &str = "name";
/// The secret that webhooks of the account are signed with. It is not hashed: checking a signature takes the secret itself.
const WEBHOOK_SECRET: &str = "webhook_secret";
/// The index that lists the secrets of an account.
const ACCOUNT_INDEX: &str = "account-index";
/// Hex digits of a secret's hash that name it in lists: too few to find the secret by.
const SECRET_ID_DIGITS: usize = 12;

/// The SHA-256 of a secret; the secret itself is never stored.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SecretHash([u8; 32]);

impl SecretHash {
    /// Hashes the secret as the client sends it.
    #[must_use]
    pub fn of(secret: &str) -> Self {
        Self(Sha256::digest(secret).into())
    }

    fn hex(self) -> String {
        hex(&self.0)
    }

    fn id(self) -> String {
        self.hex().chars().take(SECRET_ID_DIGITS).collect()
    }
}

/// The account and user that a secret authenticates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Principal {
    /// The account whose data it reaches.
    pub account_id: AccountId,
    /// The user it belongs to.
    pub user_id: UserId,
}

/// An account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountRecord {
    /// The account and its user.
    pub principal: Principal,
    /// The name that its owner gave it.
    pub name: String,
    /// When it was created, as canonical text.
    pub created_at: String,
}

/// A secret as lists show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretRecord {
    /// The id that names it in lists and when it is revoked.
    pub secret_id: String,
    /// When it was created, as canonical text.
    pub created_at: String,
    /// When it was revoked, if it was.
    pub revoked_at: Option<String>,
}

/// The table of accounts.
pub struct Accounts {
    database: Database,
    table: String,
}

impl Accounts {
    /// Uses this table, by this client.
    #[must_use]
    pub fn new(client: Client, table: String) -> Self {
        // The other tables are not used here.
        let tables = Tables { accounts: table.clone(), ..Tables::default() };
        Self { database: Database::new(client, tables, RetryPolicy::default()), table }
    }

    /// Looks up the principal of a secret; `None` when the secret is unknown or revoked.
    ///
    /// A secret that was revoked just now may still be found. One that was created just now is found: only a strongly consistent read
    /// can say that there is none.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn principal(&self, secret: SecretHash) -> Result<Option<Principal>, Error> {
        let key = keys::secret(&secret.hex());
        let mut item = self.database.get_eventually(&self.table, key.clone()).await?;
        if item.0.is_empty() {
            item = self.database.get(&self.table, key).await?;
        }
        if item.0.contains_key(REVOKED_AT) {
            return Ok(None);
        }
        Ok(principal_in(&item))
    }

    /// Reads a key that never has an item, to see whether the table can be reached.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn reach(&self) -> Result<(), Error> {
        self.database.get_eventually(&self.table, keys::secret(&SecretHash::of("").hex())).await.map(drop)
    }

    /// Creates an account with its first secret: both or neither.
    ///
    /// # Errors
    /// [`AccountError::SecretInUse`], or those of the database.
    pub async fn create_account(&self, name: &str, secret: &str, now: Timestamp) -> Result<AccountRecord, AccountError> {
        let principal = Principal {
            account_id: AccountId::created_at(now, Slot::from_random(rand::random())),
            user_id: UserId::created_at(now, Slot::from_random(rand::random())),
        };
        let mut account = attributes(principal, now);
        account.insert(NAME.to_owned(), AttributeValue::S(name.to_owned()));
        let put = |item: Attributes, key: Key| {
            Put::builder()
                .table_name(&self.table)
                .set_item(Some(item.into_iter().chain(key).collect()))
                .condition_expression(format!("attribute_not_exists({PK})"))
        };
        let mut transaction = Transaction::default();
        transaction.add(put(attributes(principal, now), keys::secret(&SecretHash::of(secret).hex())))?;
        transaction.add(put(account, keys::account(principal.account_id)))?;
        match self.database.commit(transaction).await? {
            Committed::Done => Ok(AccountRecord { principal, name: name.to_owned(), created_at: now.to_string() }),
            Committed::Refused(_) => Err(AccountError::SecretInUse),
        }
    }

    /// Gives an account another secret, and returns the secret's id.
    ///
    /// # Errors
    /// [`AccountError::NoSuchAccount`], [`AccountError::SecretInUse`], or those of the database.
    pub async fn create_secret(&self, account: AccountId, secret: &str, now: Timestamp) -> Result<String, AccountError> {
        let item = self.database.get(&self.table, keys::account(account)).await?;
        let principal = principal_in(&item).ok_or(AccountError::NoSuchAccount)?;
        let hash = SecretHash::of(secret);
        let put = self
            .database
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(attributes(principal, now).into_iter().chain(keys::secret(&hash.hex())).collect()))
            .condition_expression(format!("attribute_not_exists({PK})"));
        match self.database.put(put).await? {
            Write::Done(_) => Ok(hash.id()),
            // An attempt of this call stored it whose answer was lost.
            Write::Refused(own) if principal_in(&own) == Some(principal) && own.text(CREATED_AT) == Some(now.to_string().as_str()) => {
                Ok(hash.id())
            }
            Write::Refused(_) | Write::Raced => Err(AccountError::SecretInUse),
        }
    }

    /// Lists the secrets of an account, the oldest first, from an index that may lag behind for a moment.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn list_secrets(&self, account: AccountId) -> Result<Vec<SecretRecord>, AccountError> {
        let mut secrets = Vec::new();
        for hash in self.secret_hashes(account).await? {
            let item = self.database.get(&self.table, keys::secret(&hash)).await?;
            secrets.push(SecretRecord {
                secret_id: hash.chars().take(SECRET_ID_DIGITS).collect(),
                created_at: item.text(CREATED_AT).unwrap_or_default().to_owned(),
                revoked_at: item.text(REVOKED_AT).map(str::to_owned),
            });
        }
        secrets.sort_by(|one, other| one.created_at.cmp(&other.created_at));
        Ok(secrets)
    }

    /// Revokes a secret. Functions that have it cached accept it for at most a minute more.
    ///
    /// # Errors
    /// [`AccountError::NoSuchSecret`], or those of the database.
    pub async fn revoke_secret(&self, account: AccountId, secret_id: &str, now: Timestamp) -> Result<(), AccountError> {
        let hashes = self.secret_hashes(account).await?;
        let hash = hashes
            .iter()
            .find(|hash| secret_id.len() >= SECRET_ID_DIGITS && hash.starts_with(secret_id))
            .ok_or(AccountError::NoSuchSecret)?;
        let update = self
            .database
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(keys::secret(hash)))
            .update_expression(format!("SET {REVOKED_AT} = if_not_exists({REVOKED_AT}, :now)"))
            .condition_expression(format!("attribute_exists({PK})"))
            .expression_attribute_values(":now", AttributeValue::S(now.to_string()));
        match self.database.update(update).await? {
            Write::Done(_) => Ok(()),
            Write::Refused(_) | Write::Raced => Err(AccountError::NoSuchSecret),
        }
    }

    /// Reads the secret that the account's webhooks are signed with; `None` when they need no signature.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn webhook_secret(&self, account: AccountId) -> Result<Option<String>, Error> {
        let item = self.database.get(&self.table, keys::account(account)).await?;
        Ok(item.text(WEBHOOK_SECRET).map(str::to_owned))
    }

    /// Requires the account's webhooks to be signed with this secret. Functions that have just looked go on as before for a minute.
    ///
    /// # Errors
    /// [`AccountError::NoSuchAccount`], or those of the database.
    pub async fn set_webhook_secret(&self, account: AccountId, secret: &str) -> Result<(), AccountError> {
        let update = self.update_account(account, format!("SET {WEBHOOK_SECRET} = :secret"));
        self.written(update.expression_attribute_values(":secret", AttributeValue::S(secret.to_owned()))).await
    }

    /// Lets the account's webhooks come without a signature.
    ///
    /// # Errors
    /// [`AccountError::NoSuchAccount`], or those of the database.
    pub async fn remove_webhook_secret(&self, account: AccountId) -> Result<(), AccountError> {
        self.written(self.update_account(account, format!("REMOVE {WEBHOOK_SECRET}"))).await
    }

    fn update_account(&self, account: AccountId, expression: String) -> UpdateItemFluentBuilder {
        self.database
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(keys::account(account)))
            .update_expression(expression)
            .condition_expression(format!("attribute_exists({PK})"))
    }

    async fn written(&self, update: UpdateItemFluentBuilder) -> Result<(), AccountError> {
        match self.database.update(update).await? {
            Write::Done(_) => Ok(()),
            Write::Refused(_) | Write::Raced => Err(AccountError::NoSuchAccount),
        }
    }

    async fn secret_hashes(&self, account: AccountId) -> Result<Vec<String>, Error> {
        let mut pages = self
            .database
            .client
            .query()
            .table_name(&self.table)
            .index_name(ACCOUNT_INDEX)
            .key_condition_expression(format!("{ACCOUNT_ID} = :account AND begins_with({PK}, :secret)"))
            .expression_attribute_values(":account", AttributeValue::S(account.to_string()))
            .expression_attribute_values(":secret", AttributeValue::S(keys::SECRET_PREFIX.to_owned()))
            .into_paginator()
            .items()
            .send();
        let mut hashes = Vec::new();
        while let Some(item) = pages.next().await {
            let item = Item(item.map_err(|error| failure("Query", &error))?);
            hashes.extend(item.text(PK).and_then(|key| key.strip_prefix(keys::SECRET_PREFIX)).map(str::to_owned));
        }
        Ok(hashes)
    }
}

/// Why an account or secret could not be created, listed or revoked.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum AccountError {
    /// Some account has this secret already.
    #[error("this secret is in use already, choose another one")]
    SecretInUse,
    /// There is no such account.
    #[error("there is no such account")]
    NoSuchAccount,
    /// The account has no such secret.
    #[error("the account has no such secret; `profiles secret list` shows those it has")]
    NoSuchSecret,
    /// Those of the database.
    #[error(transparent)]
    Database(#[from] Error),
}

/// Draws a secret of 256 random bits: 64 hex digits, which need no escaping in a path.
#[must_use]
pub fn random_secret() -> String {
    hex(&rand::random::<[u8; 32]>())
}

fn attributes(principal: Principal, now: Timestamp) -> Attributes {
    Attributes::from([
        (ACCOUNT_ID.to_owned(), AttributeValue::S(principal.account_id.to_string())),
        (USER_ID.to_owned(), AttributeValue::S(principal.user_id.to_string())),
        (CREATED_AT.to_owned(), AttributeValue::S(now.to_string())),
    ])
}

fn principal_in(item: &Item) -> Option<Principal> {
    Some(Principal { account_id: item.text(ACCOUNT_ID)?.parse().ok()?, user_id: item.text(USER_ID)?.parse().ok()? })
}
