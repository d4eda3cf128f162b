//! Identifiers that are missing, invalid, another user's, or of the longest length.

use super::*;

#[tokio::test]
async fn what_identifies_nobody_is_refused_and_changes_nothing() {
    let world = World::new().await;
    let api = account_with_users(&world).await;
    let mut table = table(&api);
    for (uid, reason) in [
        ("true", NO_UID),
        ("false", NO_UID),
        ("null", "it is `null`"),
        (r#""""#, "it is empty"),
        ("[]", NO_UID),
        ("[18821]", NO_UID),
        ("{}", NO_UID),
        (r#"{"uid":18821}"#, NO_UID),
        ("1.5", NO_UID_BUT_A_FRACTION),
        ("18821.01", NO_UID_BUT_A_FRACTION),
        ("1e-3", NO_UID_BUT_A_FRACTION),
        (r#"" ""#, "it is blank"),
        (r#""\t\r\n""#, "it is blank"),
        (r#""\ufeff\u200b""#, "it is blank"),
        (r#""undefined""#, "it stands for a missing value"),
        (r#""null""#, "it stands for a missing value"),
        (r#""NULL""#, "it stands for a missing value"),
        (r#""NaN""#, "it stands for a missing value"),
        (r#""None""#, "it stands for a missing value"),
        (r#"" nil ""#, "it stands for a missing value"),
        (r#""[object Object]""#, "it stands for a missing value"),
        (r#""True""#, "it stands for a missing value"),
        (r#""false""#, "it stands for a missing value"),
    ] {
        table.upsert(format!("the uid {uid} alone"), format!(r#"{{"uid":{uid},"plan":"platinum"}}"#), 422, no_identifier("uid", reason));
    }
    for uid in ["a\\nb", "18821\\n", "\\u0000", "a\\tb", "\\u007f"] {
        let reason = "Unprocessable: `uid` cannot be used: it has a control character, such as a line break";
        table.upsert(format!("the uid {uid}"), format!(r#"{{"uid":"{uid}","email":"leon@chmln.co"}}"#), 422, reason);
    }
    let long = format!("{}@chmln.co", "a".repeat(312));
    assert_eq!(long.len(), 321);
    for (email, reason) in [
        ("leon", NO_EMAIL),
        ("leon@", NO_EMAIL),
        ("@chmln.co", NO_EMAIL),
        ("@", NO_EMAIL),
        ("le on@chmln.co", NO_EMAIL),
        ("leon@chm ln.co", NO_EMAIL),
        (r"leon@chmln.co\u0000", NO_EMAIL),
        ("leon@\\tchmln.co", NO_EMAIL),
        ("", "it is empty"),
        ("  ", "it is empty"),
        (r"\u200b", "it is empty"),
        (r"le\u200bon@chmln.co", "an invisible character is inside the address"),
        (r"leon@chmln\u00ad.co", "an invisible character is inside the address"),
        (r"leon@\u202echmln.co", "an invisible character is inside the address"),
        ("leon@xn--a", "its domain is not valid"),
        ("leon@chmln.co..", "its domain is not valid"),
        ("leon@.", "its domain is not valid"),
        (&long, "it is longer than 320 bytes"),
    ] {
        let body = format!(r#"{{"email":"{email}","plan":"platinum"}}"#);
        table.upsert(format!("the e-mail `{email}` alone"), body, 422, no_identifier("email", reason));
    }
    for (email, reason) in [
        ("null", "it is `null`"),
        ("true", NO_EMAIL),
        ("5", NO_EMAIL),
        ("[]", NO_EMAIL),
        (r#"["leon@chmln.co"]"#, NO_EMAIL),
        ("{}", NO_EMAIL),
    ] {
        let body = format!(r#"{{"email":{email},"plan":"platinum"}}"#);
        table.upsert(format!("the e-mail {email} alone"), body, 422, no_identifier("email", reason));
    }
    let neither = format!("{NO_IDENTIFIER} (`uid`: {NO_UID}; `email`: {NO_EMAIL})");
    table.upsert("a uid and an e-mail, neither of which is one", r#"{"uid":true,"email":"leon"}"#, 422, neither);
    table.upsert("properties alone", r#"{"plan":"platinum"}"#, 422, NO_IDENTIFIER);
    table.upsert("a company alone", r#"{"company_uid":"new"}"#, 422, NO_IDENTIFIER);
    table.upsert("an id in capitals", r#"{"ID":"5f3c4232c712de665632a2a3","Id":"5f3c4232c712de665632a2a3"}"#, 422, NO_IDENTIFIER);
    table.upsert("the id null alone", r#"{"id":null}"#, 422, no_identifier("id", "it is `null`"));
    table.upsert("the id empty", r#"{"id":""}"#, 422, no_identifier("id", "it is empty"));

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
