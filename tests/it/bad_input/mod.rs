//! Bad input: the whole answer to input that cannot be used, or only in part, and what is stored afterwards.

mod admission;
mod bodies;
mod companies;
mod company_requests;
mod fields;
mod identifiers;
mod partly_usable;
mod retrieves;
mod sizes;

use std::io::Write;

use http::HeaderValue;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use profiles_api::Request;
use profiles_storage::accounts::Accounts;
use profiles_tests::api::{properties_of, request};
use profiles_tests::{Api, World};
use serde_json::{Value, json};

const UPSERT: &str = "/v3/observe/hooks/profiles";
const RETRIEVE: &str = "/v3/analyze/profile";
const MIB: usize = 1024 * 1024;

const UNAUTHORIZED: &str = "Unauthorized: Please check your Chameleon Account Secret";
const NO_IDENTIFIER: &str =
    "Unprocessable: No identifier found. Pass your User ID as the `uid` parameter or the Email address as the `email` parameter";
const NO_UID: &str = "a uid is a string or an integer";
const NO_UID_BUT_A_FRACTION: &str = "a uid is a string or an integer, and this number has a fraction";
const NO_EMAIL: &str = "it does not look like an e-mail address";
const NO_OBJECT: &str = r#"Unprocessable: the body must be a JSON object, such as {"uid": 18821}"#;
const NO_UTF_8: &str = "Unprocessable: the body is not valid UTF-8";
const TOO_LARGE: &str = "Request too large: the body is larger than 1048576 bytes, split it or send fewer properties";
const UNKNOWN_ENCODING: &str = "Unprocessable: the Content-Encoding must be `gzip`, `zstd` or absent";
const UNKNOWN_ROUTE: &str = "Endpoint not found: no route has this path, see the API's list of endpoints";
const PROFILE_TOO_LARGE: &str =
    "Unprocessable: the profile would be larger than 400 KB, the most that can be stored; send fewer or smaller properties";

/// The message that what was sent in this field is no identifier.
fn no_identifier(field: &str, reason: &str) -> String {
    format!("{NO_IDENTIFIER} (`{field}`: {reason})")
}

fn no_json(column: usize) -> String {
    format!("Unprocessable: the body is not valid JSON: it breaks off or goes wrong at line 1 column {column}")
}

fn not_encoded(encoding: &str) -> String {
    format!("Unprocessable: the body is not valid {encoding}, as its Content-Encoding says")
}

fn half_a_pair(field: &str) -> String {
    format!("Unprocessable: `{field}` must be valid Unicode, but an escape in it is half of a surrogate pair")
}

fn must_be(field: &str, expected: &str) -> String {
    format!("Unprocessable: `{field}` must be {expected}")
}

fn too_long(field: &str) -> String {
    format!("Unprocessable: `{field}` cannot be used: it is longer than 768 bytes")
}

fn not_found(identifier: &str) -> String {
    format!("Profile not found: no profile has the {identifier}")
}

/// A request that must be refused: the case's name, the request, the status and the whole message.
type Refused = (String, Request, u16, String);

/// The requests of one account, with the answers that they must get.
struct Table<'a> {
    api: &'a Api,
    cases: Vec<Refused>,
}

impl Table<'_> {
    fn add(&mut self, name: impl Into<String>, request: Request, status: u16, message: impl Into<String>) {
        self.cases.push((name.into(), request, status, message.into()));
    }

    /// Adds an upsert of this body.
    fn upsert(&mut self, name: impl Into<String>, body: impl AsRef<[u8]>, status: u16, message: impl Into<String>) {
        let request = self.api.with_secret(request("POST", UPSERT, body.as_ref()));
        self.add(name, request, status, message);
    }

    /// Adds an upsert of this body with this header.
    fn upsert_with(
        &mut self,
        name: &str,
        header: (http::HeaderName, &'static str),
        body: impl AsRef<[u8]>,
        status: u16,
        message: impl Into<String>,
    ) {
        let mut request = self.api.with_secret(request("POST", UPSERT, body.as_ref()));
        request.headers.insert(header.0, HeaderValue::from_static(header.1));
        self.add(name, request, status, message);
    }

    /// Adds a request to this target without a body.
    fn call(&mut self, name: impl Into<String>, method: &str, target: &str, status: u16, message: impl Into<String>) {
        let request = self.api.with_secret(request(method, target, b""));
        self.add(name, request, status, message);
    }

    /// Sends all requests. Panics with the names of those that get another answer or change anything.
    async fn all_refused(self, world: &World) {
        let mut before = world.everything().await;
        let mut wrong = Vec::new();
        for (name, request, status, message) in self.cases {
            let reply = self.api.send(request).await;
            let expected = json!({"code": status, "messages": [message]});
            if (reply.status, &reply.body) != (status, &expected) {
                let text: String = reply.text.chars().take(300).collect();
                wrong.push(format!("{name}: expected {expected}, got {} {text}", reply.status));
            }
            let after = world.everything().await;
            if after != before {
                wrong.push(format!("{name}: what is stored has changed"));
                before = after;
            }
        }
        assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    }
}

fn table(api: &Api) -> Table<'_> {
    Table { api, cases: Vec::new() }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn without_the_end(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.truncate(bytes.len() - 5);
    bytes
}

/// Makes a JSON object of exactly this many bytes, most of them blanks between its tokens.
fn body_of(bytes: usize) -> String {
    let (start, end) = (r#"{"uid":"#, r#""padded"}"#);
    format!("{start}{}{end}", " ".repeat(bytes - start.len() - end.len()))
}

/// Creates users, so that a request has something to change.
async fn account_with_users(world: &World) -> Api {
    let api = world.api();
    api.upsert(r#"{"uid":18821,"email":"leon@chmln.co","plan":"gold","company":{"uid":931,"name":"Acme"}}"#).await.id();
    api.upsert(r#"{"uid":28421,"email":"kim@chmln.co","plan":"free"}"#).await.id();
    api.upsert(r#"{"email":"jane@acme.software"}"#).await.id();
    api
}

/// Makes a JSON array of this many strings of 700 bytes.
fn array_of(items: usize) -> String {
    let item = format!(r#""{}""#, "x".repeat(700));
    format!("[{}]", vec![item; items].join(","))
}

/// Makes this many properties with short values, as members of an object.
fn properties(count: usize) -> String {
    (0..count).map(|n| format!(r#","p{n}":"{n}x""#)).collect()
}

/// Makes this many properties with values of 700 bytes.
fn large_properties(count: usize) -> String {
    (0..count).map(|n| format!(r#","p{n}":"{}""#, "x".repeat(700))).collect()
}
