//! The state that all requests of a process share.

use profiles_domain::Error;
use profiles_storage::accounts::Accounts;
use profiles_storage::batches::TicketKey;
use profiles_storage::{MissingVariable, RetryPolicy, Storage, Tables, Timeouts};

use crate::clock::Clock;
use crate::secrets::Secrets;

/// The state that all requests of a process share. It is built once, before the first request.
pub struct Context {
    pub(crate) storage: Storage,
    pub(crate) secrets: Secrets,
    pub(crate) clock: Clock,
    pub(crate) on_accepted: Option<Box<dyn Fn(TicketKey) + Send + Sync>>,
}

/// The reason why a process cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A table has no name.
    #[error(transparent)]
    Table(#[from] MissingVariable),
}

impl Context {
    /// Uses this storage, these accounts and this clock.
    #[must_use]
    pub fn new(storage: Storage, accounts: Accounts, clock: Clock) -> Self {
        Self { storage, secrets: Secrets::new(accounts), clock, on_accepted: None }
    }

    /// Uses the tables that the environment names, the system's clock, and a database client of its own.
    ///
    /// # Errors
    /// [`StartError`] names what the environment lacks.
    pub async fn from_environment() -> Result<Self, StartError> {
        Self::with(RetryPolicy::default(), Timeouts::INTERACTIVE).await
    }

    /// The same for a process that applies batches or sweeps: no client waits for it, so it retries the database for longer.
    ///
    /// # Errors
    /// [`StartError`] names what the environment lacks.
    pub async fn for_background() -> Result<Self, StartError> {
        Self::with(RetryPolicy::BACKGROUND, Timeouts::BACKGROUND).await
    }

    /// Calls `tell` with each ticket of a batch as soon as the batch is accepted, so that this process can apply it.
    #[must_use]
    pub fn on_accepted(self, tell: impl Fn(TicketKey) + Send + Sync + 'static) -> Self {
        Self { on_accepted: Some(Box::new(tell)), ..self }
    }

    /// Makes a small request to the database. Remembered results are not used.
    ///
    /// # Errors
    /// The database's error, or that it cannot be reached.
    pub async fn reach_database(&self) -> Result<(), Error> {
        self.secrets.reach_database().await
    }

    async fn with(retries: RetryPolicy, timeouts: Timeouts) -> Result<Self, StartError> {
        let tables = Tables::from_environment(|key| std::env::var(key).ok())?;
        let client = profiles_storage::client(timeouts).await;
        let accounts = Accounts::new(client.clone(), tables.accounts.clone());
        Ok(Self::new(Storage::new(client, tables, retries), accounts, Clock::system()))
    }
}
