//! The Lambda function that returns profiles.

use profiles_api::{Context, lambda, retrieve, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    telemetry::init();
    let context = Context::from_environment().await?;
    lambda::run(&context, retrieve).await
}
