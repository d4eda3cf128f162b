//! Profiles, identities, companies and accounts in DynamoDB.
//!
//! One [`Storage`] is built at start and shared by all requests. Every invariant is held by a condition or a transaction of
//! DynamoDB; nothing relies on having read first.

pub mod accounts;
mod attributes;
mod companies;
mod config;
mod database;
mod find;
mod item;
mod keys;
mod retry;
mod tables;
mod upsert;
mod value;

pub use config::{client, sdk_config};
pub use retry::Patience;
pub use tables::{MissingVariable, Tables};

use aws_sdk_dynamodb::Client;
use profiles_domain::{AccountId, Error, Identity, MembershipChange, Profile, ProfileId, Upsert};
use profiles_normalization::Timestamp;

use crate::companies::Companies;
use crate::database::Database;

/// The profiles and companies of all accounts.
pub struct Storage {
    database: Database,
    companies: Companies,
    patience: Patience,
}

impl Storage {
    /// On these tables, by this client.
    #[must_use]
    pub fn new(client: Client, tables: Tables, patience: Patience) -> Self {
        Self { database: Database::new(client, tables), companies: Companies::default(), patience }
    }

    /// Creates or updates the profile that the request names, and returns its id. When this returns, every read sees the write.
    ///
    /// # Errors
    /// [`Error`]: of all but `Unavailable`, the profile is unchanged.
    pub async fn upsert(&self, account: AccountId, request: Upsert, now: Timestamp) -> Result<ProfileId, Error> {
        let Upsert { identity, membership, properties } = request;
        // The company first, so that no profile ever names one that isn't there; its properties last, so that a refused profile
        // leaves them as they were.
        let (membership, company) = match membership {
            MembershipChange::Keep => (upsert::Membership::Keep, None),
            MembershipChange::End => (upsert::Membership::End, None),
            MembershipChange::Join(name, properties) => {
                let id = self.companies.id_of(&self.database, account, &name, now).await?;
                (upsert::Membership::Company(id), Some((id, properties)))
            }
        };
        let change = upsert::Change::new(properties, membership, now);
        let id = upsert::Writer::new(&self.database, self.patience, account, change).write(&identity).await?;
        if let Some((company, properties)) = company.filter(|(_, properties)| !properties.is_empty()) {
            companies::set_properties(&self.database, account, company, properties, now).await?;
        }
        Ok(id)
    }

    /// Finds the profile that all identifiers given name.
    ///
    /// # Errors
    /// `ProfileNotFound`, `ProfilesDiffer`, `NoIdentifier` or what the database says.
    pub async fn find(&self, account: AccountId, identity: &Identity) -> Result<Profile, Error> {
        find::find(&self.database, self.patience, account, identity).await
    }

    /// Reads a company.
    ///
    /// # Errors
    /// What the database says; a company that isn't there is `None`.
    pub async fn company(&self, account: AccountId, id: profiles_domain::CompanyId) -> Result<Option<profiles_domain::Company>, Error> {
        companies::read(&self.database, account, id).await
    }
}
