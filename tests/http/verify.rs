//! `verify` finds nothing wrong with the server, finds what is wrong with a server that breaks a promise, and leaves nothing behind.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::{env, fs, thread};

use profiles_template::Alarm;
use profiles_tests::World;
use serde_json::{Value, json};

use crate::child_process::{ChildProcess, ROOT};
use crate::server::Server;

/// A run on an address, with a batch of this many users.
pub(crate) fn verify(address: &str, secret: &str, batch: u32, more: &[(&str, &str)]) -> ChildProcess {
    verify_with("LC_ALL", "C", address, secret, batch, more)
}

/// The same with a variable that what starts a process may change, such as `PATH`.
fn verify_with(name: &str, value: &str, address: &str, secret: &str, batch: u32, more: &[(&str, &str)]) -> ChildProcess {
    let batch = batch.to_string();
    let variables = [&[("API", address), ("SECRET", secret), ("BATCH", batch.as_str())], more].concat();
    let command = ["env", &format!("{name}={value}"), &format!("{ROOT}/target/debug/verify")];
    ChildProcess::start(&command, &variables).unwrap_or_else(|error| panic!("{error}"))
}

/// Checks that a run found nothing wrong, and printed no secret.
#[track_caller]
pub(crate) fn assert_fine(mut run: ChildProcess, secret: &str) -> String {
    let status = run.wait();
    let said = run.output.text();
    assert!(status.success() && !said.contains("FAIL") && !said.contains("NOT REMOVED"), "{status}\n{said}");
    assert!(!said.contains(secret), "{said}");
    for part in ["answers", "secret", "routes", "paths", "headers", "bodies", "guide", "erasure", "batch", "removed"] {
        assert!(said.lines().any(|line| line.starts_with(&format!("ok    {part:8}  "))), "nothing of {part} in {said}");
    }
    said
}

/// Checks that no profile is left in the database.
async fn assert_nothing_left(world: &World) {
    for table in [&world.tables.profiles, &world.tables.identities] {
        for item in world.items(table).await {
            assert!(!["uid", "email", "created_at"].iter().any(|name| item.contains_key(*name)), "{item:?}");
        }
    }
}

/// A request, byte for byte.
struct Passing {
    head: String,
    body: Vec<u8>,
}

impl Passing {
    /// Reads a request or an answer. `None` at the connection's end.
    fn read(stream: &mut BufReader<TcpStream>) -> Option<Self> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            if stream.read_until(b'\n', &mut head).ok()? == 0 {
                return None;
            }
        }
        let head = head.into_iter().map(char::from).collect::<String>();
        let length = head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
        let mut body = vec![0; length.unwrap_or(0)];
        stream.read_exact(&mut body).ok()?;
        Some(Self { head, body })
    }

    fn write(&self, stream: &mut TcpStream) -> Option<()> {
        stream.write_all(&self.head.chars().map(|c| u8::try_from(c).unwrap()).collect::<Vec<_>>()).ok()?;
        stream.write_all(&self.body).ok()
    }

    fn answer(status: &str, body: &str) -> Self {
        let head = format!("HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n", body.len());
        Self { head, body: body.into() }
    }
}

/// Breaks one promise: changes a request or answers it itself, or changes an answer.
#[derive(Clone, Copy)]
struct Fault {
    request: fn(&mut Passing, secret: &str) -> Option<Passing>,
    answer: fn(&mut Passing),
}

const NONE: Fault = Fault { request: |_, _| None, answer: |_| {} };

