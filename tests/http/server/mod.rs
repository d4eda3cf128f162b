//! The binary `server`: each test runs a process with a database of its own.

mod batches;
mod bodies;
mod command;
mod concurrency;
mod connection;
mod exports;
mod imports;
mod logs;
mod routes;
mod shutdown;

use std::process::ExitStatus;
use std::time::{Duration, Instant};

use profiles_tests::World;
use profiles_tests::world::table_variables;
use serde_json::Value;

pub(crate) use self::connection::Sent;
use self::connection::{Answer, Connection};
use crate::child_process::{ChildProcess, ROOT, free_port};

/// Far more time than anything takes here.
const PATIENCE: Duration = Duration::from_secs(120);
const POLL_EVERY: Duration = Duration::from_millis(20);

/// A running server.
pub(crate) struct Server {
    process: ChildProcess,
    port: u16,
    secret: String,
}

impl Server {
    /// Starts a server on the world's tables, with these variables added, and waits until it is ready.
    #[track_caller]
    pub(crate) fn start(world: &World, variables: &[(&str, &str)]) -> Self {
        let mut server = Self::begin(world, variables);
        server.wait_for("it is not ready", |server| server.is("/readyz", 200));
        server
    }

    /// Starts a server without waiting.
    fn begin(world: &World, variables: &[(&str, &str)]) -> Self {
        let port = free_port();
        let listen = format!("127.0.0.1:{port}");
        let tables = table_variables();
        let mut all = vec![
            ("SERVER_LISTEN", listen.as_str()),
            ("SERVER_DRAIN_SECONDS", "0"),
            ("SERVER_SHUTDOWN_SECONDS", "100"),
            ("AWS_ENDPOINT_URL_DYNAMODB", &world.endpoint),
            ("AWS_ACCESS_KEY_ID", &world.access_key),
            ("AWS_SECRET_ACCESS_KEY", "local"),
            ("AWS_REGION", "us-east-1"),
            ("AWS_LAMBDA_LOG_LEVEL", "trace"),
        ];
        all.extend(tables.iter().map(|(variable, name)| (variable.as_str(), name.as_str())));
        all.extend(variables);
        let binary = format!("{ROOT}/target/debug/server");
        let process = ChildProcess::start(&[&binary], &all).unwrap_or_else(|error| panic!("{error}"));
        Self { process, port, secret: world.secret.clone() }
    }

    /// Waits until a condition holds.
    #[track_caller]
    fn wait_for(&mut self, otherwise: &str, condition: impl Fn(&Self) -> bool) {
        let began = Instant::now();
        while !condition(self) {
            let ended = self.process.ended();
            assert!(ended.is_none() && began.elapsed() < PATIENCE, "{otherwise} ({ended:?}):\n{}", self.process.output.text());
            std::thread::sleep(POLL_EVERY);
        }
    }

    /// Returns whether a path is answered with this status.
    fn is(&self, path: &str, status: u16) -> bool {
        Connection::open(self.port)
            .and_then(|mut connection| connection.ask(&Sent::new("GET", path)))
            .is_ok_and(|answer| answer.status == status)
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Returns its URL, without a path.
    pub(crate) fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Makes a request with the account's secret.
    fn request(&self, method: &str, target: &str, body: &str) -> Sent {
        Sent { headers: format!("X-Account-Secret: {}\r\n", self.secret), body: body.into(), ..Sent::new(method, target) }
    }

    /// Sends a request on a connection of its own.
    #[track_caller]
    pub(crate) fn ask(&self, request: &Sent) -> Answer {
        let answer = Connection::open(self.port).and_then(|mut connection| connection.ask(request));
        answer.unwrap_or_else(|error| panic!("{} {}: {error}\n{}", request.method, request.target, self.process.output.text()))
    }

    /// Returns the status of a batch.
    #[track_caller]
    fn batch(&self, id: &str) -> Value {
        let answer = self.ask(&self.request("GET", &format!("/v3/observe/hooks/profiles/batch/{id}"), ""));
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()["batch"].take()
    }

    /// Waits until a batch is completed, and returns its status.
    #[track_caller]
    fn completed(&self, id: &str) -> Value {
        let began = Instant::now();
        loop {
            let batch = self.batch(id);
            if batch["state"] == "completed" {
                return batch;
            }
            assert!(began.elapsed() < PATIENCE, "still not applied: {batch}\n{}", self.process.output.text());
            std::thread::sleep(POLL_EVERY);
        }
    }

    fn signal(&self, name: &str) {
        self.process.signal(name);
    }

    #[track_caller]
    fn ended(&mut self) -> ExitStatus {
        self.process.wait()
    }

    /// Ends it with `TERM`, and checks that it succeeds.
    #[track_caller]
    pub(crate) fn stop(mut self) {
        self.signal("TERM");
        let status = self.ended();
        assert!(status.success(), "{status}\n{}", self.process.output.text());
    }
}

/// Makes a body with this number of profiles, each with a uid of `prefix` and its number, and with this value.
fn profiles(prefix: &str, count: usize, value: usize) -> String {
    let all: Vec<String> = (0..count).map(|n| format!(r#"{{"uid":"{prefix}-{n}","value":{value}}}"#)).collect();
    format!(r#"{{"profiles":[{}]}}"#, all.join(","))
}

/// Checks that a batch is completed with these counts: created, updated, unchanged, ignored, failed.
#[track_caller]
fn assert_counts(batch: &Value, counts: [usize; 5]) {
    let names = ["created_count", "updated_count", "unchanged_count", "ignored_count", "failed_count"];
    assert_eq!(batch["total_count"], counts.iter().sum::<usize>(), "{batch}");
    for (name, count) in names.into_iter().zip(counts) {
        assert_eq!(batch[name], count, "{name} of {batch}");
    }
}
