//! Partly usable input: the usable part is stored, and a warning says what is left out.

use super::*;

#[tokio::test]
async fn what_can_be_used_in_part_is_stored_in_part_and_says_so() {
    let world = World::new().await;
    let api = world.api();
    let nested = |open: &str, middle: &str, close: &str| format!("{}{middle}{}", open.repeat(10_000), close.repeat(10_000));
    let no_email = json!([{"prop": "email", "message": "not stored: it does not look like an e-mail address"}]);
    let too_long = json!([{"prop": "email", "message": "not stored: it is longer than 320 bytes"}]);
    let no_uid = json!([{"prop": "uid", "message": "ignored: a uid is a string or an integer"}]);
    let hash_as_text: String = r#"{"a":"#.repeat(154).chars().take(768).collect();
    let cases: Vec<(&str, String, Value, &str, Value)> = vec![
        (
            "10,000 nested arrays",
            format!(r#"{{"uid":"arrays","deep":{}}}"#, nested("[", "", "]")),
            json!([{"prop": "deep", "message": "an array holds no hashes or arrays: 1 dropped"}]),
            "uid=arrays",
            json!({"deep": []}),
        ),
        (
            "10,000 nested hashes",
            format!(r#"{{"uid":"hashes","deep":{}}}"#, nested(r#"{"a":"#, "1", "}")),
            json!([{"prop": "deep.a.a.a", "message": "hashes go 3 levels deep: stored as JSON text, cut to 768 bytes"}]),
            "uid=hashes",
            json!({"deep": {"a": {"a": {"a": hash_as_text}}}}),
        ),
        (
            "names that are repeated",
            r#"{"uid":"first","uid":"second","plan":"gold","plan":"free"}"#.into(),
            json!([
                {"prop": "uid", "message": "sent more than once: the last value is kept"},
                {"prop": "plan", "message": "sent more than once: the last value is kept"},
            ]),
            "uid=second",
            json!({"plan": "free"}),
        ),
        (
            "NUL as an escape",
            r#"{"uid":"nul","plan":"\u0000","a\u0000b":1}"#.into(),
            Value::Null,
            "uid=nul",
            json!({"plan": "\0", "a_b": 1}),
        ),
        (
            "an e-mail without @",
            r#"{"uid":"noat","email":"leon","plan":"gold"}"#.into(),
            no_email.clone(),
            "uid=noat",
            json!({"plan": "gold"}),
        ),
        ("an e-mail with a blank", r#"{"uid":"blank","email":"le on@chmln.co"}"#.into(), no_email.clone(), "uid=blank", json!({})),
        ("an e-mail of 321 bytes", format!(r#"{{"uid":"long","email":"{}@chmln.co"}}"#, "a".repeat(312)), too_long, "uid=long", json!({})),
        ("an e-mail that is no string", r#"{"uid":"number","email":5}"#.into(), no_email, "uid=number", json!({})),
        (
            "an e-mail that is null",
            r#"{"uid":"nulled","email":null}"#.into(),
            json!([{"prop": "email", "message": "ignored: the address stays, `null` does not take it away"}]),
            "uid=nulled",
            json!({}),
        ),
        ("an e-mail that is empty", r#"{"uid":"empty","email":""}"#.into(), Value::Null, "uid=empty", json!({})),
        (
            "a uid that is true beside an e-mail",
            r#"{"uid":true,"email":"true@chmln.co","plan":"gold"}"#.into(),
            no_uid.clone(),
            "email=true@chmln.co",
            json!({"email": "true@chmln.co", "plan": "gold"}),
        ),
        (
            "a uid that is an array",
            r#"{"uid":[],"email":"a@chmln.co"}"#.into(),
            no_uid.clone(),
            "email=a@chmln.co",
            json!({"email": "a@chmln.co"}),
        ),
        (
            "a uid that is an object",
            r#"{"uid":{},"email":"o@chmln.co"}"#.into(),
            no_uid,
            "email=o@chmln.co",
            json!({"email": "o@chmln.co"}),
        ),
        (
            "a uid that is a fraction",
            r#"{"uid":1.5,"email":"f@chmln.co"}"#.into(),
            json!([{"prop": "uid", "message": "ignored: a uid is a string or an integer, and this number has a fraction"}]),
            "email=f@chmln.co",
            json!({"email": "f@chmln.co"}),
        ),
        (
            "a uid that is null",
            r#"{"uid":null,"email":"n@chmln.co"}"#.into(),
            Value::Null,
            "email=n@chmln.co",
            json!({"email": "n@chmln.co"}),
        ),
        (
            "a uid that is empty",
            r#"{"uid":"","email":"e@chmln.co"}"#.into(),
            Value::Null,
            "email=e@chmln.co",
            json!({"email": "e@chmln.co"}),
        ),
        (
            "a percent sign that encodes nothing",
            r#"{"uid":"100%","plan":"50%zz"}"#.into(),
            Value::Null,
            "uid=100%",
            json!({"plan": "50%zz"}),
        ),
        (
            "an id in capitals beside a uid",
            r#"{"uid":"capitals","ID":"5f3c4232c712de665632a2a3"}"#.into(),
            json!([{"prop": "ID", "message": "ignored: our own id must be spelled `id`, yours is `uid`"}]),
            "uid=capitals",
            json!({}),
        ),
        (
            "a whole surrogate pair",
            r#"{"uid":"pair\ud83d\ude00","\ud83d\ude00 mood":"\ud83d\ude00"}"#.into(),
            Value::Null,
            "uid=pair%F0%9F%98%80",
            json!({"mood": "😀"}),
        ),
        (
            "typed fields that are null",
            r#"{"uid":"typed","browser_x":null,"browser_n":null,"last_seen_at":null,"last_seen_session_count":null}"#.into(),
            Value::Null,
            "uid=typed",
            json!({}),
        ),
        ("a byte order mark", "\u{feff}{\"uid\":\"marked\",\"plan\":\"gold\"}".into(), Value::Null, "uid=marked", json!({"plan": "gold"})),
    ];
    let mut wrong = Vec::new();
    for (name, body, warnings, query, expected) in cases {
        let reply = api.upsert(&body).await;
        if reply.status != 200 || reply.body["warnings"] != warnings {
            wrong.push(format!("{name}: expected 200 and warnings {warnings}, got {}", reply.text));
        }
        let found = api.retrieve(query).await;
        if found.status != 200 || properties_of(&found.body["profile"]) != expected {
            wrong.push(format!("{name}: expected {expected}, got {}", found.text));
        } else if found.id() != reply.id() {
            wrong.push(format!("{name}: another profile has it"));
        }
    }
    assert_eq!(api.retrieve("uid=first").await.status, 404);
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}
