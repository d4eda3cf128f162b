//! Warnings: data that is cut, dropped or ignored, and what is stored of it.

use profiles_tests::World;
use profiles_tests::api::properties_of;
use serde_json::{Value, json};

/// Upserts `fields` for a new profile, and checks the warnings in the answer and the properties stored.
#[track_caller]
fn check(fields: &str, warnings: &Value, properties: &Value) -> impl Future<Output = ()> {
    let place = std::panic::Location::caller();
    async move {
        let world = World::new().await;
        let api = world.api();
        let reply = api.upsert(&format!(r#"{{"uid":18821,{fields}}}"#)).await;
        assert_eq!(reply.status, 200, "{place}: {}", reply.text);
        assert_eq!(&reply.body["warnings"], warnings, "{place}");
        assert_eq!(&properties_of(api.retrieve("uid=18821").await.profile()), properties, "{place}");
    }
}

#[tokio::test]
async fn nothing_is_said_of_what_is_stored_whole() {
    check(
        &format!(r#""a":"{}","b":null,"c":[null],"d":{{}},"e":{{"f":{{"g":1}}}},"{}":1"#, "x".repeat(768), "n".repeat(255)),
        &Value::Null,
        &json!({"a": "x".repeat(768), "b": null, "c": [], "d": {}, "e": {"f": {"g": 1}}, "n".repeat(255): 1}),
    )
    .await;
    let world = World::new().await;
    let reply = world.api().upsert(r#"{"uid":18821,"plan":"gold"}"#).await;
    assert_eq!(reply.text, format!(r#"{{"profile":{{"id":"{}"}}}}"#, reply.id()));
}

#[tokio::test]
async fn scalars_are_cut_at_a_character_wherever_they_are() {
    let cut = "cut to 768 bytes";
    check(
        &format!(
            r#""plain":"{a}","umlauts":"{e}","emoji":"a{m}","long_number":{n},"array":["{a}","ok","{a}"],"traits":{{"bio":"{a}","deeper":{{"bio":"{a}"}}}}"#,
            a = "a".repeat(769),
            e = "é".repeat(400),
            m = "😀".repeat(200),
            n = "1".repeat(769),
        ),
        &json!([
            {"prop": "plain", "message": cut},
            {"prop": "umlauts", "message": cut},
            {"prop": "emoji", "message": cut},
            {"prop": "long_number", "message": cut},
            {"prop": "array", "message": "2 items cut to 768 bytes"},
            {"prop": "traits.bio", "message": cut},
            {"prop": "traits.deeper.bio", "message": cut},
        ]),
        &json!({
            "plain": "a".repeat(768),
            "umlauts": "é".repeat(384),
            "emoji": format!("a{}", "😀".repeat(191)),
            "long_number": "1".repeat(768),
            "array": ["a".repeat(768), "ok", "a".repeat(768)],
            "traits": {"bio": "a".repeat(768), "deeper": {"bio": "a".repeat(768)}},
        }),
    )
    .await;
}

#[tokio::test]
async fn names_without_a_letter_or_too_long_are_dropped_with_their_values() {
    check(
        &format!(r#""!!!":1,"":2,"🦎":3,"{}":4,"traits":{{"???":5,"ok":6}},"kept":7"#, "n".repeat(256)),
        &json!([
            {"prop": "!!!", "message": "dropped: the name has no letter or digit"},
            {"prop": "", "message": "dropped: the name has no letter or digit"},
            {"prop": "🦎", "message": "dropped: the name has no letter or digit"},
            {"prop": format!("{}…", "n".repeat(64)), "message": "dropped: the name is longer than 255 bytes"},
            {"prop": "traits.???", "message": "dropped: the name has no letter or digit"},
        ]),
        &json!({"traits": {"ok": 6}, "kept": 7}),
    )
    .await;
}

#[tokio::test]
async fn hashes_and_arrays_in_arrays_are_dropped() {
    check(
        r#""list":[1,{"a":1},[2],null,3],"traits":{"list":[[1],[2],"x"]}"#,
        &json!([
            {"prop": "list", "message": "an array holds no hashes or arrays: 2 dropped"},
            {"prop": "traits.list", "message": "an array holds no hashes or arrays: 2 dropped"},
        ]),
        &json!({"list": [1, 3], "traits": {"list": ["x"]}}),
    )
    .await;
}

#[tokio::test]
async fn the_fourth_level_of_hashes_is_stored_as_json_text() {
    let long = "v".repeat(800);
    check(
        &format!(r#""a":{{"b":{{"c":{{"d":{{"e":{{"f":1}}, "g":[ 2 ]}},"long":{{"d":"{long}"}},"none":{{}}}}}}}}"#),
        &json!([
            {"prop": "a.b.c.d", "message": "hashes go 3 levels deep: stored as JSON text"},
            {"prop": "a.b.c.long", "message": "hashes go 3 levels deep: stored as JSON text, cut to 768 bytes"},
            {"prop": "a.b.c.none", "message": "hashes go 3 levels deep: stored as JSON text"},
        ]),
        &json!({"a": {"b": {"c": {
            "d": r#"{"e":{"f":1},"g":[2]}"#,
            "long": format!(r#"{{"d":"{}"#, "v".repeat(762)),
            "none": "{}",
        }}}}),
    )
    .await;
}

#[tokio::test]
async fn system_properties_are_ignored_in_every_spelling() {
    let message = "ignored: only the service itself sets it";
    check(
        r#""created_at":1,"updatedAt":"$now","percent":50,"deliveryIds":["x"],"lastClearedAt":null,"plan":"gold""#,
        &json!([
            {"prop": "created_at", "message": message},
            {"prop": "updated_at", "message": message},
            {"prop": "percent", "message": message},
            {"prop": "delivery_ids", "message": message},
            {"prop": "last_cleared_at", "message": message},
        ]),
        &json!({"plan": "gold"}),
    )
    .await;
    let world = World::new().await;
    let api = world.api();
    let before = {
        api.upsert(r#"{"uid":18821}"#).await.id();
        api.retrieve("uid=18821").await.profile().clone()
    };
    api.upsert(r#"{"uid":18821,"created_at":1,"updated_at":1,"percent":100,"delivery_ids":["x"],"last_cleared_at":1}"#).await.id();
    assert_eq!(api.retrieve("uid=18821").await.profile(), &before);
}

#[tokio::test]
async fn an_id_in_another_spelling_is_ignored() {
    for name in ["ID", "Id", "$id", " id "] {
        check(
            &format!(r#""{name}":"5f3c4232c712de665632a2a3""#),
            &json!([{"prop": name, "message": "ignored: our own id must be spelled `id`, yours is `uid`"}]),
            &json!({}),
        )
        .await;
    }
}

#[tokio::test]
async fn of_names_that_become_the_same_the_last_value_is_kept_and_said_once() {
    let message = "sent more than once: the last value is kept";
    check(
        r#""userRole":"a","user_role":"b","User Role":"c","traits":{"x":1,"X":2,"x ":3}"#,
        &json!([{"prop": "user_role", "message": message}, {"prop": "traits.x", "message": message}]),
        &json!({"user_role": "c", "traits": {"x": 3}}),
    )
    .await;
}

#[tokio::test]
async fn an_invalid_email_leaves_the_stored_one() {
    let world = World::new().await;
    let api = world.api();
    api.upsert(r#"{"uid":18821,"email":"leon@chmln.co"}"#).await.id();
    let form = "not stored: it does not look like an e-mail address";
    for (email, warned) in [
        (r#""leon""#, form),
        (r#""a b@c""#, form),
        ("5", form),
        ("[]", form),
        (r#""ki\u200bm@x.co""#, "not stored: an invisible character is inside the address"),
        (r#""kim@xn--a""#, "not stored: its domain is not valid"),
        ("null", "ignored: the address stays, `null` does not take it away"),
        (r#""""#, ""),
        (r#"" ""#, ""),
    ] {
        let reply = api.upsert(&format!(r#"{{"uid":18821,"email":{email}}}"#)).await;
        let expected = if warned.is_empty() { Value::Null } else { json!([{"prop": "email", "message": warned}]) };
        assert_eq!(reply.body["warnings"], expected, "{email}");
        assert_eq!(api.retrieve("uid=18821").await.profile()["email"], "leon@chmln.co", "{email}");
    }
}

#[tokio::test]
async fn a_warning_never_repeats_the_value() {
    let world = World::new().await;
    let reply = world
        .api()
        .upsert(&format!(r#"{{"uid":18821,"email":"not-an-address","percent":"confidential","bio":"{}"}}"#, "confidential ".repeat(100)))
        .await;
    assert_eq!(reply.body["warnings"].as_array().unwrap().len(), 3);
    assert!(!reply.text.contains("confidential") && !reply.text.contains("not-an-address"), "{}", reply.text);
}

#[tokio::test]
async fn over_100_warnings_are_counted_rather_than_listed() {
    let world = World::new().await;
    let api = world.api();
    for (count, listed) in [(100, 100), (101, 101), (10_000, 101)] {
        let names: String = (0..count).map(|n| format!(r#","{}":1"#, "!".repeat(n % 50 + 1))).collect();
        let reply = api.upsert(&format!(r#"{{"uid":18821{names}}}"#)).await;
        let warnings = reply.body["warnings"].as_array().unwrap();
        assert_eq!(warnings.len(), listed, "{count}");
        if count > 100 {
            assert_eq!(warnings[100], json!({"prop": "…", "message": format!("{} more warnings", count - 100)}));
        }
    }
}

#[tokio::test]
async fn a_refused_request_has_no_warnings() {
    let world = World::new().await;
    let reply = world.api().upsert(r#"{"percent":5,"plan":"gold"}"#).await;
    assert!(reply.message(422).starts_with("Unprocessable: No identifier found."));
}
