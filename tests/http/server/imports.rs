//! `profiles import` on a server, with two kills in the middle.

use std::fmt::Write;
use std::fs;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use profiles_tests::World;
use serde_json::{Value, json};

use super::command::{Directory, command, run};
use super::{PATIENCE, Server};

const ROWS: usize = 2_000;
const IN_BATCH: &str = "200";

/// Kills a run as soon as so many rows have their outcome.
fn kill_after(mut run: Command, directory: &Directory, batches: u64) {
    let mut child = run.spawn().unwrap();
    let began = Instant::now();
    let settled = || {
        let state = fs::read_to_string(directory.0.join("users.csv.import.csv.part.state")).unwrap_or_default();
        serde_json::from_str::<Value>(&state).ok().and_then(|state| state["batches"].as_u64()).unwrap_or(0)
    };
    while settled() < batches {
        assert!(began.elapsed() < PATIENCE && child.try_wait().unwrap().is_none(), "{} batches are applied", settled());
        thread::sleep(Duration::from_millis(5));
    }
    child.kill().unwrap();
    assert!(!child.wait().unwrap().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_is_killed_twice_has_one_outcome_for_each_row() {
    let world = World::new().await;
    let server = Server::start(&world, &[]);
    let directory = Directory::new();
    let mut csv = "\u{feff}User ID,E-Mail,Plan,Seats\r\n".to_owned();
    for row in 1..=ROWS {
        let _ = match row {
            // Of two rows about one user, the later one counts, in another batch, too.
            700 => write!(csv, "007,,silver,\r\n"),
            // Another user's address.
            1_500 => write!(csv, "u1500,u3@example.com,\"gold, \"\"new\"\"\",1\r\n"),
            1_600 => write!(csv, ",,gold,1\r\n"),
            1_700 => write!(csv, ",,,\r\n"),
            1_800 => write!(csv, "1e5,,gold,1.50\r\n"),
            1 => write!(csv, "007,u1@example.com,gold,1\r\n"),
            _ => write!(csv, "u{row},u{row}@example.com,\"gold, \"\"new\"\"\",{row}\r\n"),
        };
    }
    fs::write(directory.0.join("users.csv"), csv).unwrap();
    let map = ["--map", "User ID=uid", "--map", "E-Mail=email", "--map-all"];
    let import = [&["import", "--csv", "users.csv", "--rows-in-batch", IN_BATCH][..], &map].concat();
    for batches in [2, 5] {
        kill_after(command(&server, &directory, &import), &directory, batches);
    }
    let output = command(&server, &directory, &import).output().unwrap();
    let (shown, error) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(error.contains("2 rows failed"), "{error}");
    for (name, count) in [("created", ROWS - 4), ("updated", 1), ("unchanged", 0), ("blank", 1), ("failed", 2), ("with warnings", 1)] {
        assert!(shown.contains(&format!("{name:<22} {count:>9}\n")), "{name}: {shown}");
    }
    let result = fs::read_to_string(directory.0.join("users.csv.import.csv")).unwrap();
    let lines: Vec<_> = result.lines().collect();
    assert_eq!(lines.len(), 4, "{result}");
    assert_eq!(lines[0], "row,uid,email,outcome,message");
    assert_eq!(lines[1], "1500,u1500,u3@example.com,failed,Conflict: the email of row 1500 belongs to another profile");
    assert!(lines[2].starts_with("1600,,,failed,No identifier found for row 1600. Pass your User ID as the `uid` parameter"), "{result}");
    // The API's status leaves out what was read.
    assert!(lines[3].starts_with("1800,1e5,,warned,\"`seats`: read as a number, "), "{result}");

    let profile = |uid: &str| {
        let answer = server.ask(&server.request("GET", &format!("/v3/analyze/profile?uid={uid}"), ""));
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()["profile"].clone()
    };
    let known = profile("007");
    assert_eq!((&known["plan"], &known["seats"], &known["email"]), (&json!("silver"), &json!(1), &json!("u1@example.com")));
    assert_eq!((&profile("1e5")["uid"], &profile("1e5")["seats"]), (&json!("1e5"), &json!(1.5)));
    assert_eq!((&profile("u2000")["plan"], &profile("u2000")["seats"]), (&json!("gold, \"new\""), &json!(2000)));

    // Again, everything is as it was. Only the two rows about one user change him, and back.
    let again = [&import[..], &["--result", "again.csv"]].concat();
    let output = command(&server, &directory, &again).output().unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(shown.contains(&format!("{:<22} {:>9}\n", "unchanged", ROWS - 5)), "{shown}");

    // An export can be imported.
    run(command(&server, &directory, &["export", "--out", "all.csv", "--columns", "uid,email,plan,seats,created_at"]));
    let shown = run(command(&server, &directory, &["import", "--csv", "all.csv"]));
    assert!(shown.contains(&format!("{:<22} {:>9}\n", "unchanged", ROWS - 4)), "{shown}");
    server.stop();
}
