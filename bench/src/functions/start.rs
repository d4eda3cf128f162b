//! A start: from nothing to the first byte that goes to the database.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::runtime_api::{RuntimeApi, first_byte};
use crate::progress;

/// Starts that are measured.
const STARTS: u64 = 30;

/// How long a start took.
pub(super) struct Start {
    /// From its process's start until it asked for its first event.
    pub(super) to_first_request: Duration,
    /// From the event until the first byte of the TLS handshake with the database.
    pub(super) to_tls: Duration,
}

/// Starts the function again and again.
pub(super) fn starts(binary: &Path) -> Vec<Start> {
    let bar = progress::bar("starting upsert again and again (a few seconds)", STARTS);
    // The first one reads the binary from the disk, which says something about this machine only.
    start(binary);
    let starts = (0..STARTS).map(|_| {
        bar.inc(1);
        start(binary)
    });
    let starts = starts.collect();
    bar.finish_and_clear();
    starts
}

fn start(binary: &Path) -> Start {
    let database = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let endpoint = format!("https://{}", database.local_addr().expect("an address"));
    let first_tls_byte = first_byte(database);
    let runtime_api = RuntimeApi::serve(EVENT);

    let began = Instant::now();
    let _process = Ends(
        Command::new(binary)
            // As Lambda does: nothing but what it sets. A proxy or profile of this machine would be another measurement.
            .env_clear()
            .envs(ENVIRONMENT)
            .env("AWS_LAMBDA_RUNTIME_API", &runtime_api.address)
            .env("AWS_ENDPOINT_URL_DYNAMODB", endpoint)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("a binary that runs on this machine"),
    );
    let asked = runtime_api.asked();
    let handed_out = runtime_api.handed_out();
    let sent = first_tls_byte.recv_timeout(super::runtime_api::PATIENCE).expect("a connection to the database");
    Start { to_first_request: asked - began, to_tls: sent - handed_out }
}

/// Ends a process together with the measurement, however that ends.
struct Ends(Child);

impl Drop for Ends {
    fn drop(&mut self) {
        // It may have ended by itself already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Stands for what Lambda and the template set.
const ENVIRONMENT: [(&str, &str); 14] = [
    ("AWS_LAMBDA_FUNCTION_NAME", "upsert"),
    ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512"),
    ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
    ("AWS_LAMBDA_LOG_GROUP_NAME", "upsert"),
    ("AWS_LAMBDA_LOG_STREAM_NAME", "upsert"),
    ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
    ("AWS_REGION", "us-east-1"),
    ("AWS_ACCESS_KEY_ID", "bench"),
    ("AWS_SECRET_ACCESS_KEY", "bench"),
    ("AWS_SESSION_TOKEN", "bench"),
    ("ACCOUNTS_TABLE", "accounts"),
    ("PROFILES_TABLE", "profiles"),
    ("IDENTITIES_TABLE", "identities"),
    ("COMPANIES_TABLE", "companies"),
];

/// An upsert as API Gateway hands it over. Its secret is unknown, so that the database is asked at once.
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
