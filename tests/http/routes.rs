//! The routes of the code, of the template and of the local router are the same.

use std::collections::{BTreeMap, BTreeSet};

use profiles_api::Request;
use profiles_api::routes::ROUTES;
use profiles_tests::api::request;
use profiles_tests::world::template;
use serde_json::Value;

use crate::local_api::local_api;

/// The methods that are sent to each path. The client knows no others.
const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
/// The local router's pattern for every path that it does not list.
const REST: &str = "/{*path}";

/// A method, a path and the function that serves them.
type Routes = BTreeSet<(String, String, String)>;

fn in_code() -> Routes {
    ROUTES.iter().map(|route| (route.method.to_owned(), route.path.to_owned(), route.endpoint.function().name().to_owned())).collect()
}

fn in_template() -> Routes {
    let routes = template().routes().iter().filter(|route| !route.is_default());
    routes.map(|route| (route.method.clone(), route.path.clone(), route.binary.clone())).collect()
}

/// The function that serves every request without a route of its own.
fn default_function() -> &'static str {
    let mut defaults = template().routes().iter().filter(|route| route.is_default());
    let default = defaults.next().expect("the template has a default route");
    assert!(defaults.next().is_none());
    &default.binary
}

/// The paths of the local router, each with its function.
fn in_router() -> BTreeMap<String, String> {
    let settings: Value = toml::from_str(include_str!("../../CargoLambda.toml")).unwrap();
    let router = settings.pointer("/watch/router").and_then(Value::as_object).expect("a router");
    let function = |entry: &Value| entry.as_str().expect("one function for all methods of a path").to_owned();
    router.iter().map(|(path, entry)| (path.clone(), function(entry))).collect()
}

#[test]
fn the_template_deploys_the_routes_of_the_code_and_no_others() {
    assert_eq!(in_template(), in_code());
    assert_eq!(default_function(), "root");
}

#[test]
fn the_local_router_leads_each_path_of_the_template_to_its_function_and_all_others_to_the_default() {
    let mut expected = BTreeMap::from([(REST.to_owned(), default_function().to_owned())]);
    for (method, path, function) in in_template() {
        let before = expected.insert(path.clone(), function.clone());
        assert!(
            before.is_none_or(|before| before == function),
            "{method} {path}: two functions share this path, so the local router needs a list of all methods for it"
        );
    }
    assert_eq!(in_router(), expected);
}

/// A path that fits a pattern.
fn example(pattern: &str) -> String {
    pattern.replace("{account_secret}", "a-secret").replace("{id}", "5f3c4232c712de665632a6d5").replace(REST, "/v3/unknown")
}

#[test]
fn every_method_of_every_path_is_answered_in_the_documented_form() {
    let routes = in_code();
    for pattern in in_router().into_keys() {
        for method in METHODS {
            let reply = local_api().send(&request(method, &example(&pattern), b""));
            // These requests have no secret, or a wrong one in the path.
            let is_route =
                routes.iter().any(|(its_method, path, _)| its_method == method && *path == pattern) || (method, &*pattern) == ("HEAD", "/");
            let (status, beginning) =
                if is_route { (403, "Unauthorized: Please check your Chameleon Account Secret") } else { (404, "Endpoint not found: ") };
            if method == "HEAD" {
                assert_eq!((reply.status, reply.text.as_str()), (status, ""), "{pattern}");
            } else {
                let message = reply.message(status);
                assert!(message.starts_with(beginning), "{method} {pattern}: {message}");
            }
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
