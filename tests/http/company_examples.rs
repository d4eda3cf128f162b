//! Every request of companies, in all spellings, over HTTP.

use profiles_api::Request;
use profiles_tests::spelling::Place;
use profiles_tests::{Reply, stream};
use serde_json::{Value, json};

use crate::examples::{Coding, FORM, JSON, OF_JSON, codings, is_id, spelled};
use crate::local_api::{Account, local_api};

const UPSERT: &str = "/v3/observe/hooks/companies";
const BATCH: &str = "/v3/observe/hooks/companies/batch";
const RETRIEVE: &str = "/v3/analyze/company";

const ACME: &str = r#"{"uid":931,"name":"Acme","plan":"enterprise","Signed Up":"2029-04-07T12:18:00Z","seats":12}"#;
const ACME_AS_FORM: &str = "uid=931&name=Acme&plan=enterprise&Signed+Up=2029-04-07T12%3A18%3A00Z&seats=12";

fn acme() -> Value {
    json!({"uid": "931", "name": "Acme", "plan": "enterprise", "signed_up": "2029-04-07T12:18:00.000Z", "seats": 12})
}

/// The uid and the properties of the company.
fn shown(reply: &Reply) -> Value {
    let mut company = reply.company().clone();
    let fields = company.as_object_mut().unwrap();
    for name in ["id", "created_at", "updated_at"] {
        assert!(fields.remove(name).is_some(), "{}", reply.text);
    }
    company
}

fn get(account: &Account<'_>, target: &str) -> Reply {
    local_api().send(&spelled("GET", target, "", Coding::Plain(None), (Place::Header, &account.secret)))
}

#[test]
fn the_upsert_of_a_company_is_taken_in_every_spelling() {
    let account = local_api().account();
    let id = account.send("POST", UPSERT, ACME).company_id();
    assert!(is_id(&id));
    for place in Place::ALL {
        for body in [ACME, ACME_AS_FORM, r#"{"UID":"931","seats":12}"#, "uid=931&seats=12"] {
            for coding in codings(body) {
                let reply = local_api().send(&spelled("POST", UPSERT, body, *coding, (place, &account.secret)));
                assert_eq!(reply.body, json!({"company": {"id": id}}), "{body} {coding:?} {place:?}");
            }
        }
    }
    assert_eq!(shown(&get(&account, &format!("{RETRIEVE}?uid=931"))), acme());
}

#[test]
fn a_company_is_retrieved_by_its_uid_and_its_id_in_every_spelling() {
    let account = local_api().account();
    let id = account.send("POST", UPSERT, ACME).company_id();
    let expected = get(&account, &format!("{RETRIEVE}?uid=931"));
    assert_eq!(shown(&expected), acme());
    for target in [
        format!("{RETRIEVE}?uid=%22931%22").replace("%22", ""),
        format!("{RETRIEVE}?id={id}"),
        format!("{RETRIEVE}?UID=931&id={id}"),
        format!("/v3/analyze/companies/{id}"),
    ] {
        for place in [Place::Header, Place::Query] {
            let reply = local_api().send(&spelled("GET", &target, "", Coding::Plain(None), (place, &account.secret)));
            assert_eq!(reply.text, expected.text, "{target} {place:?}");
        }
    }
    for coding in OF_JSON {
        let reply = local_api().send(&spelled("GET", RETRIEVE, r#"{"uid":931}"#, coding, (Place::Header, &account.secret)));
        assert_eq!(reply.text, expected.text, "{coding:?}");
    }
    for (expand, fields) in [("all", 8), ("min", 4)] {
        for query in [format!("expand[company]={expand}"), format!("expand%5Bcompany%5D={expand}")] {
            let reply = get(&account, &format!("{RETRIEVE}?uid=931&{query}"));
            assert_eq!(reply.company().as_object().unwrap().len(), fields, "{}", reply.text);
        }
    }
    let other = local_api().account();
    assert_eq!(get(&other, &format!("{RETRIEVE}?uid=931")).message(404), "Company not found: no company has the uid `931`");
    assert_eq!(
        get(&other, &format!("/v3/analyze/companies/{id}")).message(404),
        format!("Company not found: no company has the id `{id}`")
    );
}

/// Applies a batch of one chunk, as its stream would have it applied, and returns its status.
fn applied(account: &Account<'_>, id: &str) -> Value {
    let owner = account.send("GET", "/", "");
    let partition = format!("{}#{id}", owner.body["account"]["id"].as_str().unwrap());
    local_api().invoke("batch_worker", &stream::event(&partition, "ticket#000").to_string());
    let reply = get(account, &format!("{BATCH}/{id}"));
    assert_eq!((reply.status, &reply.body["batch"]["state"]), (200, &json!("completed")), "{}", reply.text);
    reply.body
}

#[test]
fn a_batch_of_companies_is_taken_in_every_spelling() {
    let account = local_api().account();
    let body = r#"{"companies":[{"uid":931,"name":"Acme","seats":12},{"name":"nobody"},{"uid":"632","name":"Globex"}]}"#;
    let form = "companies[][uid]=931&companies[][name]=Acme&companies[][seats]=12&companies[][uid]=632&companies[][name]=Globex";
    let mut requests: Vec<Request> = Vec::new();
    for place in Place::ALL {
        requests.push(spelled("POST", BATCH, body, JSON, (place, &account.secret)));
        requests.push(spelled("POST", BATCH, form, FORM, (place, &account.secret)));
    }
    requests.extend(OF_JSON.map(|coding| spelled("POST", BATCH, body, coding, (Place::Header, &account.secret))));
    let error = "No identifier found for the 2nd item. Pass your Company ID as the `uid` parameter";
    let expected = json!([{"code": 422, "index": 1, "message": error}]);
    for (number, request) in requests.iter().enumerate() {
        let reply = local_api().send(request);
        let id = reply.batch_id();
        let errors = reply.body.get("errors").cloned().unwrap_or_default();
        assert!(errors.is_null() || errors == expected, "{}", reply.text);
        let status = applied(&account, &id);
        let counted = ["created", "updated", "unchanged", "ignored", "failed"].map(|name| status["batch"][format!("{name}_count")].clone());
        let failed = u32::from(!errors.is_null());
        let expected = if number == 0 { json!([2, 0, 0, 0, failed]) } else { json!([0, 0, 2, 0, failed]) };
        assert_eq!(json!(counted), expected, "{status}");
        assert_eq!(status["errors"], if failed == 1 { errors } else { json!([]) });
    }
    for (uid, name, seats) in [("931", "Acme", Some(12)), ("632", "Globex", None)] {
        let found = get(&account, &format!("{RETRIEVE}?uid={uid}"));
        assert_eq!((&found.company()["name"], found.company()["seats"].as_u64()), (&json!(name), seats));
    }
}

#[test]
fn the_refusal_of_a_company_without_identifier_says_what_to_pass() {
    let account = local_api().account();
    let expected = "Unprocessable: No identifier found. Pass your Company ID as the `uid` parameter";
    assert_eq!(account.send("POST", UPSERT, r#"{"name":"Acme"}"#).message(422), expected);
    assert_eq!(account.send("POST", UPSERT, "").message(422), expected);
    assert_eq!(get(&account, RETRIEVE).message(422), expected);
    for place in Place::ALL {
        let reply = local_api().send(&spelled("POST", UPSERT, ACME, JSON, (place, "another-secret")));
        assert_eq!(reply.message(403), "Unauthorized: Please check your Chameleon Account Secret");
    }
    get(&account, &format!("{RETRIEVE}?uid=931")).message(404);
}
