//! The Lambda function that records Chameleon's webhooks.

use profiles_api::{Context, experiences, lambda, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    telemetry::init();
    let context = Context::from_environment().await?;
    lambda::run(&context, experiences).await
}
