//! The connection to the database.

use aws_sdk_dynamodb::Client;
use clap::Args;
use profiles_storage::Timeouts;

/// The database that a command works on.
#[derive(Args)]
pub(crate) struct Connection {
    /// The address of DynamoDB, for a local one.
    #[arg(long, global = true, value_name = "URL", env = "AWS_ENDPOINT_URL_DYNAMODB")]
    endpoint_url: Option<String>,
}

impl Connection {
    pub(crate) async fn client(&self) -> Client {
        let shared = profiles_storage::sdk_config(Timeouts::BACKGROUND).await;
        let mut config = aws_sdk_dynamodb::config::Builder::from(&shared);
        config.set_endpoint_url(self.endpoint_url.clone());
        Client::from_conf(config.build())
    }
}
