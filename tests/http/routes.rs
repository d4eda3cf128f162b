//! The three lists of routes are one: that of the code, of the template, and of the local router.

use std::collections::BTreeSet;

use profiles_api::Request;
use profiles_api::routes::ROUTES;
use profiles_tests::api::request;
use profiles_tests::world::template;
use serde_json::Value;

use crate::local_api::local_api;

/// Those that the local router knows.
const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
/// The local router's word for every path that is not listed.
const REST: &str = "/{*path}";

/// A method, a path and the function that answers.
type Routes = BTreeSet<(String, String, String)>;

fn in_code() -> Routes {
    ROUTES.iter().map(|route| (route.method.to_owned(), route.path.to_owned(), route.endpoint.function().name().to_owned())).collect()
}

fn in_template() -> Routes {
    let routes = template().routes().iter().filter(|route| !route.is_default());
    routes.map(|route| (route.method.clone(), route.path.clone(), route.binary.clone())).collect()
}

/// The function that takes what no other does.
fn default_function() -> &'static str {
    let mut defaults = template().routes().iter().filter(|route| route.is_default());
    let default = defaults.next().expect("the template has a default route");
    assert!(defaults.next().is_none());
    &default.binary
}

/// Each entry of the local router, one without methods as one for each.
fn in_router() -> Routes {
    let manifest: Value = toml::from_str(include_str!("../../Cargo.toml")).unwrap();
    let router = manifest.pointer("/workspace/metadata/lambda/watch/router").and_then(Value::as_object).expect("a router");
    let mut routes = Routes::new();
    for (path, entry) in router {
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let listed: Vec<(String, String)> = match entry {
            Value::Array(entries) => entries.iter().map(|entry| (text(&entry["method"]), text(&entry["function"]))).collect(),
            any => METHODS.iter().map(|method| ((*method).to_owned(), text(any))).collect(),
        };
        for (method, function) in listed {
            assert!(routes.insert((method, path.clone(), function)), "{path} has a method twice");
        }
    }
    routes
}

#[test]
fn the_template_deploys_the_routes_of_the_code_and_no_others() {
    assert_eq!(in_template(), in_code());
    assert_eq!(default_function(), "root");
}

#[test]
fn the_local_router_has_the_routes_of_the_template_and_leads_all_else_to_the_default_function() {
    let (router, template) = (in_router(), in_template());
    let missing: Vec<_> = template.difference(&router).collect();
    assert!(missing.is_empty(), "not in the local router: {missing:?}");
    let other: Vec<_> = router.difference(&template).filter(|(_, _, function)| function != default_function()).collect();
    assert!(other.is_empty(), "not in the template: {other:?}");

    let paths: BTreeSet<_> = template.iter().map(|(_, path, _)| path.as_str()).chain([REST]).collect();
    let found: BTreeSet<_> = router.iter().map(|(_, path, _)| path.as_str()).collect();
    assert_eq!(found, paths);
    for path in paths {
        for method in METHODS {
            let entries = router.iter().filter(|(its_method, its_path, _)| its_method == method && its_path == path).count();
            assert_eq!(entries, 1, "{method} {path}: without an entry, `cargo lambda watch` answers in its own form");
        }
    }
}

/// A path that a pattern stands for.
fn example(pattern: &str) -> String {
    pattern.replace("{account_secret}", "a-secret").replace("{id}", "5f3c4232c712de665632a6d5").replace(REST, "/v3/unknown")
}

#[test]
fn every_method_of_every_path_is_answered_in_the_documented_form() {
    let routes = in_code();
    for (method, pattern, _) in in_router() {
        let reply = local_api().send(&request(&method, &example(&pattern), b""));
        // No request here has a secret, but the one that has a wrong one.
        let taken = routes.iter().any(|(its_method, path, _)| *its_method == method && *path == pattern);
        let (status, beginning) =
            if taken { (403, "Unauthorized: Please check your Chameleon Account Secret") } else { (404, "Endpoint not found: ") };
        if method == "HEAD" {
            assert_eq!((reply.status, reply.text.as_str()), (status, ""), "{pattern}");
        } else {
            let message = reply.message(status);
            assert!(message.starts_with(beginning), "{method} {pattern}: {message}");
        }
    }
}

#[test]
fn every_unlisted_path_is_answered_as_an_unknown_endpoint() {
    for path in [
        "/v3",
        "/v3/",
        "/favicon.ico",
        "/v3/observe/hooks",
        "/v3/observe/hooks//profiles",
        "/v3/observe/hooks/a/b/profiles",
        "/v3/analyze/profiles",
        "/v3/analyze/profiles/",
        "/v3/analyze/profile/uid/18821",
        "/v4/analyze/profile",
        "/V3/analyze/profile",
        "/v3/analyze/%70rofile",
        "/%00",
        "/%ff",
        "/..%2f..%2fetc%2fpasswd",
        "/v3/analyze/profile/",
        "/v3/analyze/profile;uid=1",
    ] {
        for method in ["GET", "POST", "DELETE"] {
            let reply = local_api().send(&Request { method: method.into(), path: path.into(), ..Request::default() });
            assert!(reply.message(404).starts_with("Endpoint not found: "), "{method} {path}: {}", reply.text);
        }
    }
}
