//! Listing, showing, creating and changing properties.

use std::time::Duration;

use http::header::CONTENT_TYPE;
use profiles_api::Request;
use profiles_tests::api::request;
use profiles_tests::{Api, World};
use serde_json::{Value, json};

use super::{PROPERTIES, listed, properties, property};

/// A request with its secret in the header, and the same request with it elsewhere, and as a form where it has a body.
fn spellings(api: &Api, method: &str, path: &str, fields: &[(&str, &str)]) -> Vec<Request> {
    let secret = ("account_secret", api.secret());
    let json = |fields: &[(&str, &str)]| {
        let fields: serde_json::Map<String, Value> = fields.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
        Value::Object(fields).to_string()
    };
    let form = |fields: &[(&str, &str)]| serde_urlencoded_of(fields);
    let with_secret: Vec<_> = fields.iter().copied().chain([secret]).collect();
    let target = |query: &str| format!("{path}?{query}");
    let mut as_form = request(method, path, form(&with_secret).as_bytes());
    as_form.headers.insert(CONTENT_TYPE, "application/x-www-form-urlencoded".parse().unwrap());
    let mut all = vec![api.with_secret(request(method, &target(&form(fields)), b"")), request(method, &target(&form(&with_secret)), b"")];
    if method != "GET" {
        all.push(api.with_secret(request(method, path, json(fields).as_bytes())));
        all.push(request(method, path, json(&with_secret).as_bytes()));
        all.push(as_form);
    }
    all
}

fn serde_urlencoded_of(fields: &[(&str, &str)]) -> String {
    let encode = |text: &str| percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string();
    fields.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect::<Vec<_>>().join("&")
}

