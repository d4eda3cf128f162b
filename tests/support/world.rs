//! The world of a test: a database of its own, tables, an account, and the API on them.

use std::pin::Pin;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use aws_sdk_dynamodb::config::retry::{RetryConfig, RetryPartition, TokenBucket};
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_dynamodb::{Client, Config};
use profiles_api::{Clock, Context};
use profiles_domain::AccountId;
use profiles_local::{DynamoDbLocal, Settings};
use profiles_normalization::Timestamp;
use profiles_storage::accounts::{Accounts, random_secret};
use profiles_storage::{Metering, RetryPolicy, Storage, Tables, Timeouts};
use profiles_template::Template;

use crate::{Api, Wire};

/// The time at which every world begins: 2029-04-07T12:18:00Z.
const BEGINNING: i64 = 1_870_258_680_000;

/// A retry policy without waits, which tests do not need.
pub const NO_WAITS: RetryPolicy = RetryPolicy { attempts: 200, first_wait: Duration::ZERO, longest_wait: Duration::ZERO };

/// The worlds that share a DynamoDB Local. It has a database for each of them, and threads for each database that look for work all the
/// time, also when its world is over. With the worlds of a whole run, it would do little else.
const WORLDS_IN_A_SERVER: usize = 32;

/// Returns the number of the next world, and its DynamoDB Local, which ends with the last world that has it.
fn place() -> (usize, Arc<DynamoDbLocal>) {
    static NEXT: Mutex<(usize, Option<Arc<DynamoDbLocal>>)> = Mutex::new((0, None));
    let mut next = NEXT.lock().unwrap_or_else(PoisonError::into_inner);
    let (number, server) = (next.0, next.1.take().filter(|_| !next.0.is_multiple_of(WORLDS_IN_A_SERVER)));
    let server = server.unwrap_or_else(|| {
        // Java optimizes it: it has many thousands of calls to come.
        let settings = Settings { optimized: true, ..Settings::default() };
        Arc::new(DynamoDbLocal::start_with(&settings).unwrap_or_else(|error| panic!("{error}")))
    });
    *next = (number + 1, Some(Arc::clone(&server)));
    (number, server)
}

/// A database of its own, with the tables of the template and one account.
pub struct World {
    /// The URL of DynamoDB Local.
    pub endpoint: String,
    /// DynamoDB Local itself, which ends with the last world that has it.
    _server: Arc<DynamoDbLocal>,
    /// The access key, which names the database.
    pub access_key: String,
    /// A client beside the wire: its calls are not counted and have no faults.
    pub bare: Client,
    /// The names of the tables.
    pub tables: Tables,
    /// The wire of every other client.
    pub wire: Wire,
    /// The account's id.
    pub account: AccountId,
    /// The account's secret.
    pub secret: String,
    now: Arc<AtomicI64>,
    /// How long the instances that are made next wait for the registry of properties.
    patience: Duration,
    /// The items in a portion of a batch, for the instances that are made next, where it is not as large as usual.
    portion: Option<usize>,
}

impl World {
    /// Makes a new world. From now on, every log line of the process is checked.
    pub async fn new() -> Self {
        crate::logs::capture();
        Self::without_logs().await
    }

    /// Makes a new world, and leaves the logs of the process as they are.
    pub async fn without_logs() -> Self {
        let (number, server) = place();
        let (endpoint, access_key) = (server.endpoint(), format!("world{number}"));
        let bare = profiles_local::client(&endpoint, &access_key);
        profiles_local::create_tables(&bare, template(), "").await.unwrap();
        let tables = Tables::from_environment(|variable| template().table_name(variable)).unwrap();
        let now = Arc::new(AtomicI64::new(BEGINNING));
        let secret = random_secret();
        crate::logs::forbid(&secret);
        let accounts = Accounts::new(bare.clone(), tables.accounts.clone());
        let account = accounts.create_account("test", &secret, timestamp(BEGINNING)).await.unwrap().principal.account_id;
        let (wire, patience, portion) = (Wire::default(), Duration::ZERO, None);
        Self { endpoint, _server: server, access_key, bare, tables, wire, account, secret, now, patience, portion }
    }

