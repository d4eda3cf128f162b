//! A fake API on a local port: it pages through profiles, records the requests, and misbehaves as a test says.

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Instant;

use serde_json::{Value, json};

use crate::support::SECRET;
use crate::support::http::{self, NO_ENDPOINT, Request, Shared, WRONG_SECRET};

/// A misbehaviour of the server.
#[derive(Clone)]
pub(crate) enum Trouble {
    /// Answers with this status, these headers and this body.
    Answer(u16, &'static str, String),
    /// Closes the connection without a response.
    Drop,
    /// Closes the connection in the middle of the response.
    CutOff,
    /// Keeps the connection open, until the client gives up.
    Silence,
    /// No misbehaviour.
    Nothing,
}

/// A request that the server received.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) path: String,
    pub(crate) body: Value,
    pub(crate) at: Instant,
}

#[derive(Default)]
struct State {
    account: String,
    profiles: Vec<String>,
    /// The troubles of the requests to come, by their number.
    troubles: HashMap<usize, Trouble>,
    asked: Vec<Asked>,
    too_large: usize,
}

/// A running server. It ends with the process.
pub(crate) struct Server {
    pub(crate) url: String,
    state: Arc<Shared<State>>,
}

/// Returns the id of the n-th profile. Those with a higher number are newer.
pub(crate) fn id(n: usize) -> String {
    format!("6b038e7b{n:016x}")
}

/// Makes profiles, the newest first.
pub(crate) fn profiles(count: usize) -> Vec<Value> {
    (0..count)
        .rev()
        .map(|n| {
            json!({"id": id(n), "created_at": "2026-11-23T00:53:15.376Z", "updated_at": "2026-11-23T00:53:15.544Z", "uid": format!("u{n}"),
                "email": format!("u{n}@example.com"), "company_id": null, "name": format!("Kim, \"{n}\"\n é"), "seats": n,
                "company": {"id": "6b038e7b8108a6cd6c650a69", "name": "Acme"}})
        })
        .collect()
}

impl Server {
    /// Starts a server with these profiles, the newest first.
    pub(crate) fn start(profiles: &[Value]) -> Self {
        let state = State {
            account: "6b038e3f13ac32cf4b01f1eb".to_owned(),
            profiles: profiles.iter().map(ToString::to_string).collect(),
            too_large: usize::MAX,
            ..State::default()
        };
        let (url, state) = http::listen(state, serve);
        Self { url, state }
    }

    /// Makes the requests to come misbehave, one after the other. `GET /` is none of them.
    pub(crate) fn trouble(&self, troubles: impl IntoIterator<Item = Trouble>) {
        let mut state = self.state.0.lock().unwrap();
        let first = searches(&state.asked);
        state.troubles = troubles.into_iter().enumerate().map(|(n, trouble)| (first + n, trouble)).collect();
    }

    /// Makes the server answer 502 where a page has more than so many profiles.
    pub(crate) fn too_large(&self, profiles: usize) {
        self.state.0.lock().unwrap().too_large = profiles;
    }

    /// Makes it another account's server.
    pub(crate) fn account(&self, id: &str) {
        self.state.0.lock().unwrap().account = id.to_owned();
    }

    /// Returns the requests so far, without `GET /`.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.state.0.lock().unwrap().asked.iter().filter(|asked| asked.path != "/").cloned().collect()
    }

    /// Waits until the server has received this many requests, without `GET /`.
    pub(crate) fn wait_for_requests(&self, count: usize) {
        http::wait_for_requests(&self.state, count, |state| searches(&state.asked));
    }
}

fn searches(asked: &[Asked]) -> usize {
    asked.iter().filter(|asked| asked.path != "/").count()
}

fn serve(stream: &TcpStream, state: &Shared<State>) {
    let mut reader = BufReader::new(stream);
    while let Some(request) = Request::read(&mut reader) {
        let is_ours = request.secret() == SECRET;
        let Request { method, target: path, body, .. } = request;
        assert_eq!(method, if path == "/" { "GET" } else { "POST" }, "{path}");
        assert!(!path.contains('?'), "filters belong in the body: URLs are in the logs of proxies");
        let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
        let (trouble, (status, answer)) = {
            let mut state = state.0.lock().unwrap();
            let number = searches(&state.asked);
            state.asked.push(Asked { path: path.clone(), body: body.clone(), at: Instant::now() });
            let trouble = if path == "/" { None } else { state.troubles.remove(&number) };
            let answer = if is_ours { answer(&path, &body, &state) } else { (403, WRONG_SECRET.to_owned()) };
            (trouble, answer)
        };
        state.1.notify_all();
        let (status, headers, answer) = match &trouble {
            Some(Trouble::Answer(status, headers, body)) => (*status, *headers, body.clone()),
            Some(Trouble::Drop) => return,
            Some(Trouble::Silence) => {
                let _ = reader.fill_buf();
                return;
            }
            _ => (status, "", answer),
        };
        let whole = http::response(status, headers, &answer);
        let is_cut_off = matches!(trouble, Some(Trouble::CutOff));
        let sent = if is_cut_off { &whole.as_bytes()[..whole.len() - answer.len() / 2 - 1] } else { whole.as_bytes() };
        if !http::send(stream, sent) || is_cut_off {
            return;
        }
    }
}

fn answer(path: &str, body: &Value, state: &State) -> (u16, String) {
    let before = body["before"].as_str();
    let limit = usize::try_from(body["limit"].as_u64().unwrap_or(50)).unwrap();
    match path {
        "/" => (200, json!({"account": {"id": state.account}, "user": {"id": "6b038e3f8cfd0b1471ae9dd2"}}).to_string()),
        "/v3/analyze/profiles/count" | "/v3/analyze/companies/count" => (200, json!({"count": state.profiles.len()}).to_string()),
        "/v3/analyze/profiles" | "/v3/analyze/companies" => {
            let list = path.rsplit('/').next().unwrap_or_default();
            let id_of = |text: &String| serde_json::from_str::<Value>(text).unwrap()["id"].as_str().unwrap().to_owned();
            let first =
                before.map_or(0, |before| state.profiles.iter().position(|text| *id_of(text) < *before).unwrap_or(state.profiles.len()));
            let page: Vec<_> = state.profiles.iter().skip(first).take(limit).cloned().collect();
            if page.len() > state.too_large {
                return (502, r#"{"message":"Internal server error"}"#.to_owned());
            }
            let next = page.last().filter(|_| first + page.len() < state.profiles.len()).map(id_of);
            (200, format!(r#"{{"{list}":[{}],"cursor":{}}}"#, page.join(","), json!({"limit": limit, "before": next})))
        }
        _ => (404, NO_ENDPOINT.to_owned()),
    }
}
