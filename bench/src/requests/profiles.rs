//! Upserts and retrieves.

use crate::counter::{Call, Counter};

fn upsert(body: impl Into<String>) -> Call {
    Call::post("/v3/observe/hooks/profiles", body)
}

fn retrieve(query: &str) -> Call {
    Call::get("/v3/analyze/profile", query)
}

/// Makes a request about a profile, and returns the profile's id.
async fn id(counter: &Counter<'_>, call: Call) -> String {
    counter.make(call).await["profile"]["id"].as_str().expect("an id").to_owned()
}

/// Counts them. Each needs the profiles that those before it left.
pub(super) async fn count(counter: &mut Counter<'_>) {
    counter.count("upsert a new uid", upsert(r#"{"uid":"a","role":"admin"}"#)).await;
    counter.count("upsert a known uid", upsert(r#"{"uid":"a","role":"owner"}"#)).await;
    let known = id(counter, retrieve("uid=a")).await;
    counter.count("upsert a known id", upsert(format!(r#"{{"id":"{known}","role":"user"}}"#))).await;
    counter.count("upsert a new uid and a new e-mail", upsert(r#"{"uid":"b","email":"b@example.com"}"#)).await;
    counter.count("upsert a known uid and its e-mail", upsert(r#"{"uid":"b","email":"b@example.com","role":"user"}"#)).await;
    counter.count("upsert a known uid and a changed e-mail", upsert(r#"{"uid":"b","email":"b2@example.com"}"#)).await;
    counter.count("upsert a known e-mail", upsert(r#"{"email":"b2@example.com","role":"owner"}"#)).await;
    counter.count("upsert a new e-mail", upsert(r#"{"email":"c@example.com"}"#)).await;
    counter.count("upsert a new uid for an e-mail-only profile", upsert(r#"{"uid":"c","email":"c@example.com"}"#)).await;
    counter.make(upsert(r#"{"uid":"d"}"#)).await;
    let alias = id(counter, upsert(r#"{"email":"d@example.com"}"#)).await;
    counter.count("upsert that merges an e-mail-only profile", upsert(r#"{"uid":"d","email":"d@example.com"}"#)).await;
    counter.count("upsert through an alias", upsert(format!(r#"{{"id":"{alias}","role":"admin"}}"#))).await;
    counter.count_conflict("upsert with another's e-mail (409)", upsert(r#"{"uid":"a","email":"b2@example.com"}"#)).await;
    counter.count("upsert with a new company", upsert(r#"{"uid":"a","company_uid":"acme"}"#)).await;
    counter.count("upsert with a known company", upsert(r#"{"uid":"b","company_uid":"acme"}"#)).await;
    counter.count("upsert with a company's properties", upsert(r#"{"uid":"b","company":{"uid":"acme","name":"Acme"}}"#)).await;
    counter.count("retrieve by id", Call::get(&format!("/v3/analyze/profiles/{known}"), "expand[company]=skip")).await;
    counter.count("retrieve by id, through an alias", Call::get(&format!("/v3/analyze/profiles/{alias}"), "")).await;
    counter.count("retrieve by uid", retrieve("uid=d")).await;
    counter.count("retrieve by e-mail", retrieve("email=d@example.com")).await;
    counter.count("retrieve by uid, with its company", retrieve("uid=b")).await;
}
