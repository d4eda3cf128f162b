//! The Lambda function that serves the pages for people. It reaches no table.

use profiles_pages::lambda;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    lambda::run().await
}
