//! `profiles account`, and what it shares with `profiles secret`.

use std::io::{BufRead, stdin};
use std::time::{SystemTime, UNIX_EPOCH};

use clap::{Args, Subcommand};
use profiles_normalization::Timestamp;
use profiles_storage::accounts::{AccountError, Accounts, random_secret};

use crate::connection::Connection;
use crate::error::Error;
use crate::webhook;

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Creates an account with its first secret, and shows the secret this once.
    Create {
        /// What the account is called; only people read it.
        #[arg(long, default_value = "")]
        name: String,
        #[command(flatten)]
        secret: ChosenSecret,
        /// Succeeds, and changes nothing, where the secret is in use already.
        #[arg(long, requires = "secret_from_stdin")]
        if_missing: bool,
        #[command(flatten)]
        table: AccountsTable,
    },
    /// What Chameleon's webhooks to an account have to be signed with.
    #[command(subcommand)]
    WebhookSecret(webhook::Command),
}

#[derive(Args)]
pub(crate) struct AccountsTable {
    /// The name of the table of accounts.
    #[arg(long = "table", id = "table", value_name = "NAME", env = "ACCOUNTS_TABLE", default_value = "accounts")]
    name: String,
}

impl AccountsTable {
    pub(crate) async fn open(self, connection: &Connection) -> Accounts {
        Accounts::new(connection.client().await, self.name)
    }
}

/// A secret that is generated, unless one is given.
#[derive(Args)]
pub(crate) struct ChosenSecret {
    /// Takes the secret from the first line of standard input, where no list of processes shows it, instead of generating it.
    #[arg(long = "secret-from-stdin", id = "secret_from_stdin")]
    from_stdin: bool,
}

impl ChosenSecret {
    pub(crate) fn get(&self) -> Result<String, Error> {
        if self.from_stdin { read_secret(stdin().lock()) } else { Ok(random_secret()) }
    }

    /// Shows a generated secret. A given one is known already, and needs no second copy on a screen.
    pub(crate) fn show(&self, secret: &str) {
        if !self.from_stdin {
            println!("secret  {secret}");
            println!("The secret is shown only now: only its hash is stored.");
        }
    }
}

pub(crate) async fn run(command: Command, connection: &Connection) -> Result<(), Error> {
    let (name, choice, if_missing, table) = match command {
        Command::Create { name, secret, if_missing, table } => (name, secret, if_missing, table),
        Command::WebhookSecret(command) => return webhook::run(command, connection).await,
    };
    let secret = choice.get()?;
    let accounts = table.open(connection).await;
    match accounts.create_account(&name, &secret, now()).await {
        Ok(account) => {
            println!("account {}", account.principal.account_id);
            println!("user    {}", account.principal.user_id);
            choice.show(&secret);
            Ok(())
        }
        Err(AccountError::SecretInUse) if if_missing => {
            println!("an account with this secret is there already");
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
}

/// The present, in milliseconds as timestamps are stored.
pub(crate) fn now() -> Timestamp {
    let millis = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_millis());
    // Both fallbacks take a clock that is centuries off.
    i64::try_from(millis).ok().and_then(Timestamp::from_unix_millis).unwrap_or(Timestamp::UNIX_EPOCH)
}

fn read_secret(mut input: impl BufRead) -> Result<String, Error> {
    let mut line = String::new();
    input.read_line(&mut line).map_err(Error::Input)?;
    let secret = line.trim_end_matches(['\r', '\n']);
    let is_usable = (1..=255).contains(&secret.len()) && secret.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'/');
    if is_usable { Ok(secret.to_owned()) } else { Err(Error::Secret) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_the_first_line_without_its_end() {
        for (input, secret) in [("dev-secret\n", "dev-secret"), ("dev-secret\r\nmore", "dev-secret"), ("a", "a")] {
            assert_eq!(read_secret(input.as_bytes()).unwrap(), secret);
        }
    }

    #[test]
    fn what_no_header_or_path_takes_is_no_secret() {
        let long = "x".repeat(256);
        for input in ["", "\n", "a b", "a/b", "é", "a\tb", long.as_str()] {
            assert!(matches!(read_secret(input.as_bytes()), Err(Error::Secret)), "{input:?}");
        }
    }
}
