//! A fake API on a local port: it records the requests, and misbehaves as a test says.

use std::collections::{HashMap, HashSet};
use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Instant;

use percent_encoding::percent_decode_str;

use crate::support::SECRET;
use crate::support::http::{self, NO_ENDPOINT, Request, Shared, WRONG_SECRET};

/// A misbehaviour of the server.
#[derive(Clone)]
pub(crate) enum Trouble {
    /// Answers with this status, these headers and this body, and does nothing.
    Answer(u16, &'static str, &'static str),
    /// Does nothing, and closes the connection without a response.
    Drop,
    /// Carries out the request, and closes the connection without a response.
    DoAndDrop,
    /// Carries out the request, and answers with this status.
    DoAndAnswer(u16),
    /// Does nothing, and keeps the connection open.
    Silence,
}

/// A request that the server received.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) target: String,
    /// The identifier, decoded.
    pub(crate) name: String,
    pub(crate) at: Instant,
}

#[derive(Default)]
struct State {
    users: HashSet<String>,
    troubles: HashMap<String, Vec<Trouble>>,
    asked: Vec<Asked>,
    forgotten: Vec<String>,
    under_way: usize,
    most_under_way: usize,
}

/// A running server. It ends with the process.
pub(crate) struct Server {
    pub(crate) url: String,
    state: Arc<Shared<State>>,
}

impl Server {
    /// Starts a server with these users, each known by a uid or an e-mail address.
    pub(crate) fn start(users: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let state = State { users: users.into_iter().map(Into::into).collect(), ..State::default() };
        let (url, state) = http::listen(state, serve);
        Self { url, state }
    }

    /// Makes the next requests for this user fail, one after the other.
    pub(crate) fn trouble(&self, name: &str, mut troubles: Vec<Trouble>) {
        troubles.reverse();
        self.state.0.lock().unwrap().troubles.insert(name.to_owned(), troubles);
    }

    /// Returns all requests so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.state.0.lock().unwrap().asked.clone()
    }

    /// Returns the requests for this user.
    pub(crate) fn asked_for(&self, name: &str) -> Vec<Asked> {
        self.asked().into_iter().filter(|asked| asked.name == name).collect()
    }

    /// Returns the forgotten users, in order.
    pub(crate) fn forgotten(&self) -> Vec<String> {
        self.state.0.lock().unwrap().forgotten.clone()
    }

    /// Returns the most requests that were under way at once.
    pub(crate) fn most_under_way(&self) -> usize {
        self.state.0.lock().unwrap().most_under_way
    }

    /// Waits until the server has received this many requests.
    pub(crate) fn wait_for_requests(&self, count: usize) {
        http::wait_for_requests(&self.state, count, |state| state.asked.len());
    }
}

fn serve(stream: &TcpStream, state: &Shared<State>) {
    let mut reader = BufReader::new(stream);
    while let Some(request) = Request::read(&mut reader) {
        let is_ours = request.secret() == SECRET;
        let Request { method, target, body, .. } = request;
        assert!(body.is_empty(), "identifiers are in the query");
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        let (by, name) = query.split('&').next().unwrap().split_once('=').unwrap_or_default();
        assert!(matches!(by, "uid" | "email"), "{target}");
        let name = percent_decode_str(name).decode_utf8().unwrap().into_owned();
        let trouble = {
            let mut state = state.0.lock().unwrap();
            state.under_way += 1;
            state.most_under_way = state.most_under_way.max(state.under_way);
            state.asked.push(Asked { method: method.clone(), target: target.clone(), name: name.clone(), at: Instant::now() });
            state.troubles.get_mut(&name).and_then(Vec::pop)
        };
        state.1.notify_all();
        let (status, headers, body) = match &trouble {
            Some(Trouble::Answer(status, headers, body)) => (*status, *headers, (*body).to_owned()),
            Some(Trouble::Drop | Trouble::Silence) => (0, "", String::new()),
            _ if !is_ours => (403, "", WRONG_SECRET.to_owned()),
            _ => act(&method, path, &name, &mut state.0.lock().unwrap()),
        };
        if matches!(trouble, Some(Trouble::Silence)) {
            // Until the client gives up.
            let _ = reader.fill_buf();
        }
        state.0.lock().unwrap().under_way -= 1;
        let status = match trouble {
            Some(Trouble::Drop | Trouble::DoAndDrop | Trouble::Silence) => return,
            Some(Trouble::DoAndAnswer(status)) => status,
            _ => status,
        };
        if !http::send(stream, http::response(status, headers, &body).as_bytes()) {
            return;
        }
    }
}

fn act(method: &str, path: &str, name: &str, state: &mut State) -> (u16, &'static str, String) {
    let id = || format!("{:024x}", name.bytes().fold(7u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into())));
    match (method, path) {
        ("DELETE", "/v3/edit/profiles/forget") if state.users.remove(name) => {
            state.forgotten.push(name.to_owned());
            (200, "", format!(r#"{{"profile":{{"id":"{}"}},"deletion":{{"id":"6b038e7b8108a6cd6c650a69"}}}}"#, id()))
        }
        ("GET", "/v3/analyze/profile") if state.users.contains(name) => (200, "", format!(r#"{{"profile":{{"id":"{}"}}}}"#, id())),
        ("DELETE", "/v3/edit/profiles/forget") | ("GET", "/v3/analyze/profile") => {
            (404, "", r#"{"code":404,"messages":["Profile not found: no profile has this identifier"]}"#.to_owned())
        }
        _ => (404, "", NO_ENDPOINT.to_owned()),
    }
}
