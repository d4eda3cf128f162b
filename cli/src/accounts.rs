//! `profiles account`.

use std::time::SystemTime;

use clap::Subcommand;
use profiles_storage::accounts::AccountError;

use crate::arguments::{AccountsTable, ChosenSecret};
use crate::connection::Connection;
use crate::error::Error;
use crate::webhook;

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Creates an account with its first secret, and prints the secret this once.
    Create {
        /// A name for the account, which only people read.
        #[arg(long, default_value = "")]
        name: String,
        #[command(flatten)]
        secret: ChosenSecret,
        /// Succeeds without a change if the secret is already in use.
        #[arg(long, requires = "secret_from_stdin")]
        if_missing: bool,
        #[command(flatten)]
        table: AccountsTable,
    },
    /// Sets or removes the secret that Chameleon's webhooks to an account are signed with.
    #[command(subcommand)]
    WebhookSecret(webhook::Command),
}

pub(crate) async fn run(command: Command, connection: &Connection) -> Result<(), Error> {
    let (name, choice, if_missing, table) = match command {
        Command::Create { name, secret, if_missing, table } => (name, secret, if_missing, table),
        Command::WebhookSecret(command) => return webhook::run(command, connection).await,
    };
    let secret = choice.get()?;
    let accounts = table.open(connection).await;
    match accounts.create_account(&name, &secret, SystemTime::now().into()).await {
        Ok(account) => {
            println!("account {}", account.principal.account_id);
            println!("user    {}", account.principal.user_id);
            choice.show(&secret);
            Ok(())
        }
        Err(AccountError::SecretInUse) if if_missing => {
            println!("an account with this secret exists already");
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
}
