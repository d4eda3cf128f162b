//! Identity: the rules of uid, e-mail address and id.

use profiles_tests::World;

#[tokio::test]
async fn a_new_uid_or_email_creates_a_profile_and_a_known_one_updates_it() {
    let world = World::new().await;
    let api = world.api();
    let by_uid = api.upsert(r#"{"uid":18821,"plan":"gold"}"#).await.id();
    assert_eq!(api.upsert(r#"{"uid":"18821","role":"admin"}"#).await.id(), by_uid);
    let by_email = api.upsert(r#"{"email":"kim@chmln.co","plan":"free"}"#).await.id();
    assert_eq!(api.upsert(r#"{"email":" KIM@chmln.co","role":"owner"}"#).await.id(), by_email);
    let leon = api.retrieve("uid=18821").await;
    assert_eq!((&leon.profile()["plan"], &leon.profile()["role"]), (&"gold".into(), &"admin".into()));
    let kim = api.retrieve("email=kim@chmln.co").await;
    assert_eq!((&kim.profile()["plan"], &kim.profile()["role"]), (&"free".into(), &"owner".into()));
    assert_eq!(kim.profile()["uid"], serde_json::Value::Null);
}

#[tokio::test]
async fn an_id_updates_and_never_creates() {
    let world = World::new().await;
    let api = world.api();
    let id = api.upsert(r#"{"uid":18821}"#).await.id();
    assert_eq!(api.upsert(&format!(r#"{{"id":"{id}","uid":18821,"plan":"gold"}}"#)).await.id(), id);
    assert_eq!(api.retrieve("uid=18821").await.profile()["plan"], "gold");
    let before = world.everything().await;
    let unknown = "5f3c4232c712de665632a2a3";
    let reply = api.upsert(&format!(r#"{{"id":"{unknown}","uid":7,"email":"a@chmln.co"}}"#)).await;
    assert_eq!(reply.message(404), format!("Profile not found: no profile has the id `{unknown}`"));
    // An id with the right slot and another time is that of another profile.
    let other_time = format!("00000000{}", &id[8..]);
    assert_eq!(api.upsert(&format!(r#"{{"id":"{other_time}"}}"#)).await.status, 404);
    assert_eq!(world.everything().await, before);
}

#[tokio::test]
async fn a_uid_never_changes() {
    let world = World::new().await;
    let api = world.api();
    let id = api.upsert(r#"{"uid":18821}"#).await.id();
    let before = world.everything().await;
    let reply = api.upsert(&format!(r#"{{"id":"{id}","uid":18822,"plan":"gold"}}"#)).await;
    assert_eq!(reply.message(409), "Conflict: the profile has another uid than `18822`, and a uid never changes");
    assert_eq!(world.everything().await, before);
}

#[tokio::test]
async fn an_email_may_change_and_the_old_one_is_free_at_once() {
    let world = World::new().await;
    let api = world.api();
    let leon = api.upsert(r#"{"uid":18821,"email":"old@chmln.co"}"#).await.id();
    assert_eq!(api.upsert(r#"{"uid":18821,"email":"new@chmln.co"}"#).await.id(), leon);
    assert_eq!(api.retrieve("email=old@chmln.co").await.status, 404);
    assert_eq!(api.retrieve("email=new@chmln.co").await.id(), leon);
    let kim = api.upsert(r#"{"uid":28421,"email":"old@chmln.co"}"#).await.id();
    assert_eq!(api.retrieve("email=old@chmln.co").await.id(), kim);
    // By id, for a profile with a uid and one without.
    api.upsert(&format!(r#"{{"id":"{leon}","email":"third@chmln.co"}}"#)).await.id();
    assert_eq!(api.retrieve("email=third@chmln.co").await.id(), leon);
    let anonymous = api.upsert(r#"{"email":"one@chmln.co"}"#).await.id();
    assert_eq!(api.upsert(&format!(r#"{{"id":"{anonymous}","email":"two@chmln.co"}}"#)).await.id(), anonymous);
    assert_eq!(api.retrieve("email=one@chmln.co").await.status, 404);
    assert_eq!(api.retrieve("email=two@chmln.co").await.id(), anonymous);
}

#[tokio::test]
async fn a_new_uid_is_given_to_the_profile_that_has_the_email() {
    let world = World::new().await;
    let api = world.api();
    let id = api.upsert(r#"{"email":"leon@chmln.co","plan":"gold"}"#).await.id();
    assert_eq!(api.upsert(r#"{"uid":18821,"email":"leon@chmln.co","role":"admin"}"#).await.id(), id);
    for query in ["uid=18821", "email=leon@chmln.co", &format!("id={id}")] {
        let reply = api.retrieve(query).await;
        let profile = reply.profile();
        assert_eq!((&profile["id"], &profile["uid"]), (&id.as_str().into(), &"18821".into()), "{query}");
        assert_eq!((&profile["plan"], &profile["role"]), (&"gold".into(), &"admin".into()), "{query}");
    }
    // Later upserts by uid find it through the uid's own slot, and may change its address again.
    assert_eq!(api.upsert(r#"{"uid":18821,"plan":"platinum"}"#).await.id(), id);
    assert_eq!(api.upsert(r#"{"uid":18821,"email":"leon@chameleon.io"}"#).await.id(), id);
    assert_eq!(api.retrieve("email=leon@chameleon.io").await.profile()["plan"], "platinum");
}

#[tokio::test]
async fn a_known_uid_swallows_the_profile_that_has_only_the_email() {
    let world = World::new().await;
    let api = world.api();
    let twin = api.upsert(r#"{"email":"leon@chmln.co","plan":"free","source":"import"}"#).await.id();
    let leon = api.upsert(r#"{"uid":18821,"email":"old@chmln.co","plan":"gold"}"#).await.id();
    assert_eq!(api.upsert(r#"{"uid":18821,"email":"leon@chmln.co","role":"admin"}"#).await.id(), leon);
    for query in ["uid=18821", "email=leon@chmln.co", &format!("id={leon}"), &format!("id={twin}")] {
        let reply = api.retrieve(query).await;
        let profile = reply.profile();
        assert_eq!(profile["id"], leon, "{query}");
        assert_eq!(
            (&profile["plan"], &profile["source"], &profile["role"]),
            (&"gold".into(), &"import".into(), &"admin".into()),
            "{query}"
        );
        assert_eq!(profile["email"], "leon@chmln.co");
    }
    assert_eq!(api.retrieve("email=old@chmln.co").await.status, 404);
    assert_eq!(api.upsert(&format!(r#"{{"id":"{twin}","plan":"platinum"}}"#)).await.id(), leon);
    assert_eq!(api.retrieve("uid=18821").await.profile()["plan"], "platinum");
}

#[tokio::test]
async fn an_email_of_another_uid_is_a_conflict_that_names_it() {
    let world = World::new().await;
    let api = world.api();
    api.upsert(r#"{"uid":18821,"email":"leon@chmln.co"}"#).await.id();
    let kim = api.upsert(r#"{"uid":28421}"#).await.id();
    let anonymous = api.upsert(r#"{"email":"kim@chmln.co"}"#).await.id();
    let before = world.everything().await;
    for body in [
        r#"{"uid":28421,"email":"leon@chmln.co","plan":"gold"}"#.to_owned(),
        r#"{"uid":"new","email":"leon@chmln.co","plan":"gold"}"#.to_owned(),
        format!(r#"{{"id":"{kim}","email":"leon@chmln.co"}}"#),
        format!(r#"{{"id":"{anonymous}","email":"leon@chmln.co"}}"#),
        format!(r#"{{"id":"{anonymous}","uid":"new","email":"leon@chmln.co"}}"#),
    ] {
        assert_eq!(api.upsert(&body).await.message(409), "Conflict: the email `leon@chmln.co` belongs to another profile", "{body}");
    }
    assert_eq!(world.everything().await, before);
}

#[tokio::test]
async fn an_id_with_a_uid_gives_it_to_a_profile_that_has_none() {
    let world = World::new().await;
    let api = world.api();
    let id = api.upsert(r#"{"email":"leon@chmln.co","plan":"gold"}"#).await.id();
    assert_eq!(api.upsert(&format!(r#"{{"id":"{id}","uid":18821,"email":"leon@chameleon.io"}}"#)).await.id(), id);
    assert_eq!(api.retrieve("uid=18821").await.id(), id);
    assert_eq!(api.retrieve("email=leon@chameleon.io").await.id(), id);
    assert_eq!(api.retrieve("email=leon@chmln.co").await.status, 404);
    // A uid that belongs to another profile is not given away.
    let other = api.upsert(r#"{"email":"kim@chmln.co"}"#).await.id();
    let before = world.everything().await;
    let reply = api.upsert(&format!(r#"{{"id":"{other}","uid":18821}}"#)).await;
    assert_eq!(reply.message(409), "Conflict: the uid `18821` belongs to another profile");
    assert_eq!(world.everything().await, before);
}

#[tokio::test]
async fn two_emails_without_uids_stay_two_profiles() {
    let world = World::new().await;
    let api = world.api();
    let one = api.upsert(r#"{"email":"one@chmln.co"}"#).await.id();
    let two = api.upsert(r#"{"email":"two@chmln.co"}"#).await.id();
    let reply = api.upsert(&format!(r#"{{"id":"{one}","email":"two@chmln.co"}}"#)).await;
    assert_eq!(reply.message(409), "Conflict: the email `two@chmln.co` belongs to another profile");
    assert_eq!(api.retrieve("email=two@chmln.co").await.id(), two);
}

/// Makes a request that sets `count` properties besides these fields.
fn wide(fields: &str, count: usize, value: &str) -> String {
    let properties: String = (0..count).map(|n| format!(r#","p{n}":"{value}""#)).collect();
    format!("{{{fields}{properties}}}")
}

#[tokio::test]
async fn more_properties_than_an_expression_holds_are_stored_in_every_way() {
    let world = World::new().await;
    let api = world.api();
    for count in [249, 250, 251, 1000] {
        let uid = format!("user{count}");
        let (by_uid, by_email) = (format!(r#""uid":"{uid}""#), format!(r#""email":"{uid}@chmln.co""#));
        let id = api.upsert(&wide(&by_uid, count, "created")).await.id();
        assert_eq!(api.upsert(&wide(&format!("{by_uid},{by_email}"), count, "claimed")).await.id(), id, "{count}");
        assert_eq!(api.upsert(&format!(r#"{{{by_uid},"kept":true}}"#)).await.id(), id);
        for (fields, value) in [(by_uid, "by uid"), (by_email, "by email"), (format!(r#""id":"{id}""#), "by id")] {
            assert_eq!(api.upsert(&wide(&fields, count, value)).await.id(), id, "{count} {value}");
            let reply = api.retrieve(&format!("id={id}")).await;
            let profile = reply.profile().as_object().unwrap();
            assert_eq!(profile.values().filter(|stored| *stored == value).count(), count, "{count} {value}");
            assert_eq!(profile["kept"], true);
        }
    }
}
