//! Identifiers that are missing, invalid, another user's, or of the longest length.

use super::*;

#[tokio::test]
async fn what_identifies_nobody_is_refused_and_changes_nothing() {
    let world = World::new().await;
    let api = account_with_users(&world).await;
    let mut table = table(&api);
    for uid in ["true", "false", "null", r#""""#, "[]", "[18821]", "{}", r#"{"uid":18821}"#, "1.5", "1e3"] {
        table.upsert(format!("the uid {uid} alone"), format!(r#"{{"uid":{uid},"plan":"platinum"}}"#), 422, NO_IDENTIFIER);
    }
    let long = format!("{}@chmln.co", "a".repeat(312));
    assert_eq!(long.len(), 321);
    for email in
        ["leon", "leon@", "@chmln.co", "@", "le on@chmln.co", "leon@chm ln.co", r"leon@chmln.co\u0000", "leon@\\tchmln.co", "", "  ", &long]
    {
        table.upsert(format!("the e-mail `{email}` alone"), format!(r#"{{"email":"{email}","plan":"platinum"}}"#), 422, NO_IDENTIFIER);
    }
    for email in ["null", "true", "5", "[]", r#"["leon@chmln.co"]"#, "{}"] {
        table.upsert(format!("the e-mail {email} alone"), format!(r#"{{"email":{email},"plan":"platinum"}}"#), 422, NO_IDENTIFIER);
    }
    table.upsert("a uid and an e-mail, neither of which is one", r#"{"uid":true,"email":"leon"}"#, 422, NO_IDENTIFIER);
    table.upsert("properties alone", r#"{"plan":"platinum"}"#, 422, NO_IDENTIFIER);
    table.upsert("a company alone", r#"{"company_uid":"new"}"#, 422, NO_IDENTIFIER);
    table.upsert("an id in capitals", r#"{"ID":"5f3c4232c712de665632a2a3","Id":"5f3c4232c712de665632a2a3"}"#, 422, NO_IDENTIFIER);
    table.upsert("the id null alone", r#"{"id":null}"#, 422, NO_IDENTIFIER);
    table.upsert("the id empty", r#"{"id":""}"#, 422, NO_IDENTIFIER);

    table.upsert("a uid of 769 bytes", format!(r#"{{"uid":"{}"}}"#, "u".repeat(769)), 422, too_long("uid"));
    table.upsert("a uid of 771 bytes and 257 characters", format!(r#"{{"uid":"{}"}}"#, "名".repeat(257)), 422, too_long("uid"));
    table.upsert("a uid of 769 digits", format!(r#"{{"uid":{}}}"#, "1".repeat(769)), 422, too_long("uid"));
    table.upsert(
        "a long uid and a good e-mail",
        format!(r#"{{"uid":"{}","email":"leon@chmln.co"}}"#, "u".repeat(769)),
        422,
        too_long("uid"),
    );
    table.upsert("half a surrogate pair as the uid", r#"{"uid":"\ud83d"}"#, 422, half_a_pair("uid"));
    table.upsert("half a surrogate pair in the e-mail", r#"{"uid":18821,"email":"leon\ude00@chmln.co"}"#, 422, half_a_pair("email"));
    table.upsert("half a surrogate pair as the id", r#"{"id":"\ud83d"}"#, 422, half_a_pair("id"));

    for id in [
        "5f3c4232c712de665632a2a",
        "5f3c4232c712de665632a2a33",
        "5F3C4232C712DE665632A2A3",
        "5f3c4232c712de665632a2az",
        "18821",
        " ",
        "5f3c4232c712de665632a2a3",
    ] {
        table.upsert(format!("the id `{id}`"), format!(r#"{{"id":"{id}","plan":"platinum"}}"#), 404, not_found(&format!("id `{id}`")));
    }
    let unknown = "5f3c4232c712de665632a2a3";
    table.upsert(
        "an unknown id beside a known uid",
        format!(r#"{{"id":"{unknown}","uid":18821,"plan":"platinum"}}"#),
        404,
        not_found(&format!("id `{unknown}`")),
    );
    for id in ["18821", "true", "[]", "{}", "1.5"] {
        table.upsert(format!("the id {id}"), format!(r#"{{"id":{id},"uid":18821}}"#), 422, must_be("id", "a string of 24 hex digits"));
    }
    table.all_refused(&world).await;
}

#[tokio::test]
async fn an_identifier_of_somebody_else_is_a_conflict_and_changes_nothing() {
    let world = World::new().await;
    let api = account_with_users(&world).await;
    let leon = api.retrieve("uid=18821").await.id();
    let jane = api.retrieve("email=jane@acme.software").await.id();
    let mut table = table(&api);
    let email_is_taken = |email| format!("Conflict: the email `{email}` belongs to another profile");
    let leons = email_is_taken("leon@chmln.co");
    table.upsert("a known uid with another's e-mail", r#"{"uid":28421,"email":"leon@chmln.co","plan":"gold"}"#, 409, &leons);
    table.upsert("a new uid with another's e-mail", r#"{"uid":"new","email":"leon@chmln.co","plan":"gold"}"#, 409, &leons);
    table.upsert("another's e-mail in capitals", r#"{"uid":28421,"email":" LEON@CHMLN.CO "}"#, 409, &leons);
    table.upsert(
        "an id with another's e-mail",
        format!(r#"{{"id":"{leon}","email":"kim@chmln.co"}}"#),
        409,
        email_is_taken("kim@chmln.co"),
    );
    table.upsert(
        "the id of one without a uid, with another's e-mail",
        format!(r#"{{"id":"{jane}","email":"leon@chmln.co"}}"#),
        409,
        &leons,
    );
    table.upsert(
        "an id with a new uid",
        format!(r#"{{"id":"{leon}","uid":18822}}"#),
        409,
        "Conflict: the profile has another uid than `18822`, and a uid never changes",
    );
    table.upsert(
        "an id with another's uid",
        format!(r#"{{"id":"{leon}","uid":28421}}"#),
        409,
        "Conflict: the profile has another uid than `28421`, and a uid never changes",
    );
    table.upsert(
        "the id of one without a uid, with another's uid",
        format!(r#"{{"id":"{jane}","uid":18821}}"#),
        409,
        "Conflict: the uid `18821` belongs to another profile",
    );
    table.all_refused(&world).await;
}

#[tokio::test]
async fn identifiers_of_the_longest_length_are_taken_whole() {
    let world = World::new().await;
    let api = world.api();
    let uids = [("b".repeat(768), "longest"), ("é".repeat(384), "longest of two-byte characters"), ("1".repeat(768), "longest number")];
    for (uid, name) in uids {
        let id = api.upsert(&format!(r#"{{"uid":"{uid}"}}"#)).await.id();
        assert_eq!(api.post(RETRIEVE, &format!(r#"{{"uid":"{uid}"}}"#)).await.profile()["uid"], uid, "{name}");
        assert_eq!(api.upsert(&format!(r#"{{"id":"{id}","uid":"{uid}"}}"#)).await.id(), id, "{name}");
    }
    let email = format!("{}@chmln.co", "a".repeat(311));
    let id = api.upsert(&format!(r#"{{"email":"{email}"}}"#)).await.id();
    assert_eq!(api.retrieve(&format!("email={email}")).await.id(), id);
}
