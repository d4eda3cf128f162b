//! A client of the API, which calls its endpoints in this process.

use http::HeaderMap;
use profiles_api::routes::{Function, Route};
use profiles_api::{Attempt, Context, Request, Response, Swept, TicketKey, apply_ticket};
use profiles_domain::Error;
use profiles_normalization::Timestamp;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::check_answer;
use crate::permissions::as_function;

/// The fields that every profile shows, even if they are not set.
pub const ALWAYS_SHOWN: [&str; 13] = [
    "id",
    "created_at",
    "updated_at",
    "uid",
    "percent",
    "browser_x",
    "browser_tz",
    "browser_l",
    "browser_n",
    "browser_k",
    "last_seen_at",
    "last_seen_session_count",
    "delivery_ids",
];

/// Returns the properties of a profile, without the fields that every profile shows and without its company.
#[must_use]
pub fn properties_of(profile: &Value) -> Value {
    let mut properties = profile.as_object().expect("a profile").clone();
    properties.retain(|name, _| !ALWAYS_SHOWN.contains(&name.as_str()) && !matches!(name.as_str(), "company" | "company_id"));
    Value::Object(properties)
}

/// A client of one instance of the API, with one account's secret.
pub struct Api {
    context: Context,
    secret: String,
}

/// A response of the API.
#[derive(Debug, PartialEq)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The body, which is always JSON.
    pub body: Value,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as text.
    pub text: String,
}

impl Reply {
    /// Returns the id of the profile. Panics unless the status is 200.
    #[track_caller]
    pub fn id(&self) -> String {
        assert_eq!(self.status, 200, "{}", self.text);
        self.body["profile"]["id"].as_str().expect("a profile with an id").to_owned()
    }

    /// Returns the company. Panics unless the status is 200.
    #[track_caller]
    pub fn company(&self) -> &Value {
        assert_eq!(self.status, 200, "{}", self.text);
        &self.body["company"]
    }

    /// Returns the id of the company. Panics unless the status is 200.
    #[track_caller]
    pub fn company_id(&self) -> String {
        self.company()["id"].as_str().expect("a company with an id").to_owned()
    }

    /// Returns the id of the batch. Panics unless the status is 202.
    #[track_caller]
    pub fn batch_id(&self) -> String {
        assert_eq!(self.status, 202, "{}", self.text);
        self.body["batch"]["id"].as_str().expect("a batch with an id").to_owned()
    }

    /// Returns the profile. Panics unless the status is 200.
    #[track_caller]
    pub fn profile(&self) -> &Value {
        assert_eq!(self.status, 200, "{}", self.text);
        &self.body["profile"]
    }

    /// Returns the most at once that a 429 tells, in its body and its header. Panics unless this is one in the documented form.
    #[track_caller]
    pub fn limit(&self) -> u64 {
        assert!(self.message(429).starts_with("Rate Limited: "), "{}", self.text);
        assert_eq!(self.headers["retry-after"], "1");
        let limit = self.body["limit"].as_u64().expect("a limit");
        assert_eq!(self.headers["x-ratelimit-limit"], limit.to_string());
        limit
    }

    /// Returns the error's message. Panics unless this is an error of this status in the documented form.
    #[track_caller]
    pub fn message(&self, status: u16) -> &str {
        assert_eq!(self.status, status, "{}", self.text);
        assert_eq!(self.body["code"], status);
        let fields = if status == 429 { 3 } else { 2 };
        assert_eq!(self.body.as_object().unwrap().len(), fields, "{}", self.text);
        let messages = self.body["messages"].as_array().expect("messages");
        assert_eq!(messages.len(), 1);
        messages[0].as_str().expect("a message")
    }
}

impl Api {
    /// Calls the API on this context, with this secret.
    #[must_use]
    pub fn new(context: Context, secret: String) -> Self {
        Self { context, secret }
    }

    /// Returns the secret that requests carry.
    #[must_use]
    pub fn secret(&self) -> &str {
        &self.secret
    }

    /// Upserts `body`.
    pub async fn upsert(&self, body: &str) -> Reply {
        self.post("/v3/observe/hooks/profiles", body).await
    }

    /// Retrieves by a query such as `uid=18821`.
    pub async fn retrieve(&self, query: &str) -> Reply {
        self.get(&format!("/v3/analyze/profile?{query}")).await
    }

    /// Upserts a company.
    pub async fn upsert_company(&self, body: &str) -> Reply {
        self.post("/v3/observe/hooks/companies", body).await
    }

    /// Retrieves a company by a query such as `uid=931`.
    pub async fn company(&self, query: &str) -> Reply {
        self.get(&format!("/v3/analyze/company?{query}")).await
    }

