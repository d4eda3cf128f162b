//! A start of a function: from nothing to the first byte that it sends to the database.

use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use super::build::STARTED;
use super::runtime_api::{Moment, database, runtime_api};
use crate::progress;
use crate::project::FUNCTIONS;

/// A function that takes longer for one step does not work.
const AT_MOST: Duration = Duration::from_secs(20);
/// The interval at which a process is checked for its end while it is waited for.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// The times that a start took.
pub(super) struct Start {
    /// From the process's start until it asked for its first event.
    pub(super) to_first_request: Duration,
    /// From the event until the first byte of the TLS handshake with the database.
    pub(super) to_tls: Duration,
}

/// Starts the function again and again.
pub(super) fn starts(binary: &Path, times: u64) -> Vec<Start> {
    let bar = progress::bar(&format!("starting {STARTED} {times} times (a few seconds)"), times);
    let start = || start(binary).unwrap_or_else(|failure| panic!("{failure}"));
    // The first one reads the binary from the disk, which says something about this machine only.
    start();
    let starts = (0..times).map(|_| {
        bar.inc(1);
        start()
    });
    let starts = starts.collect();
    bar.finish_and_clear();
    starts
}

/// Starts the function once. A failure says what happened, and what the function wrote.
fn start(binary: &Path) -> Result<Start, String> {
    let (runtime_api, database) = (runtime_api(EVENT), database());
    let began = Instant::now();
    let child = Command::new(binary)
        // As Lambda does: nothing but what it sets. A proxy or profile of this machine would be another measurement.
        .env_clear()
        .envs(ENVIRONMENT)
        .envs(&FUNCTIONS.iter().find(|function| function.binary == STARTED).expect("a function of the template").environment)
        .env("AWS_LAMBDA_RUNTIME_API", &runtime_api.address)
        .env("AWS_ENDPOINT_URL_DYNAMODB", format!("https://{}", database.address))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("{} does not start: {error}", binary.display()))?;
    let mut process = Process(child);
    let mut wait = |moments: &Receiver<Moment>, what: &str| process.wait_for(moments, what);
    let asked = wait(&runtime_api.moments, "asked for an event")?;
    let handed_out = wait(&runtime_api.moments, "took the event")?;
    let sent = wait(&database.moments, "connected to the database")?;
    Ok(Start { to_first_request: asked - began, to_tls: sent - handed_out })
}

/// A process that ends with the measurement, also when that fails.
struct Process(Child);

impl Process {
    /// Waits for a moment at which the process did something.
    fn wait_for(&mut self, moments: &Receiver<Moment>, what: &str) -> Result<Instant, String> {
        let began = Instant::now();
        loop {
            // Checked before the moment is looked for: a moment before the end still counts.
            let ended = self.0.try_wait().map_err(|error| error.to_string())?;
            let happened = match (moments.recv_timeout(LOOK_EVERY), ended) {
                (Ok(Ok(moment)), _) => return Ok(moment),
                (Ok(Err(instead)), _) => instead,
                (Err(RecvTimeoutError::Timeout), None) if began.elapsed() < AT_MOST => continue,
                (Err(_), Some(status)) => format!("it ended with {status}"),
                (Err(_), None) => format!("nothing happened for {} seconds", began.elapsed().as_secs()),
            };
            return Err(format!("a function never {what}: {happened}{}", self.output()));
        }
    }

    /// Ends the process, and returns what it wrote.
    fn output(&mut self) -> String {
        // It may have ended by itself already.
        let _ = self.0.kill();
        let _ = self.0.wait();
        let mut text = String::new();
        let streams: [(&str, Option<Box<dyn Read>>); 2] = [
            ("standard output", self.0.stdout.take().map(|stream| Box::new(stream) as _)),
            ("standard error", self.0.stderr.take().map(|stream| Box::new(stream) as _)),
        ];
        for (name, stream) in streams {
            let mut bytes = Vec::new();
            // What can be read of it is shown.
            let _ = stream.map(|mut stream| stream.read_to_end(&mut bytes));
            match String::from_utf8_lossy(&bytes).trim_end() {
                "" => text.push_str(&format!("\nIt wrote nothing to {name}.")),
                written => text.push_str(&format!("\nIt wrote to {name}:\n{written}")),
            }
        }
        text
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The variables that Lambda sets and that do not depend on the template.
const ENVIRONMENT: [(&str, &str); 9] = [
    ("AWS_LAMBDA_FUNCTION_NAME", STARTED),
    ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
    ("AWS_LAMBDA_LOG_GROUP_NAME", STARTED),
    ("AWS_LAMBDA_LOG_STREAM_NAME", STARTED),
    ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
    ("AWS_REGION", "us-east-1"),
    ("AWS_ACCESS_KEY_ID", "bench"),
    ("AWS_SECRET_ACCESS_KEY", "bench"),
    ("AWS_SESSION_TOKEN", "bench"),
];

/// An upsert as API Gateway hands it over. The function does not know its secret, so it asks the database at once.
const EVENT: &str = r#"{
    "version": "2.0", "routeKey": "POST /v3/observe/hooks/profiles", "rawPath": "/v3/observe/hooks/profiles", "rawQueryString": "",
    "headers": { "content-type": "application/json", "x-account-secret": "bench" },
    "requestContext": {
        "accountId": "123456789012", "apiId": "bench", "domainName": "bench.execute-api.us-east-1.amazonaws.com",
        "http": {
            "method": "POST", "path": "/v3/observe/hooks/profiles", "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "bench"
        },
        "requestId": "bench", "routeKey": "POST /v3/observe/hooks/profiles", "stage": "$default",
        "time": "07/Apr/2029:12:18:00 +0000", "timeEpoch": 1870258680000
    },
    "body": "{\"uid\":\"18821\",\"role\":\"admin\"}", "isBase64Encoded": false
}"#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_that_ends_at_once_is_shown_with_what_it_said() {
        let failure = start(Path::new("/bin/false")).err().expect("a failure");
        assert!(failure.starts_with("a function never asked for an event: it ended with exit status: 1"), "{failure}");
        assert!(failure.ends_with("It wrote nothing to standard output.\nIt wrote nothing to standard error."), "{failure}");

        let failure = start(Path::new("/bin/cp")).err().expect("a failure");
        assert!(failure.contains("\nIt wrote to standard error:\n"), "{failure}");

        let failure = start(Path::new("/nothing/here")).err().expect("a failure");
        assert!(failure.starts_with("/nothing/here does not start: "), "{failure}");
    }
}
