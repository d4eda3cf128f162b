//! The Lambda function that checks secrets and responds to requests that match no route.

use profiles_api::{Context, lambda, root, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    telemetry::init();
    let context = Context::from_environment().await?;
    lambda::run(&context, root).await
}
