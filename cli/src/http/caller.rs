//! Asks the API, until there is an answer.

use std::time::Duration;

use indicatif::ProgressBar;
use reqwest::{Method, RequestBuilder, StatusCode};
use serde::Deserialize;

use super::backoff::Backoff;
use super::call_error::CallError;
use super::client::{Answer, Client, is_id};

/// The most bytes of an answer that is no page of a list.
pub(crate) const MAX_ANSWER_BYTES: usize = 65_536;
/// The attempts of a request for which the API runs out of time. Each takes as long as a request may.
const MAX_TIMEOUTS: u32 = 3;
/// The beginning of the API's message about a path that it does not have.
const NO_ENDPOINT: &str = "Endpoint not found: ";

/// The API, asked as often as needed.
pub(crate) struct Caller {
    /// Sends the requests.
    pub(crate) client: Client,
    /// The number of attempts, and the pauses between.
    pub(crate) backoff: Backoff,
    /// Shows the reason of a pause.
    pub(crate) bar: ProgressBar,
}

/// The reason of another attempt.
struct Failure {
    why: String,
    status: Option<StatusCode>,
    wait: Option<Duration>,
}

impl Caller {
    /// Returns the account's id.
    pub(crate) async fn account(&self) -> Result<String, CallError> {
        #[derive(Deserialize)]
        struct Body {
            account: Account,
        }
        #[derive(Deserialize)]
        struct Account {
            id: String,
        }
        let read = |body: &[u8]| Some(serde_json::from_slice::<Body>(body).ok()?.account.id).filter(|id| is_id(id));
        self.ask("/", MAX_ANSWER_BYTES, |_| self.client.request(Method::GET, "/"), read).await
    }

    /// Sends a request until it is answered. The request is made for each attempt, from the status of the one before, if that had one.
    ///
    /// # Errors
    /// If the API refuses it, or does not answer.
    pub(crate) async fn ask<T>(
        &self,
        path: &'static str,
        most: usize,
        request: impl Fn(Option<StatusCode>) -> RequestBuilder,
        read: impl Fn(&[u8]) -> Option<T>,
    ) -> Result<T, CallError> {
        let mut attempt = 0;
        let mut timeouts = 0;
        let mut status = None;
        loop {
            attempt += 1;
            let failure = match self.client.send(request(status), most).await {
                Ok(answer) => match self.interpret(path, most, answer, &read)? {
                    Ok(found) => {
                        self.bar.set_message("");
                        return Ok(found);
                    }
                    Err(failure) => failure,
                },
                Err(error) => Failure { why: error.why, status: None, wait: None },
            };
            status = failure.status;
            timeouts += u32::from(status == Some(StatusCode::GATEWAY_TIMEOUT));
            if attempt >= self.backoff.attempts || timeouts >= MAX_TIMEOUTS {
                return Err(CallError::GaveUp { attempts: attempt, why: failure.why });
            }
            let pause = self.backoff.after(attempt, failure.wait, rand::random());
            self.bar.set_message(format!("retrying in {:.0} s: {}", pause.as_secs_f64().ceil(), failure.why));
            tokio::time::sleep(pause).await;
        }
    }

    /// Interprets an answer: as what was asked for, as a reason to try again, or as one to end.
    fn interpret<T>(
        &self,
        path: &'static str,
        most: usize,
        answer: Answer,
        read: impl Fn(&[u8]) -> Option<T>,
    ) -> Result<Result<T, Failure>, CallError> {
        let (status, wait) = (answer.status, answer.wait);
        // Not of a page, which is long.
        let message = if status == StatusCode::OK { None } else { answer.message() };
        let message = message.map(|text| self.client.shown(&text));
        let again = |why| Ok(Err(Failure { why, status: Some(status), wait }));
        match status {
            StatusCode::OK | StatusCode::ACCEPTED => match answer.body {
                Ok(body) if body.len() > most => {
                    let why = format!("an answer of more than {most} bytes");
                    Ok(Err(Failure { why, status: Some(StatusCode::BAD_GATEWAY), wait }))
                }
                Ok(body) => read(&body).map(Ok).ok_or(CallError::NotTheApi { status: status.as_u16() }),
                Err(error) => Ok(Err(Failure { why: error.why, status: None, wait })),
            },
            StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT => again(with_message(status, message)),
            _ if status.is_server_error() => again(with_message(status, message)),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(CallError::Unauthorized { status: status.as_u16() }),
            StatusCode::NOT_FOUND => Err(match message {
                Some(message) if !message.starts_with(NO_ENDPOINT) => CallError::NotFound(message),
                _ => CallError::NoEndpoint { path },
            }),
            _ if status.is_redirection() => Err(CallError::Redirect { status: status.as_u16() }),
            _ if status.is_client_error() => Err(CallError::Refused(message.unwrap_or_else(|| status.to_string()))),
            _ => Err(CallError::NotTheApi { status: status.as_u16() }),
        }
    }
}

fn with_message(status: StatusCode, message: Option<String>) -> String {
    message.map_or_else(|| status.to_string(), |text| format!("{}: {text}", status.as_u16()))
}
