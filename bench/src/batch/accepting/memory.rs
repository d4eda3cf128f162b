//! The peak of memory while a batch is accepted, in a process that does nothing else.

use std::io::{Read, Write};
use std::process::{Command, Stdio};

use http::StatusCode;

use crate::batch::bodies::{Body, PATH};
use crate::instance::Instance;
use crate::local::{self, Local};

/// The argument that makes this program the process that accepts one batch. The database's endpoint, a secret and the body's length follow.
pub(crate) const ACCEPT_ALONE: &str = "--accept-alone";

/// The most bytes that a process had in memory.
#[derive(Clone, Copy)]
pub(super) struct Peak {
    /// Before it began to read the body.
    pub(super) before: u64,
    /// At its end.
    pub(super) all: u64,
}

/// Has a process of its own accept the body, by the real database. Returns `None` where the system does not say.
pub(super) fn measure(local: &Local, body: &Body) -> Option<Peak> {
    let mut process = Command::new(std::env::current_exe().expect("this program's path"))
        .args([ACCEPT_ALONE, &local.endpoint(), &local.secret, &body.text.len().to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("this program starts");
    process.stdin.take().expect("a pipe").write_all(body.text.as_bytes()).expect("the process reads");
    let output = process.wait_with_output().expect("the process ends");
    assert!(output.status.success(), "accepting a batch in a process of its own failed");
    let printed = String::from_utf8(output.stdout).expect("text");
    let mut numbers = printed.split_whitespace().map(|bytes| bytes.parse().expect("a number of bytes"));
    Some(Peak { before: numbers.next()?, all: numbers.next()? })
}

/// Runs that process as a function runs: accepts the body on standard input, and prints its peaks.
#[tokio::main(flavor = "current_thread")]
pub(crate) async fn accept_alone(endpoint: &str, secret: &str, length: &str) {
    let instance = Instance::new(local::client(endpoint), secret);
    let before = peak();
    let mut body = vec![0; length.parse().expect("a length")];
    std::io::stdin().read_exact(&mut body).expect("a body");
    let response = profiles_api::batch(&instance.context, instance.request("POST", PATH, String::new(), body)).await;
    assert_eq!(response.status(), StatusCode::ACCEPTED, "{}", response.body());
    if let Some((before, all)) = before.zip(peak()) {
        println!("{before} {all}");
    }
}

/// Returns the most bytes that this process had in memory, as Linux counts them.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kilobytes * 1024)
}
