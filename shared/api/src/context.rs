//! What every request needs, built once before the first.

use profiles_domain::Error;
use profiles_storage::accounts::Accounts;
use profiles_storage::batches::TicketKey;
use profiles_storage::{MissingVariable, RetryPolicy, Storage, Tables, Timeouts};

use crate::clock::Clock;
use crate::secrets::Secrets;

/// What every request needs, built once before the first.
pub struct Context {
    pub(crate) storage: Storage,
    pub(crate) secrets: Secrets,
    pub(crate) clock: Clock,
    pub(crate) on_accepted: Option<Box<dyn Fn(TicketKey) + Send + Sync>>,
}

/// Why a function cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A table has no name.
    #[error(transparent)]
    Table(#[from] MissingVariable),
}

impl Context {
    /// On this storage and these accounts, by this clock.
    #[must_use]
    pub fn new(storage: Storage, accounts: Accounts, clock: Clock) -> Self {
        Self { storage, secrets: Secrets::new(accounts), clock, on_accepted: None }
    }

    /// With the tables that the environment names, the system's clock, and a client of its own.
    ///
    /// # Errors
    /// [`StartError`] names what the environment lacks.
    pub async fn from_environment() -> Result<Self, StartError> {
        Self::patient(RetryPolicy::default(), Timeouts::INTERACTIVE).await
    }

    /// The same for whoever applies batches or sweeps: nobody waits for the answer, so it is more patient with the database.
    ///
    /// # Errors
    /// [`StartError`] names what the environment lacks.
    pub async fn of_worker() -> Result<Self, StartError> {
        Self::patient(RetryPolicy::BACKGROUND, Timeouts::BACKGROUND).await
    }

    /// Has `tell` called with each ticket of a batch as soon as the batch is accepted, for whoever applies batches in this process.
    #[must_use]
    pub fn on_accepted(self, tell: impl Fn(TicketKey) + Send + Sync + 'static) -> Self {
        Self { on_accepted: Some(Box::new(tell)), ..self }
    }

    /// Asks the database for something small, whatever of this process is remembered.
    ///
    /// # Errors
    /// What the database says, or that it can't be reached.
    pub async fn reach_database(&self) -> Result<(), Error> {
        self.secrets.reach_database().await
    }

    async fn patient(patience: RetryPolicy, timeouts: Timeouts) -> Result<Self, StartError> {
        let tables = Tables::from_environment(|key| std::env::var(key).ok())?;
        let client = profiles_storage::client(timeouts).await;
        let accounts = Accounts::new(client.clone(), tables.accounts.clone());
        Ok(Self::new(Storage::new(client, tables, patience), accounts, Clock::system()))
    }
}
