//! The error of a command.

use std::io;
use std::path::PathBuf;

use profiles_local::LocalError;
use profiles_storage::accounts::AccountError;
use profiles_template::TemplateError;

/// The reason why a command failed. Each text says what to do, unless that is obvious.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("{path} can't be read; name the template with --template")]
    TemplateFile { path: PathBuf, source: io::Error },
    #[error("{path} can't be used")]
    Template { path: PathBuf, source: TemplateError },
    #[error(transparent)]
    Tables(#[from] LocalError),
    #[error("standard input can't be read")]
    Input(#[source] io::Error),
    #[error("a webhook secret is 1 to 1024 bytes, in the first line of standard input")]
    WebhookSecret,
    #[error("`{0}` is not the id of an account, which is 24 hexadecimal digits, as printed by `profiles account create`")]
    AccountId(String),
    #[error(transparent)]
    Account(#[from] AccountError),
    #[error("`{0}` is not a time in the past, such as 2029-04-07T12:18:00Z: give the time that the tables are restored to")]
    Since(String),
    #[error("the replay failed: check the names of the tables and your permissions on them. Run the same command again to continue")]
    Replay(#[source] profiles_domain::Error),
    #[error(
        "{0} deletion records could not be replayed. Run the same command again; until it succeeds, forgotten users may still be present"
    )]
    ReplaysFailed(u64),
    #[error("the addresses could not be mended: check the names of the tables and your permissions on them. Run the same command again")]
    Mend(#[source] profiles_domain::Error),
    #[error("{0} profiles could not be mended. Run the same command again; until it succeeds, they may not be found by their addresses")]
    MendsFailed(u64),
    #[error(transparent)]
    Forget(#[from] crate::forget::Error),
    #[error(transparent)]
    Import(#[from] crate::import::Error),
    #[error(transparent)]
    Search(#[from] crate::search::Error),
}
