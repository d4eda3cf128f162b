//! The large batch, from its acceptance until every item is applied.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{BATCH, Context, Interrupted, retrieve};
use crate::client::{Sent, Unanswered};
use crate::progress::Progress;
use crate::report::Check;

/// The longest time for a batch to be applied. On AWS it takes seconds; a function that is started anew takes some more.
pub(crate) const APPLIED_WITHIN: Duration = Duration::from_secs(900);
const ASK_EVERY: Duration = Duration::from_millis(500);
/// The number of users that are read when it is applied.
const SAMPLES: u32 = 20;
/// How often the batch is sent again under its key, if there is no answer.
const ATTEMPTS: u32 = 5;
const REMEDY: &str = "see the log of the function `batch_worker`, and docs/operations.md: dead letters";

pub(super) async fn batch(context: &Context<'_>) -> Result<(), Interrupted> {
    let count = context.batch;
    let uids: Vec<_> = (0..count).map(|number| context.made.uid(&format!("batch-{number:05}"))).collect();
    let profiles: Vec<_> = uids.iter().zip(0..).map(|(uid, number)| json!({"uid": uid, "number": number})).collect();
    let key = format!("{}-batch", context.made.mark());
    let sent = Sent::post(BATCH, &json!({"profiles": profiles})).header("idempotency-key", key);
    let check = Check::new("batch", format!("a batch of {count} new users"), "202 and an id", "see the log of the function `batch`");
    let sending = Progress::new(format!("batch: sending {count} items"), 1).during(context.client.send_repeatedly(&sent, ATTEMPTS)).await;
    let id = match sending {
        Err(Unanswered::Interrupted) => return Err(Interrupted),
        Err(Unanswered::Failed(error)) => {
            context.made.unknown_batch();
            context.report.line(&check, Err(format!("no answer: {error}")));
            return Ok(());
        }
        Ok(answer) => match answer.json["batch"]["id"].as_str().filter(|_| answer.status == 202) {
            Some(id) => id.to_owned(),
            None => {
                if answer.status >= 500 {
                    context.made.unknown_batch();
                }
                context.report.line(&check, Err(answer.shown()));
                return Ok(());
            }
        },
    };
    context.made.batch(&id);
    context.report.line(&check, Ok("202".to_owned()));

    let expected = format!("completed, {count} created, 0 failed");
    let check = Check::new("batch", "its status, until it is applied", expected, REMEDY);
    let is_fine = |batch: &Value| batch["created_count"] == count && batch["total_count"] == count && batch["failed_count"] == 0;
    if !follow(context, check, &id, u64::from(count), is_fine).await? {
        return Ok(());
    }
    let samples: Vec<u32> = (0..SAMPLES.min(count)).map(|sample| sample * (count - 1) / SAMPLES.max(2).saturating_sub(1)).collect();
    let check = Check::new("batch", format!("{} of its users", samples.len()), "200, with what was sent", REMEDY);
    let progress = Progress::new("batch: reading some of its users", samples.len() as u64);
    for number in &samples {
        let Some(uid) = usize::try_from(*number).ok().and_then(|number| uids.get(number)) else { continue };
        let found = match context.client.send_repeatedly(&Sent::new("GET", retrieve(&format!("uid={uid}"))), 3).await {
            Err(Unanswered::Interrupted) => return Err(Interrupted),
            Err(Unanswered::Failed(error)) => Err(format!("no answer: {error}")),
            Ok(answer) if answer.status == 200 && answer.json["profile"]["number"] == *number => Ok(()),
            Ok(answer) => Err(answer.shown()),
        };
        if let Err(found) = found {
            context.report.line(&check, Err(found));
            return Ok(());
        }
        progress.one_more();
    }
    drop(progress);
    context.report.line(&check, Ok("all".to_owned()));
    Ok(())
}

/// Asks for the status of a batch until it is completed, and compares it. Returns whether it was as expected.
pub(super) async fn follow(
    context: &Context<'_>,
    check: Check,
    id: &str,
    length: u64,
    is_fine: impl Fn(&Value) -> bool,
) -> Result<bool, Interrupted> {
    let sent = Sent::new("GET", format!("{BATCH}/{id}"));
    let progress = Progress::new(format!("{}: applied items", check.part), length);
    let began = Instant::now();
    let found = loop {
        let answer = match context.client.send_repeatedly(&sent, ATTEMPTS).await {
            Err(Unanswered::Interrupted) => return Err(Interrupted),
            Err(Unanswered::Failed(error)) => break Err(format!("no answer: {error}")),
            Ok(answer) => answer,
        };
        let batch = &answer.json["batch"];
        if answer.status != 200 || batch["state"] == "completed" {
            break if answer.status == 200 && is_fine(batch) {
                Ok(format!("that, after {} s", began.elapsed().as_secs()))
            } else {
                Err(answer.shown())
            };
        }
        if began.elapsed() > APPLIED_WITHIN {
            break Err(format!("after {} s still {}", began.elapsed().as_secs(), answer.shown()));
        }
        progress.at(done(batch));
        tokio::time::sleep(ASK_EVERY).await;
    };
    drop(progress);
    let fine = found.is_ok();
    context.report.line(&check, found);
    Ok(fine)
}

/// The number of items that are done.
fn done(batch: &Value) -> u64 {
    ["created_count", "updated_count", "unchanged_count", "ignored_count", "failed_count"]
        .iter()
        .filter_map(|name| batch[*name].as_u64())
        .sum()
}
