//! What serves the API, and what is known to differ there.

use std::fmt;

use clap::ValueEnum;

use crate::client::{Answer, Client, Sent, Unanswered};

/// What serves the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// API Gateway and Lambda.
    Aws,
    /// The server, one process.
    Server,
    /// `make dev`: the functions behind `cargo lambda watch`.
    Dev,
    /// `make sam-api`: the functions behind `sam local start-api`.
    Sam,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Aws => "API Gateway and Lambda",
            Self::Server => "the server",
            Self::Dev => "make dev",
            Self::Sam => "make sam-api",
        })
    }
}

impl Kind {
    /// Finds out what serves the API, by `answer` to any request and by the server's own probe. Also returns by what it was found out.
    pub(crate) async fn found_by(answer: &Answer, client: &Client) -> Result<(Self, &'static str), Unanswered> {
        if answer.headers.contains_key("apigw-requestid") {
            return Ok((Self::Aws, "its header Apigw-Requestid"));
        }
        let server = answer.headers.get("server").and_then(|value| value.to_str().ok()).unwrap_or_default();
        if server.starts_with("Werkzeug") {
            return Ok((Self::Sam, "its header Server"));
        }
        if client.send(&Sent::new("GET", "/healthz").without_secret()).await?.status == 200 {
            return Ok((Self::Server, "its probe /healthz"));
        }
        if client.is_local() {
            return Ok((Self::Dev, "its address, and nothing that others have"));
        }
        Ok((Self::Aws, "nothing that others have; KIND=server if it is one without its probe"))
    }
}
