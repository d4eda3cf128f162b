//! A client's connection that is kept open, with each request and answer as they were on the wire.

use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpStream};

use http::HeaderMap;
use profiles_tests::check_answer;
use serde_json::Value;

use super::PATIENCE;

/// A request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sent {
    pub(crate) method: String,
    pub(crate) target: String,
    /// Header lines, besides those of every request.
    pub(crate) headers: String,
    pub(crate) body: Vec<u8>,
}

impl Sent {
    pub(crate) fn new(method: &str, target: &str) -> Self {
        Self { method: method.to_owned(), target: target.to_owned(), ..Self::default() }
    }
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Whether it closes the connection.
    pub(crate) is_last: bool,
    /// Its headers, in lower case.
    pub(crate) head: String,
    pub(crate) text: String,
}

impl Answer {
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("{} {}", self.status, self.text))
    }

    /// Checks that it is as `openapi.yaml` says, if it is an answer of the API, with a body.
    #[track_caller]
    fn check(&self, method: &str, target: &str) {
        let path = target.split('?').next().unwrap_or_default();
        // The server's probes and pages are no part of the API.
        let is_of_the_api = !matches!(path, "/healthz" | "/readyz" | "/openapi.json");
        if self.text.is_empty() || !is_of_the_api || !self.head.contains("content-type: application/json\r\n") {
            return;
        }
        let route = profiles_tests::api::request(method, path, b"").routed().route();
        let headers: HashMap<String, String> =
            self.head.lines().filter_map(|line| line.split_once(": ")).map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let headers = HeaderMap::try_from(&headers).unwrap();
        check_answer(route, self.status, &headers, &self.json()).unwrap_or_else(|error| panic!("{method} {target}: {error}"));
    }

    /// Returns the most at once that a 429 tells, in its body and its header.
    #[track_caller]
    pub(crate) fn limit(&self) -> u64 {
        assert!(self.message(429).starts_with("Rate Limited: "), "{}", self.text);
        assert!(self.head.contains("retry-after: 1\r\n"), "{}", self.head);
        let limit = self.json()["limit"].as_u64().unwrap_or_else(|| panic!("{}", self.text));
        assert!(self.head.contains(&format!("x-ratelimit-limit: {limit}\r\n")), "{}", self.head);
        limit
    }

    /// Returns the message of an error in the documented form.
    #[track_caller]
    pub(crate) fn message(&self, status: u16) -> String {
        assert_eq!(self.status, status, "{}", self.text);
        assert!(self.head.contains("content-type: application/json\r\n"), "{}", self.head);
        let body = self.json();
        assert_eq!(body["code"], status, "{}", self.text);
        // A 429 also tells the limit.
        assert_eq!(body.as_object().map(serde_json::Map::len), Some(if status == 429 { 3 } else { 2 }), "{}", self.text);
        body["messages"][0].as_str().unwrap_or_else(|| panic!("{}", self.text)).to_owned()
    }
}

/// A connection.
pub(crate) struct Connection(BufReader<TcpStream>);

impl Connection {
    pub(crate) fn open(port: u16) -> io::Result<Self> {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_nodelay(true)?;
        Ok(Self(BufReader::new(stream)))
    }

    /// Returns the stream, for sending an incomplete request.
    pub(crate) fn stream(&self) -> &TcpStream {
        self.0.get_ref()
    }

    pub(crate) fn ask(&mut self, request: &Sent) -> io::Result<Answer> {
        self.send(request)?;
        self.answer(&request.method, &request.target)
    }

    pub(crate) fn send(&mut self, request: &Sent) -> io::Result<()> {
        let Sent { method, target, headers, body } = request;
        let mut bytes =
            format!("{method} {target} HTTP/1.1\r\nHost: server\r\nContent-Length: {}\r\n{headers}\r\n", body.len()).into_bytes();
        bytes.extend_from_slice(body);
        self.stream().write_all(&bytes)
    }

    /// Reads the answer to a request of this method and target.
    #[track_caller]
    pub(crate) fn answer(&mut self, method: &str, target: &str) -> io::Result<Answer> {
        let mut head = String::new();
        loop {
            match self.0.read_line(&mut head)? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                _ if head.ends_with("\r\n\r\n") => break,
                _ => {}
            }
        }
        let head = head.to_ascii_lowercase();
        let header = |name: &str| head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        let length = header("content-length").map_or(0, |length| length.parse().unwrap());
        let mut body = vec![0; if method == "HEAD" { 0 } else { length }];
        self.0.read_exact(&mut body)?;
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or(io::ErrorKind::InvalidData)?;
        let is_last = header("connection") == Some("close");
        let answer = Answer { status, is_last, text: String::from_utf8(body).unwrap(), head };
        answer.check(method, target);
        Ok(answer)
    }
}
