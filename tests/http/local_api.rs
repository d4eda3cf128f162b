//! The local API of the test process: the functions behind `cargo lambda watch`, on a DynamoDB Local of their own, one for each form of logs.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

use aws_sdk_dynamodb::Client;
use profiles_api::{Clock, Request};
use profiles_local::DynamoDbLocal;
use profiles_storage::accounts::{Accounts, random_secret};
use profiles_tests::api::request;
use profiles_tests::world::{table_variables, template};
use profiles_tests::{Reply, check_answer};
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::child_process::{ChildProcess, ROOT, free_port, path_with_tools};

/// DynamoDB Local keeps a database for each access key.
const ACCESS_KEY: &str = "http";
/// The longest time for a function to start. It starts through cargo, which waits for other builds in the same directory.
const READY_WITHIN: Duration = Duration::from_secs(600);
/// The number of the output's last lines that a failed request shows.
const TAIL: usize = 30;

/// The running functions, called over HTTP.
pub(crate) struct LocalApi {
    watch: ChildProcess,
    address: String,
    agent: ureq::Agent,
    accounts: Accounts,
    runtime: Runtime,
    _database: DynamoDbLocal,
}

/// Returns the local API of this test process. It starts at the first use, and ends with the process.
pub(crate) fn local_api() -> &'static LocalApi {
    // A failure is kept, too, because the next test would wait for the same one.
    static JSON: OnceLock<Result<LocalApi, String>> = OnceLock::new();
    JSON.get_or_init(|| LocalApi::start("JSON")).as_ref().unwrap_or_else(|error| panic!("{error}"))
}

/// Returns another one, whose functions write their logs as text.
pub(crate) fn local_api_with_text() -> &'static LocalApi {
    static TEXT: OnceLock<Result<LocalApi, String>> = OnceLock::new();
    TEXT.get_or_init(|| LocalApi::start("Text")).as_ref().unwrap_or_else(|error| panic!("{error}"))
}

impl LocalApi {
    fn start(log_format: &str) -> Result<Self, String> {
        let tool = format!("{ROOT}/.tools/venv/bin/cargo-lambda");
        if !Path::new(&tool).exists() {
            return Err(format!("cargo-lambda is not in {tool}: run `make setup`"));
        }
        let runtime = Runtime::new().unwrap();
        let database = DynamoDbLocal::start().map_err(|error| error.to_string())?;
        let client = profiles_local::client(&database.endpoint(), ACCESS_KEY);
        runtime.block_on(profiles_local::create_tables(&client, template(), "")).map_err(|error| error.to_string())?;
        build()?;

        let port = free_port();
        let watch = watch(&tool, port, &database.endpoint(), log_format)?;
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            // A developer's proxy does not know this machine's ports.
            .proxy(None)
            .timeout_global(Some(READY_WITHIN))
            .build()
            .into();
        let mut api =
            Self { watch, address: format!("http://127.0.0.1:{port}"), agent, accounts: accounts(client), runtime, _database: database };
        api.warm_up()?;
        Ok(api)
    }

    /// Starts each function, and lets it open its connection to the database. Everything is built before.
    fn warm_up(&mut self) -> Result<(), String> {
        let secret = self.account().secret;
        for (method, target, body) in
            [("GET", "/", ""), ("POST", "/v3/analyze/profile", r#"{"uid":"warm-up"}"#), ("POST", "/v3/observe/hooks/profiles", "{}")]
        {
            let mut request = request(method, target, body.as_bytes());
            request.headers.insert("x-account-secret", secret.parse().unwrap());
            let began = Instant::now();
            loop {
                match self.try_send(&request) {
                    Ok(reply) if reply.status().as_u16() < 500 => break,
                    // It is not listening yet.
                    Err(ureq::Error::Io(_) | ureq::Error::ConnectionFailed) if began.elapsed() < READY_WITHIN => {}
                    other => return Err(format!("{method} {target}: {other:?}\n{}", self.output())),
                }
                if let Some(status) = self.watch.ended() {
                    return Err(format!("cargo lambda watch ended with status {status}:\n{}", self.output()));
                }
                thread::sleep(Duration::from_millis(20));
            }
        }
        Ok(())
    }

    /// Returns its URL, without a path.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Returns the output of cargo-lambda and the functions so far.
    pub(crate) fn output(&self) -> String {
        self.watch.output.text()
    }

    /// Creates an account, and returns a client for it.
    pub(crate) fn account(&self) -> Account<'_> {
        self.account_with(random_secret())
    }

    /// Creates an account with this secret. No request may have carried it before, because functions remember unknown secrets for a while.
    pub(crate) fn account_with(&self, secret: impl Into<String>) -> Account<'_> {
        let secret = secret.into();
        self.runtime.block_on(self.accounts.create_account("test", &secret, Clock::system().now())).unwrap();
        Account { api: self, secret }
    }