/// Passes requests on to a server, with a fault. Returns its address. It lives as long as the test process.
fn proxy(port: u16, secret: &str, fault: Fault) -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let secret = secret.to_owned();
    thread::spawn(move || {
        for client in listener.incoming() {
            let (mut client, secret) = (client.unwrap(), secret.clone());
            thread::spawn(move || {
                let mut server = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
                let mut requests = BufReader::new(client.try_clone().unwrap());
                let mut answers = BufReader::new(server.try_clone().unwrap());
                while let Some(mut request) = Passing::read(&mut requests) {
                    let mut answer = match (fault.request)(&mut request, &secret) {
                        Some(own) => own,
                        None => {
                            request.write(&mut server)?;
                            Passing::read(&mut answers)?
                        }
                    };
                    (fault.answer)(&mut answer);
                    answer.write(&mut client)?;
                }
                Some(())
            });
        }
    });
    address
}

/// Each fault, with the line that must name it.
fn faults() -> Vec<(&'static str, Fault, &'static str)> {
    vec![
        (
            "an answer has no type",
            Fault { answer: |answer| answer.head = answer.head.replace("content-type: application/json\r\n", ""), ..NONE },
            "FAIL  answers   the type of an answer",
        ),
        (
            "events are answered with 500",
            Fault {
                request: |request, _| {
                    let is_event = request.head.starts_with("POST /v3/observe/hooks/events ");
                    is_event.then(|| Passing::answer("500 Internal Server Error", r#"{"code":500,"messages":["Internal server error"]}"#))
                },
                ..NONE
            },
            "FAIL  erasure   an event of the user",
        ),
        (
            "a forgotten user is kept",
            Fault {
                request: |request, _| {
                    let id = r#"{"id":"5f3c4232c712de665632a6d5"}"#;
                    let is_forget = request.head.starts_with("DELETE /v3/edit/profiles/forget?");
                    is_forget.then(|| Passing::answer("200 OK", &format!(r#"{{"profile":{id},"deletion":{id}}}"#)))
                },
                ..NONE
            },
            "FAIL  removed   retrieve all",
        ),
        (
            "a path is decoded twice",
            Fault {
                request: |request, _| {
                    request.head = request.head.replace("%25", "%");
                    None
                },
                ..NONE
            },
            "FAIL  paths     %2541 in a path",
        ),
        (
            "any secret is good",
            Fault {
                request: |request, secret| {
                    let (before, after) = request.head.split_once("x-account-secret: ")?;
                    let (_, after) = after.split_once("\r\n")?;
                    request.head = format!("{before}x-account-secret: {secret}\r\n{after}");
                    None
                },
                ..NONE
            },
            "FAIL  secret    a wrong secret in the header",
        ),
        (
            "an item of a batch is applied to another user",
            Fault {
                request: |request, _| {
                    let body = String::from_utf8(request.body.clone()).ok()?.replace("batch-00007", "batch-00008");
                    request.body = body.into_bytes();
                    None
                },
                ..NONE
            },
            "FAIL  batch     its status, until it is applied",
        ),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn verify_finds_nothing_wrong_with_the_server_and_leaves_nothing() {
    let world = World::new().await;
    let server = Server::start(&world, &[]);
    let said = assert_fine(verify(&server.address(), &world.secret, 300, &[]), &world.secret);
    assert!(said.contains("served by the server (told by its probe /healthz)"), "{said}");
    assert!(said.contains("not checked: set STACK"), "{said}");
    assert_nothing_left(&world).await;
    server.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn verify_finds_each_broken_promise() {
    let world = World::new().await;
    let server = Server::start(&world, &[]);
    let runs = faults().into_iter().map(|(name, fault, line)| {
        let address = proxy(server.port(), &world.secret, fault);
        (name, line, verify(&address, &world.secret, 20, &[("KIND", "server")]))
    });
    for (name, line, mut run) in runs.collect::<Vec<_>>() {
        let status = run.wait();
        let said = run.output.text();
        assert_eq!(status.code(), Some(1), "{name}: {said}");
        assert!(said.lines().any(|found| found.starts_with(line)), "{name}: no line begins with `{line}`:\n{said}");
        let is_left = said.contains("NOT REMOVED");
        assert_eq!(is_left, name == "a forgotten user is kept", "{name}: {said}");
    }
    server.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn verify_removes_what_it_made_also_when_it_is_interrupted() {
    let world = World::new().await;
    let server = Server::start(&world, &[]);
    let mut run = verify(&server.address(), &world.secret, 300, &[]);
    // Its batch is accepted, and not applied yet.
    run.line("ok    batch     a batch of 300 new users");
    run.signal("INT");
    let status = run.wait();
    let said = run.output.text();
    assert_eq!(status.code(), Some(130), "{said}");
    assert!(said.contains("interrupted: removing what was made") && !said.contains("NOT REMOVED"), "{said}");
    assert_nothing_left(&world).await;
    server.stop();
}

/// A directory with a command `aws` that answers with these alarms and metrics.
struct Aws(PathBuf);

impl Aws {
    fn new(alarms: &Value, metrics: &Value) -> Self {
        let directory = env::temp_dir().join(format!("profiles-tests-aws-{}", std::process::id()));
        fs::create_dir(&directory).unwrap();
        let script = format!("#!/bin/sh\ncase $* in\n  *describe-alarms*) echo '{alarms}';;\n  *list-metrics*) echo '{metrics}';;\nesac\n");
        fs::write(directory.join("aws"), script).unwrap();
        fs::set_permissions(directory.join("aws"), fs::Permissions::from_mode(0o755)).unwrap();
        Self(directory)
    }

    fn path(&self) -> String {
        format!("{}:{}", self.0.display(), env::var("PATH").unwrap())
    }
}

impl Drop for Aws {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn verify_looks_for_the_alarms_and_metrics_of_a_stack() {
    let world = World::new().await;
    let server = Server::start(&world, &[]);
    let alarm = |name: &String| {
        let state = if name == "BatchesWait" { "ALARM" } else { "OK" };
        json!({"AlarmName": format!("shop-{name}-1A2B3C"), "StateValue": state})
    };
    let alarms: Vec<_> = Alarm::read_all(include_str!("../../template.yaml")).unwrap().into_iter().map(|alarm| alarm.logical_id).collect();
    let there: Vec<_> = alarms.iter().filter(|name| *name != "SweepFails").map(alarm).collect();
    let names = "ChunksWaiting DeletionsLeft DynamoDbRequests ItemsAccepted ItemsApplied Milliseconds OldestChunkAge ReadUnits WriteUnits";
    let metrics: Vec<_> = names.split(' ').map(|name| json!({"MetricName": name})).collect();
    let aws = Aws::new(&json!({"MetricAlarms": there}), &json!({"Metrics": metrics}));
    let mut run = verify_with("PATH", &aws.path(), &server.address(), &world.secret, 1, &[("STACK", "shop")]);
    assert_eq!(run.wait().code(), Some(1));
    let said = run.output.text();
    for (line, found) in [
        ("FAIL  aws       the alarms shop-*", "; found no SweepFails"),
        ("FAIL  aws       the alarms' state", "; found shop-BatchesWait-1A2B3C"),
        ("ok    aws       the metrics in Profiles/shop", "; found all"),
    ] {
        assert!(said.lines().any(|one| one.starts_with(line) && one.ends_with(found)), "{line} {found}: {said}");
    }
    server.stop();
}

#[test]
fn verify_says_what_is_missing() {
    for (variables, reason) in [
        ([("API", "nowhere"), ("SECRET", "a-secret")], "API is not an address"),
        ([("API", "http://127.0.0.1:1"), ("SECRET", "a/b")], "this secret has characters that URLs escape"),
        ([("API", "http://127.0.0.1:1"), ("SECRET", "a-secret")], "FAIL  first"),
    ] {
        let mut run = ChildProcess::start(&[&format!("{ROOT}/target/debug/verify")], &variables).unwrap();
        assert_eq!(run.wait().code(), Some(1));
        assert!(run.output.text().contains(reason), "{}", run.output.text());
    }
}
