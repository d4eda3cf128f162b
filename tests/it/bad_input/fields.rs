//! Fields of the wrong type, and invalid text.

use super::*;

#[tokio::test]
async fn a_typed_field_of_another_type_is_refused_and_changes_nothing() {
    let world = World::new().await;
    let api = account_with_users(&world).await;
    let mut table = table(&api);
    let fields: [(&str, &str, &[&str]); 5] = [
        ("browser_x", "a number of pixels", &[r#""wide""#, "true", "[]", "[1920]", "{}", r#"{"px":1920}"#, r#""""#]),
        ("browser_tz", "a number of hours from UTC", &[r#""Europe/Berlin""#, "false", "[1]", "{}"]),
        ("browser_l", "a language code such as `en-US`", &["5", "true", r#"["en"]"#, "{}"]),
        ("last_seen_at", "a time such as `2029-04-07T12:18:00Z`", &[r#""yesterday""#, r#""2029-02-30""#, "5", "1.5", "true", "[]", "{}"]),
        ("last_seen_session_count", "a whole number, not negative", &[r#""many""#, "-1", "1.5", r#""2.5""#, "true", "[3]", "{}"]),
    ];
    for (field, expected, values) in fields {
        for value in values {
            table.upsert(format!("{field} = {value}"), format!(r#"{{"uid":18821,"{field}":{value}}}"#), 422, must_be(field, expected));
        }
    }
    let languages = must_be("browser_l", "a language code such as `en-US`");
    table.upsert("a typed field in another spelling", r#"{"uid":18821,"browserL":5}"#, 422, &languages);
    table.upsert("a typed field of a new profile", r#"{"uid":"new","browser_l":5}"#, 422, languages);
    let form = (CONTENT_TYPE, "application/x-www-form-urlencoded");
    table.upsert_with("a typed field in a form", form, "uid=18821&browser_x=wide", 422, must_be("browser_x", "a number of pixels"));
    table.all_refused(&world).await;
}

#[tokio::test]
async fn escapes_that_are_no_character_are_refused_and_change_nothing() {
    let world = World::new().await;
    let api = account_with_users(&world).await;
    let mut table = table(&api);
    let in_name = "Unprocessable: the body is not valid JSON: a name in it is not valid Unicode, or holds half of a surrogate pair";
    table.upsert("half a surrogate pair in a value", r#"{"uid":18821,"plan":"\ud83d"}"#, 422, half_a_pair("plan"));
    table.upsert("the other half in a value", r#"{"uid":18821,"plan":"\ude00\ud83d"}"#, 422, half_a_pair("plan"));
    table.upsert("half a surrogate pair in an array", r#"{"uid":18821,"tags":["vip","\ud83d"]}"#, 422, half_a_pair("tags"));
    table.upsert("half a surrogate pair in a hash", r#"{"uid":18821,"traits":{"plan":"\ud83d"}}"#, 422, half_a_pair("traits"));
    table.upsert("half a surrogate pair in a name in a hash", r#"{"uid":18821,"traits":{"\ud83d":1}}"#, 422, half_a_pair("traits"));
    table.upsert("half a surrogate pair in a name", r#"{"uid":18821,"\ud83d":1}"#, 422, in_name);
    table.upsert("half a surrogate pair as company_uid", r#"{"uid":18821,"company_uid":"\ud83d"}"#, 422, half_a_pair("company_uid"));
    let form = (CONTENT_TYPE, "application/x-www-form-urlencoded");
    let no_form = |what| format!("Unprocessable: the {what} is not valid percent-encoded UTF-8");
    for (name, body) in [
        ("a value", "uid=18821&plan=%FF"),
        ("a name", "uid=18821&%C3=1"),
        ("the uid", "uid=%ED%A0%BD"),
        ("half a character", "uid=18821&plan=%C3+"),
    ] {
        table.upsert_with(&format!("bytes that are no UTF-8 in a form: {name}"), form.clone(), body, 422, no_form("form"));
    }
    for query in ["plan=%FF", "%FF=1", "uid=%C3"] {
        let request = api.with_secret(request("POST", &format!("{UPSERT}?{query}"), br#"{"uid":18821,"plan":"platinum"}"#));
        table.add(format!("bytes that are no UTF-8 in the query {query}"), request, 422, no_form("query"));
    }
    table.call("bytes that are no UTF-8 in the query of a retrieve", "GET", "/v3/analyze/profile?uid=%FF", 422, no_form("query"));
    table.all_refused(&world).await;
}
