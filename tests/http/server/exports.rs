//! `profiles count` and `profiles export` on a server, with a kill in the middle.

use std::collections::HashSet;
use std::time::{Duration, Instant};
use std::{fs, thread};

use profiles_tests::World;
use serde_json::Value;

use super::command::{Directory, command, run};
use super::{PATIENCE, Server, assert_counts};

const USERS: usize = 4_000;
const BATCH: usize = 1_000;

/// Creates the users, each with a number.
fn create_users(server: &Server) {
    for first in (0..USERS).step_by(BATCH) {
        let users: Vec<_> = (first..first + BATCH).map(|n| format!(r#"{{"uid":"u{n}","email":"u{n}@example.com","n":{n}}}"#)).collect();
        let body = format!(r#"{{"profiles":[{}]}}"#, users.join(","));
        let answer = server.ask(&server.request("POST", "/v3/observe/hooks/profiles/batch", &body));
        assert_eq!(answer.status, 202, "{}", answer.text);
        let id = answer.json()["batch"]["id"].as_str().unwrap().to_owned();
        assert_counts(&server.completed(&id), [BATCH, 0, 0, 0, 0]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_that_is_killed_twice_has_everybody_once() {
    let world = World::new().await;
    let server = Server::start(&world, &[]);
    create_users(&server);
    let directory = Directory::new();

    assert_eq!(run(command(&server, &directory, &["count"])), format!("{USERS}\n"));
    assert_eq!(run(command(&server, &directory, &["count", "--filter", "n<1000"])), "1000\n");

    let export = ["export", "--out", "users.csv", "--columns", "uid,email,n", "--page", "100"];
    for least in [1_000, 2_500] {
        let mut child = command(&server, &directory, &export).spawn().unwrap();
        let began = Instant::now();
        let written = || {
            let state = fs::read_to_string(directory.0.join("users.csv.part.state")).unwrap_or_default();
            serde_json::from_str::<Value>(&state).ok().and_then(|state| state["profiles"].as_u64()).unwrap_or(0)
        };
        while written() < least {
            assert!(began.elapsed() < PATIENCE && child.try_wait().unwrap().is_none(), "{} profiles are written", written());
            thread::sleep(Duration::from_millis(5));
        }
        child.kill().unwrap();
        assert!(!child.wait().unwrap().success());
        assert!(!directory.0.join("users.csv").exists());
    }
    run(command(&server, &directory, &export));
    let text = fs::read_to_string(directory.0.join("users.csv")).unwrap();
    let found: HashSet<_> = text.lines().skip(1).collect();
    assert_eq!((text.lines().next(), text.lines().count(), found.len()), (Some("uid,email,n"), USERS + 1, USERS));
    assert!((0..USERS).all(|n| found.contains(format!("u{n},u{n}@example.com,{n}").as_str())));

    // Nothing has changed, so a run that nobody kills writes the same.
    run(command(&server, &directory, &["export", "--out", "again.csv", "--columns", "uid,email,n"]));
    assert_eq!(fs::read_to_string(directory.0.join("again.csv")).unwrap(), text);
    server.stop();
}
