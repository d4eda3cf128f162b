//! A client of one deployment, for one account.

use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderValue};
use reqwest::{Method, RequestBuilder, StatusCode, Url, redirect};
use serde::Deserialize;

use super::error::Error;
use crate::causes::with_causes;

/// The characters of a text from elsewhere that are shown.
const MAX_SHOWN_CHARACTERS: usize = 300;

/// A client. No error and no message contains its secret.
pub(crate) struct Client {
    http: reqwest::Client,
    url: String,
    secret: String,
}

/// An answer to a request, of whoever is at the address.
pub(crate) struct Answer {
    /// The status.
    pub(crate) status: StatusCode,
    /// The pause that is asked for.
    pub(crate) wait: Option<Duration>,
    /// The body, if it arrived.
    pub(crate) body: Result<Vec<u8>, NoAnswer>,
}

/// The absence of an answer.
#[derive(Debug)]
pub(crate) struct NoAnswer {
    /// The reason, in one line.
    pub(crate) why: String,
    /// Whether the request was perhaps sent.
    pub(crate) maybe_sent: bool,
}

#[derive(Deserialize)]
struct Messages {
    messages: Vec<String>,
}

impl Answer {
    /// Returns the API's own message about a request that it refuses.
    pub(crate) fn message(&self) -> Option<String> {
        let body = self.body.as_ref().ok()?;
        serde_json::from_slice::<Messages>(body).ok()?.messages.into_iter().next()
    }
}

impl Client {
    /// Makes a client. `timeout` is for each request.
    ///
    /// # Errors
    /// If the URL cannot be an API's, or the secret does not fit into a header.
    pub(crate) fn new(url: &str, secret: &str, timeout: Duration) -> Result<Self, Error> {
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
        Ok(Self { http, url: base(url)?, secret: secret.to_owned() })
    }

    /// Returns the deployment's address in its normal form.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Begins a request. `target` is its path and query.
    pub(crate) fn request(&self, method: Method, target: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{target}", self.url))
    }

    /// Sends a request, and reads its answer. A body that is longer than `most` bytes is cut off somewhere after them.
    ///
    /// # Errors
    /// If there is no answer.
    pub(crate) async fn send(&self, request: RequestBuilder, most: usize) -> Result<Answer, NoAnswer> {
        let mut response = request.send().await.map_err(|error| self.unanswered(error))?;
        let (status, wait) = (response.status(), wait(response.headers()));
        let mut body = Vec::new();
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) if body.len() <= most => body.extend_from_slice(&chunk),
                Ok(_) => return Ok(Answer { status, wait, body: Ok(body) }),
                Err(error) => return Ok(Answer { status, wait, body: Err(self.unanswered(error)) }),
            }
        }
    }

    fn unanswered(&self, error: reqwest::Error) -> NoAnswer {
        // Without a connection, no request was sent.
        let maybe_sent = !error.is_connect();
        let why = if error.is_timeout() { "timeout".to_owned() } else { self.shown(&with_causes(&error.without_url())) };
        NoAnswer { why, maybe_sent }
    }

    /// Makes a text from elsewhere printable: one line of limited length, without the secret.
    pub(crate) fn shown(&self, text: &str) -> String {
        let text = text.replace(&self.secret, "…");
        text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MAX_SHOWN_CHARACTERS).collect()
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

/// Tells whether a text is an id of the API.
pub(crate) fn is_id(text: &str) -> bool {
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
