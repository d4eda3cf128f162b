//! `profiles secret`.

use std::time::SystemTime;

use clap::Subcommand;

use crate::arguments::{AccountArguments, ChosenSecret};
use crate::connection::Connection;
use crate::error::Error;

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Creates another secret for an account, and prints it this once.
    Create {
        #[command(flatten)]
        account: AccountArguments,
        #[command(flatten)]
        secret: ChosenSecret,
    },
    /// Lists the ids of an account's secrets. The secrets themselves are not stored.
    List {
        #[command(flatten)]
        account: AccountArguments,
    },
    /// Revokes a secret. Functions that have just used it may accept it for up to a minute more.
    Revoke {
        #[command(flatten)]
        account: AccountArguments,
        /// The secret's id, as printed by `profiles secret list`.
        #[arg(value_name = "SECRET_ID")]
        secret_id: String,
    },
}

pub(crate) async fn run(command: Command, connection: &Connection) -> Result<(), Error> {
    match command {
        Command::Create { account, secret: choice } => {
            let id = account.id()?;
            let secret = choice.get()?;
            let secret_id = account.table.open(connection).await.create_secret(id, &secret, SystemTime::now().into()).await?;
            println!("id      {secret_id}");
            choice.show(&secret);
        }
        Command::List { account } => {
            let id = account.id()?;
            for secret in account.table.open(connection).await.list_secrets(id).await? {
                let state = secret.revoked_at.map_or_else(|| "active".to_owned(), |time| format!("revoked {time}"));
                println!("{}  created {}  {state}", secret.secret_id, secret.created_at);
            }
        }
        Command::Revoke { account, secret_id } => {
            let id = account.id()?;
            account.table.open(connection).await.revoke_secret(id, &secret_id, SystemTime::now().into()).await?;
            println!("revoked; functions that have just used it may accept it for up to a minute more");
        }
    }
    Ok(())
}
