//! The process of a function.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use super::output::Output;
use super::runtime_api::{Moment, RuntimeApi, Step};
use crate::local::ACCESS_KEY;
use crate::{cpu, peak};

/// A function that takes longer for one step does not work, on however busy a machine.
const AT_MOST: Duration = Duration::from_secs(120);
/// The interval at which a process is checked for its end while it is waited for.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// How a function is started.
pub(crate) struct Launch {
    /// The program.
    pub(crate) program: PathBuf,
    /// Its arguments.
    pub(crate) arguments: Vec<String>,
    /// The directory that has the function's code.
    pub(crate) code: PathBuf,
    /// The variables that are the function's own, besides those that Lambda sets for all.
    pub(crate) environment: BTreeMap<String, String>,
}

/// A running function. It ends with this, also when a measurement fails.
pub(crate) struct Function {
    child: Child,
    output: Output,
    api: RuntimeApi,
    /// When its process was started.
    pub(crate) began: Instant,
}

/// The answer to an event.
pub(crate) struct Answer {
    /// The time from the event to the answer.
    pub(crate) took: Duration,
    /// When it was there.
    pub(crate) at: Instant,
    /// The text.
    pub(crate) body: String,
}

impl Function {
    /// Starts one.
    pub(crate) fn start(launch: &Launch) -> Result<Self, String> {
        let failed = |error: std::io::Error| format!("{} does not start: {error}", launch.program.display());
        let output = Output::new().map_err(failed)?;
        let [standard_output, standard_error] = output.for_process().map_err(failed)?;
        let api = RuntimeApi::start();
        let mut command = Command::new(&launch.program);
        command
            .args(&launch.arguments)
            .current_dir(&launch.code)
            // As Lambda does: nothing but what it sets. A proxy or profile of this machine would be another measurement.
            .env_clear()
            .envs(ENVIRONMENT)
            .env("AWS_LAMBDA_RUNTIME_API", &api.address)
            .env("LAMBDA_TASK_ROOT", &launch.code)
            .envs(&launch.environment)
            .stdin(Stdio::null())
            .stdout(standard_output)
            .stderr(standard_error);
        let began = Instant::now();
        let child = command.spawn().map_err(failed)?;
        Ok(Self { child, output, api, began })
    }

    /// Waits until it has asked for its first event.
    pub(crate) fn asked(&mut self) -> Moment {
        self.step("asked for an event", |step| matches!(step, Step::Asked).then_some(()))
    }

    /// Hands out an event to it, and waits until it has taken it.
    pub(crate) fn hand_out(&mut self, event: String) -> Moment {
        self.send(event);
        self.step("took the event", |step| matches!(step, Step::Took).then_some(()))
    }

    /// Lays an event out for it, and does not wait.
    pub(crate) fn send(&self, event: String) {
        // The receiver is there as long as the stand-in, which is there as long as this.
        let _ = self.api.events.send(event);
    }

    /// Waits until it has answered the event that it was handed last.
    pub(crate) fn answer(&mut self) -> Moment<String> {
        self.step("answered", |step| if let Step::Answered(body) = step { Some(body) } else { None })
    }

    /// Hands out an event to it, and returns its answer.
    pub(crate) fn invoke(&mut self, event: String) -> Result<Answer, String> {
        let (taken, ()) = self.hand_out(event)?;
        let (at, body) = self.answer()?;
        Ok(Answer { took: at - taken, at, body })
    }

    /// Returns the time of the processor that it has taken so far, where the system tells.
    pub(crate) fn cpu(&self) -> Option<Duration> {
        cpu::of_process(self.child.id())
    }

    /// Returns the most bytes that it had in memory so far, where the system tells.
    pub(crate) fn peak(&self) -> Option<u64> {
        peak::of_process(&self.child.id().to_string())
    }

    /// Waits for a moment that something else reports.
    pub(crate) fn wait_for(&mut self, moments: &Receiver<Moment>, what: &str) -> Moment {
        let instead = match wait(&mut self.child, moments, Some) {
            Ok(moment) => return Ok(moment),
            Err(instead) => instead,
        };
        Err(self.failure(what, &instead))
    }

    /// Waits for a step of it; others before it are passed over.
    fn step<T>(&mut self, what: &str, take: impl Fn(Step) -> Option<T>) -> Moment<T> {
        let instead = match wait(&mut self.child, &self.api.steps, |(at, step)| Some((at, take(step)?))) {
            Ok(moment) => return Ok(moment),
            Err(instead) => instead,
        };
        Err(self.failure(what, &instead))
    }

    /// Ends the process, and says what it did not do, what happened instead, and what it wrote.
    fn failure(&mut self, what: &str, instead: &str) -> String {
        self.end();
        format!("a function never {what}: {instead}{}", self.output.text())
    }

    fn end(&mut self) {
        // It may have ended by itself already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Function {
    fn drop(&mut self) {
        self.end();
    }
}

/// Waits for something that a process does. An error says what happened instead.
fn wait<R, T>(child: &mut Child, receiver: &Receiver<Result<R, String>>, take: impl Fn(R) -> Option<T>) -> Result<T, String> {
    let began = Instant::now();
    loop {
        let (received, ended) = match receiver.recv_timeout(LOOK_EVERY) {
            Ok(received) => (Some(received), None),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                let ended = child.try_wait().map_err(|error| error.to_string())?;
                // What it did before its end still counts.
                (receiver.try_recv().ok(), ended)
            }
        };
        match (received, ended) {
            (Some(received), _) => {
                if let Some(taken) = take(received?) {
                    return Ok(taken);
                }
            }
            (None, Some(status)) => return Err(format!("it ended with {status}")),
            (None, None) if began.elapsed() < AT_MOST => {}
            (None, None) => return Err(format!("nothing happened for {} seconds", began.elapsed().as_secs())),
        }
    }
}

/// The variables that Lambda sets for every function, and the credentials of the local database.
const ENVIRONMENT: [(&str, &str); 12] = [
    ("PATH", "/usr/local/bin:/usr/bin:/bin"),
    ("LANG", "en_US.UTF-8"),
    ("AWS_LAMBDA_FUNCTION_NAME", "upsert"),
    ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
    ("AWS_LAMBDA_LOG_GROUP_NAME", "upsert"),
    ("AWS_LAMBDA_LOG_STREAM_NAME", "upsert"),
    ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
    ("AWS_REGION", "us-east-1"),
    ("AWS_DEFAULT_REGION", "us-east-1"),
    ("AWS_ACCESS_KEY_ID", ACCESS_KEY),
    ("AWS_SECRET_ACCESS_KEY", "bench"),
    ("AWS_SESSION_TOKEN", "bench"),
];
