//! Deliveries: ordering, showing and withdrawing them.

use std::time::Duration;

use profiles_tests::World;
use serde_json::json;

use super::super::{NO_IDENTIFIER, UNKNOWN, checked, must_be};
use super::{answer, at, delivery, delivery_ids, listed, order, ordered};

const TIME: &str = "a time such as `2029-04-07T12:18:00Z`, Unix seconds, or one from now such as `+3d`, `+12h` or `+30m`";
/// The answer beyond the limit.
const FULL: &str = "Conflict: 3 is the most pending deliveries of this profile: delete one, wait until one was shown, or put this one first \
                    with `delivery_ids_at_limit` `drop`";

#[tokio::test]
async fn a_delivery_is_ordered_shown_and_taken_back() {
    let world = World::new().await;
    let api = world.api();
    let user = api.upsert(r#"{"uid":1,"email":"leon@example.com"}"#).await.id();
    let rest = r#","from":"+30m","until":"2029-05-01","once":true,"use_segmentation":"true","skip_triggers":false,"skip_url_match":"false",
                  "options":{"Title":"Hi","b":[1.10]},"delivery_ids_position":"last","delivery_ids_limit":2,"delivery_ids_at_limit":"error""#;
    let first = api.deliver(&order(r#""uid":1"#, rest)).await;
    let id = delivery(&first, 201)["id"].as_str().unwrap();
    let mut expected = answer(id, &user);
    for (name, value) in [
        ("from", json!("2029-04-07T12:48:00.000Z")),
        ("until", json!("2029-05-01T00:00:00.000Z")),
        ("once", json!(true)),
        ("use_segmentation", json!(true)),
        ("skip_triggers", json!(false)),
        ("skip_url_match", json!(false)),
        ("options", json!({"Title": "Hi", "b": [1.10]})),
        ("delivery_ids_position", json!("last")),
        ("delivery_ids_limit", json!(2)),
        ("delivery_ids_at_limit", json!("error")),
    ] {
        expected[name] = value;
    }
    assert_eq!(first.body, json!({"delivery": expected}));
    // The options are as they were sent.
    assert!(first.text.contains(r#""options":{"Title":"Hi","b":[1.10]}"#), "{}", first.text);
    let second = api.deliver(&format!(r#"{{"profile_id":"{user}","model_kind":"survey","model_id":7}}"#)).await;
    let second_id = delivery(&second, 201)["id"].as_str().unwrap();
    expected = answer(second_id, &user);
    expected["model_kind"] = json!("survey");
    expected["model_id"] = json!("7");
    assert_eq!(second.body, json!({"delivery": expected}));
    assert_eq!(delivery_ids(&api).await, [second_id, id]);
    for path in [at(id), format!("/v3/edit/delivery/{id}")] {
        assert_eq!(api.get(&path).await.body, first.body);
    }
    assert_eq!(api.delete(&at(id)).await.body, first.body);
    assert_eq!(api.delete(&format!("/v3/edit/deliveries?id={second_id}")).await.body, second.body);
    for target in [at(id), at(UNKNOWN), at("x"), format!("/v3/edit/delivery/{id}")] {
        let expected =
            format!("Delivery not found: no delivery that is pending or was shown has the id `{}`", target.rsplit('/').next().unwrap());
        assert_eq!(api.get(&target).await.message(404), expected);
        assert_eq!(api.delete(&target).await.message(404), expected);
        assert_eq!(api.patch(&target, "{}").await.message(404), expected);
    }
    let third = ordered(&api, "").await;
    assert_eq!(api.delete(&format!("/v3/edit/delivery/{third}")).await.status, 200);
    assert_eq!(delivery_ids(&api).await, [""; 0]);
    checked(&world, world.account).await;
}

#[tokio::test]
async fn a_new_one_goes_first_unless_its_place_is_told() {
    let world = World::new().await;
    let api = world.api();
    api.upsert(r#"{"uid":1}"#).await.id();
    let one = ordered(&api, "").await;
    let two = ordered(&api, "").await;
    assert_eq!(delivery_ids(&api).await, [&*two, &one]);
    for (position, place) in [(r#""first""#, 0), (r#""last""#, 2), ("0", 0), ("1", 1), (r#""1""#, 1), ("2", 2), ("7", 2)] {
        let new = ordered(&api, &format!(r#","delivery_ids_position":{position}"#)).await;
        let mut expected = vec![&*two, &one];
        expected.insert(place, &new);
        assert_eq!(delivery_ids(&api).await, expected, "{position}");
        assert_eq!(api.delete(&at(&new)).await.status, 200);
    }
    checked(&world, world.account).await;
}

#[tokio::test]
async fn the_limit_refuses_a_delivery_or_drops_the_last_ones() {
    let world = World::new().await;
    let api = world.api();
    api.upsert(r#"{"uid":1}"#).await.id();
    let one = ordered(&api, "").await;
    let refused = async |rest: &str| api.deliver(&order(r#""uid":1"#, rest)).await.message(409).to_owned();
    let limited = refused(r#","delivery_ids_limit":1"#).await;
    assert_eq!(limited, FULL.replacen('3', "1", 1));
    let two = ordered(&api, "").await;
    let three = ordered(&api, r#","delivery_ids_limit":3"#).await;
    for rest in ["", r#","delivery_ids_at_limit":"error""#, r#","delivery_ids_at_limit":"drop","delivery_ids_position":"last""#] {
        assert_eq!(refused(rest).await, FULL);
    }
    assert_eq!(delivery_ids(&api).await, [&*three, &two, &one]);
    let four = ordered(&api, r#","delivery_ids_at_limit":"drop""#).await;
    assert_eq!(delivery_ids(&api).await, [&*four, &three, &two]);
    api.get(&at(&one)).await.message(404);
    let five = ordered(&api, r#","delivery_ids_at_limit":"drop","delivery_ids_position":1"#).await;
    assert_eq!(delivery_ids(&api).await, [&*four, &five, &three]);
    let six = ordered(&api, r#","delivery_ids_at_limit":"drop","delivery_ids_limit":1"#).await;
    assert_eq!(delivery_ids(&api).await, [&*six]);
    assert_eq!(checked(&world, world.account).await.count("delivery"), 1);
}

#[tokio::test]
async fn a_delivery_whose_time_is_over_is_not_pending() {
    let world = World::new().await;
    let api = world.api();
    api.upsert(r#"{"uid":1,"email":"leon@example.com"}"#).await.id();
    let over = ordered(&api, r#","until":"+1h""#).await;
    let one = ordered(&api, "").await;
    let other = ordered(&api, r#","until":"+3h""#).await;
    world.wait(Duration::from_millis(60 * 60 * 1000 - 1));
    assert_eq!(delivery_ids(&api).await, [&*other, &one, &over]);
    world.wait(Duration::from_millis(1));
    assert_eq!(delivery_ids(&api).await, [&*other, &one]);
    for query in ["", "uid=1", "email=leon@example.com", "model_id=t1", "model_id=t1&uid=1"] {
        assert_eq!(listed(&api, query).await.0, [&*other, &one], "{query}");
    }
    // An event gets the user's profile expanded in the lists of others.
    let reply = api.experience("w", "tour.started", r#""uid":1"#, r#""tour":{"id":"t1"}"#).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    let interactions = api.get("/v3/analyze/interactions?id=t1&expand[profile]=all").await;
    assert_eq!(interactions.body["interactions"][0]["profile"]["delivery_ids"], json!([other, one]));
    for reply in [api.get(&at(&over)).await, api.patch(&at(&over), r#"{"until":"+9d"}"#).await, api.delete(&at(&over)).await] {
        reply.message(404);
    }
    // It makes room, and its record goes with the next order.
    let new = ordered(&api, "").await;
    assert_eq!(api.deliver(&order(r#""uid":1"#, "")).await.message(409), FULL);
    assert_eq!(delivery_ids(&api).await, [&*new, &other, &one]);
    assert_eq!(checked(&world, world.account).await.count("delivery"), 3);
}

#[tokio::test]
async fn what_is_wrong_is_said_by_its_field_and_nothing_is_stored() {
    let world = World::new().await;
    let api = world.api();
    api.upsert(r#"{"uid":1}"#).await.id();
    let model = "a string of 1 to 255 bytes, the id of a tour or Microsurvey";
    for (body, expected) in [
        ("{}".to_owned(), must_be("model_kind", "`tour` or `survey`")),
        (r#"{"uid":1,"model_kind":"launcher"}"#.to_owned(), must_be("model_kind", "`tour` or `survey`")),
        (r#"{"uid":1,"model_kind":"tour"}"#.to_owned(), must_be("model_id", model)),
        (format!(r#"{{"uid":1,"model_kind":"tour","model_id":"{}"}}"#, "x".repeat(256)), must_be("model_id", model)),
        (r#"{"model_kind":"tour","model_id":"t1"}"#.to_owned(), NO_IDENTIFIER.to_owned()),
        (order(r#""uid":"undefined""#, ""), format!("{NO_IDENTIFIER} (`uid`: it stands for a missing value)")),
        (order(r#""profile_id":5"#, ""), must_be("profile_id", "a string of 24 hex digits")),
        (order(r#""uid":1"#, r#","from":"soon""#), must_be("from", TIME)),
        (order(r#""uid":1"#, r#","until":5"#), must_be("until", TIME)),
        (order(r#""uid":1"#, r#","from":"+3d","until":"+71h""#), must_be("until", "a time after that of `from`")),
        (order(r#""uid":1"#, r#","until":"2020-01-01""#), must_be("until", "a time that is not over yet")),
        (order(r#""uid":1"#, r#","until":1577836800"#), must_be("until", "a time that is not over yet")),
        (order(r#""uid":1"#, r#","until":"2029-04-07T12:17:59Z""#), must_be("until", "a time that is not over yet")),
        (order(r#""uid":1"#, r#","until":"$now""#), must_be("until", "a time that is not over yet")),
        (
            order(r#""uid":1"#, r#","from":"2019-01-01","until":"2020-01-01 00:00:00+02:00""#),
            must_be("until", "a time that is not over yet"),
        ),
        (order(r#""uid":1"#, r#","once":"perhaps""#), must_be("once", "`true` or `false`")),
        (order(r#""uid":1"#, r#","options":[]"#), must_be("options", "a hash of at most 4096 bytes of JSON")),
        (
            order(r#""uid":1"#, &format!(r#","options":{{"a":"{}"}}"#, "x".repeat(4089))),
            must_be("options", "a hash of at most 4096 bytes of JSON"),
        ),
        (
            order(r#""uid":1"#, r#","delivery_ids_position":"second""#),
            must_be("delivery_ids_position", "`first`, `last` or an index from 0"),
        ),
        (order(r#""uid":1"#, r#","delivery_ids_limit":4"#), must_be("delivery_ids_limit", "a whole number from 1 to 3")),
        (order(r#""uid":1"#, r#","delivery_ids_at_limit":true"#), must_be("delivery_ids_at_limit", "`error` or `drop`")),
        (order(r#""uid":1"#, r#","idempotency_key":"""#), must_be("idempotency_key", "a string of 1 to 255 ASCII characters")),
    ] {
        assert_eq!(api.deliver(&body).await.message(422), expected, "{body}");
    }
    for (user, named) in [(r#""uid":2"#, "uid `2`"), (r#""email":"nobody""#, "email `nobody`"), (r#""profile_id":"x""#, "id `x`")] {
        let expected = format!("Profile not found: no profile has the {named}");
        assert_eq!(api.deliver(&order(user, "")).await.message(404), expected);
    }
    assert_eq!(api.delete("/v3/edit/deliveries").await.message(422), must_be("id", "the id of a delivery"));
    assert!(checked(&world, world.account).await.records.is_empty());
}

#[tokio::test]
async fn fields_without_a_meaning_are_ignored_with_a_warning() {
    let world = World::new().await;
    let api = world.api();
    api.upsert(r#"{"uid":1}"#).await.id();
    let reply = api.deliver(&order(r#""uid":1"#, r#","plan":"gold""#)).await;
    delivery(&reply, 201);
    assert_eq!(reply.body["warnings"], json!([{"prop": "plan", "message": "ignored: it means nothing in a delivery"}]));
}

#[tokio::test]
async fn another_accounts_delivery_is_not_found() {
    let world = World::new().await;
    let api = world.api();
    api.upsert(r#"{"uid":1}"#).await.id();
    let id = ordered(&api, "").await;
    let (_, other) = world.new_account(world.client(1)).await;
    other.upsert(r#"{"uid":1}"#).await.id();
    for reply in [other.get(&at(&id)).await, other.patch(&at(&id), "{}").await, other.delete(&at(&id)).await] {
        reply.message(404);
    }
    for query in ["uid=1", "model_id=t1", ""] {
        assert_eq!(listed(&other, query).await.0, [""; 0], "{query}");
    }
    delivery(&api.get(&at(&id)).await, 200);
}
