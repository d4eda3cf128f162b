//! Sends one request to the API, and interprets the response.

use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::{Method, StatusCode};
use serde::Deserialize;

use super::error::Error;
use super::identifier::By;
use crate::http::{self, NoAnswer, is_id};

/// The bytes that are read of a response. The API's responses to these requests are far shorter.
const MAX_RESPONSE_BYTES: usize = 65_536;

/// The request that is sent for each user.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Question {
    /// Deletes the user.
    Forget,
    /// Asks whether the API knows the user.
    Exists,
}

/// A client that sends one kind of request.
pub(crate) struct Client {
    http: http::Client,
    by: By,
    question: Question,
}

/// The result of a request.
#[derive(Debug)]
pub(crate) enum Reply {
    /// The user is deleted.
    Forgotten {
        /// The id of the deleted profile.
        profile_id: String,
        /// The id of the API's record of the deletion.
        deletion_id: String,
    },
    /// The API knows the user.
    Exists,
    /// The API does not know the user.
    NotFound,
    /// The API refuses the request for good, for this reason.
    Refused(String),
    /// The request may succeed another time.
    Retry(Retry),
    /// No other request would succeed either.
    Stop {
        /// The reason, and what to do.
        error: Error,
        /// The response's status.
        status: StatusCode,
        /// Whether the request may have been carried out.
        maybe_done: bool,
    },
}

/// The reason for another attempt, and when to make it.
#[derive(Debug)]
pub(crate) struct Retry {
    /// A status or an error.
    pub(crate) why: String,
    /// Whether the request may have been carried out.
    pub(crate) maybe_done: bool,
    /// Whether there was a response.
    pub(crate) answered: bool,
    /// The pause that the API asks for.
    pub(crate) wait: Option<Duration>,
}

#[derive(Deserialize)]
struct Ids {
    profile: WithId,
    deletion: Option<WithId>,
}

#[derive(Deserialize)]
struct WithId {
    id: String,
}

impl Client {
    /// Makes a client that asks this about users who are identified so.
    pub(crate) fn new(http: http::Client, by: By, question: Question) -> Self {
        Self { http, by, question }
    }

    /// Returns the deployment's address in its normal form.
    pub(crate) fn url(&self) -> &str {
        self.http.url()
    }

    /// Returns the kind of request.
    pub(crate) fn question(&self) -> Question {
        self.question
    }

    /// Sends one request for a user.
    pub(crate) async fn ask(&self, name: &str) -> Reply {
        let (by, name) = (self.by.name(), utf8_percent_encode(name, NON_ALPHANUMERIC));
        let request = match self.question {
            Question::Forget => self.http.request(Method::DELETE, &format!("/v3/edit/profiles/forget?{by}={name}")),
            Question::Exists => self.http.request(Method::GET, &format!("/v3/analyze/profile?{by}={name}&expand[profile]=min")),
        };
        match self.http.send(request, MAX_RESPONSE_BYTES).await {
            Ok(answer) => self.interpret(answer),
            Err(error) => unanswered(error),
        }
    }

    fn interpret(&self, answer: http::Answer) -> Reply {
        let message = answer.message();
        let (status, wait) = (answer.status, answer.wait);
        let body = match answer.body {
            Ok(body) => body,
            Err(error) if status == StatusCode::OK || status == StatusCode::NOT_FOUND => return unanswered(error),
            // For any other status, the body does not matter.
            Err(_) => Vec::new(),
        };
        let stop = |error| Reply::Stop { error, status, maybe_done: status.is_success() };
        match status {
            StatusCode::OK => self.done(&body).unwrap_or_else(|| stop(Error::NotTheApi { status: status.as_u16() })),
            StatusCode::NOT_FOUND if message.as_ref().is_some_and(|text| text.starts_with("Profile not found: ")) => Reply::NotFound,
            StatusCode::NOT_FOUND => stop(if self.question == Question::Forget { Error::NoEndpoint } else { Error::NoRetrieval }),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => stop(Error::Unauthorized { status: status.as_u16() }),
            StatusCode::TOO_MANY_REQUESTS => Reply::Retry(Retry { why: status.to_string(), maybe_done: false, answered: true, wait }),
            // A gateway or function may have lost a request that is carried out all the same.
            _ if status.is_server_error() => Reply::Retry(Retry { why: status.to_string(), maybe_done: true, answered: true, wait }),
            _ if status.is_redirection() => stop(Error::Redirect { status: status.as_u16() }),
            _ if status.is_client_error() => Reply::Refused(
                message.map_or_else(|| status.to_string(), |text| format!("{}: {}", status.as_u16(), self.http.shown(&text))),
            ),
            _ => stop(Error::NotTheApi { status: status.as_u16() }),
        }
    }

    /// Interprets the body of a 200, if it is one of the API's.
    fn done(&self, body: &[u8]) -> Option<Reply> {
        let Ids { profile, deletion } = serde_json::from_slice(body).ok()?;
        let profile_id = Some(profile.id).filter(|id| is_id(id))?;
        match self.question {
            Question::Exists => Some(Reply::Exists),
            Question::Forget => {
                let deletion_id = deletion.map(|deletion| deletion.id).filter(|id| is_id(id))?;
                Some(Reply::Forgotten { profile_id, deletion_id })
            }
        }
    }
}

fn unanswered(NoAnswer { why, maybe_sent }: NoAnswer) -> Reply {
    Reply::Retry(Retry { why, maybe_done: maybe_sent, answered: false, wait: None })
}
