//! The document of the API beside the code. What of it a running server can show is checked by tests/openapi.

use std::collections::BTreeSet;

use profiles_api::Error;
use profiles_api::response::error_response;
use profiles_api::routes::ROUTES;
use profiles_domain::{Collision, Error as Domain, Uid};
use profiles_tests::contract::contract;
use serde_json::Value;

#[test]
fn the_document_has_the_routes_of_the_code_and_no_others() {
    let routes: BTreeSet<_> = ROUTES.iter().map(|route| (route.method, route.path)).collect();
    assert_eq!(contract().operations(), routes);
}

#[test]
fn errors_that_a_request_cannot_bring_about_are_those_of_the_document() {
    let uid = |text| Uid::new(text).unwrap();
    for (name, error) in [
        ("not_signed", Error::NotSigned),
        ("too_slow", Error::BodyTooSlow),
        ("hash_is_taken", Domain::Conflict(Collision::SlotIsTaken(uid("28421"))).into()),
        ("hash_of_a_company_is_taken", Domain::Conflict(Collision::CompanySlotIsTaken(uid("931"))).into()),
        ("too_many_properties", Error::TooManyProperties),
        ("too_many_requests", Error::TooManyAtOnce(256)),
        ("too_many_searches", Domain::TooManySearches { what: "searches", limit: 2 }.into()),
        ("defect", Domain::Defect("a detail".into()).into()),
        ("defect", Domain::Denied("a detail".into()).into()),
        ("no_answer", Domain::Unavailable.into()),
        ("no_answer", Domain::Contended.into()),
        ("search_too_long", Domain::SearchTooLong.into()),
        ("out_of_time", Error::OutOfTime),
    ] {
        let response = error_response(&error);
        let body: Value = serde_json::from_str(response.body()).unwrap();
        assert_eq!(&body, contract().error(name), "{name}");
        assert_eq!(body["code"], response.status().as_u16(), "{name}");
    }
}

#[test]
fn an_answer_that_the_document_does_not_have_is_found() {
    let route = ROUTES.iter().copied().find(|route| route.path == "/v3/observe/hooks/profiles");
    let check = |status, body: &str| contract().check(route, status, &http::HeaderMap::new(), &serde_json::from_str(body).unwrap());
    let id = "6b038e7b0bac7c97f4767fb7";
    assert_eq!(check(200, &format!(r#"{{"profile":{{"id":"{id}"}}}}"#)), Ok(()));
    for (status, body) in [
        (201, format!(r#"{{"profile":{{"id":"{id}"}}}}"#)),
        (200, format!(r#"{{"profile":{{"id":"{id}"}},"more":1}}"#)),
        (200, r#"{"profile":{"id":"no id"}}"#.to_owned()),
        (200, format!(r#"{{"profile":{{"id":"{id}"}},"warnings":[]}}"#)),
        (404, r#"{"code":404,"messages":["Profile not found: another text"]}"#.to_owned()),
        (422, r#"{"code":422,"messages":["Unprocessable: another text"]}"#.to_owned()),
        (503, contract().error("no_answer").to_string()), // without its header
    ] {
        assert!(check(status, &body).is_err(), "{status} {body}");
    }
}
