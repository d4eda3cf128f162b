//! Invalid companies.

use super::*;

#[tokio::test]
async fn a_company_that_cannot_be_is_refused_and_changes_nothing() {
    let world = World::new().await;
    let api = account_with_users(&world).await;
    let company = api.retrieve("uid=18821").await.profile()["company_id"].as_str().unwrap().to_owned();
    let unknown = "5f3c4232c712de665632a6e8";
    let mut table = table(&api);
    let differ = |one: &str, other: &str| format!("Unprocessable: `{one}` and `{other}` name different companies, send one of them");
    let no_company = format!("Unprocessable: no company has the `company_id` `{unknown}`, send its `company_uid` to create it");
    table.upsert("an unknown company_id", format!(r#"{{"uid":18821,"company_id":"{unknown}"}}"#), 422, &no_company);
    table.upsert("an unknown company_id of a new profile", format!(r#"{{"uid":"new","company_id":"{unknown}"}}"#), 422, &no_company);
    table.upsert("an unknown id in company", format!(r#"{{"uid":18821,"company":{{"id":"{unknown}"}}}}"#), 422, &no_company);
    let other_time = format!("00000000{}", company.split_at(8).1);
    table.upsert(
        "the company_id of another time",
        format!(r#"{{"uid":18821,"company_id":"{other_time}"}}"#),
        422,
        no_company.replace(unknown, &other_time),
    );
    table.upsert(
        "company_id and company_uid of two",
        r#"{"uid":18821,"company_id":"one","company_uid":"two"}"#,
        422,
        differ("company_id", "company_uid"),
    );
    table.upsert(
        "the id of one company and the uid of another",
        format!(r#"{{"uid":18821,"company_id":"{company}","company_uid":932}}"#),
        422,
        differ("company_id", "company_uid"),
    );
    table.upsert(
        "company and company_uid of two",
        r#"{"uid":18821,"company":{"uid":"one"},"company_uid":"two"}"#,
        422,
        differ("company.uid", "company_uid"),
    );
    table.upsert(
        "company and company_id of two",
        r#"{"uid":18821,"company":{"uid":"one"},"company_id":"two"}"#,
        422,
        differ("company.uid", "company_id"),
    );
    for field in ["company_id", "company_uid"] {
        for value in ["true", "[]", "{}", "1.5"] {
            let body = format!(r#"{{"uid":18821,"{field}":{value}}}"#);
            table.upsert(format!("{field} = {value}"), body, 422, must_be(field, "a string or an integer"));
        }
        let control = format!("Unprocessable: `{field}` cannot be used: it has a control character, such as a line break");
        table.upsert(format!("{field} with a line break"), format!(r#"{{"uid":18821,"{field}":"a\nb"}}"#), 422, control);
        table.upsert(format!("{field} of 769 bytes"), format!(r#"{{"uid":18821,"{field}":"{}"}}"#, "c".repeat(769)), 422, too_long(field));
    }
    table.upsert("company.uid = true", r#"{"uid":18821,"company":{"uid":true}}"#, 422, must_be("company.uid", "a string or an integer"));
    table.upsert("company.id = 1.5", r#"{"uid":18821,"company":{"id":1.5}}"#, 422, must_be("company.id", "a string or an integer"));
    table.all_refused(&world).await;
}

#[tokio::test]
async fn a_refused_upsert_leaves_no_company_behind() {
    let world = World::new().await;
    let api = account_with_users(&world).await;
    let unknown = "5f3c4232c712de665632a2a3";
    let mut table = table(&api);
    table.upsert(
        "a conflict",
        r#"{"uid":28421,"email":"leon@chmln.co","company_uid":"one"}"#,
        409,
        "Conflict: the email `leon@chmln.co` belongs to another profile",
    );
    table.upsert("an unknown id", format!(r#"{{"id":"{unknown}","company_uid":"two"}}"#), 404, not_found(&format!("id `{unknown}`")));
    let body = format!(r#"{{"uid":18821,"company_uid":"three","notes":{}}}"#, array_of(600));
    table.upsert("a profile over the limit", body, 422, PROFILE_TOO_LARGE);
    table.all_refused(&world).await;
}
