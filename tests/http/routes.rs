//! The routes of the code, of the template and of the local router are the same. Those of the pages are apart, since they are no part of the
//! API.

use std::collections::{BTreeMap, BTreeSet};

use profiles_api::Request;
use profiles_api::routes::ROUTES;
use profiles_tests::api::request;
use profiles_tests::world::template;
use serde_json::Value;

use crate::local_api::local_api;

/// The methods that are sent to each path. The client knows no others.
const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
/// The function that serves the pages.
const PAGES: &str = "console";
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
    let (pages, routes): (Routes, Routes) = in_template().into_iter().partition(|(_, _, function)| function == PAGES);
    assert_eq!(routes, in_code());
    assert!(!pages.is_empty() && pages.iter().all(|(method, path, _)| method == "GET" && !path.starts_with("/v3")), "{pages:?}");
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
    for (pattern, _) in in_router().into_iter().filter(|(_, function)| function != PAGES) {
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
fn the_pages_and_their_files_are_served_by_their_function() {
    let get = |path: &str| {
        let mut response = local_api().try_send(&request("GET", path, b"")).unwrap();
        assert_eq!(response.status(), 200, "{path}");
        response.body_mut().read_to_string().unwrap()
    };
    for name in ["console", "docs"] {
        let page = get(&format!("/{name}"));
        assert!(page.starts_with("<!doctype html>"), "{page}");
        let files: Vec<_> = page.split('"').filter(|text| text.starts_with(&format!("{name}/"))).collect();
        assert!(!files.is_empty(), "{page}");
        for file in files {
            assert!(!get(&format!("/{file}")).is_empty(), "{file}");
        }
    }
    for document in ["/openapi.json", "/openapi.yaml"] {
        assert!(get(document).contains("3.1.0"), "{document}");
    }
    // A page that was loaded before another version was deployed.
    let gone = local_api().send(&request("GET", "/console/0123456789abcdef/main.js", b""));
    assert!(gone.message(404).starts_with("Endpoint not found: "));
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
