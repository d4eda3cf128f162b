//! The DynamoDB client: built once, before the first request.

use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, ConfigLoader, SdkConfig};
use aws_sdk_dynamodb::Client;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::{Builder, Connector};
use aws_smithy_runtime_api::client::http::SharedHttpClient;

use super::meter::Metering;

/// A connection takes a round trip or two within a region.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// A connection that was idle for this long is not used again: it may be dead, and the call that finds out has to be sent again.
const IDLE_TIMEOUT: Duration = Duration::from_secs(20);

/// The times that a process waits for DynamoDB.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// For one attempt. A call that works at all takes milliseconds; one that hangs this long is better sent again.
    pub attempt: Duration,
    /// For all attempts of one call together.
    pub call: Duration,
    /// Attempts of one call, with the first.
    pub attempts: u32,
    /// The wait before the second attempt is drawn between zero and this; it doubles with each one after it.
    pub first_wait: Duration,
}

impl Timeouts {
    /// For requests: API Gateway gives up after 30 seconds, and the function after 29. Most requests make one to three calls, one
    /// after the other: even when each takes all of its time, the client gets an answer that says what was wrong. Seven attempts that
    /// hang fit into a call; those that are refused at once wait for 3 seconds in all, on average.
    pub const INTERACTIVE: Self =
        Self { attempt: Duration::from_secs(1), call: Duration::from_secs(8), attempts: 9, first_wait: Duration::from_millis(25) };

    /// For work that no client waits for: through longer trouble, because giving up costs an attempt at a whole chunk. A call has to fit
    /// into the time that a worker keeps for saving its progress. Four attempts that hang fit into it; those that are refused at once
    /// wait for 6 seconds in all, on average.
    pub const BACKGROUND: Self =
        Self { attempt: Duration::from_secs(5), call: Duration::from_secs(20), attempts: 9, first_wait: Duration::from_millis(50) };
}

/// Loads the settings of an AWS client: credentials, region and endpoint from the environment.
pub async fn sdk_config(timeouts: Timeouts) -> SdkConfig {
    loader(timeouts).load().await
}

fn loader(timeouts: Timeouts) -> ConfigLoader {
    let Timeouts { attempt, call, attempts, first_wait } = timeouts;
    let timeouts =
        TimeoutConfig::builder().connect_timeout(CONNECT_TIMEOUT).operation_attempt_timeout(attempt).operation_timeout(call).build();
    aws_config::defaults(BehaviorVersion::latest())
        .http_client(http_client())
        .timeout_config(timeouts)
        .retry_config(RetryConfig::standard().with_max_attempts(attempts).with_initial_backoff(first_wait))
}

/// The HTTP client that the SDK has by default, which drops idle connections earlier.
fn http_client() -> SharedHttpClient {
    Builder::new().build_with_connector_fn(|settings, components| {
        let connector = Connector::builder().tls_provider(Provider::Rustls(CryptoMode::AwsLc));
        let mut connector = connector.pool_idle_timeout(IDLE_TIMEOUT).proxy_config(ProxyConfig::from_env());
        connector.set_connector_settings(settings.cloned());
        connector.set_sleep_impl(components.and_then(|components| components.sleep_impl()));
        connector.build()
    })
}

/// Builds the DynamoDB client of a process, whose calls are metered.
pub async fn client(timeouts: Timeouts) -> Client {
    metered(&sdk_config(timeouts).await)
}

fn metered(config: &SdkConfig) -> Client {
    Client::from_conf(aws_sdk_dynamodb::config::Builder::from(config).interceptor(Metering).build())
}

#[cfg(test)]
#[path = "client_tests.rs"]
mod tests;
