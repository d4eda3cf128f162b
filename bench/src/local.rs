//! A DynamoDB Local with the template's tables and an account.

use aws_sdk_dynamodb::Client;
use aws_smithy_runtime_api::client::http::HttpClient;
use profiles_api::Clock;
use profiles_local::{DynamoDbLocal, Settings};
use profiles_storage::Tables;
use profiles_storage::accounts::{Accounts, random_secret};

use crate::effort::Effort;
use crate::progress;
use crate::project::TEMPLATE;
use crate::recorder::Recorder;

/// The access key, which names the database.
pub(crate) const ACCESS_KEY: &str = "bench";

/// A database that lives as long as this.
pub(crate) struct Local {
    /// A plain client.
    pub(crate) client: Client,
    /// The account's id.
    pub(crate) account: String,
    /// Its secret.
    pub(crate) secret: String,
    server: DynamoDbLocal,
}

impl Local {
    /// Starts a database. In a full run Java optimizes it: a handler is compared with its best calls.
    pub(crate) async fn start(effort: Effort) -> Self {
        progress::say("starting DynamoDB Local");
        let settings = Settings { optimized: effort == Effort::Full, ..Settings::default() };
        let server = DynamoDbLocal::start_with(&settings).unwrap_or_else(|error| panic!("{error}"));
        let client = client(&server.endpoint());
        profiles_local::create_tables(&client, &TEMPLATE, "").await.expect("the tables are created");
        let (account, secret) = create_account(&client).await;
        Self { client, account, secret, server }
    }

    /// Creates another account, and returns its id and its secret.
    pub(crate) async fn another_account(&self) -> (String, String) {
        create_account(&self.client).await
    }

    /// Returns the address at which it listens.
    pub(crate) fn endpoint(&self) -> String {
        self.server.endpoint()
    }

    /// Returns a client that speaks to the database in another way.
    pub(crate) fn client_on(&self, http: impl HttpClient + 'static) -> Client {
        Client::from_conf(self.client.config().to_builder().http_client(http).build())
    }

    /// Returns a client whose calls are recorded.
    pub(crate) fn recorded_by(&self, recorder: &Recorder) -> Client {
        Client::from_conf(self.client.config().to_builder().interceptor(recorder.clone()).build())
    }
}

async fn create_account(client: &Client) -> (String, String) {
    let secret = random_secret();
    let accounts = Accounts::new(client.clone(), tables().accounts);
    let account = accounts.create_account("bench", &secret, Clock::system().now()).await.expect("the account is created");
    (account.principal.account_id.to_string(), secret)
}

/// Returns a client of the database at this address.
pub(crate) fn client(endpoint: &str) -> Client {
    profiles_local::client(endpoint, ACCESS_KEY)
}

/// Returns the tables with their local names.
pub(crate) fn tables() -> Tables {
    Tables::from_environment(|variable| TEMPLATE.table_name(variable)).expect("the template has all tables")
}
