//! Sends the commands of the README and of the guide to a running API, each as a test. `make sam-api` runs this on `sam local start-api`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::env;
use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use libtest_mimic::{Arguments, Failed, Trial};
use profiles_verify::guide::{Reader, examples};

/// The variable with the API's URL.
const API: &str = "API";

fn main() -> ExitCode {
    let Ok(api) = env::var(API) else {
        eprintln!("error: {API} is not set: `make sam-api` runs this");
        return ExitCode::FAILURE;
    };
    let mut arguments = Arguments::from_args();
    // Each command builds on those before it.
    arguments.test_threads = Some(1);
    let reader = Arc::new(Mutex::new(Reader::new(&api)));
    let trials = examples().unwrap().into_iter().map(|example| {
        let reader = Arc::clone(&reader);
        Trial::test(example.to_string(), move || {
            let began = Instant::now();
            let result = reader.lock().unwrap().run(&example);
            print!("{:.1} s, ", began.elapsed().as_secs_f32());
            result.map_err(Failed::from)
        })
    });
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
}
