//! The Lambda function that lists and describes properties.

use profiles_api::{Context, lambda, properties, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    telemetry::init();
    let context = Context::from_environment().await?;
    lambda::run(&context, properties).await
}
