//! Events, experiences, deliveries, and the reads of them.

use crate::counter::{Call, Counter};

/// An event of a user.
pub(super) fn event(uid: &str) -> Call {
    Call::post("/v3/observe/hooks/events", format!(r#"{{"uid":"{uid}","name":"report_exported","format":"pdf"}}"#))
}

/// A webhook: the user started this tour.
pub(super) fn tour_started(uid: &str, tour: &str) -> Call {
    let body = format!(
        r#"{{"id":"{uid} started {tour}","kind":"tour.started","sent_at":"2029-04-07T12:18:00Z","data":{{"profile":{{"uid":"{uid}"}},
        "tour":{{"id":"{tour}"}}}}}}"#
    );
    Call::post("/v3/observe/hooks/experiences", body)
}

/// A webhook: the user responded to a survey.
fn responded(uid: &str) -> Call {
    let body = format!(
        r#"{{"id":"{uid} responded","kind":"response.finished","sent_at":"2029-04-07T12:18:00Z","data":{{"profile":{{"uid":"{uid}"}},
        "survey":{{"id":"how"}},"response":{{"id":"r1","button_text":"Great","finished_at":"2029-04-07T12:18:00Z"}}}}}}"#
    );
    Call::post("/v3/observe/hooks/experiences", body)
}

/// Counts them.
pub(super) async fn count(counter: &mut Counter<'_>) {
    counter.make(Call::post("/v3/observe/hooks/profiles", r#"{"uid":"active"}"#)).await;
    let order = r#"{"uid":"active","model_kind":"tour","model_id":"welcome"}"#;
    for (operation, call) in [
        ("event of a known user", event("active")),
        ("event of a new user", event("new")),
        ("first interaction", tour_started("active", "welcome")),
        ("the same webhook again", tour_started("active", "welcome")),
        ("survey response", responded("active")),
        ("order a delivery", Call::post("/v3/edit/deliveries", order)),
        ("list deliveries", Call::get("/v3/edit/deliveries", "uid=active")),
        ("list events", Call::get("/v3/analyze/events", "uid=active")),
        ("list interactions", Call::get("/v3/analyze/interactions", "uid=active")),
        ("list responses", Call::get("/v3/analyze/responses", "id=how")),
        ("counts of a tour", Call::get("/v3/analyze/tours/welcome", "")),
    ] {
        counter.count(operation, call).await;
    }
}
