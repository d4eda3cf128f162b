//! A client of the API that calls its endpoints in this process.

use http::HeaderMap;
use profiles_api::routes::Function;
use profiles_api::{Context, Request, Response, Swept};
use profiles_domain::Error;
use profiles_normalization::Timestamp;
use serde_json::Value;

use crate::permissions::as_function;

/// What every profile shows, whether it is set or not.
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

/// The properties of a profile, without what every profile shows and without its company.
#[must_use]
pub fn properties_of(profile: &Value) -> Value {
    let mut properties = profile.as_object().expect("a profile").clone();
    properties.retain(|name, _| !ALWAYS_SHOWN.contains(&name.as_str()) && !matches!(name.as_str(), "company" | "company_id"));
    Value::Object(properties)
}

/// The API of one function instance, called with one account's secret.
pub struct Api {
    context: Context,
    secret: String,
}

/// An answer.
#[derive(Debug, PartialEq)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The body, which always is JSON.
    pub body: Value,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as text.
    pub text: String,
}

impl Reply {
    /// The id of the profile in the answer; the test fails if there is none.
    #[track_caller]
    pub fn id(&self) -> String {
        assert_eq!(self.status, 200, "{}", self.text);
        self.body["profile"]["id"].as_str().expect("a profile with an id").to_owned()
    }

    /// The id of the batch in the answer; the test fails if it was not accepted.
    #[track_caller]
    pub fn batch_id(&self) -> String {
        assert_eq!(self.status, 202, "{}", self.text);
        self.body["batch"]["id"].as_str().expect("a batch with an id").to_owned()
    }

    /// The profile in the answer; the test fails if there is none.
    #[track_caller]
    pub fn profile(&self) -> &Value {
        assert_eq!(self.status, 200, "{}", self.text);
        &self.body["profile"]
    }

    /// The error's message; the test fails if the answer is no error of this status in the documented form.
    #[track_caller]
    pub fn message(&self, status: u16) -> &str {
        assert_eq!(self.status, status, "{}", self.text);
        assert_eq!(self.body["code"], status);
        assert_eq!(self.body.as_object().unwrap().len(), 2, "{}", self.text);
        let messages = self.body["messages"].as_array().expect("messages");
        assert_eq!(messages.len(), 1);
        messages[0].as_str().expect("a message")
    }
}

impl Api {
    /// On this context, with this secret.
    #[must_use]
    pub fn new(context: Context, secret: String) -> Self {
        Self { context, secret }
    }

    /// The secret that requests carry.
    #[must_use]
    pub fn secret(&self) -> &str {
        &self.secret
    }

    /// Upserts `body`, the secret in the header.
    pub async fn upsert(&self, body: &str) -> Reply {
        self.post("/v3/observe/hooks/profiles", body).await
    }

    /// Retrieves by a query such as `uid=18821`.
    pub async fn retrieve(&self, query: &str) -> Reply {
        self.get(&format!("/v3/analyze/profile?{query}")).await
    }

