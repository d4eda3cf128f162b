//! The Lambda function that lists events, responses and interactions, and returns statistics of tours and Microsurveys.

use profiles_api::{Context, analyze, lambda, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    telemetry::init();
    let context = Context::from_environment().await?;
    lambda::run(&context, analyze).await
}
