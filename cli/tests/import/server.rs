//! A fake API on a local port: it takes batches, tells how their items ended, and misbehaves as a test says.

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Instant;

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::support::SECRET;
use crate::support::http::{self, NO_ENDPOINT, Request, Shared, WRONG_SECRET};

/// The most bytes of a batch, after decoding.
const MAX_BYTES: usize = 16 * 1024 * 1024;
/// The most bytes of a batch as it is sent, through Lambda.
const MAX_COMPRESSED_BYTES: usize = 4_700_000;

/// A misbehaviour of the server.
#[derive(Clone)]
pub(crate) enum Trouble {
    /// Answers with this status, these headers and this body, and does nothing.
    Answer(u16, &'static str, &'static str),
    /// Does nothing, and closes the connection without a response.
    Drop,
    /// Carries out the request, and closes the connection without a response.
    DoAndDrop,
    /// Does nothing, and keeps the connection open, until the client gives up.
    Silence,
    /// No misbehaviour.
    Nothing,
}

/// A request that the server received.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) at: Instant,
}

/// A batch that was accepted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Batch {
    pub(crate) key: String,
    /// The body, decoded.
    pub(crate) body: String,
    /// The bytes as they were sent.
    pub(crate) compressed: usize,
    pub(crate) items: Vec<String>,
    polls: usize,
    created: usize,
    errors: Vec<(usize, String)>,
    warnings: Vec<(usize, Value)>,
}

#[derive(Default)]
struct State {
    account: String,
    /// The number of items of each user so far.
    users: HashMap<String, usize>,
    batches: Vec<Batch>,
    /// How often a batch is not completed yet.
    polls: usize,
    /// Whether the server has forgotten all batches.
    forgetful: bool,
    troubles: HashMap<(String, usize), Trouble>,
    asked: Vec<Asked>,
}

/// A running server. It ends with the process.
pub(crate) struct Server {
    pub(crate) url: String,
    state: Arc<Shared<State>>,
}

impl Server {
    /// Starts a server that knows nobody.
    pub(crate) fn start() -> Self {
        let state = State { account: "6b038e3f13ac32cf4b01f1eb".to_owned(), polls: 1, ..State::default() };
        let (url, state) = http::listen(state, serve);
        Self { url, state }
    }

    /// Makes the requests of this method to come misbehave, one after the other. `GET /` is none of them.
    pub(crate) fn trouble(&self, method: &str, troubles: impl IntoIterator<Item = Trouble>) {
        let mut state = self.state.0.lock().unwrap();
        let first = count(&state.asked, method);
        for (n, trouble) in troubles.into_iter().enumerate() {
            state.troubles.insert((method.to_owned(), first + n), trouble);
        }
    }

    /// Makes it another account's server.
    pub(crate) fn account(&self, id: &str) {
        self.state.0.lock().unwrap().account = id.to_owned();
    }

    /// Makes it forget all batches.
    pub(crate) fn forget_batches(&self) {
        self.state.0.lock().unwrap().forgetful = true;
    }

    /// Makes each batch take so many questions until it is completed.
    pub(crate) fn polls(&self, polls: usize) {
        self.state.0.lock().unwrap().polls = polls;
    }

    /// Returns the requests so far, without `GET /`.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.state.0.lock().unwrap().asked.iter().filter(|asked| asked.target != "/").cloned().collect()
    }

    /// Returns the batches, in their order.
    pub(crate) fn batches(&self) -> Vec<Batch> {
        self.state.0.lock().unwrap().batches.clone()
    }

    /// Returns all items, in their order.
    pub(crate) fn items(&self) -> Vec<Value> {
        self.batches().iter().flat_map(|batch| &batch.items).map(|item| serde_json::from_str(item).unwrap()).collect()
    }

    /// Waits until the server has received this many batches.
    pub(crate) fn wait_for_batches(&self, batches: usize) {
        http::wait_for_requests(&self.state, batches, |state| state.batches.len());
    }

    /// Waits until the server has received this many requests of a method.
    pub(crate) fn wait_for_requests(&self, method: &str, requests: usize) {
        http::wait_for_requests(&self.state, requests, |state| count(&state.asked, method));
    }
}

fn count(asked: &[Asked], method: &str) -> usize {
    asked.iter().filter(|asked| asked.method == method && asked.target != "/").count()
}

fn serve(stream: &TcpStream, state: &Shared<State>) {
    let mut reader = BufReader::new(stream);
    while let Some(request) = Request::read(&mut reader) {
        let Request { method, target, .. } = &request;
        let trouble = {
            let mut state = state.0.lock().unwrap();
            let number = count(&state.asked, method);
            state.asked.push(Asked { method: method.clone(), target: target.clone(), at: Instant::now() });
            if target == "/" { None } else { state.troubles.remove(&(method.clone(), number)) }
        };
        let (status, headers, body) = match &trouble {
            Some(Trouble::Answer(status, headers, body)) => (*status, *headers, (*body).to_owned()),
            Some(Trouble::Drop | Trouble::Silence) => (0, "", String::new()),
            _ if request.secret() != SECRET => (403, "", WRONG_SECRET.to_owned()),
            _ => {
                let (status, body) = answer(&request, &mut state.0.lock().unwrap());
                (status, "", body)
            }
        };
        state.1.notify_all();
        match trouble {
            Some(Trouble::Silence) => {
                let _ = reader.fill_buf();
                return;
            }
            Some(Trouble::Drop | Trouble::DoAndDrop) => return,
            _ => {}
        }
        if !http::send(stream, http::response(status, headers, &body).as_bytes()) {
            return;
        }
    }
}

