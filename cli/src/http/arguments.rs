//! The arguments that say where the API is, and how patient a command is.

use std::time::Duration;

use clap::Args;

use super::backoff::Backoff;
use super::client::Client;
use super::error::Error;

/// The API that a command works on.
#[derive(Args)]
pub(crate) struct Api {
    /// The address of the API.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:9000")]
    url: String,
    /// The account's secret. Prefer the environment variable: lists of processes show arguments.
    #[arg(long, value_name = "SECRET", env = "ACCOUNT_SECRET", hide_env_values = true)]
    account_secret: Option<String>,

    // For tests, which can't wait for as long as a service in trouble needs.
    #[arg(long, hide = true, default_value_t = 500)]
    first_wait_ms: u64,
    #[arg(long, hide = true, default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..))]
    attempts: u32,
    // A little over the 30 seconds after which API Gateway gives up.
    #[arg(long, hide = true, default_value_t = 35_000)]
    timeout_ms: u64,
}

impl Api {
    /// Makes a client.
    ///
    /// # Errors
    /// If the secret is missing, or address or secret cannot be used.
    pub(crate) fn client(&self) -> Result<Client, Error> {
        let secret = self.account_secret.as_deref().filter(|secret| !secret.is_empty()).ok_or(Error::NoSecret)?;
        Client::new(&self.url, secret, Duration::from_millis(self.timeout_ms))
    }

    /// Returns how long a request may take.
    pub(crate) fn timeout(&self) -> Duration {
        Duration::from_millis(self.timeout_ms)
    }

    /// Returns the number of attempts of a request, and the pauses between.
    pub(crate) fn backoff(&self) -> Backoff {
        Backoff { first: Duration::from_millis(self.first_wait_ms), attempts: self.attempts }
    }
}
