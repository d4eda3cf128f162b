//! Clear and forget.

use std::time::{Duration, Instant};

use serde_json::json;

use super::{BATCH, Context, Interrupted, UPSERT, retrieve};
use crate::client::{Answer, Sent, Unanswered};
use crate::progress::Progress;
use crate::report::Check;

const REMOVED_WITHIN: Duration = Duration::from_secs(600);
const ASK_EVERY: Duration = Duration::from_millis(500);
/// A remedy that fits most failures here.
const KEEPS: &str = "the deployment keeps what it must delete: stop it, look at the log of the function, and delete by hand";

pub(super) async fn erasure(context: &Context<'_>) -> Result<(), Interrupted> {
    let (uid, email) = (context.made.uid("erased"), context.made.email("erased"));
    let Some(id) = fill(context, &uid, &email).await? else { return Ok(()) };
    clear(context, &uid, &email).await?;
    let Some(deletion) = forget(context, &uid, &email, &id).await? else { return Ok(()) };
    completed(context, &deletion).await?;
    late_batch(context, &uid).await
}

/// Makes a user with something of everything that counts nowhere else. Returns the profile's id.
async fn fill(context: &Context<'_>, uid: &str, email: &str) -> Result<Option<String>, Interrupted> {
    let remedy = "see the log of the function `upsert`";
    let check = Check::new("erasure", "a new user", "200 and an id", remedy);
    let sent = Sent::post(UPSERT, &json!({"uid": uid, "email": email, "plan": "gold", "browser_x": 800}));
    let answer = context.ask(check, sent, |answer| answer.status == 200 && answer.json["profile"]["id"].is_string()).await?;
    let Some(id) = answer.and_then(|answer| answer.json["profile"]["id"].as_str().map(str::to_owned)) else { return Ok(None) };
    let check = Check::new("erasure", "an event of the user", "200 and an id", "see the log of the function `events`");
    let sent = Sent::post("/v3/observe/hooks/events", &json!({"uid": uid, "name": "Verified"}));
    context.ask(check, sent, |answer| answer.status == 200 && answer.json["event"]["id"].is_string()).await?;
    let check = Check::new("erasure", "a delivery for the user", "201 and an id", "see the log of the function `deliveries`");
    let model = format!("{}-tour", context.made.mark());
    let sent = Sent::post("/v3/edit/deliveries", &json!({"uid": uid, "model_kind": "tour", "model_id": model}));
    context.ask(check, sent, |answer| answer.status == 201 && answer.json["delivery"]["id"].is_string()).await?;
    Ok(Some(id))
}

async fn clear(context: &Context<'_>, uid: &str, email: &str) -> Result<(), Interrupted> {
    let check = Check::new("erasure", "clear", "200; last_cleared_at is set, browser_x and the delivery are gone, the rest stays", KEEPS);
    let is_cleared = |answer: &Answer| {
        let profile = &answer.json["profile"];
        let kept = (profile["uid"].as_str(), profile["email"].as_str(), profile["plan"].as_str()) == (Some(uid), Some(email), Some("gold"));
        let gone = profile["browser_x"].is_null() && profile["delivery_ids"] == json!([]);
        answer.status == 200 && kept && gone && profile["last_cleared_at"].is_string()
    };
    context.ask(check, Sent::new("DELETE", format!("/v3/edit/profiles?uid={uid}")), is_cleared).await?;
    let check = Check::new("erasure", "deliveries after clear", "200 and none", KEEPS);
    let sent = Sent::new("GET", format!("/v3/edit/deliveries?uid={uid}"));
    context.ask(check, sent, |answer| answer.status == 200 && answer.json["deliveries"] == json!([])).await?;
    // So that there is something to forget besides the profile.
    let check = Check::new("erasure", "another event of the user", "200 and an id", "see the log of the function `events`");
    let sent = Sent::post("/v3/observe/hooks/events", &json!({"uid": uid, "name": "Verified again"}));
    context.ask(check, sent, |answer| answer.status == 200).await?;
    Ok(())
}

