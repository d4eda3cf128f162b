//! The DynamoDB client: built once, before the first request.

use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_sdk_dynamodb::Client;

/// A call that works at all takes milliseconds; one that hangs this long is better sent again.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(2);
/// Connecting takes a round trip or two within a region.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// All attempts of one call together. A request makes several calls, and API Gateway ends it after 30 seconds.
const CALL_TIMEOUT: Duration = Duration::from_secs(8);
/// Attempts of one call, the first among them; the SDK waits between them with jitter.
const ATTEMPTS: u32 = 4;

/// The settings of every AWS client here: credentials, region and endpoint from the environment.
pub async fn sdk_config() -> SdkConfig {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .operation_attempt_timeout(ATTEMPT_TIMEOUT)
        .operation_timeout(CALL_TIMEOUT)
        .build();
    aws_config::defaults(BehaviorVersion::latest())
        .timeout_config(timeouts)
        .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
        .load()
        .await
}

/// The DynamoDB client of a process.
pub async fn client() -> Client {
    Client::new(&sdk_config().await)
}
