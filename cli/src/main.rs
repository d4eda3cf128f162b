//! The admin command: creates tables from the template, accounts, and their secrets, deletes the users of a CSV, and forgets again whom
//! a restore brought back.

mod accounts;
mod connection;
mod deletions;
mod error;
mod forget;
mod progress;
mod secrets;
mod tables;
mod webhook;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::connection::Connection;

/// Administers the User Profiles API.
///
/// Credentials and region come from the environment, as for every AWS tool.
#[derive(Parser)]
#[command(name = "profiles", version)]
struct Arguments {
    #[command(flatten)]
    connection: Connection,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// The tables that the template defines.
    #[command(subcommand)]
    Tables(tables::Command),
    /// Accounts.
    #[command(subcommand)]
    Account(accounts::Command),
    /// The secrets of an account.
    #[command(subcommand)]
    Secret(secrets::Command),
    /// Permanently deletes the users that a CSV names, through the API.
    ///
    /// The outcome of each row is written to a CSV. Cut off and started again with the same arguments, the command goes on where it
    /// stopped, and tries again what failed.
    Forget(forget::Forget),
    /// What is known of who was forgotten.
    #[command(subcommand)]
    Deletions(deletions::Command),
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let result = match arguments.command {
        Command::Tables(command) => tables::run(command, &arguments.connection).await,
        Command::Account(command) => accounts::run(command, &arguments.connection).await,
        Command::Secret(command) => secrets::run(command, &arguments.connection).await,
        Command::Forget(command) => forget::run(command).await.map_err(error::Error::from),
        Command::Deletions(command) => deletions::run(command, &arguments.connection).await,
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {}", error::with_causes(&error));
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_arguments_are_consistent() {
        Arguments::command().debug_assert();
    }
}
