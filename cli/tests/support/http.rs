//! The HTTP of a fake API.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

/// The longest wait of a test. Everything should take far less.
const PATIENCE: Duration = Duration::from_secs(60);

/// The answer to a request whose secret is wrong.
pub(crate) const WRONG_SECRET: &str = r#"{"code":403,"messages":["Unauthorized: Please check your Chameleon Account Secret"]}"#;
/// The answer to a request for a path that is not there.
pub(crate) const NO_ENDPOINT: &str = r#"{"code":404,"messages":["Endpoint not found: no such path"]}"#;

/// The state of a server, which tests change and wait for.
pub(crate) type Shared<S> = (Mutex<S>, Condvar);

/// Starts a server that ends with the process. Returns its URL, and the state that all connections share.
pub(crate) fn listen<S: Send + 'static>(state: S, serve: fn(&TcpStream, &Shared<S>)) -> (String, Arc<Shared<S>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let state = Arc::new((Mutex::new(state), Condvar::new()));
    let shared = Arc::clone(&state);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let state = Arc::clone(&shared);
            thread::spawn(move || serve(&stream, &state));
        }
    });
    (url, state)
}

/// Waits until a state has this many requests.
#[track_caller]
pub(crate) fn wait_for_requests<S>((lock, changed): &Shared<S>, count: usize, requests: impl Fn(&S) -> usize) {
    let guard = lock.lock().unwrap();
    let (guard, _) = changed.wait_timeout_while(guard, PATIENCE, |state| requests(state) < count).unwrap();
    assert!(requests(&guard) >= count, "{} requests of {count}", requests(&guard));
}

/// A request.
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) target: String,
    /// All headers; their names are in lower case.
    pub(crate) headers: HashMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    /// Returns the account's secret.
    pub(crate) fn secret(&self) -> &str {
        self.headers.get("x-account-secret").map_or("", String::as_str)
    }

    /// Reads a request. Returns `None` when the connection has ended.
    pub(crate) fn read(reader: &mut BufReader<&TcpStream>) -> Option<Self> {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|length| *length > 0)?;
        let mut words = line.split(' ');
        let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
        let mut headers = HashMap::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).ok().filter(|length| *length > 0)?;
            match line.trim_end().split_once(": ") {
                Some((name, value)) => {
                    headers.insert(name.to_ascii_lowercase(), value.to_owned());
                }
                None => break,
            }
        }
        let length = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        Some(Self { method, target, headers, body })
    }
}

/// The text of a response with these further headers.
pub(crate) fn response(status: u16, headers: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status} X\r\ncontent-length: {length}\r\ncontent-type: application/json\r\n{headers}\r\n{body}")
}

/// Sends a text, or its beginning. False: the connection is broken.
pub(crate) fn send(mut stream: &TcpStream, bytes: &[u8]) -> bool {
    stream.write_all(bytes).is_ok()
}
