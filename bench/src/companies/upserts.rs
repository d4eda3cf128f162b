//! Upserts of companies and of their members.

use super::time::Time;
use super::{COMPANIES, PROFILES};
use crate::counter::{Call, Counter};
use crate::local::Local;
use crate::progress;
use crate::recorder::Recorded;
use crate::report::Findings;

const MEMBER: &str = r#"{"uid":"member","plan":"gold","company_uid":"acme"}"#;

/// Counts them. Each needs what those before it left.
pub(super) async fn measure(local: &Local, findings: &mut Findings) {
    progress::say("upserts");
    let time = Time::new();
    let mut counter = time.counter(local, &local.secret, findings).await;
    let company = |name: &str| Call::post(COMPANIES, format!(r#"{{"uid":"globex","name":"{name}","seats":7}}"#));
    let (_, new) = counter.count("upsert a new company", company("Globex")).await;
    judge(&mut counter, "upsert of a new company", &new, 1, None);
    let (_, known) = counter.count("upsert a known company", company("Globex Corp.")).await;
    judge(&mut counter, "upsert of a known company", &known, 1, Some(1.0));
    let (_, retrieved) = counter.count("retrieve a company", Call::get("/v3/analyze/company", "uid=globex")).await;
    judge(&mut counter, "retrieval of a company", &retrieved, 1, Some(1.0));

    let member = || Call::post(PROFILES, MEMBER);
    let (_, new) = counter.count("upsert a profile: a new company", member()).await;
    judge(&mut counter, "upsert of a profile with a new company", &new, 3, None);
    let (_, remembered) = counter.count("upsert a profile: a remembered company", member()).await;
    judge(&mut counter, "upsert of a profile with a remembered company", &remembered, 1, Some(1.0));
    // An instance that has not seen it yet.
    let mut counter = time.counter(local, &local.secret, counter.findings).await;
    let (_, known) = counter.count("upsert a profile: a known company", member()).await;
    judge(&mut counter, "upsert of a profile with a known company", &known, 2, None);
}

/// Compares the requests and, if they have a goal, the units with it.
fn judge(counter: &mut Counter<'_>, what: &str, recorded: &Recorded, requests: u32, units: Option<f64>) {
    let (made, used) = (recorded.requests(), recorded.read_units + recorded.write_units);
    let goal = units.map_or_else(|| requests.to_string(), |units| format!("{requests} and {units}"));
    counter.findings.goal(
        made <= requests && units.is_none_or(|units| used <= units),
        format!("{what}: {made} requests, {used} units (goal: at most {goal})"),
    );
}
