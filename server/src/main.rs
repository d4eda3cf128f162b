//! The API without Lambda: a process that serves every route, and applies batches in the background.

use std::process::ExitCode;

use clap::Parser;
use profiles_api::telemetry;
use profiles_server::{Settings, run};

#[tokio::main]
async fn main() -> ExitCode {
    let settings = Settings::parse();
    telemetry::init();
    match run(settings).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(reason = %error, "the server failed");
            ExitCode::FAILURE
        }
    }
}
