//! The Lambda function that finds and counts profiles.

use profiles_api::{Context, lambda, search, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    telemetry::init();
    let context = Context::from_environment().await?;
    lambda::run(&context, search).await
}
