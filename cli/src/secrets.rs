//! `profiles secret`.

use clap::{Args, Subcommand};
use profiles_domain::AccountId;

use crate::accounts::{AccountsTable, ChosenSecret, now};
use crate::connection::Connection;
use crate::error::Error;

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Gives an account another secret, and shows it this once.
    Create {
        #[command(flatten)]
        account: AccountArguments,
        #[command(flatten)]
        secret: ChosenSecret,
    },
    /// Lists an account's secrets by what names them; the secrets themselves are stored nowhere.
    List {
        #[command(flatten)]
        account: AccountArguments,
    },
    /// Revokes a secret. Functions that have just seen it take it for up to a minute more.
    Revoke {
        #[command(flatten)]
        account: AccountArguments,
        /// What `profiles secret list` calls it.
        #[arg(value_name = "SECRET_ID")]
        secret_id: String,
    },
}

#[derive(Args)]
pub(crate) struct AccountArguments {
    /// The account's id.
    #[arg(long = "account", value_name = "ID")]
    id: String,
    #[command(flatten)]
    pub(crate) table: AccountsTable,
}

impl AccountArguments {
    pub(crate) fn id(&self) -> Result<AccountId, Error> {
        self.id.parse().map_err(|_| Error::AccountId(self.id.clone()))
    }
}

pub(crate) async fn run(command: Command, connection: &Connection) -> Result<(), Error> {
    match command {
        Command::Create { account, secret: choice } => {
            let id = account.id()?;
            let secret = choice.get()?;
            let secret_id = account.table.open(connection).await.create_secret(id, &secret, now()).await?;
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
            account.table.open(connection).await.revoke_secret(id, &secret_id, now()).await?;
            println!("revoked; functions that have just seen it take it for up to a minute more");
        }
    }
    Ok(())
}
