//! Why a command did not do what it should.

use std::io;
use std::path::PathBuf;

use profiles_local::LocalError;
use profiles_storage::accounts::AccountError;
use profiles_template::TemplateError;

/// Why a command failed. Each text says what to do where that is not obvious.
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
    #[error("a secret is 1 to 255 visible ASCII characters, without blanks and slashes: it must fit into a header and a path")]
    Secret,
    #[error("what webhooks are signed with is 1 to 1024 bytes, in the first line of standard input")]
    WebhookSecret,
    #[error("`{0}` is not the id of an account: 24 hexadecimal digits, as `profiles account create` prints it")]
    AccountId(String),
    #[error(transparent)]
    Account(#[from] AccountError),
    #[error("`{0}` is not a time that has been, such as 2029-04-07T12:18:00Z: name the time that the tables are restored to")]
    Since(String),
    #[error("not all was forgotten again: check the names of the tables and what you may do to them. The same command goes on from here")]
    Replay(#[source] profiles_domain::Error),
    #[error("{0} logs could not be followed to the end: the same command tries them again. Until it succeeds, somebody may be back")]
    LogsFailed(u64),
    #[error(transparent)]
    Forget(#[from] crate::forget::Error),
}

/// An error's text, and those of what caused it. An SDK error's own text says little without.
pub(crate) fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        // Many an error repeats its cause's text in its own.
        if !text.contains(&more) {
            text.push_str(": ");
            text.push_str(&more);
        }
        cause = error.source();
    }
    text
}
