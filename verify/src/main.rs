//! The command behind `make verify`.

use std::process::ExitCode;

use clap::Parser;
use profiles_verify::{Settings, run};

#[tokio::main]
async fn main() -> ExitCode {
    run(Settings::parse()).await
}
