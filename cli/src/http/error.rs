//! The error of a client that cannot be set up.

/// The reason why no request can be sent. Each text says what to do; none contains the secret.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("the account's secret is missing: put it into the environment variable ACCOUNT_SECRET")]
    NoSecret,
    #[error(
        "the account's secret can't be sent in a header: check ACCOUNT_SECRET for line ends and other characters that are not visible ASCII"
    )]
    Secret,
    #[error(
        "--url must be the address of the API, such as https://abc.execute-api.us-east-1.amazonaws.com, without a user, a query or a fragment"
    )]
    Url,
    #[error("the HTTP client can't be set up")]
    Client(#[source] reqwest::Error),
}
