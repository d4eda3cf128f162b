//! Sends every event of `events/` through `sam local invoke`, each as a test. `make sam-invoke` runs this.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::cell::RefCell;
use std::env;
use std::io::Write;
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

use libtest_mimic::{Arguments, Failed, Trial};
use profiles_tests::events::{cases, check, check_that_each_account_has_its_own};
use serde_json::Value;

/// The variable with the path of SAM's configuration file, which has the database's address, the tables' names and the build's directory.
const CONFIGURATION: &str = "SAM_CONFIGURATION";

fn main() -> ExitCode {
    let Ok(configuration) = env::var(CONFIGURATION) else {
        eprintln!("error: {CONFIGURATION} is not set: `make sam-invoke` runs this");
        return ExitCode::FAILURE;
    };
    let mut arguments = Arguments::from_args();
    // One after the other, because all are about the same few profiles.
    arguments.test_threads = Some(1);
    let mut trials: Vec<_> = cases()
        .into_iter()
        .map(|case| {
            let configuration = configuration.clone();
            Trial::test(case.clone(), move || Sam::new(&configuration).run(|sam| check(sam, &case)))
        })
        .collect();
    // Last, because from here on the other account has such a user, too.
    trials.push(Trial::test("each_account_has_its_own", move || {
        Sam::new(&configuration).run(|sam| check_that_each_account_has_its_own(sam))
    }));
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// Runs `sam local invoke`.
struct Sam<'a> {
    configuration: &'a str,
    /// The output of SAM and of the functions.
    log: RefCell<String>,
    invocations: RefCell<u32>,
}

impl<'a> Sam<'a> {
    fn new(configuration: &'a str) -> Self {
        Self { configuration, log: RefCell::default(), invocations: RefCell::default() }
    }

    /// Runs a test, and prints how long it took. If it fails, the failure has the functions' output.
    fn run(&self, test: impl FnOnce(&dyn Fn(&str, &str) -> Result<Value, String>) -> Result<(), String>) -> Result<(), Failed> {
        let began = Instant::now();
        let result = test(&|function, event| self.invoke(function, event));
        print!("{:.1} s, {} sent, ", began.elapsed().as_secs_f32(), self.invocations.borrow());
        result.map_err(|failure| format!("{failure}\n{}", self.log.borrow()).into())
    }

    fn invoke(&self, function: &str, event: &str) -> Result<Value, String> {
        *self.invocations.borrow_mut() += 1;
        let mut sam = Command::new("sam")
            .args(["local", "invoke", &logical_id(function), "--config-file", self.configuration, "--event", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| format!("`sam` can't be started ({error}): run `make setup`"))?;
        sam.stdin.take().unwrap().write_all(event.as_bytes()).map_err(|error| error.to_string())?;
        let output = sam.wait_with_output().map_err(|error| error.to_string())?;
        let answer = String::from_utf8_lossy(&output.stdout);
        self.log.borrow_mut().push_str(&String::from_utf8_lossy(&output.stderr));
        if !output.status.success() {
            return Err(format!("`sam local invoke` failed ({}) {answer}", output.status));
        }
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
