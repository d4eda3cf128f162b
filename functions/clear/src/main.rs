//! The Lambda function that clears profiles.

use profiles_api::{Context, clear, lambda, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    telemetry::init();
    let context = Context::from_environment().await?;
    lambda::run(&context, clear).await
}
