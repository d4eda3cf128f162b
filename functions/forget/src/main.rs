//! The Lambda function that forgets users and returns the progress of that.

use profiles_api::{Context, forget, lambda, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    telemetry::init();
    let context = Context::from_environment().await?;
    lambda::run(&context, forget).await
}
