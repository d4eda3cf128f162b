//! The limits on sizes.

use super::*;

#[tokio::test]
async fn a_profile_over_400_kb_is_refused_and_changes_nothing() {
    let world = World::new().await;
    let api = account_with_users(&world).await;
    let half = array_of(400);
    let id = api.upsert(&format!(r#"{{"uid":"half","first":{half}}}"#)).await.id();
    api.upsert(&format!(r#"{{"email":"half@chmln.co","first":{half}}}"#)).await.id();
    let mut table = table(&api);
    let mut too_large = |name: &str, body: String| table.upsert(name, body, 422, PROFILE_TOO_LARGE);
    for fields in [r#""uid":"new""#, r#""uid":18821"#, r#""email":"new@chmln.co""#, r#""uid":"new","email":"new@chmln.co""#] {
        too_large(&format!("one property: {fields}"), format!("{{{fields},\"notes\":{}}}", array_of(600)));
        too_large(&format!("600 properties: {fields}"), format!("{{{fields}{}}}", large_properties(600)));
    }
    for fields in [r#""uid":"half""#, r#""email":"half@chmln.co""#, &format!(r#""id":"{id}""#), r#""uid":"half","email":"new@chmln.co""#] {
        too_large(&format!("adding up: {fields}"), format!("{{{fields},\"second\":{half}}}"));
        too_large(&format!("adding up by 300 properties: {fields}"), format!("{{{fields}{}}}", large_properties(300)));
    }
    let merged = format!(r#"{{"uid":"half","email":"half@chmln.co","second":{}}}"#, array_of(200));
    too_large("two profiles that are merged", merged);
    table.all_refused(&world).await;

    let grown = api.upsert(&format!(r#"{{"uid":"half","second":{}}}"#, array_of(150))).await;
    assert_eq!(grown.id(), id);
}

#[tokio::test]
async fn a_body_of_exactly_1_mib_is_taken() {
    let world = World::new().await;
    let api = world.api();
    let body = body_of(MIB);
    assert_eq!(body.len(), MIB);
    let id = api.upsert(&body).await.id();
    assert_eq!(api.retrieve("uid=padded").await.id(), id);
    let zstandard = zstd::encode_all(body.as_bytes(), 3).unwrap();
    for (encoding, body) in [("gzip", gzip(body.as_bytes())), ("zstd", zstandard), ("identity", body.into_bytes())] {
        let mut request = api.with_secret(request("POST", UPSERT, &body));
        request.headers.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
        assert_eq!(api.send(request).await.id(), id, "{encoding}");
    }
}

#[tokio::test]
async fn over_250_properties_are_all_stored_however_the_profile_is_named() {
    let world = World::new().await;
    let api = world.api();
    let create = api.upsert(&format!(r#"{{"uid":"wide"{}}}"#, properties(300))).await.id();
    let by_email = api.upsert(&format!(r#"{{"email":"wide@chmln.co"{}}}"#, properties(400))).await.id();
    let both = api.upsert(&format!(r#"{{"uid":"both","email":"both@chmln.co"{}}}"#, properties(500))).await.id();
    let expected = |count: usize| (0..count).map(|n| (format!("p{n}"), json!(format!("{n}x")))).collect::<serde_json::Map<_, _>>();
    let mut with_email = expected(400);
    with_email.insert("email".into(), "wide@chmln.co".into());
    let mut with_both = expected(500);
    with_both.insert("email".into(), "both@chmln.co".into());
    for (id, expected) in [(&create, expected(300)), (&by_email, with_email), (&both, with_both)] {
        assert_eq!(properties_of(api.retrieve(&format!("id={id}")).await.profile()), Value::Object(expected));
    }
    api.upsert(r#"{"uid":"wide","kept":true,"p0":"old"}"#).await.id();
    assert_eq!(api.upsert(&format!(r#"{{"id":"{create}","company_uid":931{}}}"#, properties(600))).await.id(), create);
    let reply = api.retrieve("uid=wide").await;
    let mut updated = expected(600);
    updated.insert("kept".into(), true.into());
    assert_eq!(reply.profile()["company"]["uid"], "931");
    assert_eq!(properties_of(reply.profile()), Value::Object(updated));
}
