//! `profiles account webhook-secret`.

use std::io::{BufRead, stdin};

use clap::Subcommand;

use crate::arguments::AccountArguments;
use crate::connection::Connection;
use crate::error::Error;

/// The most bytes that a webhook secret may have.
const MAX_BYTES: usize = 1024;

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Sets the secret to the first line of standard input. Webhooks without its signature are refused from then on.
    ///
    /// Functions that have just read the account's secret notice within a minute. Lists of processes would show an argument.
    Set {
        #[command(flatten)]
        account: AccountArguments,
    },
    /// Removes the secret: webhooks to the account need no signature.
    Remove {
        #[command(flatten)]
        account: AccountArguments,
    },
}

pub(crate) async fn run(command: Command, connection: &Connection) -> Result<(), Error> {
    match command {
        Command::Set { account } => {
            let id = account.id()?;
            let secret = read(stdin().lock())?;
            account.table.open(connection).await.set_webhook_secret(id, &secret).await?;
            println!("webhooks to this account must be signed with this secret; some functions may accept others for up to a minute more");
        }
        Command::Remove { account } => {
            let id = account.id()?;
            account.table.open(connection).await.remove_webhook_secret(id).await?;
            println!("webhooks to this account need no signature; some functions may require one for up to a minute more");
        }
    }
    Ok(())
}

fn read(mut input: impl BufRead) -> Result<String, Error> {
    let mut line = String::new();
    input.read_line(&mut line).map_err(Error::Input)?;
    let secret = line.trim_end_matches(['\r', '\n']);
    if (1..=MAX_BYTES).contains(&secret.len()) { Ok(secret.to_owned()) } else { Err(Error::WebhookSecret) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signing_secret_is_the_first_line_whatever_is_in_it() {
        for (input, secret) in [("a/b+c= d\n", "a/b+c= d"), ("x\r\nmore", "x"), ("x", "x")] {
            assert_eq!(read(input.as_bytes()).unwrap(), secret);
        }
        for input in ["", "\n", &"x".repeat(1025)] {
            assert!(matches!(read(input.as_bytes()), Err(Error::WebhookSecret)), "{input:?}");
        }
    }
}
