//! `make dev`, as a developer runs it.

use std::env;
use std::fs;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use profiles_verify::guide::{self, Reader};
use serde_json::Value;

use crate::child_process::{ChildProcess, Process, ROOT, free_port, is_free};
use crate::verify::{assert_fine, verify};

/// The placeholder for a batch's id in the last of the printed commands.
const ID: &str = "<the id in that answer>";
/// The longest time for a batch to be applied. It takes a second or two, but longer on a busy machine.
const APPLIED_WITHIN: Duration = Duration::from_secs(120);

/// A running `make dev`.
struct Dev {
    make: ChildProcess,
    port: u16,
    database_port: u16,
    /// The commands that it prints, in order.
    examples: Vec<String>,
}

/// Runs `make dev` with these variables added to the environment of a developer.
fn make_dev(variables: &[(&str, &str)]) -> ChildProcess {
    // Else the edit of one test would restart the functions of all.
    ChildProcess::start(&["make", "dev"], &[&[("RELOAD", "0")], variables].concat()).unwrap_or_else(|error| panic!("{error}"))
}

impl Dev {
    /// Starts it on a port of its own, and waits until it is ready.
    #[track_caller]
    fn start(variables: &[(&str, &str)]) -> Self {
        let port = free_port();
        let mut make = make_dev(&[variables, &[("PORT", port.to_string().as_str())]].concat());
        let database = make.line("database: ");
        let ready = make.line("ready: ");
        assert!(ready.starts_with(&format!("http://127.0.0.1:{port}")), "{ready}");
        let address = database.strip_suffix(" access key dev region us-east-1").unwrap_or_else(|| panic!("{database}"));
        let database_port =
            address.strip_prefix("http://127.0.0.1:").and_then(|port| port.parse().ok()).unwrap_or_else(|| panic!("{database}"));
        // The last command that it prints.
        make.line(
            "  curl -H 'X-Account-Secret: dev-secret' 'http://127.0.0.1:9000/v3/observe/hooks/profiles/batch/"
                .replace("9000", &port.to_string())
                .as_str(),
        );
        let text = make.output.text();
        let mut after = text.lines().skip_while(|line| !line.starts_with("ready: ")).skip(1);
        let pages = after.next().unwrap_or_default();
        for page in ["console", "docs"] {
            assert!(pages.contains(&format!("http://127.0.0.1:{port}/{page}")), "{text}");
        }
        let examples = after.map_while(|line| line.trim().starts_with("curl ").then(|| line.trim().to_owned())).collect();
        Self { make, port, database_port, examples }
    }

    /// Ends it with `TERM`, waits for it, and checks that no process is left.
    #[track_caller]
    fn stop(mut self) {
        let family = self.make.family();
        for part in ["make dev", "dev/dev.py", "java", "cargo-lambda lambda watch", "dev/event_sources.py"] {
            assert!(family.iter().any(|process| process.command.contains(part)), "no {part} in {family:#?}");
        }
        self.make.signal("TERM");
        self.make.wait();
        let output = self.make.output.text();
        assert!(output.lines().any(|line| line == "stopped"), "{output}");
        assert_eq!(Process::left_of(family), [], "left behind");
        assert!(is_free(self.port) && is_free(self.database_port), "a port is still taken");
    }
}

/// The processes of the functions.
fn functions(make: &ChildProcess) -> Vec<Process> {
    make.family().into_iter().filter(|process| process.command.contains("/debug/")).collect()
}

/// The number of directories that `cargo lambda watch` watches.
fn watched_directories(make: &ChildProcess) -> usize {
    let watch = make.family().into_iter().filter(|process| process.command.contains("cargo-lambda lambda watch"));
    watch.filter_map(|process| process.watched_directories()).sum()
}

/// A new file in a directory of the project, which is deleted in the end.
struct Edit(PathBuf);

impl Edit {
    fn of(directory: &str) -> Self {
        let path = PathBuf::from(format!("{ROOT}/{directory}/edit-{}", std::process::id()));
        fs::write(&path, "").unwrap();
        Self(path)
    }
}

