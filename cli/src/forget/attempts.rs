//! Asks for a user until the outcome is final.

use indicatif::ProgressBar;
use tokio::sync::watch;

use super::client::{Client, Reply, Retry};
use super::error::Error;
use super::outcome::{Outcome, RowResult};
use crate::http::Backoff;

/// The result of asking for a user.
pub(crate) struct Asked {
    /// The row's result.
    pub(crate) result: RowResult,
    /// The reason why there was no response at all, if so.
    pub(crate) unanswered: Option<String>,
    /// The reason to end the run, if any.
    pub(crate) stop: Option<Error>,
}

/// Asks for users, each as often as needed.
#[derive(Clone)]
pub(crate) struct Attempts<'a> {
    /// Sends the requests.
    pub(crate) client: &'a Client,
    /// The number of attempts, and the pauses between.
    pub(crate) backoff: Backoff,
    /// Shows the reason of a pause.
    pub(crate) bar: ProgressBar,
    /// Becomes true when no further attempt is to be made.
    pub(crate) stopping: watch::Receiver<bool>,
}

impl Attempts<'_> {
    /// Asks for a user. `maybe_done` means that an earlier run sent a request whose outcome is unknown.
    pub(crate) async fn ask(mut self, name: String, mut maybe_done: bool) -> Asked {
        let mut attempt = 0;
        loop {
            attempt += 1;
            let Retry { why, maybe_done: this_one, answered, wait } = match self.client.ask(&name).await {
                Reply::Forgotten { profile_id, deletion_id } => {
                    return settled(RowResult { outcome: Outcome::Forgotten, profile_id, deletion_id, message: String::new() });
                }
                Reply::Exists => return settled(RowResult::new(Outcome::Exists, "")),
                Reply::NotFound if maybe_done => {
                    let message = "no such user now; an earlier attempt without a response may have deleted the user";
                    return settled(RowResult::new(Outcome::ForgottenOrNotFound, message));
                }
                Reply::NotFound => return settled(RowResult::new(Outcome::NotFound, "")),
                Reply::Refused(why) => return settled(RowResult::failed(why, maybe_done)),
                Reply::Stop { error, status, maybe_done: this_one } => {
                    let result = RowResult::failed(format!("{status}, which ended the run"), maybe_done || this_one);
                    return Asked { result, unanswered: None, stop: Some(error) };
                }
                Reply::Retry(retry) => retry,
            };
            maybe_done |= this_one;
            let unanswered = (!answered).then(|| why.clone());
            if attempt >= self.backoff.attempts {
                let result = RowResult::failed(format!("{why}, {attempt} attempts"), maybe_done);
                return Asked { result, unanswered, stop: None };
            }
            let pause = self.backoff.after(attempt, wait, rand::random());
            self.bar.set_message(format!("retrying in {:.0} s: {why}", pause.as_secs_f64().ceil()));
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                // This also ends when the sender is gone, which ends the run as well.
                _ = self.stopping.wait_for(|stopping| *stopping) => {
                    let result = RowResult::failed(format!("{why}, then the run was stopped"), maybe_done);
                    return Asked { result, unanswered: None, stop: None };
                }
            }
        }
    }
}

fn settled(result: RowResult) -> Asked {
    Asked { result, unanswered: None, stop: None }
}
