//! A run, from the first request to the removal of what it made.

use std::collections::BTreeSet;
use std::panic::AssertUnwindSafe;
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};

use futures_util::FutureExt;

use crate::checks::{self, Context, Interrupted};
use crate::client::Client;
use crate::kind::Kind;
use crate::made::Made;
use crate::removal;
use crate::report::Report;
use crate::settings::Settings;
use crate::stop::Stop;

const INTERRUPTED: u8 = 130;

/// Checks a deployment, removes what that made, and returns the exit status.
pub async fn run(settings: Settings) -> ExitCode {
    let prepared = async {
        let (base, secret) = (settings.base().map_err(|error| error.to_string())?, Settings::secret().map_err(|error| error.to_string())?);
        let stop = Stop::at_signals().map_err(|error| format!("can't wait for signals: {error}"))?;
        let client = Client::new(base, secret.clone(), stop.clone()).map_err(|error| format!("can't make a client: {error}"))?;
        Ok::<_, String>((client, Report::new(&secret), stop))
    };
    let (client, report, stop) = match prepared.await {
        Ok(prepared) => prepared,
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::FAILURE;
        }
    };
    let made = Made::new();
    report.say(&format!("verify {}, run {}", client.base(), made.mark()));
    let Some(answer) = checks::first(&client, &report).await else { return end(&report, false) };
    let (kind, by) = match settings.kind {
        Some(kind) => (kind, "KIND"),
        None => match Kind::found_by(&answer, &client).await {
            Ok(found) => found,
            Err(_) => return end(&report, stop.is_requested()),
        },
    };
    report.say(&format!("served by {kind} (told by {by})"));

    let context = Context { client: &client, report: &report, made: &made, kind, batch: settings.batch };
    // Also after a defect of this program, what was made is removed.
    let checked = AssertUnwindSafe(checks::all(&context)).catch_unwind().await;
    let interrupted = matches!(checked, Ok(Err(Interrupted)));
    if interrupted {
        report.say("interrupted: removing what was made; interrupt again to leave it");
    }
    let left = Mutex::new(BTreeSet::new());
    let removing = client.for_removal();
    tokio::select! {
        () = removal::remove(&removing, &report, &made, &left) => {}
        () = stop.next() => report.say("interrupted again"),
    }
    let left = left.into_inner().unwrap_or_else(PoisonError::into_inner);
    removal::say_what_is_left(&report, &made, &left);
    if !interrupted {
        checks::aws(&report, settings.stack.as_deref().filter(|stack| !stack.is_empty())).await;
    }
    if checked.is_err() {
        report.say("FAIL  a check ended by a defect of this program: see its message above");
        return ExitCode::FAILURE;
    }
    end(&report, interrupted || !left.is_empty() && stop.is_requested())
}

/// Writes the last line, and returns the exit status.
fn end(report: &Report, interrupted: bool) -> ExitCode {
    let tally = report.tally();
    let not_checked = if tally.not_checked > 0 { format!(", {} not checked", tally.not_checked) } else { String::new() };
    report.say(&format!("{} as expected, {} not{not_checked}", tally.fine, tally.wrong));
    match (interrupted, tally.wrong) {
        (true, _) => ExitCode::from(INTERRUPTED),
        (false, 0) => ExitCode::SUCCESS,
        (false, _) => ExitCode::FAILURE,
    }
}
