//! Asks the API, until there is an answer.

use std::cell::Cell;
use std::time::Duration;

use indicatif::ProgressBar;
use reqwest::{Method, RequestBuilder, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use super::columns::Expand;
use super::error::Error;
use super::query::{Kind, Query};
use crate::http::{Answer, Backoff, Client, is_id};

/// The most profiles, or companies, on a page.
pub(crate) const MAX_PAGE: u32 = 500;
/// The most bytes of a page.
const MAX_PAGE_BYTES: usize = 64 << 20;
/// The most bytes of any other answer.
const MAX_ANSWER_BYTES: usize = 65_536;
/// The attempts of a request for which the API runs out of time. Each takes as long as a request may.
const MAX_TIMEOUTS: u32 = 3;

/// The API, asked as often as needed.
pub(crate) struct Api {
    /// Sends the requests.
    pub(crate) client: Client,
    /// The number of attempts, and the pauses between.
    pub(crate) backoff: Backoff,
    /// Shows the reason of a pause.
    pub(crate) bar: ProgressBar,
}

/// A page of profiles or companies.
#[derive(Debug)]
pub(crate) struct Page {
    /// They, as the API shows them.
    pub(crate) found: Vec<Box<RawValue>>,
    /// The id that leads to the next page; none on the last.
    pub(crate) before: Option<String>,
}

/// The reason of another attempt.
struct Failure {
    why: String,
    status: Option<StatusCode>,
    wait: Option<Duration>,
}

/// The body of a request.
#[derive(Serialize)]
struct Sent<'a> {
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    filters: &'a [Box<RawValue>],
    filters_op: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expand: Option<Expand>,
}

impl Api {
    /// Returns the account's id.
    pub(crate) async fn account(&self) -> Result<String, Error> {
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

    /// Counts those that fit.
    pub(crate) async fn count(&self, query: &Query) -> Result<u64, Error> {
        #[derive(Deserialize)]
        struct Body {
            count: u64,
        }
        let sent = Sent { filters: &query.filters, filters_op: query.op, limit: None, before: None, expand: None };
        let read = |body: &[u8]| Some(serde_json::from_slice::<Body>(body).ok()?.count);
        let path = query.kind.path_of_count();
        self.ask(path, MAX_ANSWER_BYTES, |_| self.post(path, &sent), read).await
    }

    fn post(&self, path: &str, sent: &Sent<'_>) -> RequestBuilder {
        // What is sent always has a JSON text.
        self.client
            .request(Method::POST, path)
            .header("content-type", "application/json")
            .body(serde_json::to_vec(sent).unwrap_or_default())
    }

    /// Sends a request until it is answered. The request is made for each attempt, from the status of the one before, if that had one.
    async fn ask<T>(
        &self,
        path: &'static str,
        most: usize,
        request: impl Fn(Option<StatusCode>) -> RequestBuilder,
        read: impl Fn(&[u8]) -> Option<T>,
    ) -> Result<T, Error> {
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
                return Err(Error::GaveUp { attempts: attempt, why: failure.why });
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
    ) -> Result<Result<T, Failure>, Error> {
        let (status, wait) = (answer.status, answer.wait);
        // Not of a page, which is long.
        let message = if status == StatusCode::OK { None } else { answer.message() };
        let message = message.map(|text| self.client.shown(&text));
        let again = |why| Ok(Err(Failure { why, status: Some(status), wait }));
        match status {
            StatusCode::OK => match answer.body {
                Ok(body) if body.len() > most => {
                    let why = format!("an answer of more than {most} bytes");
                    Ok(Err(Failure { why, status: Some(StatusCode::BAD_GATEWAY), wait }))
                }
                Ok(body) => read(&body).map(Ok).ok_or(Error::NotTheApi { status: status.as_u16() }),
                Err(error) => Ok(Err(Failure { why: error.why, status: None, wait })),
            },
            StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT => again(with_message(status, message)),
            _ if status.is_server_error() => again(with_message(status, message)),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(Error::Unauthorized { status: status.as_u16() }),
            StatusCode::NOT_FOUND => Err(Error::NoEndpoint { path }),
            _ if status.is_redirection() => Err(Error::Redirect { status: status.as_u16() }),
            _ if status.is_client_error() => Err(Error::Refused(message.unwrap_or_else(|| status.to_string()))),
            _ => Err(Error::NotTheApi { status: status.as_u16() }),
        }
    }
}

fn with_message(status: StatusCode, message: Option<String>) -> String {
    message.map_or_else(|| status.to_string(), |text| format!("{}: {text}", status.as_u16()))
}

/// Reads the pages of a search, one after the other.
pub(crate) struct Pages<'a> {
    api: &'a Api,
    query: &'a Query,
    expand: Expand,
    /// The most on the next page.
    size: u32,
    /// The most on any.
    most: u32,
    before: Option<String>,
}

