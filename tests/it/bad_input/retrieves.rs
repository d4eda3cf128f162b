//! Invalid retrieves.

use super::*;

#[tokio::test]
async fn a_retrieve_that_cannot_be_is_refused_and_changes_nothing() {
    let world = World::new().await;
    let api = account_with_users(&world).await;
    let leon = api.retrieve("uid=18821").await.id();
    let mut table = table(&api);
    let mut get =
        |query: &str, status, message: &str| table.call(format!("?{query}"), "GET", &format!("{RETRIEVE}?{query}"), status, message);
    get("", 422, NO_IDENTIFIER);
    get("plan=gold", 422, NO_IDENTIFIER);
    get("uid=", 422, &no_identifier("uid", "it is empty"));
    get("uid=undefined", 422, &no_identifier("uid", "it stands for a missing value"));
    get("uid=%20", 422, &no_identifier("uid", "it is blank"));
    get("uid=a%0Ab", 422, "Unprocessable: `uid` cannot be used: it has a control character, such as a line break");
    get("id=&uid=&email=", 422, &format!("{NO_IDENTIFIER} (`id`: it is empty; `uid`: it is empty; `email`: it is empty)"));
    get(&format!("uid={}", "u".repeat(769)), 422, &too_long("uid"));
    get("uid=nobody", 404, &not_found("uid `nobody`"));
    get("email=nobody@chmln.co", 404, &not_found("email `nobody@chmln.co`"));
    get("email=nobody", 404, &not_found("email `nobody`"));
    get("id=5f3c4232c712de665632a6d5", 404, &not_found("id `5f3c4232c712de665632a6d5`"));
    get("id=18821", 404, &not_found("id `18821`"));
    get(&format!("id={}", leon.to_uppercase()), 404, &not_found(&format!("id `{}`", leon.to_uppercase())));
    get(&format!("id={leon}&uid=28421"), 404, &format!("Profile not found: no profile has both the id `{leon}` and the uid `28421`"));
    get("uid=18821&email=kim@chmln.co", 404, "Profile not found: no profile has both the uid `18821` and the email `kim@chmln.co`");
    for (field, expected) in [("company", "`all`, `min` or `skip`"), ("profile", "`all` or `min`")] {
        for value in ["none", "ALL", "", "true", "all,min"] {
            get(&format!("uid=18821&expand[{field}]={value}"), 422, &must_be(&format!("expand[{field}]"), expected));
        }
    }
    get("uid=18821&expand[profile]=skip", 422, &must_be("expand[profile]", "`all` or `min`"));

    let mut post = |body: &str, status, message: &str| {
        let request = api.with_secret(request("POST", RETRIEVE, body.as_bytes()));
        table.add(body.to_owned(), request, status, message);
    };
    post("", 422, NO_IDENTIFIER);
    post("{}", 422, NO_IDENTIFIER);
    post("[]", 422, NO_OBJECT);
    post(r#"{"uid":"#, 422, &no_json(7));
    for (uid, reason) in [("null", "it is `null`"), ("true", NO_UID), ("[]", NO_UID), ("{}", NO_UID), ("1.5", NO_UID_BUT_A_FRACTION)] {
        post(&format!(r#"{{"uid":{uid}}}"#), 422, &no_identifier("uid", reason));
    }
    post(r#"{"uid":"\ud83d"}"#, 422, &half_a_pair("uid"));
    post(r#"{"id":18821}"#, 422, &must_be("id", "a string of 24 hex digits"));
    post(r#"{"id":null}"#, 422, &no_identifier("id", "it is `null`"));
    post(r#"{"uid":18821,"expand":{"company":"none"}}"#, 422, &must_be("expand[company]", "`all`, `min` or `skip`"));
    post(r#"{"uid":18821,"expand":{"company":1}}"#, 422, &must_be("expand[company]", "`all`, `min` or `skip`"));
    post(r#"{"uid":18821,"expand":{"profile":"skip"}}"#, 422, &must_be("expand[profile]", "`all` or `min`"));
    post(r#"{"uid":18821,"expand[profile]":"skip"}"#, 422, &must_be("expand[profile]", "`all` or `min`"));

    for id in [
        "5f3c4232c712de665632a2a",
        "5f3c4232c712de665632a2a33",
        "5F3C4232C712DE665632A2A3",
        "18821",
        "5f3c4232c712de665632a2a3",
        "%20",
        "%E5%90%8D",
    ] {
        let shown = id.replace("%20", " ").replace("%E5%90%8D", "名");
        table.call(
            format!("the id {id} in the path"),
            "GET",
            &format!("/v3/analyze/profiles/{id}"),
            404,
            not_found(&format!("id `{shown}`")),
        );
    }
    table.call(
        "the id of one and the uid of another",
        "GET",
        &format!("/v3/analyze/profiles/{leon}?uid=28421"),
        404,
        format!("Profile not found: no profile has both the id `{leon}` and the uid `28421`"),
    );
    table.all_refused(&world).await;
}
