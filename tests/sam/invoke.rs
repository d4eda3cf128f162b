//! Sends every event of `events/` to the functions in Docker, each as a test. `make sam-invoke` runs this.
//!
//! The first event of a function is sent by `sam local invoke`, which starts a container for it and takes seconds. The others are sent to
//! the containers that `sam local start-lambda` keeps.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::env;
use std::io::Write;
use std::process::{Command, ExitCode, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use libtest_mimic::{Arguments, Failed, Trial};
use profiles_tests::events::{cases, check, check_that_each_account_has_its_own};
use serde_json::Value;

/// The variable with the path of SAM's configuration file, which has the database's address, the tables' names and the build's directory.
const CONFIGURATION: &str = "SAM_CONFIGURATION";
/// The variable with the address under which `sam local start-lambda` serves the functions.
const FUNCTIONS: &str = "SAM_FUNCTIONS";

fn main() -> ExitCode {
    let (Ok(configuration), Ok(functions)) = (env::var(CONFIGURATION), env::var(FUNCTIONS)) else {
        eprintln!("error: {CONFIGURATION} or {FUNCTIONS} is not set: `make sam-invoke` runs this");
        return ExitCode::FAILURE;
    };
    let mut arguments = Arguments::from_args();
    // One after the other, because all are about the same few profiles.
    arguments.test_threads = Some(1);
    let sam = Arc::new(Sam { configuration, functions, invoked: Mutex::default() });
    let mut trials: Vec<_> = cases()
        .into_iter()
        .map(|case| {
            let sam = Arc::clone(&sam);
            Trial::test(case.clone(), move || Run::new(&sam).run(|invoke| check(invoke, &case)))
        })
        .collect();
    // Last, because from here on the other account has such a user, too.
    trials.push(Trial::test("each_account_has_its_own", move || Run::new(&sam).run(|invoke| check_that_each_account_has_its_own(invoke))));
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// The two ways to a function in Docker.
struct Sam {
    configuration: String,
    functions: String,
    /// The functions to which `sam local invoke` has sent an event.
    invoked: Mutex<BTreeSet<String>>,
}

impl Sam {
    /// Sends an event by `sam local invoke`. Returns the answer's text, and the output of SAM and of the function.
    fn invoke(&self, function: &str, event: &str) -> Result<(String, String), String> {
        let mut sam = Command::new("sam")
            .args(["local", "invoke", function, "--config-file", &self.configuration, "--event", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| format!("`sam` can't be started ({error}): run `make setup`"))?;
        sam.stdin.take().unwrap().write_all(event.as_bytes()).map_err(|error| error.to_string())?;
        let output = sam.wait_with_output().map_err(|error| error.to_string())?;
        let (answer, log) = (String::from_utf8_lossy(&output.stdout).into_owned(), String::from_utf8_lossy(&output.stderr).into_owned());
        if !output.status.success() {
            return Err(format!("`sam local invoke` failed ({}) {answer}\n{log}", output.status));
        }
        Ok((answer, log))
    }

    /// Sends an event to the container that is kept. Returns the answer's text.
    fn send(&self, function: &str, event: &str) -> Result<String, String> {
        let url = format!("{}/{function}/invocations", self.functions);
        let mut response = ureq::post(&url).send(event).map_err(|error| format!("`sam local start-lambda`: {error}"))?;
        let failed = response.headers().contains_key("x-amz-function-error");
        let answer = response.body_mut().read_to_string().map_err(|error| format!("`sam local start-lambda`: {error}"))?;
        if failed { Err(format!("the function failed: {answer}")) } else { Ok(answer) }
    }
}

/// The run of one test.
struct Run<'a> {
    sam: &'a Sam,
    /// The output of `sam local invoke` and of its functions.
    log: RefCell<String>,
    events: RefCell<u32>,
}

impl<'a> Run<'a> {
    fn new(sam: &'a Sam) -> Self {
        Self { sam, log: RefCell::default(), events: RefCell::default() }
    }

    /// Runs a test, and prints how long it took. If it fails, the failure has the functions' output.
    fn run(&self, test: impl FnOnce(&dyn Fn(&str, &str) -> Result<Value, String>) -> Result<(), String>) -> Result<(), Failed> {
        let began = Instant::now();
        let result = test(&|function, event| self.send(function, event));
        print!("{:.1} s, {} sent, ", began.elapsed().as_secs_f32(), self.events.borrow());
        result.map_err(|failure| format!("{failure}\n{}", self.log.borrow()).into())
    }

    fn send(&self, function: &str, event: &str) -> Result<Value, String> {
        *self.events.borrow_mut() += 1;
        let function = logical_id(function);
        let is_first = self.sam.invoked.lock().unwrap().insert(function.clone());
        let answer = if is_first {
            let (answer, log) = self.sam.invoke(&function, event)?;
            self.log.borrow_mut().push_str(&log);
            answer
        } else {
            self.sam.send(&function, event)?
        };
        serde_json::from_str(&answer).map_err(|error| format!("not an answer ({error}): {answer}"))
    }
}

/// Returns the function's logical id: `BatchWorker` for the binary `batch_worker`.
fn logical_id(function: &str) -> String {
    let capitalized = |word: &str| {
        word.chars().enumerate().map(|(at, letter)| if at == 0 { letter.to_ascii_uppercase() } else { letter }).collect::<String>()
    };
    function.split('_').map(capitalized).collect()
}
