//! The admin command: creates tables, accounts and secrets, imports and deletes the users in a CSV, and puts restored tables right.

mod accounts;
mod addresses;
mod arguments;
mod causes;
mod connection;
mod csv_file;
mod deletions;
mod error;
mod forget;
mod http;
mod import;
mod part;
mod progress;
mod search;
mod secrets;
mod tables;
mod webhook;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::causes::with_causes;
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
    /// Creates the tables that the template defines, or prints their names.
    #[command(subcommand)]
    Tables(tables::Command),
    /// Creates accounts, and sets their webhook secrets.
    #[command(subcommand)]
    Account(accounts::Command),
    /// Creates, lists and revokes the secrets of an account.
    #[command(subcommand)]
    Secret(secrets::Command),
    /// Permanently deletes the users in a CSV, through the API.
    ///
    /// The outcome of each row is written to another CSV. If the command is interrupted, run it again with the same arguments: it
    /// continues where it stopped, and retries the rows that failed.
    Forget(forget::Forget),
    /// Creates or updates a user, or a company, for each row of a CSV, through the API.
    ///
    /// The rows that failed or were warned of are written to another CSV. If the command is interrupted, run it again with the same
    /// arguments: it continues where it stopped, and applies nothing twice.
    Import(import::Import),
    /// Prints the users who fit filters, through the API; the newest first.
    #[command(after_long_help = search::ABOUT_FILTERS)]
    Search(search::Search),
    /// Prints the number of users who fit filters, through the API.
    #[command(after_long_help = search::ABOUT_FILTERS)]
    Count(search::Count),
    /// Writes all users who fit filters into a CSV or JSON lines, through the API.
    ///
    /// If the command is interrupted, run it again with the same arguments: it continues where it stopped. The file has its name only
    /// when it is complete.
    #[command(after_long_help = search::ABOUT_FILTERS)]
    Export(search::Export),
    /// Forgets users again after a restore.
    #[command(subcommand)]
    Deletions(deletions::Command),
    /// Mends e-mail addresses after a restore.
    #[command(subcommand)]
    Addresses(addresses::Command),
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let result = match arguments.command {
        Command::Tables(command) => tables::run(command, &arguments.connection).await,
        Command::Account(command) => accounts::run(command, &arguments.connection).await,
        Command::Secret(command) => secrets::run(command, &arguments.connection).await,
        Command::Forget(command) => forget::run(command).await.map_err(error::Error::from),
        Command::Import(command) => import::run(command).await.map_err(error::Error::from),
        Command::Search(command) => search::search(command).await.map_err(error::Error::from),
        Command::Count(command) => search::count(command).await.map_err(error::Error::from),
        Command::Export(command) => search::export(command).await.map_err(error::Error::from),
        Command::Deletions(command) => deletions::run(command, &arguments.connection).await,
        Command::Addresses(command) => addresses::run(command, &arguments.connection).await,
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {}", with_causes(&error));
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
