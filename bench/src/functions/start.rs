//! A start of a function: from nothing to the first byte that it sends to the database.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::build::{COMPARED, STARTED};
use super::database::Database;
use crate::lambda::{Function, Launch, get, upsert};
use crate::progress;
use crate::project::FUNCTIONS;

/// The times that a start took.
pub(super) struct Start {
    /// From the process's start until it asked for its first event.
    pub(super) to_first_request: Duration,
    /// From the event until the first byte of the TLS handshake with the database.
    pub(super) to_tls: Duration,
}

/// Returns how the function is started that most requests wait for, with the variables that the template gives it.
pub(crate) fn launch(binary: &Path, endpoint: &str) -> Launch {
    launch_of(STARTED, binary, endpoint)
}

/// Returns how a function is started.
fn launch_of(name: &str, binary: &Path, endpoint: &str) -> Launch {
    let function = FUNCTIONS.iter().find(|function| function.binary == name).expect("a function of the template");
    let mut environment = function.environment.clone();
    environment.insert("AWS_ENDPOINT_URL_DYNAMODB".to_owned(), endpoint.to_owned());
    let code = binary.parent().map_or_else(PathBuf::default, Path::to_owned);
    Launch { program: binary.to_owned(), arguments: Vec::new(), code, environment }
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

/// Starts each of the functions that are compared so often, in turn, so that both meet the same machine. Returns the times from a
/// process's start to its first answer, to a request that needs no database.
pub(super) fn first_answers(binaries: &[PathBuf; COMPARED.len()], times: u64) -> [Vec<Duration>; COMPARED.len()] {
    let bar = progress::bar(&format!("starting {} {times} times (a few seconds)", COMPARED.join(" and ")), times);
    let both = || [0, 1].map(|number| first_answer(COMPARED[number], &binaries[number]).unwrap_or_else(|failure| panic!("{failure}")));
    both();
    let mut answers = [Vec::new(), Vec::new()];
    for _ in 0..times {
        for (answers, took) in answers.iter_mut().zip(both()) {
            answers.push(took);
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    answers
}

/// Starts a function once, and asks for a path that only the one with the pages knows.
fn first_answer(name: &str, binary: &Path) -> Result<Duration, String> {
    let mut function = Function::start(&launch_of(name, binary, "https://127.0.0.1:9"))?;
    function.asked()?;
    let answer = function.invoke(get("/console"))?;
    Ok(answer.at - function.began)
}

/// Starts the function once. A failure says what happened, and what the function wrote.
fn start(binary: &Path) -> Result<Start, String> {
    let database = Database::start();
    let mut function = Function::start(&launch(binary, &format!("https://{}", database.address)))?;
    let (asked, ()) = function.asked()?;
    // The function does not know the secret, so it asks the database at once.
    let (handed_out, ()) = function.hand_out(upsert("bench", r#"{"uid":"18821","role":"admin"}"#))?;
    let (sent, ()) = function.wait_for(&database.moments, "connected to the database")?;
    Ok(Start { to_first_request: asked - function.began, to_tls: sent - handed_out })
}

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