    /// Sends a batch with this list of profiles, the secret in the header.
    pub async fn batch(&self, profiles: &str) -> Reply {
        self.post("/v3/observe/hooks/profiles/batch", &format!(r#"{{"profiles":{profiles}}}"#)).await
    }

    /// How far a batch is applied.
    pub async fn batch_status(&self, id: &str) -> Reply {
        self.get(&format!("/v3/observe/hooks/profiles/batch/{id}")).await
    }

    /// Hands an event to the function that applies batches, which may run until `deadline`.
    ///
    /// # Errors
    /// When the function fails as a whole.
    pub async fn work(&self, event: &Value, deadline: Option<Timestamp>) -> Result<Value, Error> {
        let event = serde_json::from_value(event.clone()).expect("an event as the function takes it");
        let failures = as_function("BatchWorker".to_owned(), profiles_api::work(&self.context, event, deadline)).await?;
        Ok(serde_json::to_value(failures).expect("an answer is JSON"))
    }

    /// Records an event.
    pub async fn track(&self, body: &str) -> Reply {
        self.post("/v3/observe/hooks/events", body).await
    }

    /// Sends a webhook of this id and kind about a user, such as `"uid":1`, with more of its data, such as `"tour":{"id":"t"}`.
    pub async fn happened(&self, id: &str, kind: &str, user: &str, data: &str) -> Reply {
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

    /// What is left of somebody's being forgotten.
    pub async fn deletion(&self, id: &str) -> Reply {
        self.get(&format!("/v3/edit/deletions/{id}")).await
    }

    /// Calls the function that finishes what clears and forgets left, which may run until `deadline`.
    ///
    /// # Errors
    /// When the function fails.
    pub async fn sweep(&self, deadline: Option<Timestamp>) -> Result<Swept, Error> {
        as_function("Sweep".to_owned(), profiles_api::sweep(&self.context, deadline)).await
    }

    /// Sends a DELETE, the secret in the header.
    pub async fn delete(&self, target: &str) -> Reply {
        self.send(self.with_secret(request("DELETE", target, b""))).await
    }

    /// Sends a GET, the secret in the header.
    pub async fn get(&self, target: &str) -> Reply {
        self.send(self.with_secret(request("GET", target, b""))).await
    }

    /// Sends a POST, the secret in the header.
    pub async fn post(&self, target: &str, body: &str) -> Reply {
        self.send(self.with_secret(request("POST", target, body.as_bytes()))).await
    }

    /// Sends a POST under an `Idempotency-Key`, the secret in the header.
    pub async fn post_under(&self, key: &str, target: &str, body: &str) -> Reply {
        let mut request = self.with_secret(request("POST", target, body.as_bytes()));
        request.headers.insert("idempotency-key", key.parse().unwrap());
        self.send(request).await
    }

    /// The same request with the secret in its header.
    #[must_use]
    pub fn with_secret(&self, mut request: Request) -> Request {
        request.headers.insert("x-account-secret", self.secret.parse().unwrap());
        request
    }

    /// Sends any request to the function that its path belongs to.
    pub async fn send(&self, request: Request) -> Reply {
        crate::logs::is_request(&String::from_utf8_lossy(&request.body));
        crate::logs::is_request(&request.query);
        let request = request.routed();
        let function = format!("{:?}", request.function());
        reply(as_function(function, profiles_api::dispatch(&self.context, request)).await)
    }

    /// Sends a request to this function, whether or not its route leads there.
    pub async fn send_to(&self, function: Function, request: Request) -> Reply {
        let (context, request) = (&self.context, request.routed());
        let response = async {
            match function {
                Function::Analyze => profiles_api::analyze(context, request).await,
                Function::Batch => profiles_api::batch(context, request).await,
                Function::Clear => profiles_api::clear(context, request).await,
                Function::Deliveries => profiles_api::deliveries(context, request).await,
                Function::Events => profiles_api::events(context, request).await,
                Function::Experiences => profiles_api::experiences(context, request).await,
                Function::Forget => profiles_api::forget(context, request).await,
                Function::Retrieve => profiles_api::retrieve(context, request).await,
                Function::Root => profiles_api::root(context, request).await,
                Function::Upsert => profiles_api::upsert(context, request).await,
            }
        };
        reply(as_function(format!("{function:?}"), response).await)
    }
}

/// Reads a response, whose body must be JSON.
fn reply(response: Response) -> Reply {
    let (parts, text) = response.into_parts();
    assert_eq!(parts.headers["content-type"], "application/json");
    let body = serde_json::from_str(&text).expect("an answer is JSON");
    Reply { status: parts.status.as_u16(), body, headers: parts.headers, text }
}

/// A request without headers.
#[must_use]
pub fn request(method: &str, target: &str, body: &[u8]) -> Request {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    Request { method: method.into(), path: path.into(), query: query.into(), body: body.into(), ..Request::default() }
}