#[tokio::test]
async fn the_examples_of_the_documentation_are_answered_in_every_spelling() {
    let world = World::new().await.telling();
    let api = world.api();
    for cost in [394, 239, 1218, 442, 678] {
        api.upsert(&format!(r#"{{"uid":{cost},"plan_cost":{cost}}}"#)).await.id();
    }
    let id = property(&api, "profile", "plan_cost").await["id"].as_str().unwrap().to_owned();
    // A property is given a name.
    let path = format!("{PROPERTIES}/{id}");
    for method in ["PUT", "PATCH"] {
        for (place, sent) in spellings(&api, method, &path, &[("name", "Monthly plan value (dollars USD)")]).into_iter().enumerate() {
            let reply = api.send(sent).await;
            assert_eq!(
                (reply.status, &reply.body["property"]["name"]),
                (200, &json!("Monthly plan value (dollars USD)")),
                "{method} {place}"
            );
        }
    }
    // Listed by when they were last seen; from this API, or from another integration, of which there are none.
    for (fields, expected) in [
        (vec![("kind", "profile"), ("integration", "api"), ("order", "last_seen_at")], 1),
        (vec![("kind", "profile")], 1),
        (vec![("kind", "profile"), ("order", "created_at")], 1),
        (vec![("kind", "company"), ("integration", "salesforce")], 0),
        (vec![("kind", "profile"), ("integration", "salesforce")], 0),
    ] {
        for sent in spellings(&api, "GET", PROPERTIES, &fields) {
            let found = properties(&api.send(sent).await);
            assert_eq!(found.len(), expected, "{fields:?}");
            if let Some(found) = found.first() {
                assert_eq!(found["name"], "Monthly plan value (dollars USD)");
                assert_eq!((&found["prop"], &found["types"]), (&json!("plan_cost"), &json!(["integer"])));
                assert_eq!(found["values"], json!([678, 442, 1218, 239, 394]));
            }
        }
    }
    // Created, of each kind.
    for (place, kind) in ["profile", "company", "event", "profile", "company"].into_iter().enumerate() {
        let name = format!("Lifetime value {place}");
        let fields = [("name", name.as_str()), ("description", "What they paid"), ("kind", kind)];
        let sent = spellings(&api, "POST", PROPERTIES, &fields).into_iter().nth(place).unwrap();
        let reply = api.send(sent).await;
        assert_eq!(reply.status, 201, "{}", reply.text);
        let created = &reply.body["property"];
        assert_eq!((&created["name"], &created["kind"], &created["description"]), (&json!(name), &json!(kind), &json!("What they paid")));
        assert_eq!((&created["prop"], &created["values"]), (&json!(format!("lifetime_value_{place}")), &json!([])));
        assert_eq!((&created["types"], &created["last_seen_at"]), (&json!([]), &json!(null)));
        for sent in spellings(&api, "GET", &format!("{PROPERTIES}/{}", created["id"].as_str().unwrap()), &[]) {
            assert_eq!(&api.send(sent).await.body["property"], created);
        }
    }
}

#[tokio::test]
async fn a_created_property_is_the_one_that_is_sent_later_and_is_created_once() {
    let world = World::new().await.telling();
    let api = world.api();
    let created = api.post(PROPERTIES, r#"{"kind":"profile","name":"Plan Name","description":"Theirs"}"#).await;
    let id = created.body["property"]["id"].as_str().unwrap().to_owned();
    let again = api.post(PROPERTIES, r#"{"kind":"profile","name":"plan_name"}"#).await;
    assert_eq!(again.message(409), format!("Conflict: the property `plan_name` is there already, change the one with the id `{id}`"));
    assert_eq!(api.post(PROPERTIES, r#"{"kind":"company","name":"plan_name"}"#).await.status, 201);
    world.wait(Duration::from_secs(60));
    api.upsert(r#"{"uid":1,"planName":"gold"}"#).await.id();
    let found = property(&api, "profile", "plan_name").await;
    assert_eq!(
        (found["id"].as_str(), found["name"].as_str(), found["description"].as_str()),
        (Some(&*id), Some("Plan Name"), Some("Theirs"))
    );
    assert_eq!((&found["types"], &found["values"]), (&json!(["string"]), &json!(["gold"])));
    assert_eq!((&found["created_at"], &found["last_seen_at"]), (&json!("2029-04-07T12:18:00.000Z"), &json!("2029-04-07T12:19:00.000Z")));
    // What a client reads and sends back changes what may be changed.
    world.wait(Duration::from_secs(60));
    let mut whole = found.clone();
    whole["name"] = json!("Plan");
    whole["description"] = json!(null);
    let changed = api.send(api.with_secret(request("PUT", &format!("{PROPERTIES}/{id}"), whole.to_string().as_bytes()))).await;
    assert_eq!((changed.status, &changed.body["property"]["description"]), (200, &json!(null)));
    assert_eq!(changed.body["property"]["updated_at"], "2029-04-07T12:20:00.000Z");
    assert_eq!(changed.body["warnings"].as_array().unwrap().len(), 8, "{}", changed.text);
    for (name, value) in found.as_object().unwrap() {
        if !["name", "description", "updated_at"].contains(&name.as_str()) {
            assert_eq!(&changed.body["property"][name], value, "{name}");
        }
    }
    assert_eq!(api.patch(&format!("{PROPERTIES}/{id}"), "{}").await.body["property"], changed.body["property"]);
    assert_eq!(property(&api, "profile", "plan_name").await, changed.body["property"]);
}

#[tokio::test]
async fn lists_are_read_in_pages_in_either_order() {
    let world = World::new().await.telling();
    let api = world.api();
    for number in 0..7 {
        api.upsert(&format!(r#"{{"uid":1,"p{number}":{number}}}"#)).await.id();
        world.wait(Duration::from_millis(if number % 2 == 0 { 1 } else { 1_500 }));
    }
    api.post(PROPERTIES, r#"{"kind":"profile","name":"never sent"}"#).await;
    world.wait(Duration::from_secs(2 * 3_600));
    api.upsert(r#"{"uid":1,"p2":2}"#).await.id();
    for (order, expected) in [
        ("created_at", ["never_sent", "p6", "p5", "p4", "p3", "p2", "p1", "p0"]),
        ("last_seen_at", ["p2", "p6", "p5", "p4", "p3", "p1", "p0", "never_sent"]),
    ] {
        for limit in [1, 3, 8, 500] {
            let (mut found, mut before) = (Vec::new(), String::new());
            loop {
                let reply = api.get(&format!("{PROPERTIES}?kind=profile&order={order}&limit={limit}{before}")).await;
                assert!(reply.text.starts_with(r#"{"properties":["#));
                let page = properties(&reply);
                assert!(page.len() <= limit && !page.is_empty());
                found.extend(page.iter().map(|property| property["prop"].as_str().unwrap().to_owned()));
                assert_eq!(reply.body["cursor"]["limit"], limit);
                match reply.body["cursor"]["before"].as_str() {
                    Some(next) => before = format!("&before={next}"),
                    None => break,
                }
            }
            assert_eq!(found, expected, "{order} {limit}");
        }
    }
    let count = async |query: &str| properties(&api.get(&format!("{PROPERTIES}?kind=profile&{query}")).await).len();
    assert_eq!(count("after=2029-04-07T12:18:01Z").await + count("before=2029-04-07T12:18:01Z").await, 8);
    assert_eq!(count("before=2029-01-01").await, 0);
    assert_eq!(count("order=last_seen_at&after=2029-04-07T14:00:00Z").await, 1);
}

#[tokio::test]
async fn bad_input_is_refused_by_its_field_and_changes_nothing() {
    let world = World::new().await.telling();
    let api = world.api();
    api.upsert(r#"{"uid":1,"role":"admin"}"#).await.id();
    let id = property(&api, "profile", "role").await["id"].as_str().unwrap().to_owned();
    let before = world.items(&world.tables.properties).await;
    let one = format!("{PROPERTIES}/{id}");
    let long = format!(r#"{{"name":"{}"}}"#, "x".repeat(256));
    let unknown = format!("{PROPERTIES}/5f3c4232c712de665632a6d9");
    let other_time = format!("{PROPERTIES}/00000000{}", &id[8..]);
    for (method, target, body, status, part) in [
        ("GET", PROPERTIES.to_owned(), "", 422, "`kind` must be"),
        ("GET", format!("{PROPERTIES}?kind=user"), "", 422, "`kind` must be"),
        ("GET", format!("{PROPERTIES}?kind="), "", 422, "`kind` must be"),
        ("GET", format!("{PROPERTIES}?kind[]=profile"), "", 422, "`kind` must be"),
        ("GET", format!("{PROPERTIES}?kind=profile&order=name"), "", 422, "`order` must be"),
        ("GET", format!("{PROPERTIES}?kind=profile&order=updated_at"), "", 422, "`order` must be"),
        ("GET", format!("{PROPERTIES}?kind=profile&limit=0"), "", 422, "`limit` must be"),
        ("GET", format!("{PROPERTIES}?kind=profile&limit=501"), "", 422, "`limit` must be"),
        ("GET", format!("{PROPERTIES}?kind=profile&before=x"), "", 422, "`before` must be"),
        ("GET", format!("{PROPERTIES}?kind=profile&integration[]=api"), "", 422, "`integration` must be"),
        ("POST", PROPERTIES.to_owned(), "", 422, "`kind` must be"),
        ("POST", PROPERTIES.to_owned(), r#"{"kind":"profile"}"#, 422, "`name` must be"),
        ("POST", PROPERTIES.to_owned(), r#"{"kind":"profile","name":"..."}"#, 422, "`name` must be"),
        ("POST", PROPERTIES.to_owned(), r#"{"kind":"profile","name":7}"#, 422, "`name` must be"),
        ("POST", PROPERTIES.to_owned(), r#"{"kind":"profile","name":"E-mail","description":["a"]}"#, 422, "`description` must be"),
        ("POST", PROPERTIES.to_owned(), r#"{"kind":"profile","name":"Email"}"#, 422, "`name` must be another name"),
        ("POST", PROPERTIES.to_owned(), r#"{"kind":"profile","name":"Role"}"#, 409, "is there already"),
        ("POST", PROPERTIES.to_owned(), "[]", 422, "the body must be a JSON object"),
        ("PATCH", one.clone(), r#"{"name":null}"#, 422, "`name` must be"),
        ("PATCH", one.clone(), r#"{"name":""}"#, 422, "`name` must be"),
        ("PUT", one.clone(), long.as_str(), 422, "`name` must be"),
        ("PUT", one.clone(), r#"{"description":1}"#, 422, "`description` must be"),
        ("PUT", unknown.clone(), r#"{"name":"a"}"#, 404, "Property not found: "),
        ("GET", unknown, "", 404, "Property not found: no property has the id `5f3c4232c712de665632a6d9`"),
        ("GET", other_time, "", 404, "Property not found: "),
        ("GET", format!("{PROPERTIES}/plan_cost"), "", 404, "Property not found: "),
        ("DELETE", one, "", 404, "Endpoint not found: "),
    ] {
        let reply = api.send(api.with_secret(request(method, &target, body.as_bytes()))).await;
        assert!(reply.message(status).contains(part), "{method} {target} {body}: {}", reply.text);
    }
    assert_eq!(api.send(request("GET", &format!("{PROPERTIES}?kind=profile"), b"")).await.status, 403);
    assert_eq!(world.items(&world.tables.properties).await, before);
    assert_eq!(listed(&api, "profile").await.len(), 1);
}
