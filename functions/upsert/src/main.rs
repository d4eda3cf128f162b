//! The Lambda function that creates and updates profiles.

use profiles_api::{Context, lambda, telemetry, upsert};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    telemetry::init();
    let context = Context::from_environment().await?;
    lambda::run(&context, upsert).await
}
