//! Profiles, identities, companies and accounts in DynamoDB.
//!
//! One [`Storage`] is built at start and shared by all requests. Every invariant is held by a condition or a transaction of
//! DynamoDB; none relies on having read first.
//!
//! `dynamo` speaks DynamoDB and imports nothing else of this crate; `schema` says what is stored where; the others are features.

pub mod accounts;
pub mod activities;
pub mod addresses;
pub mod batches;
mod companies;
pub mod deletions;
mod dynamo;
mod find;
mod idempotency;
pub mod properties;
mod remembered;
mod schema;
pub mod search;
mod upsert;

pub use dynamo::client::{Timeouts, client, sdk_config};
pub use dynamo::meter;
pub use dynamo::meter::{Consumed, Meter, Metering};
pub use dynamo::retry::{RetryPolicy, attempting_for};
pub use dynamo::tables::{MissingVariable, Tables};
pub use idempotency::IdempotencyKey;
pub use remembered::Remembered;
pub use upsert::Upserted;

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use futures_util::future::BoxFuture;
use profiles_domain::{
    AccountId, Company, CompanyId, CompanyName, CompanyUpsert, Error, Identity, Profile, ProfileId, PropertyKind, Upsert,
};
use profiles_normalization::Timestamp;

use crate::activities::KnownModels;
use crate::companies::{Companies, Time};
use crate::dynamo::database::Database;
use crate::properties::{Owner, Registry};

/// The profiles and companies of all accounts.
pub struct Storage {
    database: Database,
    companies: Companies,
    models: KnownModels,
    registry: Registry,
    /// Items of a batch that are read, compared and written together.
    portion: usize,
}

/// Items of a batch that are read, compared and written together. Those of two such portions are in memory.
const ITEMS_IN_A_PORTION: usize = 1_000;

impl Storage {
    /// Uses these tables, by this client.
    #[must_use]
    pub fn new(client: Client, tables: Tables, retry_policy: RetryPolicy) -> Self {
        let companies = Companies::new(Time::of_system());
        let database = Database::new(client, tables, retry_policy);
        Self { database, companies, models: KnownModels::default(), registry: Registry::default(), portion: ITEMS_IN_A_PORTION }
    }

    /// Tells the time by this clock, and waits by `wait`, for what it remembers of companies and for how long.
    #[must_use]
    pub fn with_time(
        self,
        now: impl Fn() -> Timestamp + Send + Sync + 'static,
        wait: impl Fn(Duration) -> BoxFuture<'static, ()> + Send + Sync + 'static,
    ) -> Self {
        Self { companies: Companies::new(Time { now: Box::new(now), wait: Box::new(wait) }), ..self }
    }

    /// Applies batches in portions of about this number of items.
    #[must_use]
    pub fn applying_in_portions_of(self, items: usize) -> Self {
        Self { portion: items, ..self }
    }

    /// Creates or updates the profile that the request names, and returns its id. When this returns, every read sees the write.
    ///
    /// # Errors
    /// [`Error`]: of all but `Unavailable`, nothing was stored.
    pub async fn upsert(&self, account: AccountId, request: Upsert, now: Timestamp) -> Result<Upserted, Error> {
        upsert::upsert(&self.database, &self.companies, &self.registry, account, request, now).await
    }

    /// Finds the profile that all identifiers given name.
    ///
    /// # Errors
    /// `ProfileNotFound`, `ProfilesDiffer`, `NoIdentifier`, or those of the database.
    pub async fn find(&self, account: AccountId, identity: &Identity) -> Result<Profile, Error> {
        find::find(&self.database, account, identity).await?.into_profile()
    }

    /// Reads profiles by their ids, many in a request. Those that are not there are left out.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn profiles(&self, account: AccountId, ids: &[ProfileId]) -> Result<HashMap<ProfileId, Profile>, Error> {
        find::many(&self.database, account, ids).await
    }

    /// Creates or updates the company that the request names, and returns its id. When this returns, every read sees the write.
    ///
    /// # Errors
    /// [`Error`]: of all but `Unavailable`, nothing was stored.
    pub async fn upsert_company(&self, account: AccountId, request: CompanyUpsert, now: Timestamp) -> Result<CompanyId, Error> {
        let news = self.registry.news(account, PropertyKind::Company, &request.properties, &request.cut, now);
        let id = companies::upsert(&self.database, account, request, now).await?;
        self.registry.tell(&self.database, account, vec![(news, Owner::Company(id))], now).await;
        Ok(id)
    }

    /// Finds the company of this name.
    ///
    /// # Errors
    /// `NoCompany`, or those of the database.
    pub async fn find_company(&self, account: AccountId, name: &CompanyName) -> Result<Company, Error> {
        companies::find(&self.database, account, name).await
    }

    /// Reads a company; `None` when it is not there.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn company(&self, account: AccountId, id: CompanyId) -> Result<Option<Company>, Error> {
        companies::read(&self.database, account, id).await
    }

    /// Reads the ids of the companies whose deletion is under way. Profiles may still have them.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn companies_being_deleted(&self, account: AccountId) -> Result<HashSet<CompanyId>, Error> {
        companies::being_deleted(&self.database, account).await
    }

    /// Reads companies by their ids, many in a request. Those that are not there are left out.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn companies(&self, account: AccountId, ids: &[CompanyId]) -> Result<HashMap<CompanyId, Company>, Error> {
        companies::many(&self.database, account, ids).await
    }
}
