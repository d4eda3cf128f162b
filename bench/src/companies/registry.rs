//! The upkeep of the registry of properties: what an instance asks beside upserts of properties that are known.

use std::time::Duration;

use profiles_api::Response;

use super::PROFILES;
use super::time::Time;
use crate::effort::Effort;
use crate::instance::Instance;
use crate::local::{Local, tables};
use crate::progress;
use crate::recorder::Recorder;
use crate::report::Findings;

/// The time that passes from one upsert to the next: 10,000 are an hour.
const STEP: Duration = Duration::from_millis(360);
/// The users that are upserted in turn.
const USERS: u64 = 50;
/// How long an upsert waits for the registry.
const PATIENCE: Duration = Duration::from_secs(60);
/// The upserts beside which one more request may be made.
const UPSERTS_OF_A_REQUEST: u64 = 1_000;

/// Measures it.
pub(super) async fn measure(local: &Local, effort: Effort, findings: &mut Findings) {
    let upserts = effort.choose(10_000, 100);
    let (_, secret) = local.another_account().await;
    let time = Time::new();
    // Another instance has told the registry before.
    let other = time.instance(local.client.clone(), &secret, PATIENCE);
    for number in 0..USERS {
        upsert(&other, number).await;
    }
    let recorder = Recorder::default();
    let instance = time.instance(local.recorded_by(&recorder), &secret, PATIENCE);
    send(&instance, "GET", "/", "").await;
    recorder.take();
    let bar = progress::bar(&format!("{upserts} upserts of known properties (a minute)"), upserts);
    let (mut requests, mut calls) = (0, Vec::new());
    for number in 0..upserts {
        time.pass(STEP);
        upsert(&instance, number).await;
        let recorded = recorder.take();
        // An instance reads its secret again each minute.
        let secrets = u32::from(recorded.get.as_ref().is_some_and(|get| get.table_name() == Some(&tables().accounts)));
        requests += u64::from(recorded.requests() - secrets);
        if recorded.requests() > 1 + secrets {
            calls.push(format!("\n  at upsert {}: {}", number + 1, recorded.calls().trim_start()));
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    let (extra, minutes) = (requests - upserts, (STEP * upserts as u32).as_secs() / 60);
    findings.say(&format!(
        "\n{upserts} upserts of known properties within {minutes} minutes, by one instance: {extra} requests beside them, not counting \
        reads of the secret{}",
        calls.concat()
    ));
    findings.goal(
        extra * UPSERTS_OF_A_REQUEST <= upserts,
        format!("upkeep of the registry: {extra} requests beside {upserts} upserts (goal: at most 1 in {UPSERTS_OF_A_REQUEST})"),
    );
}

/// Upserts a user with ten properties, of which some have few and some have many values.
async fn upsert(instance: &Instance, number: u64) {
    let body = format!(
        r#"{{"uid":"user {}","plan":"{}","role":"{}","trial":{},"visits":{number},"score":{number}.5,"locale":"en-US",
        "last_login":"2029-04-29T09:00:00.000Z","tags":["beta"],"traits":{{"team":"sales"}},"note":"number {number}"}}"#,
        number % USERS,
        ["free", "silver", "gold"][number as usize % 3],
        ["admin", "owner", "user", "guest"][number as usize % 4],
        number.is_multiple_of(2),
    );
    send(instance, "POST", PROFILES, &body).await;
}

async fn send(instance: &Instance, method: &str, path: &str, body: &str) -> Response {
    let response = profiles_api::dispatch(&instance.context, instance.request(method, path, String::new(), body)).await;
    assert!(response.status().is_success(), "{}", response.body());
    response
}
