//! The membership of profiles in companies.

use std::time::Duration;

use profiles_tests::{Api, World};
use serde_json::{Value, json};

/// Returns the company of a profile; null if it has none.
async fn company_of(api: &Api, uid: &str) -> Value {
    api.retrieve(&format!("uid={uid}&expand[company]=all")).await.profile()["company"].clone()
}

#[tokio::test]
async fn a_company_comes_into_being_with_the_first_profile_that_names_it() {
    let world = World::new().await;
    let api = world.api();
    api.upsert(r#"{"uid":18821,"company_uid":931}"#).await.id();
    let company = company_of(&api, "18821").await;
    let id = company["id"].as_str().unwrap().to_owned();
    assert_eq!((id.len(), id.split_at(8).0), (24, format!("{:08x}", 1_870_258_680).as_str()));
    world.wait(Duration::from_secs(5));
    for (uid, fields) in [
        ("1", r#""company_uid":"931""#.to_owned()),
        ("2", r#""company":{"uid":931}"#.to_owned()),
        ("3", format!(r#""company_id":"{id}""#)),
        ("4", r#""company_id":931"#.to_owned()),
        ("5", format!(r#""company":{{"id":"{id}"}}"#)),
        ("6", r#""companyUid":931"#.to_owned()),
        ("7", format!(r#""companyId":"{id}""#)),
        ("8", r#""Company":{"UID":"931"}"#.to_owned()),
        ("9", format!(r#""company_id":"{id}","company_uid":931,"company":{{"uid":"931"}}"#)),
    ] {
        // Also from an instance that has not seen the company.
        for api in [&api, &world.api()] {
            let reply = api.upsert(&format!(r#"{{"uid":{uid},{fields}}}"#)).await;
            assert_eq!(reply.body, json!({"profile": {"id": reply.id()}}), "{fields}");
            assert_eq!(company_of(api, uid).await, company, "{fields}");
        }
    }
    assert_eq!(world.items(&world.tables.companies).await.len(), 1);
}

#[tokio::test]
async fn a_company_id_that_is_no_id_is_the_uid_of_a_company() {
    let world = World::new().await;
    let api = world.api();
    let uuid = "72d8ce91-fa3c-40f4-954d-4a8e8319a61e";
    for (uid, company_uid) in [("1", uuid), ("2", "5f3c4232c712de665632a6e"), ("3", "5f3c4232c712de665632a6e8a"), ("4", "931")] {
        api.upsert(&format!(r#"{{"uid":{uid},"company_id":"{company_uid}"}}"#)).await.id();
        assert_eq!(company_of(&api, uid).await["uid"], company_uid);
    }
    api.upsert(&format!(r#"{{"uid":5,"company_uid":"{uuid}"}}"#)).await.id();
    assert_eq!(company_of(&api, "5").await, company_of(&api, "1").await);
    assert_eq!(world.items(&world.tables.companies).await.len(), 4);
}

#[tokio::test]
async fn null_in_any_of_the_three_fields_ends_the_membership() {
    let world = World::new().await;
    let api = world.api();
    for field in ["company_id", "company_uid", "company", "companyUid"] {
        api.upsert(r#"{"uid":18821,"company_uid":931}"#).await.id();
        let member = api.retrieve("uid=18821").await;
        assert_eq!(member.profile()["company"]["uid"], "931");
        let reply = api.upsert(&format!(r#"{{"uid":18821,"{field}":null}}"#)).await;
        assert_eq!(reply.body, json!({"profile": {"id": reply.id()}}), "{field}");
        let left = api.retrieve("uid=18821").await;
        assert!(left.profile().get("company").is_none() && left.profile().get("company_id").is_none(), "{field}: {}", left.text);
    }
    // For a user without a company, and for a new user.
    for body in [r#"{"uid":18821,"company_uid":null}"#, r#"{"uid":"new","company":null}"#, r#"{"email":"new@chmln.co","company_id":null}"#]
    {
        assert_eq!(api.upsert(body).await.status, 200, "{body}");
    }
    assert_eq!(world.items(&world.tables.companies).await.len(), 1);
}

#[tokio::test]
async fn a_membership_lasts_until_another_company_or_null_is_sent() {
    let world = World::new().await;
    let api = world.api();
    api.upsert(r#"{"uid":18821,"company_uid":931}"#).await.id();
    for body in [r#"{"uid":18821,"plan":"gold"}"#, r#"{"uid":18821,"company_uid":""}"#, r#"{"uid":18821,"company":{}}"#] {
        api.upsert(body).await.id();
        assert_eq!(company_of(&api, "18821").await["uid"], "931", "{body}");
    }
    api.upsert(r#"{"uid":18821,"company_uid":632}"#).await.id();
    assert_eq!(company_of(&api, "18821").await["uid"], "632");
    assert_eq!(world.items(&world.tables.companies).await.len(), 2);
}

#[tokio::test]
async fn every_way_to_name_a_profile_makes_it_a_member() {
    let world = World::new().await;
    let api = world.api();
    let id = api.upsert(r#"{"uid":"a","company_uid":1}"#).await.id();
    api.upsert(r#"{"email":"b@chmln.co","company_uid":1}"#).await.id();
    api.upsert(r#"{"uid":"c","email":"c@chmln.co","company_uid":1}"#).await.id();
    for query in ["uid=a", "email=b@chmln.co", "uid=c"] {
        assert_eq!(api.retrieve(query).await.profile()["company"]["uid"], "1", "{query}");
    }
    for (body, query) in [
        (format!(r#"{{"id":"{id}","company_uid":2}}"#), "uid=a"),
        (r#"{"email":"b@chmln.co","company_uid":2}"#.to_owned(), "email=b@chmln.co"),
        (r#"{"uid":"c","email":"new@chmln.co","company_uid":2}"#.to_owned(), "email=new@chmln.co"),
    ] {
        api.upsert(&body).await.id();
        assert_eq!(api.retrieve(query).await.profile()["company"]["uid"], "2", "{body}");
        let left = body.replace("\"company_uid\":2", "\"company_uid\":null");
        api.upsert(&left).await.id();
        assert!(api.retrieve(query).await.profile().get("company").is_none(), "{left}");
    }
}

#[tokio::test]
async fn a_merged_profile_keeps_the_company_of_the_uid_before_that_of_the_email() {
    let world = World::new().await;
    let api = world.api();
    for (uid, own, expected) in [("a", r#","company_uid":"own""#, "own"), ("b", "", "twin")] {
        api.upsert(&format!(r#"{{"uid":"{uid}"{own}}}"#)).await.id();
        api.upsert(&format!(r#"{{"email":"{uid}@chmln.co","company_uid":"twin"}}"#)).await.id();
        api.upsert(&format!(r#"{{"uid":"{uid}","email":"{uid}@chmln.co"}}"#)).await.id();
        assert_eq!(company_of(&api, uid).await["uid"], expected);
    }
}

#[tokio::test]
async fn the_properties_of_a_company_are_normalized_and_belong_to_it_alone() {
    let world = World::new().await;
    let api = world.api();
    let reply = api
        .upsert(
            r#"{"uid":18821,"plan":"free","company":{"uid":931,"name":"Acme","Plan":"scale","mrr":"1250.5","signedUpAt":1392731331,"tags":["a",null],"deep":{"a":{"b":{"c":{"d":1}}}},"closed":null}}"#,
        )
        .await;
    assert_eq!(reply.body["warnings"], json!([{"prop": "company.deep.a.b.c", "message": "hashes go 3 levels deep: stored as JSON text"}]));
    let company = company_of(&api, "18821").await;
    let at = "2029-04-07T12:18:00.000Z";
    assert_eq!(
        company,
        json!({
            "id": company["id"], "created_at": at, "updated_at": at, "uid": "931",
            "name": "Acme", "plan": "scale", "mrr": 1250.5, "signed_up_at": "2014-02-18T13:48:51.000Z", "tags": ["a"],
            "deep": {"a": {"b": {"c": r#"{"d":1}"#}}}, "closed": null,
        })
    );
    assert_eq!(api.retrieve("uid=18821").await.profile()["plan"], "free");
}

#[tokio::test]
async fn properties_of_a_company_that_are_not_sent_stay_and_the_time_of_its_update_shows_the_change() {
    let world = World::new().await;
    let api = world.api();
    api.upsert(r#"{"uid":18821,"company":{"uid":931,"name":"Acme","seats":12}}"#).await.id();
    world.wait(Duration::from_secs(1));
    api.upsert(r#"{"uid":28421,"company_uid":931}"#).await.id();
    let at = "2029-04-07T12:18:00.000Z";
    let mut company = company_of(&api, "18821").await;
    assert_eq!((&company["created_at"], &company["updated_at"]), (&json!(at), &json!(at)));
    world.wait(Duration::from_secs(1));
    api.upsert(r#"{"uid":28421,"company":{"uid":931,"seats":13}}"#).await.id();
    company["seats"] = json!(13);
    company["updated_at"] = json!("2029-04-07T12:18:02.000Z");
    assert_eq!(company_of(&api, "18821").await, company);
}

#[tokio::test]
async fn what_a_request_may_not_set_on_a_company_is_ignored_with_a_warning() {
    let world = World::new().await;
    let api = world.api();
    let ignored = "ignored: only the service itself sets it";
    for (company, warnings) in [
        (
            r#"{"uid":931,"created_at":1,"updatedAt":2}"#.to_owned(),
            json!([{"prop": "company.created_at", "message": ignored}, {"prop": "company.updated_at", "message": ignored}]),
        ),
        (r#"{"uid":931,"!!!":1}"#.to_owned(), json!([{"prop": "company.!!!", "message": "dropped: the name has no letter or digit"}])),
        (
            r#"{"uid":931,"name":"Acme","Name":"Acme"}"#.to_owned(),
            json!([{"prop": "company.name", "message": "sent more than once: the last value is kept"}]),
        ),
        (format!(r#"{{"uid":931,"name":"{}"}}"#, "x".repeat(769)), json!([{"prop": "company.name", "message": "cut to 768 bytes"}])),
    ] {
        let reply = api.upsert(&format!(r#"{{"uid":18821,"company":{company}}}"#)).await;
        assert_eq!(reply.body["warnings"], warnings, "{company}");
        assert_eq!(company_of(&api, "18821").await["created_at"], "2029-04-07T12:18:00.000Z");
    }
}

#[tokio::test]
async fn what_is_no_company_is_ignored_with_a_warning() {
    let world = World::new().await;
    let api = world.api();
    let no_object = "ignored: a company is an object with its `uid` and properties, or named by `company_uid`";
    for (uid, company, message) in [
        ("1", r#""Acme""#, no_object),
        ("2", "931", no_object),
        ("3", "true", no_object),
        ("4", "[]", no_object),
        ("5", r#"{"name":"Acme"}"#, "ignored: it has no `uid` that says which company it is"),
        ("6", r#"{"uid":"","name":"Acme"}"#, "ignored: it has no `uid` that says which company it is"),
    ] {
        let reply = api.upsert(&format!(r#"{{"uid":{uid},"company":{company},"plan":"gold"}}"#)).await;
        assert_eq!(reply.body["warnings"], json!([{"prop": "company", "message": message}]), "{company}");
        let found = api.retrieve(&format!("uid={uid}")).await;
        assert!(found.profile().get("company").is_none(), "{company}");
        assert_eq!(found.profile()["plan"], "gold");
    }
    assert!(world.items(&world.tables.companies).await.is_empty());
}

#[tokio::test]
async fn a_company_may_have_more_properties_than_an_expression_holds() {
    let world = World::new().await;
    let api = world.api();
    for count in [250, 300, 600] {
        let properties: String = (0..count).map(|n| format!(r#","p{n}":{n}"#)).collect();
        let reply = api.upsert(&format!(r#"{{"uid":18821,"company":{{"uid":"wide{count}"{properties}}}}}"#)).await;
        assert_eq!(reply.status, 200, "{count} properties: {}", reply.text);
        let company = company_of(&api, "18821").await;
        for n in 0..count {
            assert_eq!(company[format!("p{n}")], n);
        }
    }
}

#[tokio::test]
async fn properties_that_are_too_large_for_the_company_are_left_out_with_a_warning() {
    let world = World::new().await;
    let api = world.api();
    api.upsert(r#"{"uid":18821,"plan":"free","company":{"uid":931,"name":"Acme"}}"#).await.id();
    let item = format!(r#""{}""#, "x".repeat(700));
    let body = format!(r#"{{"uid":18821,"plan":"gold","company":{{"uid":931,"notes":[{}]}}}}"#, vec![item; 600].join(","));
    let reply = api.upsert(&body).await;
    assert_eq!(
        reply.body["warnings"],
        json!([{"prop": "company", "message": "not stored, or only in part: the company would be larger than 400 KB, the most that can be stored"}])
    );
    let found = api.retrieve("uid=18821&expand[company]=all").await;
    assert_eq!(found.profile()["plan"], "gold");
    assert_eq!((&found.profile()["company"]["name"], found.profile()["company"].get("notes")), (&"Acme".into(), None));
}

#[tokio::test]
async fn accounts_have_companies_of_their_own() {
    let world = World::new().await;
    let api = world.api();
    api.upsert(r#"{"uid":18821,"company":{"uid":931,"name":"Acme"}}"#).await.id();
    let company = company_of(&api, "18821").await;
    let before = world.everything().await;
    let (_, secret) = world.other_account().await;
    let mut other = profiles_tests::api::request(
        "POST",
        &format!("/v3/observe/hooks/profiles?account_secret={secret}"),
        format!(r#"{{"uid":18821,"company_id":{}}}"#, company["id"]).as_bytes(),
    );
    let id = company["id"].as_str().unwrap();
    assert_eq!(
        api.send(std::mem::take(&mut other)).await.message(422),
        format!("Unprocessable: no company has the `company_id` `{id}`, send its `company_uid` to create it")
    );
    assert_eq!(world.everything().await, before);
    let own = profiles_tests::api::request(
        "POST",
        &format!("/v3/observe/hooks/profiles?account_secret={secret}"),
        br#"{"uid":18821,"company_uid":931}"#,
    );
    assert_eq!(api.send(own).await.status, 200);
    assert_eq!(company_of(&api, "18821").await, company);
    assert_eq!(world.items(&world.tables.companies).await.len(), 2);
}
