//! Invalid requests about companies.

use super::*;

const COMPANY: &str = "/v3/observe/hooks/companies";
const NO_COMPANY_IDENTIFIER: &str = "Unprocessable: No identifier found. Pass your Company ID as the `uid` parameter";

#[tokio::test]
async fn a_request_about_a_company_that_cannot_be_is_refused_and_changes_nothing() {
    let world = World::new().await;
    let api = account_with_users(&world).await;
    let known = api.upsert_company(r#"{"uid":"known","name":"Acme"}"#).await.company_id();
    let unknown = "5f3c4232c712de665632a6e8";
    let other_time = format!("00000000{}", known.split_at(8).1);
    let mut table = table(&api);
    let because = |reason: &str| format!("{NO_COMPANY_IDENTIFIER} (`uid`: {reason})");
    let no_company = |identifier: &str| format!("Company not found: no company has the {identifier}");
    let not_hex = must_be("id", "a string of 24 hex digits");
    let differ = "Unprocessable: `id` and `uid` name different companies, send one of them";
    let long = "x".repeat(769);
    for (body, status, message) in [
        ("".to_owned(), 422, NO_COMPANY_IDENTIFIER.to_owned()),
        ("{}".to_owned(), 422, NO_COMPANY_IDENTIFIER.to_owned()),
        ("[]".to_owned(), 422, NO_OBJECT.to_owned()),
        ("{".to_owned(), 422, no_json(1)),
        (r#"{"name":"Acme"}"#.to_owned(), 422, NO_COMPANY_IDENTIFIER.to_owned()),
        (r#"{"company_uid":931,"email":"kim@chmln.co"}"#.to_owned(), 422, NO_COMPANY_IDENTIFIER.to_owned()),
        (r#"{"uid":null,"name":"Acme"}"#.to_owned(), 422, because("it is `null`")),
        (r#"{"uid":""}"#.to_owned(), 422, because("it is empty")),
        (r#"{"uid":" "}"#.to_owned(), 422, because("it is blank")),
        (r#"{"uid":"NaN"}"#.to_owned(), 422, because("it stands for a missing value")),
        (r#"{"uid":"[object Object]"}"#.to_owned(), 422, because("it stands for a missing value")),
        (r#"{"uid":true}"#.to_owned(), 422, because(NO_UID)),
        (r#"{"uid":[931]}"#.to_owned(), 422, because(NO_UID)),
        (r#"{"uid":{"uid":931}}"#.to_owned(), 422, because(NO_UID)),
        (r#"{"uid":9.5}"#.to_owned(), 422, because(NO_UID_BUT_A_FRACTION)),
        (format!(r#"{{"uid":"{long}"}}"#), 422, too_long("uid")),
        (
            r#"{"uid":"a\u0007b"}"#.to_owned(),
            422,
            "Unprocessable: `uid` cannot be used: it has a control character, such as a line break".to_owned(),
        ),
        (r#"{"uid":"\ud800"}"#.to_owned(), 422, half_a_pair("uid")),
        (r#"{"uid":"known","name":"\ud800"}"#.to_owned(), 422, half_a_pair("name")),
        (r#"{"id":"short","name":"Globex"}"#.to_owned(), 404, no_company("id `short`")),
        (format!(r#"{{"id":"{}"}}"#, known.to_uppercase()), 404, no_company(&format!("id `{}`", known.to_uppercase()))),
        (format!(r#"{{"id":"{unknown}","name":"Globex"}}"#), 404, no_company(&format!("id `{unknown}`"))),
        (format!(r#"{{"id":"{other_time}","name":"Globex"}}"#), 404, no_company(&format!("id `{other_time}`"))),
        (r#"{"id":5,"uid":"known"}"#.to_owned(), 422, not_hex.clone()),
        (r#"{"id":["a"]}"#.to_owned(), 422, not_hex),
        (format!(r#"{{"id":"{known}","uid":931,"name":"Globex"}}"#), 422, differ.to_owned()),
        (format!(r#"{{"ID":"{known}","name":"Globex"}}"#), 422, NO_COMPANY_IDENTIFIER.to_owned()),
    ] {
        let request = api.with_secret(request("POST", COMPANY, body.as_bytes()));
        table.add(body.chars().take(60).collect::<String>(), request, status, message);
    }
    let large = format!(r#"{{"uid":"known","name":"{}"}}"#, "x".repeat(MIB));
    table.add("a body over a megabyte", api.with_secret(request("POST", COMPANY, large.as_bytes())), 413, TOO_LARGE);
    for (query, status, message) in [
        ("", 422, NO_COMPANY_IDENTIFIER.to_owned()),
        ("email=kim@chmln.co", 422, NO_COMPANY_IDENTIFIER.to_owned()),
        ("uid=", 422, because("it is empty")),
        ("uid=undefined", 422, because("it stands for a missing value")),
        ("uid=nobody", 404, no_company("uid `nobody`")),
        ("id=short", 404, no_company("id `short`")),
        (&format!("id={unknown}"), 404, no_company(&format!("id `{unknown}`"))),
        (&format!("id={known}&uid=931"), 404, no_company(&format!("id `{known}`"))),
        (&format!("ID={known}"), 422, NO_COMPANY_IDENTIFIER.to_owned()),
        ("uid=known&expand[company]=skip", 422, must_be("expand[company]", "`all` or `min`")),
    ] {
        table.call(query, "GET", &format!("/v3/analyze/company?{query}"), status, message);
    }
    table.call("a path with no id", "GET", "/v3/analyze/companies/short", 404, no_company("id `short`"));
    table.all_refused(&world).await;
}
