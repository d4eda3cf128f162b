//! The error of a request that is not answered as it should be.

/// The reason why there is no answer, or none that helps. Each text says what to do; none contains the secret.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CallError {
    #[error("the API refuses this: {0}")]
    Refused(String),
    #[error("the API refused the account's secret ({status}): check ACCOUNT_SECRET, and that --url is the API of this account")]
    Unauthorized { status: u16 },
    #[error("this host has no `{path}` (404): check --url, and that the version deployed there has it")]
    NoEndpoint { path: &'static str },
    #[error("the API says that there is no such thing: {0}")]
    NotFound(String),
    #[error(
        "this host redirects elsewhere ({status}): pass the address that it redirects to with --url, for instance with https instead of http"
    )]
    Redirect { status: u16 },
    #[error("the server at --url is not this API (its answer with status {status} is none of the API's): check --url")]
    NotTheApi { status: u16 },
    #[error("no answer after {attempts} attempts ({why}): try again later, or check --url and the network")]
    GaveUp { attempts: u32, why: String },
}