impl Drop for Edit {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// Runs a printed command in a shell.
#[track_caller]
fn run_in_shell(command: &str) -> (u16, Value) {
    guide::run_in_shell(command, &[]).unwrap_or_else(|error| panic!("{error}"))
}

/// Sends a batch by one command, and asks for its status by the other until it is completed.
#[track_caller]
fn apply(batch: &str, status: &str) -> Value {
    let (code, accepted) = run_in_shell(batch);
    assert_eq!(code, 202, "{batch}: {accepted}");
    completed(&status.replace(ID, accepted["batch"]["id"].as_str().unwrap()))
}

/// Asks for a batch's status by this command until it is completed.
#[track_caller]
fn completed(status: &str) -> Value {
    let began = Instant::now();
    loop {
        let (code, mut answer) = run_in_shell(status);
        assert_eq!(code, 200, "{status}: {answer}");
        if answer["batch"]["state"] == "completed" {
            return answer["batch"].take();
        }
        assert!(began.elapsed() < APPLIED_WITHIN, "still not applied: {answer}");
        thread::sleep(Duration::from_millis(50));
    }
}

/// Whether a word is a time of day, with which a line of the functions begins.
fn is_time(word: &str) -> bool {
    word.len() == 8 && word.split(':').count() == 3 && word.bytes().all(|byte| byte.is_ascii_digit() || byte == b':')
}

/// A directory that is deleted in the end.
struct Directory(PathBuf);

impl Directory {
    fn new(of: &str) -> Self {
        let path = env::temp_dir().join(format!("profiles-tests-{of}-{}", std::process::id()));
        fs::create_dir(&path).unwrap();
        Self(path)
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn make_dev_serves_the_commands_that_it_prints_until_it_is_ended_and_leaves_nothing() {
    let mut dev = Dev::start(&[]);
    assert_eq!(dev.examples.len(), 6, "{:?}", dev.examples);
    let (single, batch) = dev.examples.split_at(4);
    let answers: Vec<_> = single.iter().map(|example| run_in_shell(example)).collect();
    for (example, (status, answer)) in single.iter().zip(&answers) {
        assert_eq!(*status, 200, "{example}: {answer}");
    }
    let id = &answers[1].1["profile"]["id"];
    assert!(id.is_string() && answers[0].1["account"]["id"].is_string(), "{answers:?}");
    for (_, answer) in &answers[2..] {
        assert_eq!((&answer["profile"]["id"], &answer["profile"]["plan"]), (id, &Value::from("growth")));
    }
    let applied = apply(&batch[0], &batch[1]);
    assert_eq!((&applied["total_count"], &applied["created_count"], &applied["updated_count"]), (&2.into(), &1.into(), &1.into()));
    for (uid, plan) in [("18821", Value::from("scale")), ("18822", Value::Null)] {
        let (status, answer) = run_in_shell(&single[2].replace("18821", uid));
        assert_eq!((status, &answer["profile"]["uid"], &answer["profile"]["plan"]), (200, &Value::from(uid), &plan), "{answer}");
    }

    // A second start fails with the reason, and does not affect the first.
    let mut second = make_dev(&[("PORT", &dev.port.to_string())]);
    assert!(!second.wait().success());
    let said = second.output.text();
    assert!(said.lines().any(|line| line.starts_with(&format!("error: port {} is in use", dev.port))), "{said}");
    assert!(!said.contains("Traceback"), "{said}");
    assert_eq!(run_in_shell(&dev.examples[2]).0, 200);
    assert!(dev.make.ended().is_none());

    // Each request has one log line, which holds no private data.
    let output = dev.make.output.text();
    let logs: Vec<_> = output.lines().filter_map(|line| line.split_once(' ').filter(|(time, _)| is_time(time))).collect();
    for beginning in ["200 GET /v3/analyze/profile  ", "202 POST /v3/observe/hooks/profiles/batch  ", "ok  batch_worker  "] {
        assert!(logs.iter().any(|(_, line)| line.starts_with(beginning)), "no line begins with {beginning}: {output}");
    }
    for (_, line) in &logs {
        assert!(!["18821", "jane@example.com", "dev-secret", " sweep "].iter().any(|absent| line.contains(absent)), "{line}");
    }
    assert!(!output.lines().any(|line| line.starts_with('{')), "{output}");
    dev.stop();
}

#[test]
fn make_dev_answers_the_commands_of_readme_and_guide_as_they_show_and_verify_finds_nothing_wrong() {
    let dev = Dev::start(&[]);
    let mut reader = Reader::new(&format!("http://127.0.0.1:{}", dev.port));
    let examples = guide::examples().unwrap();
    let wrong: Vec<_> = examples.iter().filter_map(|example| Some(format!("{example}\n{}", reader.run(example).err()?))).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    let said = assert_fine(verify(&format!("http://127.0.0.1:{}", dev.port), "dev-secret", 100, &[]), "dev-secret");
    assert!(said.contains("served by make dev"), "{said}");
    dev.stop();
}

#[test]
fn make_dev_keeps_its_data_in_a_directory_that_only_one_can_use() {
    let directory = Directory::new("data");
    let data = [("DATA", directory.0.to_str().unwrap())];
    let first = Dev::start(&data);
    let (status, answer) = run_in_shell(&first.examples[1]);
    assert_eq!(status, 200, "{answer}");
    let mut other = make_dev(&[data[0], ("PORT", &free_port().to_string())]);
    assert!(!other.wait().success());
    let said = other.output.text();
    assert!(said.lines().any(|line| line.starts_with(&format!("error: another `make dev` uses DATA={}", data[0].1))), "{said}");
    first.stop();

    // With this setting, the logs are as on Lambda.
    let again = Dev::start(&[data[0], ("AWS_LAMBDA_LOG_FORMAT", "JSON")]);
    let (status, found) = run_in_shell(&again.examples[2]);
    assert_eq!((status, &found["profile"]["id"]), (200, &answer["profile"]["id"]), "{found}");
    assert!(again.make.output.text().contains(r#""method":"GET","route":"/v3/analyze/profile""#), "{}", again.make.output.text());
    again.stop();
}

#[test]
fn nothing_of_a_batch_is_lost_when_the_event_sources_are_killed() {
    let directory = Directory::new("event-sources");
    let data = [("DATA", directory.0.to_str().unwrap())];
    let mut dev = Dev::start(&data);
    let family = dev.make.family();
    let sources = family.iter().find(|process| process.command.contains("dev/event_sources.py")).unwrap();
    let profiles: Vec<_> = (0..1000).map(|uid| format!(r#"{{"uid":"user-{uid}","plan":"gold"}}"#)).collect();
    let (address, secret) = (format!("http://127.0.0.1:{}/v3", dev.port), "-H 'X-Account-Secret: dev-secret'");
    let (status, accepted) =
        run_in_shell(&format!("curl {secret} {address}/observe/hooks/profiles/batch -d '{{\"profiles\":[{}]}}'", profiles.join(",")));
    // It must not matter whether the batch was handed over by now as a whole, in part or not at all.
    sources.kill();
    assert_eq!(status, 202, "{accepted}");
    assert!(!dev.make.wait().success());
    let said = dev.make.output.text();
    assert!(said.lines().any(|line| line == "error: event_sources.py ended with status -9"), "{said}");
    assert_eq!(Process::left_of(family), [], "left behind");

    let again = Dev::start(&data);
    let address = format!("http://127.0.0.1:{}/v3", again.port);
    let id = accepted["batch"]["id"].as_str().unwrap();
    let applied = completed(&format!("curl {secret} {address}/observe/hooks/profiles/batch/{id}"));
    assert_eq!((&applied["total_count"], &applied["created_count"]), (&1000.into(), &1000.into()), "{applied}");
    for uid in [0, 999] {
        let (status, found) = run_in_shell(&format!("curl {secret} '{address}/analyze/profile?uid=user-{uid}'"));
        assert_eq!((status, &found["profile"]["plan"]), (200, &Value::from("gold")), "{found}");
    }
    again.stop();
}

#[test]
fn an_edit_restarts_the_functions_unless_they_are_to_stay() {
    let mut dev = Dev::start(&[("RELOAD", "")]);
    let started = functions(&dev.make);
    assert!(started.len() > 10, "{started:?}");
    // Linux allows a usual user 8,192 and more; over that, functions never answer.
    assert!(watched_directories(&dev.make) < 4000, "{}", watched_directories(&dev.make));
    // A file of no meaning: cargo finds the functions as they should be, and other tests that use them are not disturbed.
    let _edited = Edit::of("functions/root");
    let restarted = dev.make.wait_until(|make| functions(make).iter().all(|now| !started.contains(now)).then_some(()));
    assert_eq!(restarted, Some(()), "{}", dev.make.output.text());
    assert_eq!(run_in_shell(&dev.examples[0]).0, 200);
    dev.stop();

    // Each function then watches one directory, which is empty.
    let dev = Dev::start(&[]);
    // Only Linux tells.
    assert!(cfg!(not(target_os = "linux")) || watched_directories(&dev.make) == functions(&dev.make).len());
    dev.stop();
}

#[test]
fn make_dev_says_what_is_wrong_with_a_port() {
    for port in ["x", "0", "65536", "-1"] {
        let mut make = make_dev(&[("PORT", port)]);
        assert!(!make.wait().success());
        let said = make.output.text();
        assert!(said.lines().any(|line| line.starts_with(&format!("error: PORT={port} is not a port"))), "{said}");
    }
}

#[test]
fn make_dev_leaves_nothing_when_make_itself_is_killed() {
    let mut dev = Dev::start(&[]);
    let family = dev.make.family();
    dev.make.signal("KILL");
    dev.make.wait();
    assert_eq!(Process::left_of(family), [], "left behind");
    assert!(is_free(dev.port) && is_free(dev.database_port), "a port is still taken");
}
