//! Starts DynamoDB Local, and creates the tables of `template.yaml`.
//!
//! Tests and the admin command use it. Functions do not depend on this crate.

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
/// Each `access_key` has a database of its own. DynamoDB Local accepts letters and digits only.
pub fn client(endpoint: &str, access_key: &str) -> Client {
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static("us-east-1"))
        .credentials_provider(Credentials::new(access_key, "local", None, None, "local"))
        .endpoint_url(endpoint)
        .build();
    Client::from_conf(config)
}
