//! A user asked for until the answer is final.

use indicatif::ProgressBar;
use tokio::sync::watch;

use super::client::{Again, Client, Reply};
use super::error::Error;
use super::outcome::{Outcome, Told};
use super::waits::Waits;

/// What asking came to.
pub(crate) struct Asked {
    /// The row's outcome.
    pub(crate) told: Told,
    /// Whether anything answered at all, or why not.
    pub(crate) unanswered: Option<String>,
    /// Why no other row should be asked.
    pub(crate) stop: Option<Error>,
}

/// All that asking for a user takes.
#[derive(Clone)]
pub(crate) struct Attempts<'a> {
    /// Whom to ask.
    pub(crate) client: &'a Client,
    /// How often and how long.
    pub(crate) waits: Waits,
    /// Shows what is waited for.
    pub(crate) bar: ProgressBar,
    /// Turns true when no attempt shall follow the one under way.
    pub(crate) stopping: watch::Receiver<bool>,
}

impl Attempts<'_> {
    /// Asks for a user. `maybe_done` if an earlier run asked already and did not get to know what came of it.
    pub(crate) async fn ask(mut self, name: String, mut maybe_done: bool) -> Asked {
        let mut attempt = 0;
        loop {
            attempt += 1;
            let Again { why, maybe_done: this_one, answered, wait } = match self.client.ask(&name).await {
                Reply::Forgotten { profile_id, deletion_id } => {
                    return settled(Told { outcome: Outcome::Forgotten, profile_id, deletion_id, message: String::new() });
                }
                Reply::Exists => return settled(Told::new(Outcome::Exists, "")),
                Reply::NotFound if maybe_done => {
                    let message = "nobody is called so now; an earlier attempt, which got no answer, may have deleted the user";
                    return settled(Told::new(Outcome::ForgottenOrNotFound, message));
                }
                Reply::NotFound => return settled(Told::new(Outcome::NotFound, "")),
                Reply::Refused(why) => return settled(Told::failed(why, maybe_done)),
                Reply::Stop { error, status, maybe_done: this_one } => {
                    let told = Told::failed(format!("{status}, which ended the run"), maybe_done || this_one);
                    return Asked { told, unanswered: None, stop: Some(error) };
                }
                Reply::Again(again) => again,
            };
            maybe_done |= this_one;
            let unanswered = (!answered).then(|| why.clone());
            if attempt >= self.waits.attempts {
                let told = Told::failed(format!("{why}, {attempt} attempts"), maybe_done);
                return Asked { told, unanswered, stop: None };
            }
            let pause = self.waits.after(attempt, wait, rand::random());
            self.bar.set_message(format!("asks again in {:.0} s: {why}", pause.as_secs_f64().ceil()));
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                // Also when the sender is gone, which ends the run as well.
                _ = self.stopping.wait_for(|stopping| *stopping) => {
                    return Asked { told: Told::failed(format!("{why}, then stopped"), maybe_done), unanswered: None, stop: None };
                }
            }
        }
    }
}

fn settled(told: Told) -> Asked {
    Asked { told, unanswered: None, stop: None }
}
