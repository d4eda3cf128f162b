//! DynamoDB Local: starting it, and creating the tables of `template.yaml` in it.
//!
//! For tests and the admin command. Functions don't depend on this crate.

mod error;
mod server;
mod tables;

use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};

pub use aws_sdk_dynamodb::Client;
pub use error::LocalError;
pub use server::{DynamoDbLocal, Settings};
pub use tables::{Outcome, create_tables, local_name};

/// A client of a DynamoDB Local.
///
/// `access_key` names the database: each access key has one of its own. DynamoDB Local accepts letters and digits only.
pub fn client(endpoint: &str, access_key: &str) -> Client {
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static("us-east-1"))
        .credentials_provider(Credentials::new(access_key, "local", None, None, "local"))
        .endpoint_url(endpoint)
        .build();
    Client::from_conf(config)
}
