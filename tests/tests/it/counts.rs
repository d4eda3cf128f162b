//! How many requests an operation makes, and what they cost, once the secret is known.

use profiles_tests::World;

/// The calls that `act` makes, and the capacity units they consume.
macro_rules! calls {
    ($world:expr, $act:expr) => {{
        $world.wire.take();
        let _ = $world.meter.take();
        let reply = $act.await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        ($world.wire.take().join(" "), $world.meter.take())
    }};
}

#[tokio::test]
async fn an_upsert_by_uid_is_one_request_and_a_known_users_costs_one_unit() {
    let world = World::new().await;
    let api = world.api();
    api.get("/").await;
    let padding = "x".repeat(700);
    let (created, _) = calls!(world, api.upsert(&format!(r#"{{"uid":18821,"role":"admin","padding":"{padding}"}}"#)));
    assert_eq!(created, "UpdateItem");
    assert_eq!(calls!(world, api.upsert(r#"{"uid":18821,"role":"owner"}"#)), ("UpdateItem".into(), 1.0));
    let id = api.retrieve("uid=18821").await.id();
    assert_eq!(calls!(world, api.upsert(&format!(r#"{{"id":"{id}","role":"owner"}}"#))), ("UpdateItem".into(), 1.0));
}

#[tokio::test]
async fn an_email_costs_a_second_request_only_when_it_is_new() {
    let world = World::new().await;
    let api = world.api();
    api.get("/").await;
    let body = r#"{"uid":18821,"email":"leon@chmln.co","role":"admin"}"#;
    assert_eq!(calls!(world, api.upsert(body)).0, "UpdateItem TransactWriteItems");
    assert_eq!(calls!(world, api.upsert(body)), ("UpdateItem".into(), 1.0));
    assert_eq!(calls!(world, api.upsert(r#"{"email":"leon@chmln.co","role":"owner"}"#)), ("GetItem UpdateItem".into(), 2.0));
}

#[tokio::test]
async fn a_retrieve_reads_the_profile_and_where_it_is_shown_its_company() {
    let world = World::new().await;
    let api = world.api();
    let id = api.upsert(r#"{"uid":18821,"email":"leon@chmln.co"}"#).await.id();
    assert_eq!(calls!(world, api.retrieve("uid=18821")), ("GetItem".into(), 1.0));
    assert_eq!(calls!(world, api.get(&format!("/v3/analyze/profiles/{id}"))).0, "GetItem");
    assert_eq!(calls!(world, api.retrieve("email=leon@chmln.co")).0, "GetItem GetItem");
    api.upsert(r#"{"uid":18821,"company_uid":931}"#).await.id();
    assert_eq!(calls!(world, api.retrieve("uid=18821")).0, "GetItem GetItem");
    assert_eq!(calls!(world, api.retrieve("uid=18821&expand[company]=skip")).0, "GetItem");
    assert_eq!(calls!(world, api.retrieve("uid=18821&expand[profile]=min")).0, "GetItem");
}

#[tokio::test]
async fn a_company_costs_further_requests_only_the_first_time_an_instance_names_it() {
    let world = World::new().await;
    let api = world.api();
    api.get("/").await;
    let body = r#"{"uid":18821,"company_uid":931}"#;
    // Founded together with the profile's write, which is read for it.
    assert_eq!(calls!(world, api.upsert(body)).0, "GetItem GetItem TransactWriteItems");
    assert_eq!(calls!(world, api.upsert(body)), ("UpdateItem".into(), 1.0));
    let other_instance = world.api();
    other_instance.get("/").await;
    assert_eq!(calls!(world, other_instance.upsert(body)).0, "GetItem UpdateItem");
    let with_properties = r#"{"uid":18821,"company":{"uid":931,"name":"Acme"}}"#;
    assert_eq!(calls!(world, api.upsert(with_properties)).0, "UpdateItem UpdateItem");
}