fn answer(request: &Request, state: &mut State) -> (u16, String) {
    let Request { method, target, .. } = request;
    let path = target.split('?').next().unwrap();
    match (method.as_str(), path.trim_start_matches("/v3/observe/hooks/")) {
        ("GET", "/") => (200, json!({"account": {"id": state.account}, "user": {"id": "6b038e3f8cfd0b1471ae9dd2"}}).to_string()),
        ("POST", "profiles/batch" | "companies/batch") => accept(request, path.contains("companies"), state),
        ("GET", path) => match path.split_once("/batch/") {
            Some((_, id)) if !state.forgetful => status(usize::from_str_radix(id, 16).unwrap() - 1, target, state),
            Some((_, id)) => (404, json!({"code": 404, "messages": [format!("Batch not found: no batch has the id `{id}`")]}).to_string()),
            None => (404, NO_ENDPOINT.to_owned()),
        },
        _ => (404, NO_ENDPOINT.to_owned()),
    }
}

#[derive(Deserialize)]
struct Body<'a> {
    on_model_missing: String,
    #[serde(borrow, alias = "companies")]
    profiles: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct Item {
    id: Option<Value>,
    uid: Option<Value>,
    email: Option<Value>,
    /// The text of an error.
    fails: Option<String>,
    /// The text of a warning.
    warns: Option<String>,
}

fn accept(request: &Request, is_companies: bool, state: &mut State) -> (u16, String) {
    assert_eq!(request.headers["content-type"], "application/octet-stream");
    assert_eq!(request.headers["content-encoding"], "zstd");
    assert!(request.body.len() <= MAX_COMPRESSED_BYTES, "{}", request.body.len());
    let key = request.headers["idempotency-key"].clone();
    let body = String::from_utf8(zstd::decode_all(request.body.as_slice()).unwrap()).unwrap();
    assert!(body.len() <= MAX_BYTES, "{}", body.len());
    let id = |number: usize| (202, json!({"batch": {"id": format!("{:024x}", number + 1)}}).to_string());
    if let Some(known) = state.batches.iter().position(|batch| batch.key == key) {
        assert_eq!(state.batches[known].body, body, "the same key has the same body");
        return id(known);
    }
    assert_eq!(body.contains(r#","companies":["#), is_companies);
    let mut batch = Batch { key, compressed: request.body.len(), ..Batch::default() };
    {
        let Body { on_model_missing, profiles } = serde_json::from_str(&body).unwrap();
        assert!(matches!(on_model_missing.as_str(), "create" | "ignore"));
        for (index, item) in profiles.into_iter().enumerate() {
            let Item { id, uid, email, fails, warns } = serde_json::from_str(item.get()).unwrap();
            if let Some(user) = id.or(uid).or(email) {
                match fails {
                    Some(why) => batch.errors.push((index, why)),
                    None => {
                        let known = state.users.entry(user.as_str().unwrap().to_owned()).or_default();
                        batch.created += usize::from(*known == 0);
                        *known += 1;
                    }
                }
            } else {
                batch.errors.push((index, format!("No identifier found for the {} item. Pass your User ID", ordinal(index + 1))));
            }
            if let Some(message) = warns {
                batch.warnings.push((index, json!({"index": index, "prop": "warns", "message": message})));
            }
            batch.items.push(item.get().to_owned());
        }
    }
    batch.body = body;
    state.batches.push(batch);
    id(state.batches.len() - 1)
}

fn status(number: usize, target: &str, state: &mut State) -> (u16, String) {
    let parameter = |name: &str| target.split(['?', '&']).find_map(|pair| pair.strip_prefix(&format!("{name}="))?.parse::<usize>().ok());
    let (limit, after) = (parameter("limit").unwrap_or(50), parameter("after"));
    let most = state.polls;
    let batch = &mut state.batches[number];
    batch.polls += 1;
    let is_completed = batch.polls > most;
    let total = batch.items.len();
    let failed = batch.errors.len();
    let applied = if is_completed { (batch.created, total - failed - batch.created) } else { (0, 0) };
    let is_here = |index: &usize| after.is_none_or(|after| *index > after);
    let mut indexes: Vec<_> = batch.errors.iter().map(|(index, _)| *index).chain(batch.warnings.iter().map(|(index, _)| *index)).collect();
    indexes.retain(is_here);
    indexes.sort_unstable();
    let last = indexes.get(limit - 1).copied();
    let next = last.filter(|last| indexes.iter().any(|index| index > last));
    let on_page = |index: &usize| is_here(index) && last.is_none_or(|last| *index <= last);
    let errors: Vec<_> = batch.errors.iter().filter(|(index, _)| on_page(index)).collect();
    let errors: Vec<_> = errors.iter().map(|(index, message)| json!({"code": 422, "index": index, "message": message})).collect();
    let warnings: Vec<_> = batch.warnings.iter().filter(|(index, _)| on_page(index)).map(|(_, warning)| warning).collect();
    let state = if is_completed { "completed" } else { "processing" };
    let body = json!({
        "batch": {"id": format!("{:024x}", number + 1), "state": state, "created_at": "", "completed_at": null, "total_count": total,
            "created_count": applied.0, "updated_count": applied.1, "unchanged_count": 0, "ignored_count": 0, "failed_count": failed},
        "errors": errors, "warnings": warnings, "cursor": {"limit": limit, "after": next}
    });
    (200, body.to_string())
}

fn ordinal(number: usize) -> String {
    let ending = match (number % 10, number % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{number}{ending}")
}
