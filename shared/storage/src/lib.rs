//! Profiles, identities, companies and accounts in DynamoDB.
//!
//! One [`Storage`] is built at start and shared by all requests. Every invariant is held by a condition or a transaction of
//! DynamoDB; nothing relies on having read first.

pub mod accounts;
mod apply;
mod attributes;
pub mod batches;
mod companies;
mod config;
mod database;
pub mod deletions;
mod find;
mod item;
mod keys;
pub mod meter;
mod queue;
mod read_many;
pub mod records;
mod remembered;
mod retry;
mod tables;
mod upsert;
mod value;
mod write_many;

pub use apply::{Applied, Group, Report, Source, group};
pub use config::{Timeouts, client, sdk_config};
pub use meter::{Consumed, Meter, Metering};
pub use remembered::Remembered;
pub use retry::Patience;
pub use tables::{MissingVariable, Tables};

use std::collections::HashMap;

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

/// What an upsert stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Upserted {
    /// The profile's id.
    pub id: ProfileId,
    /// Whether properties of its company were left out, some or all, since the company would be over DynamoDB's 400 KB with them.
    pub company_is_too_large: bool,
}

impl Storage {
    /// On these tables, by this client.
    #[must_use]
    pub fn new(client: Client, tables: Tables, patience: Patience) -> Self {
        Self { database: Database::new(client, tables, patience), companies: Companies::default(), patience }
    }

    /// Creates or updates the profile that the request names, and returns its id. When this returns, every read sees the write.
    ///
    /// # Errors
    /// [`Error`]: of all but `Unavailable`, nothing was stored.
    pub async fn upsert(&self, account: AccountId, request: Upsert, now: Timestamp) -> Result<Upserted, Error> {
        let Upsert { identity, membership: change, properties } = request;
        let membership = self.companies.membership(&self.database, account, &change, now).await?;
        let writer = upsert::Writer::new(&self.database, self.patience, account, upsert::Change::new(properties, membership, now));
        let id = writer.write(&identity, None).await.map_err(upsert::Stop::into_error)?;
        // A company's properties come last, by a plain update: a transaction would make all of its members' upserts fight for it.
        let stored = match (self.companies.written(account, writer.into_membership()), change) {
            (Some(company), MembershipChange::Join(_, properties)) => {
                companies::set_properties(&self.database, account, company, properties, now).await?
            }
            _ => true,
        };
        Ok(Upserted { id, company_is_too_large: !stored })
    }

    /// Finds the profile that all identifiers given name.
    ///
    /// # Errors
    /// `ProfileNotFound`, `ProfilesDiffer`, `NoIdentifier` or what the database says.
    pub async fn find(&self, account: AccountId, identity: &Identity) -> Result<Profile, Error> {
        find::find(&self.database, self.patience, account, identity).await?.into_profile()
    }

    /// Reads profiles by their ids, many in a request; what isn't there is not among them.
    ///
    /// # Errors
    /// What the database says.
    pub async fn profiles(&self, account: AccountId, ids: &[ProfileId]) -> Result<HashMap<ProfileId, Profile>, Error> {
        let mut wanted = read_many::Wanted::default();
        for id in ids {
            wanted.add(&self.database.tables.profiles, keys::slot(account, id.slot()));
        }
        let found = self.database.get_many(wanted, self.patience).await?;
        let at = |id: &ProfileId| Some(found.get(&keys::slot(account, id.slot()))).filter(|item| item.id() == Some(*id));
        ids.iter().filter_map(|id| Some((*id, at(id)?.into_profile()))).map(|(id, profile)| Ok((id, profile?))).collect()
    }

    /// Reads a company.
    ///
    /// # Errors
    /// What the database says; a company that isn't there is `None`.
    pub async fn company(&self, account: AccountId, id: profiles_domain::CompanyId) -> Result<Option<profiles_domain::Company>, Error> {
        companies::read(&self.database, account, id).await
    }
}