/// Returns the id of the deletion's record.
async fn forget(context: &Context<'_>, uid: &str, email: &str, id: &str) -> Result<Option<String>, Interrupted> {
    let path = format!("/v3/edit/profiles/forget?uid={uid}");
    let check = Check::new("erasure", "forget", "200 and the id of a deletion", KEEPS);
    let answer = context
        .ask(check, Sent::new("DELETE", path.clone()), |answer| answer.status == 200 && answer.json["deletion"]["id"].is_string())
        .await?;
    let missing = |answer: &Answer| answer.is_error(404, "Profile not found: ");
    for (what, target) in [
        ("uid", retrieve(&format!("uid={uid}"))),
        ("address", retrieve(&format!("email={}", email.replace('@', "%40")))),
        ("id", format!("/v3/analyze/profiles/{id}")),
    ] {
        let check = Check::new("erasure", format!("retrieve by the {what} after forget"), "404 `Profile not found: …`", KEEPS);
        context.ask(check, Sent::new("GET", target), missing).await?;
    }
    let Some(deletion) = answer.and_then(|answer| answer.json["deletion"]["id"].as_str().map(str::to_owned)) else { return Ok(None) };
    let check = Check::new("erasure", "forget again", "404 `Profile not found: …`, because nothing is left", KEEPS);
    // Where something is left after the first answer, forgetting again goes on with it.
    context
        .ask(check, Sent::new("DELETE", path), |answer| {
            missing(answer) || answer.status == 200 && answer.json["deletion"]["id"] == deletion.as_str()
        })
        .await?;
    Ok(Some(deletion))
}

async fn completed(context: &Context<'_>, deletion: &str) -> Result<(), Interrupted> {
    let check = Check::new("erasure", "the record of the deletion", "200, completed, with 1 event and 2 identities removed", KEEPS);
    let sent = Sent::new("GET", format!("/v3/edit/deletions/{deletion}"));
    let progress = Progress::new("erasure: until nothing is left", 1);
    let began = Instant::now();
    loop {
        let answer = match context.client.send_repeatedly(&sent, 3).await {
            Ok(answer) => answer,
            Err(Unanswered::Interrupted) => return Err(Interrupted),
            Err(Unanswered::Failed(error)) => {
                context.report.line(&check, Err(format!("no answer: {error}")));
                return Ok(());
            }
        };
        let record = &answer.json["deletion"];
        if answer.status == 200 && record["state"] == "started" && began.elapsed() < REMOVED_WITHIN {
            progress.go_on();
            tokio::time::sleep(ASK_EVERY).await;
            continue;
        }
        drop(progress);
        let removed = &record["removed"];
        let fine = answer.status == 200 && record["state"] == "completed" && removed["events"] == 1 && removed["identities"] == 2;
        context.report.line(&check, if fine { Ok("200".to_owned()) } else { Err(answer.shown()) });
        return Ok(());
    }
}

/// An item of a batch that comes within two minutes of the forget is ignored.
async fn late_batch(context: &Context<'_>, uid: &str) -> Result<(), Interrupted> {
    let what = "a batch for the forgotten user, just after";
    let check = Check::new("erasure", what, "202", "see the log of the function `batch`");
    let sent = Sent::post(BATCH, &json!({"profiles": [{"uid": uid, "plan": "back"}]}));
    let answer = context.ask(check, sent, |answer| answer.status == 202 && answer.json["batch"]["id"].is_string()).await?;
    let Some(id) = answer.and_then(|answer| answer.json["batch"]["id"].as_str().map(str::to_owned)) else { return Ok(()) };
    context.made.batch(&id);
    let check = Check::new("erasure", "that batch when it is applied", "completed, 1 item ignored", KEEPS);
    super::batch::follow(context, check, &id, 1, |batch| batch["ignored_count"] == 1 && batch["total_count"] == 1).await?;
    let check = Check::new("erasure", "retrieve after that batch", "404 `Profile not found: …`", KEEPS);
    context.ask(check, Sent::new("GET", retrieve(&format!("uid={uid}"))), |answer| answer.is_error(404, "Profile not found: ")).await?;
    Ok(())
}
