//! Removes what a run has made.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::time::Instant;

use futures_util::StreamExt;
use futures_util::stream;

use crate::client::{Client, Sent, Unanswered};
use crate::made::{Made, User};
use crate::progress::Progress;
use crate::report::{Check, Report};

/// Requests at once. An AWS account may be so new that it runs no more than ten functions at once.
const AT_ONCE: usize = 8;
/// How often a request is sent that is answered with an error.
const ATTEMPTS: u32 = 8;
/// The users that are named when they could not be removed; the file has all.
const NAMED: usize = 5;
const APPLIED_WITHIN: std::time::Duration = std::time::Duration::from_secs(900);

/// Removes every user and company of the run, and checks that each user is gone. A user who is not known to be gone is in `left`.
pub(crate) async fn remove(client: &Client, report: &Report, made: &Made, left: &Mutex<BTreeSet<User>>) {
    let users = made.users();
    if let Ok(mut left) = left.lock() {
        left.extend(users.iter().cloned());
    }
    wait_for_batches(client, report, made).await;

    let total = users.len() as u64;
    let progress = Progress::new("removing users", total);
    let refused: Vec<_> = stream::iter(&users)
        .map(|user| async {
            let sent = Sent::new("DELETE", format!("/v3/edit/profiles/forget?{}", user.query()));
            let failure = match client.send_repeatedly(&sent, ATTEMPTS).await {
                // A user who was never made, or who is gone already.
                Ok(answer) if answer.status == 200 || answer.is_error(404, "Profile not found: ") => None,
                Ok(answer) => Some(answer.shown()),
                Err(Unanswered::Failed(error)) => Some(error),
                Err(Unanswered::Interrupted) => Some("interrupted".to_owned()),
            };
            progress.one_more();
            failure
        })
        .buffer_unordered(AT_ONCE)
        .filter_map(std::future::ready)
        .collect()
        .await;
    drop(progress);
    let check = Check::new("removed", format!("forget all {total} users of this run"), "200, or 404 for those who are gone", "see below");
    report.line(&check, refused.first().map_or(Ok("that".to_owned()), |one| Err(format!("{} failures, such as {one}", refused.len()))));

    let progress = Progress::new("looking whether they are gone", total);
    let found: Vec<_> = stream::iter(&users)
        .map(|user| async {
            let answer = client.send_repeatedly(&Sent::new("GET", crate::checks::retrieve(&user.query())), ATTEMPTS).await;
            let is_gone = answer.as_ref().is_ok_and(|answer| answer.is_error(404, "Profile not found: "));
            if is_gone && let Ok(mut left) = left.lock() {
                left.remove(user);
            }
            progress.one_more();
            (!is_gone).then(|| answer.map_or_else(|_| "no answer".to_owned(), |answer| answer.shown()))
        })
        .buffer_unordered(AT_ONCE)
        .filter_map(std::future::ready)
        .collect()
        .await;
    drop(progress);
    let remedy = "a forgotten user is still read: delete by hand, and find out why before anybody relies on forget";
    let check = Check::new("removed", format!("retrieve all {total} users of this run"), "404", remedy);
    report.line(&check, found.first().map_or(Ok("404".to_owned()), |one: &String| Err(format!("{} of them, such as {one}", found.len()))));
    remove_companies(client, report, made).await;
}

/// Deletes every company of the run. Its members are gone already.
async fn remove_companies(client: &Client, report: &Report, made: &Made) {
    for uid in made.companies() {
        let check = Check::new(
            "removed",
            format!("delete the company with the uid {uid}"),
            "200, or 404 if it is gone",
            "it is left: delete it by this request",
        );
        // Neither uids of a run nor those of the documents have signs that must be escaped.
        let sent = Sent::new("DELETE", format!("/v3/edit/company?uid={uid}"));
        let result = match client.send_repeatedly(&sent, ATTEMPTS).await {
            Ok(answer) if answer.status == 200 || answer.is_error(404, "Company not found: ") => Ok(answer.status.to_string()),
            Ok(answer) => Err(answer.shown()),
            Err(Unanswered::Failed(error)) => Err(error),
            Err(Unanswered::Interrupted) => Err("interrupted".to_owned()),
        };
        if result.is_err() {
            made.stays(format!("the company with the uid {uid}"));
        }
        report.line(&check, result);
    }
}

/// A batch that is not applied yet would make users after they were looked for.
async fn wait_for_batches(client: &Client, report: &Report, made: &Made) {
    let progress = Progress::new("waiting until all batches are applied", 1);
    for id in made.batches() {
        let began = Instant::now();
        loop {
            let sent = Sent::new("GET", format!("/v3/observe/hooks/profiles/batch/{id}"));
            let status = progress_of(client.send_repeatedly(&sent, ATTEMPTS).await);
            if status.as_deref() == Some("completed") {
                break;
            }
            if status.is_none() || began.elapsed() > APPLIED_WITHIN {
                let check =
                    Check::new("removed", format!("the batch {id}"), "completed", "its users may come back: run `make verify` again later");
                report.line(&check, Err(status.unwrap_or_else(|| "no status".to_owned())));
                break;
            }
            progress.go_on();
            tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        }
    }
    if made.unknown_batches() > 0 {
        report.say("      A batch was not answered. If it was accepted all the same, it may still make users, whose uids begin with that of the run.");
    }
}

/// The state in the answer.
fn progress_of(answer: Result<crate::client::Answer, Unanswered>) -> Option<String> {
    let answer = answer.ok().filter(|answer| answer.status == 200)?;
    answer.json["batch"]["state"].as_str().map(str::to_owned)
}

/// Says what could not be removed, and writes it to files for `profiles forget`.
pub(crate) fn say_what_is_left(report: &Report, made: &Made, left: &BTreeSet<User>) {
    for what in made.staying() {
        report.say(&format!("left: {what}"));
    }
    report.say("left: records of the deletions, for ever, batches' statuses, for a week, and keys, for a day: ids, counts and times");
    if left.is_empty() {
        return;
    }
    let uids = left.iter().filter_map(|user| if let User::Uid(uid) = user { Some(uid.as_str()) } else { None }).collect();
    let emails = left.iter().filter_map(|user| if let User::Email(email) = user { Some(email.as_str()) } else { None }).collect();
    for (column, names) in [("uid", uids), ("email", emails)] {
        let names: Vec<&str> = names;
        if names.is_empty() {
            continue;
        }
        let shown = names.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
        let more = names.len().saturating_sub(NAMED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        // Beside the output of other commands, in a directory that no commit has.
        let directory = Path::new("target");
        let file = if directory.is_dir() { directory } else { Path::new("") }.join(format!("{}-left-{column}s.csv", made.mark()));
        let where_to = match fs::write(&file, format!("{column}\n{}\n", names.join("\n"))) {
            Ok(()) => format!("all are in {0}: forget them by `profiles forget {0}`, see docs/csv.md", file.display()),
            Err(error) => format!("{} can't be written: {error}", file.display()),
        };
        report.say(&format!("NOT REMOVED, or not known to be: {} users by {column}: {shown}{more}; {where_to}", names.len()));
    }
}
