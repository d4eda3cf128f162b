//! The README's and the guide's commands give the answers that are shown.

use profiles_tests::readme::{Reader, examples};
use serde_json::{Value, json};

const ID: &str = "6b038e7b0bac7c97f4767fb7";
const OTHER: &str = "6b038e7b8108a6cd6c650a69";
const OWN: &str = "5f3c4232c712de665632a6d5";

#[test]
fn an_id_may_be_another_but_the_same_everywhere() {
    let fits = |shown: [&str; 2], own: [&str; 2]| Reader::new("").fits(&json!(shown), &json!(own));
    assert!(fits([ID, ID], [OWN, OWN]));
    assert!(fits([ID, OTHER], [OWN, ID]));
    assert!(!fits([ID, ID], [OWN, OTHER]));
    assert!(!fits([ID, ID], [OWN, "no id"]));
}

#[test]
fn times_and_percents_may_be_others_and_all_else_is_as_shown() {
    let (time, own_time) = ("2026-11-23T00:53:15.376Z", "2029-04-07T12:18:00.000Z");
    for (shown, own, fitting) in [
        (json!(time), json!(own_time), true),
        (json!(time), json!("2029-04-07"), false),
        (json!({"percent": 45.982}), json!({"percent": 1}), true),
        (json!({"percent": 45.982}), json!({"percent": 100}), false),
        (json!({"seats": 12}), json!({"seats": 13}), false),
        (json!({"seats": 12}), json!({"seats": 12, "plan": "gold"}), false),
        (json!({"seats": 12, "plan": null}), json!({"seats": 12}), false),
        (json!([1, 2]), json!([1]), false),
        (json!("18821"), json!("18822"), false),
    ] {
        assert_eq!(Reader::new("").fits(&shown, &own), fitting, "{shown} {own}");
    }
}

#[test]
fn the_documents_commands_have_the_answers_below_them() {
    let examples = examples();
    let answer = |beginning: &str| {
        let example = examples.iter().find(|example| example.command.contains(beginning));
        example.unwrap_or_else(|| panic!("{beginning}")).answer.clone()
    };
    assert!(examples.iter().any(|example| example.document == "README.md"), "{examples:?}");
    assert!(examples.iter().any(|example| example.document == "docs/guide.md"), "{examples:?}");
    assert_eq!(answer("firstName"), Some(json!({"profile": {"id": ID}})));
    assert_eq!(answer("uid=nobody").unwrap()["code"], 404);
    assert_eq!(answer("/v3/analyze/tours/").unwrap()["tour"]["stats"]["started_count"], 1);
    assert_eq!(answer("-X DELETE $API/v3/edit/deliveries/"), None::<Value>);
}
