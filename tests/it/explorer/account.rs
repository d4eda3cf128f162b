//! The account of a run, with the API on it and a clock that advances at every request and every call.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};
use profiles_api::{Clock, Context};
use profiles_normalization::Timestamp;
use profiles_storage::Storage;
use profiles_storage::accounts::Accounts;
use profiles_tests::invariants::claim_key;
use profiles_tests::world::NO_WAITS;
use profiles_tests::{Api, Fault, Held, World};
use tracing::instrument::WithSubscriber;
use tracing::subscriber::NoSubscriber;

use super::catalogue::{Preparation, Tear};
use super::linearizability::{BoundState, sequential};
use super::operations::{Answer, Operation, Written, address, apply};

/// Milliseconds by which the clock advances at each call. Twelve calls take a second, so much happens within one.
const CALL: i64 = 83;

/// An account in its starting state.
#[derive(Clone)]
pub(super) struct Account {
    pub(super) id: String,
    pub(super) api: Arc<Api>,
    pub(super) written: Written,
    /// The state that the specification gives for the preparations.
    pub(super) specified: BoundState,
    now: Arc<AtomicI64>,
    /// Milliseconds between two requests.
    between: i64,
}

impl Account {
    /// Creates an account and does the preparations. Each answer must be the one that is specified.
    pub(super) async fn prepared(world: &World, client: Client, preparations: &[Preparation], between: i64) -> Result<Self, String> {
        Self::prepared_on(world, world.storage_on(client.clone(), NO_WAITS), client, preparations, between).await
    }

    /// The same on a storage, which is given the account's time.
    pub(super) async fn prepared_on(
        world: &World,
        storage: Storage,
        client: Client,
        preparations: &[Preparation],
        between: i64,
    ) -> Result<Self, String> {
        let (id, secret) = world.other_account().await;
        let now = Arc::new(AtomicI64::new(world.now().unix_millis()));
        let read = Arc::clone(&now);
        let clock = move || Timestamp::from_unix_millis(read.load(Ordering::SeqCst)).unwrap();
        let passing = Arc::clone(&now);
        let wait = move |time: Duration| -> Pin<Box<dyn Future<Output = ()> + Send>> {
            passing.fetch_add(i64::try_from(time.as_millis()).unwrap(), Ordering::SeqCst);
            Box::pin(std::future::ready(()))
        };
        let accounts = Accounts::new(client.clone(), world.tables.accounts.clone());
        let storage = storage.with_time(clock.clone(), wait);
        let api = Arc::new(Api::new(Context::new(storage, accounts, Clock::from_fn(clock)), secret));
        let mut account = Self { id: id.to_string(), api, written: Written::default(), specified: BoundState::default(), now, between };
        for (place, preparation) in preparations.iter().enumerate() {
            match preparation {
                Preparation::Hour => {
                    account.now.fetch_add(3_600_000, Ordering::SeqCst);
                    account.specified.state.hour();
                }
                Preparation::Tear(tear) => account.tear(world, *tear).await,
                Preparation::Do(operation) => account.prepare(operation, &format!("s{place}")).await?,
            }
        }
        // This instance remembers the secret from here on.
        account.api.get("/").await;
        Ok(account)
    }

    /// Writes to the tables what no operation writes.
    async fn tear(&mut self, world: &World, tear: Tear) {
        let claim = |email: &str| text(&claim_key(self.id.parse().unwrap(), &address(email)));
        let identities = &world.tables.identities;
        match tear {
            Tear::LostProfile(place) => {
                let slot = self.written.id(place).split_off(8);
                let shard = text(&format!("{}#{}", self.id, &slot[..1]));
                let delete = world.bare.delete_item().table_name(&world.tables.profiles);
                let deleted = delete.key("PK", shard).key("SK", text(&slot)).return_values(ReturnValue::AllOld).send().await.unwrap();
                assert!(deleted.attributes.is_some(), "there is no such profile");
            }
            Tear::Claim(email, place) => {
                let update = world.bare.update_item().table_name(identities).key("PK", claim(email));
                let update = update.update_expression("SET id = :id REMOVE EXPIRES_AT, DELETION");
                update.expression_attribute_values(":id", text(&self.written.id(place))).send().await.unwrap();
            }
            Tear::LostClaim(email) => {
                world.bare.delete_item().table_name(identities).key("PK", claim(email)).send().await.unwrap();
            }
        }
        self.written.0.push(None);
        self.specified.state.tear(tear);
    }

    async fn prepare(&mut self, operation: &Operation, label: &str) -> Result<(), String> {
        self.now.fetch_add(self.between, Ordering::SeqCst);
        let answer = operation.send(&self.api, &self.id, label, &self.written).await;
        self.written.0.push(Operation::wrote(&answer));
        let specified = std::mem::take(&mut self.specified);
        self.specified =
            sequential(specified, operation, label, &answer).ok_or_else(|| format!("prepared by {operation:?}: {answer:?}"))?;
        Ok(())
    }

    /// Applies a batch that was accepted during the run.
    pub(super) async fn apply(&self, batch: &str) -> Answer<String> {
        self.now.fetch_add(self.between, Ordering::SeqCst);
        apply(&self.api, &self.id, batch).await
    }

    /// Begins an operation, and holds it at its first call.
    pub(super) fn begin(&self, operation: &Operation, label: &str) -> Held<Answer<String>> {
        self.now.fetch_add(self.between, Ordering::SeqCst);
        let (operation, account, label) = (operation.clone(), self.clone(), label.to_owned());
        let sent = async move { operation.send(&account.api, &account.id, &label, &account.written).await };
        Held::start(sent.with_subscriber(NoSubscriber::default()))
    }

    /// Lets one call of an operation pass. False: the operation ended.
    pub(super) async fn pass(&self, held: &mut Held<Answer<String>>, fault: Option<Fault>) -> bool {
        let continues = held.pass_with(fault).await;
        self.now.fetch_add(CALL, Ordering::SeqCst);
        continues
    }

    /// Lets all other calls of an operation pass.
    pub(super) async fn finish(&self, mut held: Held<Answer<String>>) -> Answer<String> {
        while self.pass(&mut held, None).await {}
        held.finish().await
    }

    /// Does an operation from beginning to end.
    pub(super) async fn whole(&self, operation: &Operation, label: &str) -> Answer<String> {
        let held = self.begin(operation, label);
        self.finish(held).await
    }
}

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}
