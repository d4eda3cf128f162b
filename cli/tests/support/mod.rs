//! What the tests of commands that speak to the API share.

pub(crate) mod command;
pub(crate) mod http;

/// The only secret that the fake API accepts.
pub(crate) const SECRET: &str = "s3cr3t-of-the-tests";
