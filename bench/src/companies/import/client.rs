//! A client that has its batch ready-made, and does nothing but send it and wait for its end.

use std::time::{Duration, Instant};

use serde_json::Value;
use ureq::Agent;

use crate::batch::bodies::{Body, PATH};

/// The interval at which a batch's status is asked for.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// A batch that takes longer is not applied at all.
const AT_MOST: Duration = Duration::from_secs(300);

/// A client of an account.
pub(super) struct Client {
    agent: Agent,
    url: String,
    secret: String,
}

impl Client {
    /// Makes requests to this server with this secret.
    pub(super) fn new(url: &str, secret: &str) -> Self {
        Self { agent: agent(), url: url.to_owned(), secret: secret.to_owned() }
    }

    /// Sends a batch, and returns how long it took until all of its items were created.
    pub(super) fn apply(&self, body: &Body) -> Duration {
        let began = Instant::now();
        let request = self.agent.post(format!("{}{PATH}", self.url)).header("x-account-secret", &self.secret);
        let accepted = request.header("content-type", "application/json").send(&body.text);
        let accepted: Value = json(accepted);
        let id = accepted["batch"]["id"].as_str().expect("an id");
        loop {
            let request = self.agent.get(format!("{}{PATH}/{id}?limit=1", self.url));
            let status = json(request.header("x-account-secret", &self.secret).call());
            if status["batch"]["state"] == "completed" {
                let took = began.elapsed();
                assert_eq!(status["batch"]["created_count"], body.items, "all items are new: {status}");
                return took;
            }
            assert!(began.elapsed() < AT_MOST, "the batch is not applied: {status}");
            std::thread::sleep(LOOK_EVERY);
        }
    }
}

/// Returns whether the server can serve requests.
pub(super) fn is_ready(url: &str) -> bool {
    agent().get(format!("{url}/readyz")).call().is_ok()
}

fn agent() -> Agent {
    // A proxy does not reach this machine's own ports.
    Agent::config_builder().proxy(None).build().into()
}

fn json(response: Result<http::Response<ureq::Body>, ureq::Error>) -> Value {
    let text = response.expect("the request succeeds").body_mut().read_to_string().expect("the whole answer");
    serde_json::from_str(&text).expect("JSON")
}