    /// Sends a batch with this list of companies.
    pub async fn company_batch(&self, companies: &str) -> Reply {
        self.post("/v3/observe/hooks/companies/batch", &format!(r#"{{"companies":{companies}}}"#)).await
    }

    /// Asks for the status of a batch of companies.
    pub async fn company_batch_status(&self, id: &str) -> Reply {
        self.get(&format!("/v3/observe/hooks/companies/batch/{id}")).await
    }

    /// Sends a batch with this list of profiles.
    pub async fn batch(&self, profiles: &str) -> Reply {
        self.post("/v3/observe/hooks/profiles/batch", &format!(r#"{{"profiles":{profiles}}}"#)).await
    }

    /// Asks for the status of a batch.
    pub async fn batch_status(&self, id: &str) -> Reply {
        self.get(&format!("/v3/observe/hooks/profiles/batch/{id}")).await
    }

    /// Hands an event to the function that applies batches. It may run until `deadline`. Returns its answer, which names what failed.
    pub async fn work(&self, event: &Value, deadline: Option<Timestamp>) -> Value {
        let event = serde_json::from_value(event.clone()).expect("an event as the function takes it");
        let failures = as_function("BatchWorker".to_owned(), profiles_api::work(&self.context, event, deadline)).await;
        serde_json::to_value(failures).expect("an answer is JSON")
    }

    /// Applies the chunk of a ticket as a server does, for a turn.
    ///
    /// # Errors
    /// The reason why it could not be applied.
    pub async fn serve(&self, ticket: TicketKey) -> Result<Attempt, Error> {
        apply_ticket(&self.context, ticket, &CancellationToken::new()).await
    }

    /// Records an event.
    pub async fn track(&self, body: &str) -> Reply {
        self.post("/v3/observe/hooks/events", body).await
    }

    /// Sends a webhook with this id and kind, about a user such as `"uid":1`, with more data such as `"tour":{"id":"t"}`.
    pub async fn experience(&self, id: &str, kind: &str, user: &str, data: &str) -> Reply {
        let body = format!(r#"{{"id":"{id}","kind":"{kind}","data":{{"profile":{{{user}}},{data}}}}}"#);
        self.post("/v3/observe/hooks/experiences", &body).await
    }

    /// Orders a delivery.
    pub async fn deliver(&self, body: &str) -> Reply {
        self.post("/v3/edit/deliveries", body).await
    }

    /// Clears by a query such as `uid=18821`.
    pub async fn clear(&self, query: &str) -> Reply {
        self.delete(&format!("/v3/edit/profiles?{query}")).await
    }

    /// Forgets by a query such as `uid=18821`.
    pub async fn forget(&self, query: &str) -> Reply {
        self.delete(&format!("/v3/edit/profiles/forget?{query}")).await
    }

    /// Asks for the status of a deletion.
    pub async fn deletion(&self, id: &str) -> Reply {
        self.get(&format!("/v3/edit/deletions/{id}")).await
    }

    /// Calls the function that requeues chunks and finishes clears and forgets. It may run until `deadline`.
    ///
    /// # Errors
    /// Those with which the function fails.
    pub async fn sweep(&self, deadline: Option<Timestamp>) -> Result<Swept, Error> {
        as_function("Sweep".to_owned(), profiles_api::sweep(&self.context, deadline)).await
    }

    /// Sends a DELETE.
    pub async fn delete(&self, target: &str) -> Reply {
        self.send(self.with_secret(request("DELETE", target, b""))).await
    }

    /// Sends a GET.
    pub async fn get(&self, target: &str) -> Reply {
        self.send(self.with_secret(request("GET", target, b""))).await
    }

    /// Sends a PATCH.
    pub async fn patch(&self, target: &str, body: &str) -> Reply {
        self.send(self.with_secret(request("PATCH", target, body.as_bytes()))).await
    }

    /// Sends a POST.
    pub async fn post(&self, target: &str, body: &str) -> Reply {
        self.send(self.with_secret(request("POST", target, body.as_bytes()))).await
    }

    /// Sends a POST with an `Idempotency-Key`.
    pub async fn post_under(&self, key: &str, target: &str, body: &str) -> Reply {
        let mut request = self.with_secret(request("POST", target, body.as_bytes()));
        request.headers.insert("idempotency-key", key.parse().unwrap());
        self.send(request).await
    }

    /// Puts the secret into the request's header. All other methods do so, except [`Api::send`].
    #[must_use]
    pub fn with_secret(&self, mut request: Request) -> Request {
        request.headers.insert("x-account-secret", self.secret.parse().unwrap());
        request
    }

    /// Sends any request, as it is, to the function that serves its path.
    pub async fn send(&self, request: Request) -> Reply {
        crate::logs::forbid_identifiers(&String::from_utf8_lossy(&request.body));
        crate::logs::forbid_identifiers(&request.query);
        let request = request.routed();
        let (route, function) = (request.route(), format!("{:?}", request.function()));
        reply(route, as_function(function, profiles_api::dispatch(&self.context, request)).await)
    }

    /// Sends a request to this function, whether or not its route leads there.
    pub async fn send_to(&self, function: Function, request: Request) -> Reply {
        let (context, request) = (&self.context, request.routed());
        // A function knows no routes of others.
        let route = request.route().filter(|route| route.endpoint.function() == function);
        let response = profiles_api::respond_as(function, context, request);
        reply(route, as_function(format!("{function:?}"), response).await)
    }
}

/// Reads a response to a request of this route. Its body must be JSON, and it must be as `openapi.yaml` says.
fn reply(route: Option<Route>, response: Response) -> Reply {
    let (parts, text) = response.into_parts();
    assert_eq!(parts.headers["content-type"], "application/json");
    let body = serde_json::from_str(&text).expect("an answer is JSON");
    let status = parts.status.as_u16();
    check_answer(route, status, &parts.headers, &body).unwrap_or_else(|error| panic!("{error}"));
    Reply { status, body, headers: parts.headers, text }
}

/// Makes a request without headers.
#[must_use]
pub fn request(method: &str, target: &str, body: &[u8]) -> Request {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    Request { method: method.into(), path: path.into(), query: query.into(), body: body.into(), ..Request::default() }
}
