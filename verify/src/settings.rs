//! The settings, from arguments or the environment.

use std::env;
use std::io::{BufRead, stdin};

use clap::Parser;

use crate::kind::Kind;

/// Checks a deployment: that it keeps what the documents promise, and what only the real thing can show.
///
/// It makes users of its own, with random identifiers, and sends nothing about any others. In the end, and when it is interrupted, it
/// forgets them, and says what could not be removed. Use a secret of an account for such checks, if you can: tours and Microsurveys
/// whose counts are zero again cannot be deleted. The guide's commands send the secret in paths and queries, too.
///
/// The account secret comes from the variable SECRET, or else from the first line of standard input: lists of processes show arguments.
///
/// The exit status is 0 if all is as expected, 1 if something is not, and 130 if it was interrupted.
#[derive(Clone, Parser)]
#[command(name = "verify", version)]
pub struct Settings {
    /// The deployment's address, such as the stack's output `ApiUrl`.
    #[arg(long, env = "API", value_name = "URL")]
    pub api: String,
    /// What serves the API. It is found out by default.
    #[arg(long, env = "KIND", value_name = "KIND")]
    pub kind: Option<Kind>,
    /// The items of the large batch, each a user who is made and forgotten again.
    #[arg(long, env = "BATCH", default_value = "10000", value_parser = clap::value_parser!(u32).range(1..=50_000), value_name = "COUNT")]
    pub batch: u32,
    /// The name of the stack. With it, and with AWS credentials, metrics and alarms are looked for, too.
    #[arg(long, env = "STACK", value_name = "NAME")]
    pub stack: Option<String>,
}

/// Why a run cannot begin. Each text says what to do.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SettingsError {
    #[error("API is not an address such as https://abc123.execute-api.us-east-1.amazonaws.com: give the stack's output ApiUrl")]
    Api,
    #[error("no account secret: set SECRET in the environment, as in `SECRET=… make verify`, or give it on standard input")]
    NoSecret,
    #[error("this secret has characters that URLs escape: make another one for the account, by `profiles secret create`")]
    Secret,
}

impl Settings {
    /// Returns the address without a slash at its end.
    pub(crate) fn base(&self) -> Result<String, SettingsError> {
        let url = reqwest::Url::parse(&self.api).map_err(|_| SettingsError::Api)?;
        let is_plain = url.username().is_empty() && url.password().is_none() && url.query().is_none() && url.fragment().is_none();
        if !matches!(url.scheme(), "http" | "https") || !is_plain {
            return Err(SettingsError::Api);
        }
        Ok(url.as_str().trim_end_matches('/').to_owned())
    }

    /// Returns the secret. It goes into commands and paths, so that it must need no escapes.
    pub(crate) fn secret() -> Result<String, SettingsError> {
        let secret = match env::var("SECRET") {
            Ok(secret) if !secret.is_empty() => secret,
            _ => {
                let mut line = String::new();
                stdin().lock().read_line(&mut line).map_err(|_| SettingsError::NoSecret)?;
                line.trim_end_matches(['\r', '\n']).to_owned()
            }
        };
        if secret.is_empty() {
            return Err(SettingsError::NoSecret);
        }
        let is_unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        if secret.bytes().all(is_unreserved) { Ok(secret) } else { Err(SettingsError::Secret) }
    }
}
