//! The events in `events/` get the expected answers beside them from their functions.

use profiles_tests::events::{OTHER_SECRET, SECRET, cases, check, check_that_each_account_has_its_own, event, expected, fits, is_request};
use serde_json::{Value, json};

use crate::local_api::local_api;

#[test]
fn every_event_gets_the_answer_beside_it_and_no_account_sees_anothers_data() {
    let api = local_api();
    api.account_with(SECRET);
    api.account_with(OTHER_SECRET);
    let invoke = |function: &str, event: &str| Ok(api.invoke(function, event));
    let cases = cases();
    assert!(cases.len() >= 70, "{cases:?}");
    // One after the other, because all are about the same few profiles.
    for case in cases {
        check(&invoke, &case).unwrap_or_else(|failure| panic!("{failure}"));
    }
    // Last, because from here on the other account has such a user, too.
    check_that_each_account_has_its_own(&invoke).unwrap_or_else(|failure| panic!("{failure}"));
}

/// The expected answer depends on the route in the event. The template must have that route, with this function.
#[test]
fn every_event_is_one_that_the_api_hands_to_its_function() {
    let routes = profiles_tests::world::template().routes();
    for case in cases() {
        let event: Value = serde_json::from_str(&event(&case)).unwrap();
        if !is_request(&expected(&case)) {
            assert!(event["requestContext"].is_null(), "{case}");
            continue;
        }
        let http = &event["requestContext"]["http"];
        assert_eq!(event["version"], "2.0", "{case}");
        assert_eq!(event["rawPath"], http["path"], "{case}");
        assert_eq!(event["routeKey"], event["requestContext"]["routeKey"], "{case}");
        let key = event["routeKey"].as_str().unwrap();
        let route = routes
            .iter()
            .find(|route| if route.is_default() { key == route.path } else { key == format!("{} {}", route.method, route.path) });
        let route = route.unwrap_or_else(|| panic!("{case}: the template has no route {key}"));
        assert_eq!(Some(route.binary.as_str()), case.split('/').next(), "{case}");
        assert!(route.is_default() || http["method"] == route.method, "{case}");
    }
}

/// A request that finds an account's data by an id, a uid or an address must not find it for another account.
#[test]
fn every_event_that_finds_what_another_one_stored_says_what_another_account_is_answered() {
    for case in cases() {
        let expected = expected(&case);
        let finds = is_request(&expected) && !expected["after"].is_null();
        // This case finds the key of an event, and another account stores an event of its own.
        let stores = case == "events/idempotency_key_taken";
        assert_eq!(expected["other_account"].is_object(), finds && !stores, "{case}");
    }
}

#[test]
fn a_star_matches_any_text_and_alone_any_value() {
    for (expected, found, fitting) in [
        (json!("*"), json!(null), true),
        (json!("*"), json!({"a": 1}), true),
        (json!("a*c"), json!("abc"), true),
        (json!("a*c"), json!("ac"), true),
        (json!("a*c"), json!("é"), false),
        (json!("*é*"), json!("aéb"), true),
        (json!("a*"), json!("ba"), false),
        (json!("a"), json!("ab"), false),
        (json!({"a": "*"}), json!({"a": [1]}), true),
        (json!({"a": "*"}), json!({}), false),
        (json!({"a": "*"}), json!({"a": 1, "b": 2}), false),
        (json!(["*"]), json!([1, 2]), false),
        (json!(1), json!("1"), false),
    ] {
        assert_eq!(fits(&expected, &found), fitting, "{expected} {found}");
    }
}
