//! Activity heads: they sum up exactly what each user did, whatever happens to the user.

use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use profiles_tests::heads::{code, sums_of};
use profiles_tests::invariants::{Item, text};
use profiles_tests::{Api, Fault, World};

use super::{checked, event_id};

const TOUR: &str = r#""tour":{"id":"t1"}"#;

/// Returns the head of a profile, if it has one.
async fn head(world: &World, id: &str) -> Option<Item> {
    let heads = checked(world, world.account).await.heads;
    heads.into_iter().find(|head| text(head, "SK").unwrap() == format!("{}#{}", &id[8..], &id[..8]))
}

/// Returns one sum in a head: that of a code and letters.
fn sum(head: &Item, code: &str, of: &str) -> Option<i64> {
    sums_of(head).get(&format!("{code}{of}")).copied()
}

fn survey(button: &str) -> String {
    format!(r#""survey":{{"id":"s1"}},"response":{{{button}"input_text":"x"}}"#)
}

async fn track(api: &Api, user: &str, name: &str) {
    event_id(&api.track(&format!(r#"{{{user},"name":"{name}"}}"#)).await);
}

#[tokio::test]
async fn a_head_has_how_often_first_and_last_of_each_event_and_state_and_the_last_button() {
    let world = World::new().await;
    let api = world.api();
    let user = r#""uid":18821"#;
    let begin = world.now().unix_millis();
    let minute = |number: i64| Some(begin + number * 60_000);
    let mut webhook = 0;
    let mut step = async |kind: &str, data: &str| {
        webhook += 1;
        assert_eq!(api.experience(&webhook.to_string(), kind, user, data).await.status, 200);
        world.wait(Duration::from_mins(1));
    };
    for _ in 0..3 {
        track(&api, user, "Imported Leads").await;
        world.wait(Duration::from_mins(1));
    }
    for kind in ["tour.started", "tour.snoozed", "tour.started", "tour.completed"] {
        step(kind, TOUR).await;
    }
    step("response.finished", &survey(r#""button_order":2,"#)).await;
    step("response.finished", &survey(r#""button_order":0,"#)).await;

    let id = api.retrieve("uid=18821").await.id();
    let seen = head(&world, &id).await.unwrap();
    let event = code("event", "imported_leads");
    assert_eq!(["n", "f", "l"].map(|of| sum(&seen, &event, of)), [Some(3), minute(0), minute(2)]);
    let tour = code("tour", "t1");
    let times = ["sf", "sl", "zf", "zl", "cf", "cl", "ef"].map(|of| sum(&seen, &tour, of));
    assert_eq!(times, [minute(3), minute(5), minute(4), minute(4), minute(6), minute(6), None]);
    let answers = code("survey", "s1");
    assert_eq!(["rf", "rl", "rb"].map(|of| sum(&seen, &answers, of)), [minute(7), minute(8), Some(0)]);

    // The last response may be without a button.
    step("response.finished", &survey("")).await;
    let seen = head(&world, &id).await.unwrap();
    assert_eq!(["rl", "rb"].map(|of| sum(&seen, &answers, of)), [minute(9), None]);
}

#[tokio::test]
async fn a_clear_begins_anew_a_merge_unites_and_a_forget_closes() {
    let world = World::new().await;
    let api = world.api();
    let by_email = api.upsert(r#"{"email":"x@example.com"}"#).await.id();
    let by_uid = api.upsert(r#"{"uid":1}"#).await.id();
    // Nothing is written for a user without activities.
    assert_eq!((head(&world, &by_email).await, head(&world, &by_uid).await), (None, None));
    for (user, times) in [(r#""email":"x@example.com""#, 2), (r#""uid":1"#, 1)] {
        for _ in 0..times {
            track(&api, user, "both").await;
        }
    }
    track(&api, r#""email":"x@example.com""#, "one").await;
    assert_eq!(api.clear(&format!("uid={}", 1)).await.status, 200);
    assert_eq!(sums_of(&head(&world, &by_uid).await.unwrap()).len(), 0);
    track(&api, r#""uid":1"#, "both").await;
    // The event and the merge are one transaction.
    track(&api, r#""uid":1,"email":"x@example.com""#, "both").await;

    let seen = head(&world, &by_uid).await.unwrap();
    assert_eq!(["both", "one"].map(|name| sum(&seen, &code("event", name), "n")), [Some(4), Some(1)]);
    let merged = head(&world, &by_email).await.unwrap();
    assert!(merged.contains_key("CLOSED_AT") && merged.contains_key("EXPIRES_AT"));

    assert_eq!(api.clear("uid=1").await.status, 200);
    assert_eq!(sums_of(&head(&world, &by_uid).await.unwrap()).len(), 0);
    track(&api, r#""uid":1"#, "both").await;
    assert_eq!(api.forget("uid=1").await.status, 200);
    assert!(head(&world, &by_uid).await.unwrap().contains_key("CLOSED_AT"));
    // Whoever comes back has a head of their own.
    track(&api, r#""uid":1"#, "both").await;
    let next = api.retrieve("uid=1").await.id();
    assert_eq!(sum(&head(&world, &next).await.unwrap(), &code("event", "both"), "n"), Some(1));
}

#[tokio::test]
async fn beyond_200_names_an_activity_is_recorded_and_the_answer_says_that_it_is_not_summed_up() {
    let world = World::new().await;
    let api = world.api();
    let id = api.upsert(r#"{"uid":1}"#).await.id();
    for number in 0..200 {
        track(&api, r#""uid":1"#, &format!("e{number}")).await;
    }
    let warned =
        "stored, but searches for users who did this will not find this user, who has 200 other events, tours and Microsurveys already";
    let more = api.track(r#"{"uid":1,"name":"another"}"#).await;
    event_id(&more);
    assert_eq!(more.body["warnings"], serde_json::json!([{"prop": "name", "message": warned}]));
    let webhook = api.experience("w", "tour.started", r#""uid":1"#, TOUR).await;
    assert_eq!(webhook.body["warnings"], serde_json::json!([{"prop": "data.tour.id", "message": warned}]));
    // Those that are known still are.
    let known = api.track(r#"{"uid":1,"name":"e7"}"#).await;
    assert_eq!(known.body["warnings"], serde_json::Value::Null);
    // Also in the transaction of a merge.
    api.upsert(r#"{"email":"x@example.com"}"#).await.id();
    let merging = api.track(r#"{"uid":1,"email":"x@example.com","name":"third"}"#).await;
    assert_eq!(merging.body["warnings"], serde_json::json!([{"prop": "name", "message": warned}]));

    let recorded = profiles_tests::activities::Activities::read(&world, world.account).await;
    assert_eq!((recorded.count("event"), recorded.count("interaction")), (203, 1));
    let seen = recorded.heads.iter().find(|head| text(head, "SK").unwrap() == format!("{}#{}", &id[8..], &id[..8])).unwrap();
    assert_eq!(seen["SUMMED"].as_ss().unwrap().len(), 200);
    assert_eq!(sum(seen, &code("event", "e7"), "n"), Some(2));
}

#[tokio::test]
async fn a_head_that_differs_from_its_profile_is_made_to_agree_and_begins_anew() {
    let world = World::new().await;
    let api = world.api();
    let id = api.upsert(r#"{"uid":1}"#).await.id();
    track(&api, r#""uid":1"#, "before").await;
    assert_eq!(api.clear("uid=1").await.status, 200);
    let stored = head(&world, &id).await.unwrap();
    let (pk, sk) = (stored["PK"].clone(), stored["SK"].clone());
    let put = async |attributes: &[(&str, AttributeValue)]| {
        let mut item: Item = attributes.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        item.extend([("PK".to_owned(), pk.clone()), ("SK".to_owned(), sk.clone())]);
        world.bare.put_item().table_name(&world.tables.activities).set_item(Some(item)).send().await.unwrap();
    };
    let number = |number: u32| AttributeValue::N(number.to_string());
    let delete = world.bare.delete_item().table_name(&world.tables.activities);
    delete.key("PK", pk.clone()).key("SK", sk.clone()).send().await.unwrap();
    track(&api, r#""uid":1"#, "without a head").await;
    put(&[("REV", number(3))]).await;
    track(&api, r#""uid":1"#, "of an earlier generation").await;
    put(&[("REV", number(3)), ("GENERATION", number(9))]).await;
    track(&api, r#""uid":1"#, "of a later generation").await;
    put(&[("CLOSED_AT", AttributeValue::S("2029-04-07T12:18:00.000Z".to_owned()))]).await;
    track(&api, r#""uid":1"#, "closed").await;
    // The sums begin anew: only a restore of tables to different times loses them.
    let seen = world.items(&world.tables.activities).await.into_iter().find(|item| item["SK"] == sk).unwrap();
    assert_eq!(seen["GENERATION"], number(1));
    assert_eq!(sums_of(&seen).len(), 3);
    assert_eq!(sum(&seen, &code("event", "closed"), "n"), Some(1));
    // A merge does it, too.
    put(&[("REV", number(3)), ("GENERATION", number(9))]).await;
    api.upsert(r#"{"email":"x@example.com"}"#).await.id();
    track(&api, r#""uid":1,"email":"x@example.com""#, "merging").await;
    let seen = world.items(&world.tables.activities).await.into_iter().find(|item| item["SK"] == sk).unwrap();
    assert_eq!((seen["GENERATION"].clone(), sums_of(&seen).len()), (number(1), 3));
}

#[tokio::test]
async fn whatever_call_of_a_record_fails_it_is_summed_up_once() {
    let world = World::new().await;
    for fault in Fault::ALL {
        for call in 0.. {
            let (account, api) = world.new_account(world.client(3)).await;
            api.upsert(r#"{"uid":1}"#).await.id();
            api.get("/").await;
            world.wire.break_calls(move |at| (at.number == call).then_some(fault));
            let reply = api.post_under("k", "/v3/observe/hooks/events", r#"{"uid":1,"name":"x"}"#).await;
            let calls = world.wire.take().len();
            world.wire.mend();
            event_id(&reply);
            event_id(&api.post_under("k", "/v3/observe/hooks/events", r#"{"uid":1,"name":"x"}"#).await);
            let recorded = checked(&world, account).await;
            assert_eq!(recorded.count("event"), 1, "{fault:?} at call {call}");
            assert_eq!(sum(&recorded.heads[0], &code("event", "x"), "n"), Some(1), "{fault:?} at call {call}");
            if calls <= call {
                break;
            }
        }
    }
}