impl<'a> Pages<'a> {
    /// Begins at the newest, or before an id.
    pub(crate) fn new(api: &'a Api, query: &'a Query, expand: Expand, most: u32, before: Option<String>) -> Self {
        Self { api, query, expand, size: most, most, before }
    }

    /// Reads the next page, of at most `limit`. It must not be called after the last one.
    ///
    /// # Errors
    /// If the API refuses the search, or does not answer.
    pub(crate) async fn next(&mut self, limit: u32) -> Result<Page, Error> {
        let kind = self.query.kind;
        let size = Cell::new(self.size.min(limit));
        let request = |failed: Option<StatusCode>| {
            // It may be too large for Lambda to answer, or take too long.
            if failed.is_some_and(|status| matches!(status.as_u16(), 500 | 502 | 504)) {
                size.set((size.get() / 2).max(1));
            }
            let (filters, filters_op) = (&self.query.filters, self.query.op);
            let before = self.before.as_deref();
            self.api.post(kind.path(), &Sent { filters, filters_op, limit: Some(size.get()), before, expand: Some(self.expand) })
        };
        let page = self.api.ask(kind.path(), MAX_PAGE_BYTES, request, |body| read_page(body, kind, self.before.as_deref())).await?;
        self.size = if size.get() < self.size.min(limit) { size.get() } else { self.size.saturating_mul(2).min(self.most) };
        self.before.clone_from(&page.before);
        Ok(page)
    }
}

/// Reads a page. A cursor that leads no further would lead nowhere, again and again.
fn read_page(body: &[u8], kind: Kind, after: Option<&str>) -> Option<Page> {
    #[derive(Deserialize)]
    struct Body {
        profiles: Option<Vec<Box<RawValue>>>,
        companies: Option<Vec<Box<RawValue>>>,
        cursor: Cursor,
    }
    #[derive(Deserialize)]
    struct Cursor {
        // An `Option` would be `None` where it is missing, too, and the page the last one.
        before: Value,
    }
    let Body { profiles, companies, cursor } = serde_json::from_slice(body).ok()?;
    let found = match kind {
        Kind::Profiles => profiles?,
        Kind::Companies => companies?,
    };
    let before = match cursor.before {
        Value::Null => None,
        Value::String(id) if is_id(&id) && after.is_none_or(|after| id.as_str() < after) => Some(id),
        _ => return None,
    };
    Some(Page { found, before })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_says_whether_it_is_the_last() {
        let read = |text: &str| read_page(text.as_bytes(), Kind::Profiles, Some("6b038e7b0bac7c97f4767fb7")).map(|page| page.before);
        assert_eq!(read(r#"{"profiles":[],"cursor":{"limit":50,"before":null}}"#), Some(None));
        let lower = "6b038e7b0bac7c97f4767fb6";
        assert_eq!(read(&format!(r#"{{"profiles":[],"cursor":{{"before":"{lower}"}}}}"#)), Some(Some(lower.to_owned())));
        for text in [
            r#"{"profiles":[],"cursor":{"limit":50}}"#,
            r#"{"companies":[],"cursor":{"before":null}}"#,
            r#"{"profiles":[]}"#,
            r#"{"cursor":{"before":null}}"#,
            r#"{"profiles":[],"cursor":{"before":"x"}}"#,
            r#"{"profiles":[],"cursor":{"before":"6b038e7b0bac7c97f4767fb7"}}"#,
            r#"{"profiles":[],"cursor":{"before":7}}"#,
            r#"{"profiles":{},"cursor":{"before":null}}"#,
            r#"{"profiles":[],"cursor":{"before":null}"#,
            "",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
