//! The Lambda function that applies accepted batches.

use profiles_api::{Context, lambda, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    telemetry::init();
    let context = Context::for_background().await?;
    lambda::run_worker(&context).await
}
