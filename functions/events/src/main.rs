//! The Lambda function that records events of users.

use profiles_api::{Context, events, lambda, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    telemetry::init();
    let context = Context::from_environment().await?;
    lambda::run(&context, events).await
}
