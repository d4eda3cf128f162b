//! The Lambda function that finds what was left unfinished: it requeues chunks of batches, and finishes clears and forgets.

use profiles_api::{Context, lambda, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    telemetry::init();
    let context = Context::for_background().await?;
    lambda::run_sweep(&context).await
}
