//! Sends one request to the API, and interprets the response.

use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::header::{HeaderMap, HeaderValue};
use reqwest::{Method, StatusCode, Url, redirect};
use serde::Deserialize;

use super::error::Error;
use super::identifier::By;
use crate::causes::with_causes;

/// The bytes that are read of a response. The API's responses to these requests are far shorter.
const MAX_RESPONSE_BYTES: usize = 65_536;
/// The characters of the API's message that the result repeats.
const MAX_MESSAGE_CHARACTERS: usize = 300;

/// The request that is sent for each user.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Question {
    /// Deletes the user.
    Forget,
    /// Asks whether the API knows the user.
    Exists,
}

/// A client of one deployment, for one account, that sends one kind of request. No error and no message contains its secret.
pub(crate) struct Client {
    http: reqwest::Client,
    url: String,
    secret: String,
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

#[derive(Deserialize)]
struct Messages {
    messages: Vec<String>,
}

impl Client {
    /// Makes a client. `timeout` is for each request.
    ///
    /// # Errors
    /// If the URL cannot be an API's, or the secret does not fit into a header.
    pub(crate) fn new(url: &str, secret: &str, by: By, question: Question, timeout: Duration) -> Result<Self, Error> {
        let mut header = HeaderValue::from_str(secret).map_err(|_| Error::Secret)?;
        header.set_sensitive(true);
        let http = reqwest::Client::builder()
            .user_agent(concat!("profiles/", env!("CARGO_PKG_VERSION")))
            .default_headers(HeaderMap::from_iter([("x-account-secret".parse().map_err(|_| Error::Secret)?, header)]))
            // Following a redirect would send the secret to another host.
            .redirect(redirect::Policy::none())
            .timeout(timeout)
            // Shorter than the idle time of load balancers. The outcome of a request on a connection that is just being closed is
            // unknown.
            .pool_idle_timeout(Duration::from_secs(15))
            .build()
            .map_err(Error::Client)?;
        Ok(Self { http, url: base(url)?, secret: secret.to_owned(), by, question })
    }

    /// Returns the deployment's address in its normal form.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Returns the kind of request.
    pub(crate) fn question(&self) -> Question {
        self.question
    }

    /// Sends one request for a user.
    pub(crate) async fn ask(&self, name: &str) -> Reply {
        let (base, by, name) = (&self.url, self.by.name(), utf8_percent_encode(name, NON_ALPHANUMERIC));
        let request = match self.question {
            Question::Forget => self.http.request(Method::DELETE, format!("{base}/v3/edit/profiles/forget?{by}={name}")),
            Question::Exists => self.http.get(format!("{base}/v3/analyze/profile?{by}={name}&expand[profile]=min")),
        };
        match request.send().await {
            Ok(response) => self.interpret(response).await,
            Err(error) => self.unanswered(error),
        }
    }

