//! The pages for people: the console, and the API's document with a page that shows it. They are compressed into the binary.
//!
//! They are the same for everybody and hold no data. What they show, they ask the API for, with the secret that is typed in.

pub mod lambda;

use std::borrow::Cow;
use std::io::Read;

use flate2::read::GzDecoder;
use http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderName, IF_NONE_MATCH,
    REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::{HeaderMap, HeaderValue, Response, StatusCode};

/// What the console may do: run and load what came from the same origin, and ask that. Neither markup nor styles out of texts, and no
/// framing.
const CONSOLE: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; \
     form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";
/// What the page of the document may do: Swagger UI makes markup and has pictures in its styles.
const DOCS: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; \
     form-action 'none'; frame-ancestors 'none'";

/// The other headers of every answer, also of one that says that nothing has changed.
const PROTECTION: [(HeaderName, &str); 4] =
    [(X_CONTENT_TYPE_OPTIONS, "nosniff"), (X_FRAME_OPTIONS, "DENY"), (REFERRER_POLICY, "no-referrer"), (VARY, "accept-encoding")];

/// A file that is served.
struct Asset {
    path: &'static str,
    content_type: &'static str,
    policy: &'static str,
    etag: &'static str,
    /// Whether its path changes with its content.
    is_immutable: bool,
    gzip: &'static [u8],
}

static ASSETS: &[Asset] = include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// Answers a request for a page or a part of one. Without an answer, the request is the API's.
#[must_use]
pub fn answer(method: &str, path: &str, headers: &HeaderMap) -> Option<Response<Cow<'static, [u8]>>> {
    if !matches!(method, "GET" | "HEAD") {
        return None;
    }
    let asset = ASSETS.iter().find(|asset| asset.path == path)?;
    let is_unchanged = values(headers, &IF_NONE_MATCH).any(|etag| etag == asset.etag || etag == "*");
    let mut response = Response::new(Cow::Borrowed(&[][..]));
    for (name, value) in PROTECTION {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(asset.policy));
    let caching = if asset.is_immutable { "public, max-age=31536000, immutable" } else { "no-cache" };
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static(caching));
    response.headers_mut().insert(ETAG, HeaderValue::from_static(asset.etag));
    if is_unchanged {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return Some(response);
    }
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(asset.content_type));
    if values(headers, &ACCEPT_ENCODING).any(takes_gzip) {
        response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        *response.body_mut() = Cow::Borrowed(asset.gzip);
    } else {
        let mut plain = Vec::new();
        // It was compressed when this was built, so it cannot go wrong.
        GzDecoder::new(asset.gzip).read_to_end(&mut plain).ok()?;
        *response.body_mut() = Cow::Owned(plain);
    }
    Some(response)
}

/// The values of a header that is a list.
fn values<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a str> {
    headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok()).flat_map(|list| list.split(',')).map(str::trim)
}

/// Whether an item of `Accept-Encoding` allows gzip.
fn takes_gzip(item: &str) -> bool {
    let (coding, weight) = item.split_once(';').unwrap_or((item, ""));
    let is_refused = weight.trim().strip_prefix("q=").is_some_and(|weight| weight.parse() == Ok(0.0));
    matches!(coding.trim(), "gzip" | "*") && !is_refused
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(path: &str, headers: &[(HeaderName, &'static str)]) -> Response<Cow<'static, [u8]>> {
        let headers = headers.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect();
        answer("GET", path, &headers).unwrap()
    }

    fn text(path: &str) -> String {
        String::from_utf8(get(path, &[]).into_body().into_owned()).unwrap()
    }

    #[test]
    fn every_file_that_a_page_names_is_there_and_may_be_kept_for_ever() {
        for (name, least) in [("console", 5), ("docs", 3)] {
            let page = text(&format!("/{name}"));
            let named: Vec<_> = page.split('"').filter(|text| text.starts_with(&format!("{name}/"))).collect();
            assert!(named.len() > least, "{page}");
            for file in named {
                let response = get(&format!("/{file}"), &[]);
                assert!(response.headers()[CACHE_CONTROL].to_str().unwrap().contains("immutable"), "{file}");
            }
            assert_eq!(get(&format!("/{name}"), &[]).headers()[CACHE_CONTROL], "no-cache");
        }
    }

    #[test]
    fn the_document_is_the_same_in_both_forms() {
        let yaml = text("/openapi.yaml");
        assert_eq!(yaml, include_str!("../../../openapi.yaml"));
        let document: serde_json::Value = serde_json::from_str(&text("/openapi.json")).unwrap();
        assert_eq!(document, serde_saphyr::from_str::<serde_json::Value>(&yaml).unwrap());
        assert_eq!(document["openapi"], "3.1.0");
        for (form, content_type) in [("yaml", "application/yaml"), ("json", "application/json")] {
            assert_eq!(get(&format!("/openapi.{form}"), &[]).headers()[CONTENT_TYPE], content_type);
        }
    }

    #[test]
    fn every_answer_is_protected() {
        for asset in ASSETS {
            for headers in [&[][..], &[(IF_NONE_MATCH, asset.etag)]] {
                let response = get(asset.path, headers);
                assert_eq!(response.headers()[X_CONTENT_TYPE_OPTIONS], "nosniff");
                assert_eq!(response.headers()[X_FRAME_OPTIONS], "DENY");
                let policy = response.headers()[CONTENT_SECURITY_POLICY].to_str().unwrap();
                assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"), "{policy}");
                assert!(policy.contains("connect-src 'self'; ") && policy.contains("frame-ancestors 'none'"), "{policy}");
                assert!(!policy.contains("unsafe"), "{policy}");
            }
        }
    }

    #[test]
    fn what_the_client_has_is_not_sent_again() {
        let etag = ASSETS.iter().find(|asset| asset.path == "/console").unwrap().etag;
        let response = get("/console", &[(IF_NONE_MATCH, etag)]);
        assert_eq!((response.status(), response.body().len()), (StatusCode::NOT_MODIFIED, 0));
        assert_eq!(get("/console", &[(IF_NONE_MATCH, "W/\"other\"")]).status(), StatusCode::OK);
    }

    #[test]
    fn it_is_compressed_for_whoever_takes_that() {
        for (accepted, is_compressed) in [
            ("gzip", true),
            ("br, gzip;q=0.5", true),
            ("*", true),
            ("br", false),
            ("gzip;q=0", false),
            ("gzip; q=0.0", false),
            ("identity", false),
        ] {
            let response = get("/console", &[(ACCEPT_ENCODING, accepted)]);
            assert_eq!(response.headers().contains_key(CONTENT_ENCODING), is_compressed, "{accepted}");
            assert_eq!(response.body().starts_with(b"<!doctype html>"), !is_compressed, "{accepted}");
        }
    }

    #[test]
    fn other_methods_and_paths_are_the_apis() {
        assert!(answer("HEAD", "/console", &HeaderMap::new()).is_some());
        for (method, path) in
            [("POST", "/console"), ("GET", "/"), ("GET", "/console/"), ("GET", "/console/x/main.js"), ("GET", "/console/../Cargo.toml")]
        {
            assert!(answer(method, path, &HeaderMap::new()).is_none(), "{method} {path}");
        }
    }

    #[test]
    fn all_of_the_console_is_under_150_kilobytes() {
        let bytes: usize = ASSETS.iter().filter(|asset| asset.path.starts_with("/console")).map(|asset| asset.gzip.len()).sum();
        assert!(bytes < 150_000, "{bytes}");
    }
}
