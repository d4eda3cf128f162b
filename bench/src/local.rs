//! What is measured against: a DynamoDB Local with the template's tables and an account in it.

use std::sync::OnceLock;

use aws_sdk_dynamodb::Client;
use aws_smithy_runtime_api::client::http::HttpClient;
use profiles_api::Clock;
use profiles_local::{DynamoDbLocal, Settings};
use profiles_storage::Tables;
use profiles_storage::accounts::{Accounts, random_secret};
use profiles_template::{Table, Template};

use crate::recorder::Recorder;

/// Names the database.
const ACCESS_KEY: &str = "bench";

/// A database that lives as long as this.
pub(crate) struct Local {
    /// A client with nothing between it and the database.
    pub(crate) client: Client,
    /// The account's id.
    pub(crate) account: String,
    /// Its secret.
    pub(crate) secret: String,
    server: DynamoDbLocal,
}

impl Local {
    /// Starts one, optimized: its first calls are slow, and its best are what a handler is compared with.
    pub(crate) async fn start() -> Self {
        let settings = Settings { optimized: true, ..Settings::default() };
        let server = DynamoDbLocal::start_with(&settings).unwrap_or_else(|error| panic!("{error}"));
        let client = client(&server.endpoint());
        profiles_local::create_tables(&client, template(), "").await.expect("the tables are created");
        let secret = random_secret();
        let accounts = Accounts::new(client.clone(), tables().accounts);
        let account = accounts.create_account("bench", &secret, Clock::system().now()).await.expect("the account is created");
        Self { client, account: account.principal.account_id.to_string(), secret, server }
    }

    /// Where it listens.
    pub(crate) fn endpoint(&self) -> String {
        self.server.endpoint()
    }

    /// A client with another wire to the database.
    pub(crate) fn client_on(&self, wire: impl HttpClient + 'static) -> Client {
        Client::from_conf(self.client.config().to_builder().http_client(wire).build())
    }

    /// A client of whose calls notes are taken.
    pub(crate) fn recorded_by(&self, recorder: &Recorder) -> Client {
        Client::from_conf(self.client.config().to_builder().interceptor(recorder.clone()).build())
    }
}

/// A client of the database that listens here.
pub(crate) fn client(endpoint: &str) -> Client {
    profiles_local::client(endpoint, ACCESS_KEY)
}

/// The tables as they are named locally.
pub(crate) fn tables() -> Tables {
    Tables::from_environment(|variable| template().table_name(variable)).expect("the template has all tables")
}

/// What the template says of the table that is named so locally.
pub(crate) fn table(name: &str) -> &'static Table {
    template().tables().iter().find(|table| table.name() == name).expect("a table of the template")
}

fn template() -> &'static Template {
    static TEMPLATE: OnceLock<Template> = OnceLock::new();
    TEMPLATE.get_or_init(|| Template::parse(include_str!("../../template.yaml")).expect("a valid template"))
}
