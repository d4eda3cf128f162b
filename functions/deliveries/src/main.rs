//! The Lambda function that orders, lists, shows and deletes deliveries.

use profiles_api::{Context, deliveries, lambda, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    telemetry::init();
    let context = Context::from_environment().await?;
    lambda::run(&context, deliveries).await
}