    async fn interpret(&self, mut response: reqwest::Response) -> Reply {
        let (status, wait) = (response.status(), wait(response.headers()));
        let mut body = Vec::new();
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) if body.len() < MAX_RESPONSE_BYTES => body.extend_from_slice(&chunk),
                Ok(_) => break,
                // For any other status, the body does not matter.
                Err(error) if status == StatusCode::OK || status == StatusCode::NOT_FOUND => return self.unanswered(error),
                Err(_) => break,
            }
        }
        let stop = |error| Reply::Stop { error, status, maybe_done: status.is_success() };
        let message = serde_json::from_slice::<Messages>(&body).ok().and_then(|body| body.messages.into_iter().next());
        match status {
            StatusCode::OK => self.done(&body).unwrap_or_else(|| stop(Error::NotTheApi { status: status.as_u16() })),
            StatusCode::NOT_FOUND if message.as_ref().is_some_and(|text| text.starts_with("Profile not found: ")) => Reply::NotFound,
            StatusCode::NOT_FOUND => stop(if self.question == Question::Forget { Error::NoEndpoint } else { Error::NoRetrieval }),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => stop(Error::Unauthorized { status: status.as_u16() }),
            StatusCode::TOO_MANY_REQUESTS => Reply::Retry(Retry { why: status.to_string(), maybe_done: false, answered: true, wait }),
            // A gateway or function may have lost a request that is carried out all the same.
            _ if status.is_server_error() => Reply::Retry(Retry { why: status.to_string(), maybe_done: true, answered: true, wait }),
            _ if status.is_redirection() => stop(Error::Redirect { status: status.as_u16() }),
            _ if status.is_client_error() => {
                Reply::Refused(message.map_or_else(|| status.to_string(), |text| format!("{}: {}", status.as_u16(), self.shown(&text))))
            }
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

    fn unanswered(&self, error: reqwest::Error) -> Reply {
        // Without a connection, no request was sent.
        let maybe_done = !error.is_connect();
        let why = if error.is_timeout() { "timeout".to_owned() } else { self.shown(&with_causes(&error.without_url())) };
        Reply::Retry(Retry { why, maybe_done, answered: false, wait: None })
    }

    /// Makes a text from elsewhere printable: one line of limited length, without the secret.
    fn shown(&self, text: &str) -> String {
        let text = text.replace(&self.secret, "…");
        text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MAX_MESSAGE_CHARACTERS).collect()
    }
}

/// Checks the address, and removes slashes at its end. The paths of requests are appended to it.
fn base(url: &str) -> Result<String, Error> {
    let url = Url::parse(url).map_err(|_| Error::Url)?;
    let is_plain = url.username().is_empty() && url.password().is_none() && url.query().is_none() && url.fragment().is_none();
    if !matches!(url.scheme(), "http" | "https") || !is_plain {
        return Err(Error::Url);
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

/// Returns the pause that a response asks for, in either of the two headers with seconds.
fn wait(headers: &HeaderMap) -> Option<Duration> {
    ["retry-after", "x-ratelimit-wait"]
        .into_iter()
        .filter_map(|name| headers.get(name)?.to_str().ok()?.trim().parse().ok())
        .filter_map(|seconds: f64| Duration::try_from_secs_f64(seconds).ok())
        .max()
}

fn is_id(text: &str) -> bool {
    text.len() == 24 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_that_of_an_api() {
        for (given, kept) in [
            ("http://127.0.0.1:9000", "http://127.0.0.1:9000"),
            ("http://127.0.0.1:9000/", "http://127.0.0.1:9000"),
            ("HTTPS://API.example.com:443/stage/", "https://api.example.com/stage"),
        ] {
            assert_eq!(base(given).unwrap(), kept);
        }
        for given in ["", "127.0.0.1:9000", "api.example.com", "ftp://x", "http://a:b@x", "http://x?a=b", "http://x#a", "https://"] {
            assert!(base(given).is_err(), "{given}");
        }
    }

    #[test]
    fn the_longer_wait_counts() {
        let headers = |pairs: &[(&'static str, &'static str)]| {
            pairs.iter().map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value))).collect()
        };
        for (given, seconds) in [
            (headers(&[("retry-after", "2"), ("x-ratelimit-wait", "1")]), Some(2.0)),
            (headers(&[("retry-after", "2"), ("x-ratelimit-wait", "2.5")]), Some(2.5)),
            (headers(&[("x-ratelimit-wait", "0")]), Some(0.0)),
            (headers(&[("retry-after", "Wed, 21 Oct 2015 07:28:00 GMT")]), None),
            (headers(&[("retry-after", "-1")]), None),
            (headers(&[("retry-after", "NaN")]), None),
            (headers(&[("retry-after", "1e300")]), None),
            (HeaderMap::new(), None),
        ] {
            assert_eq!(wait(&given).map(|wait| wait.as_secs_f64()), seconds, "{given:?}");
        }
    }
}
