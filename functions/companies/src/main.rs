//! The Lambda function that creates and updates companies.

use profiles_api::{Context, companies, lambda, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    telemetry::init();
    let context = Context::from_environment().await?;
    lambda::run(&context, companies).await
}
