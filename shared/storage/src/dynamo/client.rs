//! The DynamoDB client: built once, before the first request.

use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_sdk_dynamodb::Client;

use super::meter::Metering;

/// A connection takes a round trip or two within a region.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// The times that a process waits for DynamoDB. Before the second attempt the SDK waits for up to a second, drawn at random, and for twice
/// as long before each one after it.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// For one attempt. A call that works at all takes milliseconds; one that hangs this long is better sent again.
    pub attempt: Duration,
    /// For all attempts of one call together.
    pub call: Duration,
    /// Attempts of one call, with the first.
    pub attempts: u32,
}

impl Timeouts {
    /// For requests: API Gateway gives up after 30 seconds, and the function after 29. Most requests make one to three calls, one
    /// after the other: even when each takes all of its time, the client gets an answer that says what was wrong. Three attempts that
    /// hang fit into a call, and all four that are refused at once.
    pub const INTERACTIVE: Self = Self { attempt: Duration::from_secs(2), call: Duration::from_secs(8), attempts: 4 };

    /// For work that no client waits for: through longer trouble, because giving up costs an attempt at a whole chunk. A call has to fit
    /// into the time that a worker keeps for saving its progress.
    pub const BACKGROUND: Self = Self { attempt: Duration::from_secs(5), call: Duration::from_secs(20), attempts: 6 };
}

/// Loads the settings of an AWS client: credentials, region and endpoint from the environment.
pub async fn sdk_config(timeouts: Timeouts) -> SdkConfig {
    let Timeouts { attempt, call, attempts } = timeouts;
    let timeouts =
        TimeoutConfig::builder().connect_timeout(CONNECT_TIMEOUT).operation_attempt_timeout(attempt).operation_timeout(call).build();
    aws_config::defaults(BehaviorVersion::latest())
        .timeout_config(timeouts)
        .retry_config(RetryConfig::standard().with_max_attempts(attempts))
        .load()
        .await
}

/// Builds the DynamoDB client of a process, whose calls are metered.
pub async fn client(timeouts: Timeouts) -> Client {
    let config = aws_sdk_dynamodb::config::Builder::from(&sdk_config(timeouts).await).interceptor(Metering).build();
    Client::from_conf(config)
}
