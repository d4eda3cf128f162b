//! The Lambda function that accepts batches and returns their progress.

use profiles_api::{Context, batch, lambda, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    telemetry::init();
    let context = Context::from_environment().await?;
    lambda::run(&context, batch).await
}
