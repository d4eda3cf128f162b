//! Sends requests to the deployment.

use std::error::Error;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use reqwest::redirect;
use serde_json::Value;

use crate::stop::Stop;

/// Longer than any answer takes: API Gateway gives up after 30 seconds. Large bodies take time to send.
const TIMEOUT: Duration = Duration::from_secs(120);
const PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// A request.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    method: &'static str,
    target: String,
    headers: Vec<(&'static str, Vec<u8>)>,
    body: Vec<u8>,
    with_secret: bool,
}

impl Sent {
    /// A request with the secret in its header, and without a body.
    pub(crate) fn new(method: &'static str, target: impl Into<String>) -> Self {
        Self { method, target: target.into(), headers: Vec::new(), body: Vec::new(), with_secret: true }
    }

    /// A POST of JSON.
    pub(crate) fn post(target: impl Into<String>, body: &Value) -> Self {
        Self::new("POST", target).header("content-type", "application/json").body(body.to_string())
    }

    pub(crate) fn header(mut self, name: &'static str, value: impl Into<Vec<u8>>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(crate) fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    pub(crate) fn without_secret(mut self) -> Self {
        self.with_secret = false;
        self
    }
}

/// An answer.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
    /// The body; `null` if it is no JSON.
    pub(crate) json: Value,
}

impl Answer {
    /// The text of an error in the documented form, with this status.
    pub(crate) fn is_error(&self, status: u16, beginning: &str) -> bool {
        let message = self.json["messages"][0].as_str();
        self.status == status && self.json["code"] == status && message.is_some_and(|text| text.starts_with(beginning))
    }

    /// The status, and what of the body fits into a line.
    pub(crate) fn shown(&self) -> String {
        const CHARACTERS: usize = 160;
        let text: String = self.text.chars().take(CHARACTERS).collect();
        let more = if text.len() < self.text.len() { "…" } else { "" };
        if text.is_empty() { self.status.to_string() } else { format!("{} {text}{more}", self.status) }
    }

    fn may_succeed_later(&self) -> bool {
        self.status == 429 || self.status >= 500
    }
}

/// Why there is no answer.
#[derive(Debug)]
pub(crate) enum Unanswered {
    /// The run was interrupted before the request was sent.
    Interrupted,
    /// The connection failed, for this reason.
    Failed(String),
}

/// A client of the deployment.
#[derive(Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    base: String,
    secret: String,
    stop: Stop,
}

impl Client {
    pub(crate) fn new(base: String, secret: String, stop: Stop) -> Result<Self, reqwest::Error> {
        let http = reqwest::Client::builder()
            .user_agent(concat!("profiles-verify/", env!("CARGO_PKG_VERSION")))
            // Following a redirect would send the secret to another host.
            .redirect(redirect::Policy::none())
            .timeout(TIMEOUT)
            .pool_idle_timeout(Duration::from_secs(15))
            .build()?;
        Ok(Self { http, base, secret, stop })
    }

    /// The same client, for what is to be done also after an interruption.
    pub(crate) fn for_removal(&self) -> Self {
        Self { stop: Stop::never(), ..self.clone() }
    }

    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    pub(crate) fn secret(&self) -> &str {
        &self.secret
    }

    pub(crate) fn stop(&self) -> &Stop {
        &self.stop
    }

    /// Returns whether the address is one of this machine.
    pub(crate) fn is_local(&self) -> bool {
        let url = reqwest::Url::parse(&self.base).ok();
        url.and_then(|url| url.host_str().map(|host| matches!(host, "localhost" | "127.0.0.1" | "[::1]"))).unwrap_or(false)
    }

    /// Sends a request once. A request that has begun is finished also if the run is interrupted, so that its outcome is known.
    pub(crate) async fn send(&self, sent: &Sent) -> Result<Answer, Unanswered> {
        if self.stop.is_requested() {
            return Err(Unanswered::Interrupted);
        }
        let failed = |text: String| Unanswered::Failed(text);
        let method = Method::from_bytes(sent.method.as_bytes()).map_err(|error| failed(error.to_string()))?;
        let mut headers = HeaderMap::new();
        for (name, value) in &sent.headers {
            // Bytes that are no UTF-8 are allowed here.
            headers.append(HeaderName::from_static(name), HeaderValue::from_bytes(value).map_err(|error| failed(error.to_string()))?);
        }
        if sent.with_secret {
            headers.append("x-account-secret", HeaderValue::from_str(&self.secret).map_err(|error| failed(error.to_string()))?);
        }
        let mut request = self.http.request(method, format!("{}{}", self.base, sent.target)).headers(headers);
        if !sent.body.is_empty() {
            request = request.body(sent.body.clone());
        }
        let unanswered = |error: reqwest::Error| failed(with_causes(&error.without_url()));
        let response = request.send().await.map_err(unanswered)?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.map_err(unanswered)?;
        let json = serde_json::from_str(&text).unwrap_or_default();
        // Before any text is cut, which could leave a part of the secret.
        let text = text.replace(&self.secret, "…");
        Ok(Answer { status, headers, text, json })
    }

    /// Sends a request that may be repeated, up to this number of times, until it is answered with something other than a 429 or a 5xx.
    pub(crate) async fn send_repeatedly(&self, sent: &Sent, attempts: u32) -> Result<Answer, Unanswered> {
        let mut pause = PAUSE;
        let mut attempt = 1;
        loop {
            let answer = self.send(sent).await;
            let is_final = match &answer {
                Ok(answer) => !answer.may_succeed_later(),
                Err(Unanswered::Interrupted) => true,
                Err(Unanswered::Failed(_)) => false,
            };
            if is_final || attempt >= attempts {
                return answer;
            }
            let asked =
                answer.ok().and_then(|answer| answer.headers.get("retry-after")?.to_str().ok()?.parse().ok()).map(Duration::from_secs);
            tokio::time::sleep(asked.unwrap_or_default().clamp(pause, LONGEST_PAUSE)).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
            attempt += 1;
        }
    }
}

/// Returns an error's text with those of its causes.
fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