    /// Sends a request as it is.
    #[track_caller]
    pub(crate) fn send(&self, request: &Request) -> Reply {
        let shown = || format!("{} {}?{} {}", request.method, request.path, request.query, String::from_utf8_lossy(&request.body));
        let mut response = self.try_send(request).unwrap_or_else(|error| panic!("{}: {error}", shown()));
        let text = response.body_mut().read_to_string().unwrap();
        let (parts, _) = response.into_parts();
        if parts.status.is_server_error() {
            let output = self.output();
            let tail: Vec<_> = output.lines().rev().take(TAIL).collect();
            panic!("{}: {} {text}\n{}", shown(), parts.status, tail.into_iter().rev().collect::<Vec<_>>().join("\n"));
        }
        // The answers of cargo-lambda itself have other types.
        assert_eq!(parts.headers["content-type"], "application/json", "{}: {text}", shown());
        let (status, body) =
            (parts.status.as_u16(), if text.is_empty() { Value::Null } else { serde_json::from_str(&text).expect("an answer is JSON") });
        // The answer to HEAD has no body.
        if !body.is_null() {
            let route = profiles_tests::api::request(&request.method, &request.path, b"").routed().route();
            check_answer(route, status, &parts.headers, &body).unwrap_or_else(|error| panic!("{}: {error}", shown()));
        }
        Reply { status, body, headers: parts.headers, text }
    }

    /// Sends a request as it is, and returns any answer.
    pub(crate) fn try_send(&self, request: &Request) -> Result<http::Response<ureq::Body>, ureq::Error> {
        let query = if request.query.is_empty() { String::new() } else { format!("?{}", request.query) };
        let mut http =
            http::Request::builder().method(request.method.as_str()).uri(format!("{}{}{query}", self.address, request.path)).body(())?;
        *http.headers_mut() = request.headers.clone();
        // An empty body would be sent as a body of 0 bytes, which a GET cannot have.
        if request.body.is_empty() { self.agent.run(http) } else { self.agent.run(http.map(|()| request.body.clone())) }
    }

    /// Hands an event to a function, like `cargo lambda invoke`, and returns its answer.
    pub(crate) fn invoke(&self, function: &str, event: &str) -> Value {
        let mut response =
            self.try_send(&request("POST", &format!("/2015-03-31/functions/{function}/invocations"), event.as_bytes())).unwrap();
        let text = response.body_mut().read_to_string().unwrap();
        serde_json::from_str(&text).unwrap_or_else(|_| panic!("{} {text}", response.status()))
    }
}

/// A client with one account's secret.
pub(crate) struct Account<'a> {
    api: &'a LocalApi,
    /// The secret.
    pub(crate) secret: String,
}

impl Account<'_> {
    /// Upserts `body`, with the secret in the header.
    #[track_caller]
    pub(crate) fn upsert(&self, body: &str) -> Reply {
        self.send("POST", "/v3/observe/hooks/profiles", body)
    }

    /// Retrieves by a query such as `uid=18821`.
    #[track_caller]
    pub(crate) fn retrieve(&self, query: &str) -> Reply {
        self.send("GET", &format!("/v3/analyze/profile?{query}"), "")
    }

    /// Sends a request without a content type, with the secret in the header.
    #[track_caller]
    pub(crate) fn send(&self, method: &str, target: &str, body: &str) -> Reply {
        let mut request = request(method, target, body.as_bytes());
        request.headers.insert("x-account-secret", self.secret.parse().unwrap());
        self.api.send(&request)
    }
}

/// Compresses a body for `Content-Encoding: gzip`.
pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Builds the functions, because `cargo run` would otherwise do so at the first requests. It selects the features of all binaries.
fn build() -> Result<(), String> {
    let mut build = ChildProcess::start(&["cargo", "build", "--bins"], &[])?;
    if build.wait().success() { Ok(()) } else { Err(format!("the functions can't be built:\n{}", build.output.text())) }
}

fn watch(tool: &str, port: u16, endpoint: &str, log_format: &str) -> Result<ChildProcess, String> {
    let port = port.to_string();
    let path = path_with_tools();
    let mut variables = vec![
        ("PATH", path.as_str()),
        ("AWS_ENDPOINT_URL_DYNAMODB", endpoint),
        ("AWS_ACCESS_KEY_ID", ACCESS_KEY),
        ("AWS_SECRET_ACCESS_KEY", ACCESS_KEY),
        ("AWS_REGION", "us-east-1"),
        // At this level they log everything, and none of it may be private.
        ("AWS_LAMBDA_LOG_LEVEL", "trace"),
        ("AWS_LAMBDA_LOG_FORMAT", log_format),
        // As dev/local_api.py sets it for `make dev`.
        ("EVENT_PATHS_ARE_ENCODED", "1"),
    ];
    let tables = table_variables();
    variables.extend(tables.iter().map(|(variable, name)| (variable.as_str(), name.as_str())));
    // As `make dev` with `RELOAD=0`: in a directory without code, because each function watches what is below.
    let directory = format!("{ROOT}/.tools/unwatched");
    fs::create_dir_all(&directory).map_err(|error| format!("{directory} can't be made: {error}"))?;
    let manifest = format!("{ROOT}/Cargo.toml");
    let address = ["--invoke-address", "127.0.0.1", "--invoke-port", &port];
    let command = [&[tool, "lambda", "watch"][..], &address, &["--disable-cors", "--manifest-path", &manifest]].concat();
    ChildProcess::start_in(&directory, &command, &variables)
}

fn accounts(client: Client) -> Accounts {
    Accounts::new(client, "accounts".to_owned())
}