    /// Returns a client on the wire that attempts each call this often.
    #[must_use]
    pub fn client(&self, attempts: u32) -> Client {
        let config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static("us-east-1"))
            .credentials_provider(Credentials::new(&self.access_key, "local", None, None, "local"))
            .endpoint_url(&self.endpoint)
            .http_client(self.wire.clone())
            .interceptor(Metering)
            // A busy machine must not look like a fault.
            .timeout_config(TimeoutConfig::builder().connect_timeout(Duration::from_secs(60)).build())
            .retry_config(RetryConfig::standard().with_max_attempts(attempts).with_initial_backoff(Duration::from_millis(1)))
            // By default, all clients of the process share one allowance for retries, so the faults of one test would use up another's.
            .retry_partition(RetryPartition::custom(self.access_key.clone()).token_bucket(TokenBucket::unlimited()).build())
            .build();
        Client::from_conf(config)
    }

    /// Returns a client on the wire as an instance of a function has it, which tries each call as often and for as long.
    #[must_use]
    pub fn client_of_function(&self, timeouts: Timeouts) -> Client {
        static INSTANCES: AtomicU32 = AtomicU32::new(0);
        let Timeouts { attempt, call, attempts, first_wait } = timeouts;
        let instance = format!("{}-{}", self.access_key, INSTANCES.fetch_add(1, Ordering::Relaxed));
        let config = self.client(attempts).config().to_builder();
        let config = config
            .timeout_config(TimeoutConfig::builder().operation_attempt_timeout(attempt).operation_timeout(call).build())
            .retry_config(RetryConfig::standard().with_max_attempts(attempts).with_initial_backoff(first_wait))
            .retry_partition(RetryPartition::custom(instance).build());
        Client::from_conf(config.build())
    }

    /// Lets the instances that are made from now on tell the registry of properties. The others tell it nothing, because most tests look at
    /// the requests of what they are about.
    #[must_use]
    pub fn telling(self) -> Self {
        // A busy machine must not look like a registry that is down.
        Self { patience: Duration::from_secs(600), ..self }
    }

    /// Lets the instances that are made from now on apply batches in portions of this number of items.
    #[must_use]
    pub fn applying_in_portions_of(self, items: usize) -> Self {
        Self { portion: Some(items), ..self }
    }

    /// Returns a storage that retries a call when its connection is lost, which happens on a busy machine.
    #[must_use]
    pub fn storage(&self) -> Storage {
        self.storage_on(self.client(3), NO_WAITS)
    }

    /// Returns the API of a function that has just started. It attempts each call once.
    #[must_use]
    pub fn api(&self) -> Api {
        self.api_with(self.client(1))
    }

    /// Returns the API on this client.
    #[must_use]
    pub fn api_with(&self, client: Client) -> Api {
        self.api_of(client, self.secret.clone())
    }

    /// Returns the API on this client, for the account with this secret.
    #[must_use]
    pub fn api_of(&self, client: Client, secret: String) -> Api {
        self.api_of_ahead(client, secret, Duration::ZERO)
    }

    /// Returns the API of an instance whose clock is ahead by this.
    #[must_use]
    pub fn api_ahead(&self, ahead: Duration) -> Api {
        self.api_of_ahead(self.client(1), self.secret.clone(), ahead)
    }

    /// Returns the API on this client, for the account with this secret, of an instance whose clock is ahead by this.
    #[must_use]
    pub fn api_of_ahead(&self, client: Client, secret: String, ahead: Duration) -> Api {
        self.instance(client, secret, NO_WAITS, ahead)
    }

    /// Returns the API of an instance that gives up after this number of attempts.
    #[must_use]
    pub fn api_for_attempts(&self, attempts: u32) -> Api {
        self.instance(self.client(1), self.secret.clone(), RetryPolicy { attempts, ..NO_WAITS }, Duration::ZERO)
    }

    /// Returns the storage on this client, as an instance has it.
    #[must_use]
    pub fn storage_on(&self, client: Client, retry_policy: RetryPolicy) -> Storage {
        let storage = Storage::new(client, self.tables.clone(), retry_policy).telling_for(self.patience);
        match self.portion {
            Some(items) => storage.applying_in_portions_of(items),
            None => storage,
        }
    }

    fn instance(&self, client: Client, secret: String, retry_policy: RetryPolicy, ahead: Duration) -> Api {
        let (now, ahead) = (Arc::clone(&self.now), millis(ahead));
        let clock = move || timestamp(now.load(Ordering::SeqCst) + ahead);
        let accounts = Accounts::new(client.clone(), self.tables.accounts.clone());
        let passing = Arc::clone(&self.now);
        let wait = move |time: Duration| -> Pin<Box<dyn Future<Output = ()> + Send>> {
            passing.fetch_add(millis(time), Ordering::SeqCst);
            Box::pin(std::future::ready(()))
        };
        let storage = self.storage_on(client, retry_policy).with_time(clock.clone(), wait);
        Api::new(Context::new(storage, accounts, Clock::from_fn(clock)), secret)
    }

    /// Creates another account in the same database, and returns the API on this client for it. A check of its invariants reads little.
    pub async fn new_account(&self, client: Client) -> (AccountId, Api) {
        let (account, secret) = self.other_account().await;
        let api = self.api_of(client, secret);
        api.get("/").await;
        (account, api)
    }

    /// Creates another account in the same database. Returns its id and secret.
    pub async fn other_account(&self) -> (AccountId, String) {
        let secret = random_secret();
        crate::logs::forbid(&secret);
        let accounts = Accounts::new(self.bare.clone(), self.tables.accounts.clone());
        (accounts.create_account("other", &secret, self.now()).await.unwrap().principal.account_id, secret)
    }

    /// Returns the time. Only [`World::wait`] and [`World::advance_fn`] advance it; the explorer uses the latter at each call.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        timestamp(self.now.load(Ordering::SeqCst))
    }

    /// Returns a function that advances the clock.
    pub fn advance_fn(&self) -> impl Fn(Duration) + Send + Sync + 'static {
        let now = Arc::clone(&self.now);
        move |time| _ = now.fetch_add(millis(time), Ordering::SeqCst)
    }

    /// Advances the clock.
    pub fn wait(&self, time: Duration) {
        self.advance_fn()(time);
    }

    /// Reads every item of a table, in the order of their keys.
    pub async fn items(&self, table: &str) -> Vec<std::collections::HashMap<String, AttributeValue>> {
        let mut items = Vec::new();
        let mut pages = self.bare.scan().table_name(table).consistent_read(true).into_paginator().items().send();
        while let Some(item) = pages.next().await {
            items.push(item.unwrap());
        }
        items.sort_by_key(|item| format!("{:?}{:?}", item.get("PK"), item.get("SK")));
        items
    }

    /// Deletes the tables. This saves memory where one test makes many worlds.
    pub async fn drop_tables(&self) {
        for table in template().tables() {
            self.bare.delete_table().table_name(table.name()).send().await.unwrap();
        }
    }

    /// Reads every table that requests can change.
    pub async fn everything(&self) -> Vec<Vec<std::collections::HashMap<String, AttributeValue>>> {
        let mut all = Vec::new();
        let Tables { profiles, identities, companies, batches, batch_chunks, activities, summaries, deletions, properties, .. } =
            &self.tables;
        for table in [profiles, identities, companies, batches, batch_chunks, activities, summaries, deletions, properties] {
            all.push(self.items(table).await);
        }
        all
    }
}

/// Returns the template of this repository.
pub fn template() -> &'static Template {
    static TEMPLATE: OnceLock<Template> = OnceLock::new();
    TEMPLATE.get_or_init(|| Template::parse(include_str!("../../template.yaml")).unwrap())
}

/// Returns the environment variables that name the tables, each with its table's name.
#[must_use]
pub fn table_variables() -> Vec<(String, String)> {
    template().tables().iter().map(|table| (table.environment_variable(), table.name())).collect()
}

fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap()
}

fn timestamp(millis: i64) -> Timestamp {
    Timestamp::from_unix_millis(millis).unwrap()
}
