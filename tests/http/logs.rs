//! Privacy of logs: the functions, cargo-lambda and the server write nothing private, in either form.

use http::HeaderValue;
use profiles_api::Request;
use profiles_tests::api::request;

use crate::local_api::{LocalApi, gzip, local_api, local_api_with_text};

/// Requests for a process. Every private text in them contains the same mark.
pub(crate) struct Private {
    /// The mark.
    pub(crate) mark: String,
    /// The secret of an account.
    pub(crate) secret: String,
}

impl Private {
    pub(crate) fn new() -> Self {
        let mark = format!("{:016x}", rand::random::<u64>());
        Self { secret: format!("secret-{mark}"), mark }
    }

    /// A body with private data in every place.
    pub(crate) fn body(&self) -> String {
        let mark = &self.mark;
        format!(
            r#"{{"uid":"u{mark}","email":"{mark}@example.com","plan":"p{mark}","n{mark}":1,"company":{{"uid":"c{mark}","name":"{mark}"}},"t":["{mark}"]}}"#
        )
    }

    /// Requests, each with the status of its answer. The user of the body is stored with this id.
    pub(crate) fn requests(&self, id: &str) -> Vec<(Request, u16)> {
        let (secret, mark, wrong) = (self.secret.as_str(), self.mark.as_str(), format!("wrong-{}", self.mark));
        let (upsert, retrieve) = ("/v3/observe/hooks/profiles", "/v3/analyze/profile");
        let all = self.body();
        let with_secret = all.replacen('{', &format!(r#"{{"account_secret":"{secret}","#), 1);
        let key = ("x-account-secret", secret);
        let octets = ("content-type", "application/octet-stream");
        let compressed = [key, octets, ("content-encoding", "gzip")];
        let json = ("content-type", "application/json");
        let form = ("content-type", "application/x-www-form-urlencoded");
        let in_path = format!("/v3/observe/hooks/{secret}/profiles");
        let in_query = format!("account_secret={secret}&email={mark}%40example.com&uid=u{mark}");
        let unknown = format!("/v3/{mark}?email={mark}@example.com");
        [
            // Requests that succeed, with everything in every place.
            ("POST", upsert, &[key, json][..], all.as_bytes(), 200),
            ("POST", &in_path, &[], all.as_bytes(), 200),
            ("POST", &format!("{upsert}?{in_query}"), &[], b"", 200),
            ("POST", upsert, &[], with_secret.as_bytes(), 200),
            ("POST", upsert, &[key, form], format!("uid=u{mark}&plan={mark}").as_bytes(), 200),
            ("POST", upsert, &compressed, &gzip(all.as_bytes()), 200),
            ("GET", &format!("{retrieve}?{in_query}"), &[], b"", 200),
            ("POST", retrieve, &[], format!(r#"{{"account_secret":"{secret}","uid":"u{mark}"}}"#).as_bytes(), 200),
            ("GET", &format!("/v3/analyze/profiles/{id}?{in_query}"), &[], b"", 200),
            ("GET", &format!("/?{in_query}"), &[], b"", 200),
            // Requests that a function refuses.
            ("POST", upsert, &[key], format!(r#"{{"uid":"other-{mark}","email":"{mark}@example.com"}}"#).as_bytes(), 409),
            ("POST", upsert, &[key], format!(r#"{{"id":"{id}","uid":"other-{mark}"}}"#).as_bytes(), 409),
            ("POST", upsert, &[key], format!(r#"{{"id":"{mark}","uid":{{"{mark}":1}}}}"#).as_bytes(), 404),
            ("POST", upsert, &[key], format!(r#"{{"uid":"u{mark}","browser_x":"x{mark}"}}"#).as_bytes(), 422),
            ("POST", upsert, &[key], format!(r#"{{"uid":"u{mark}","company_id":"{mark}00000000"}}"#).as_bytes(), 422),
            ("POST", upsert, &[key], format!(r#"{{"uid":"u{mark}","#).as_bytes(), 422),
            ("POST", upsert, &[key], format!(r#"["{mark}"]"#).as_bytes(), 422),
            ("POST", upsert, &[key, octets], &[all.as_bytes(), b"\xff"].concat(), 422),
            ("POST", upsert, &compressed, all.as_bytes(), 422),
            ("POST", upsert, &[key, ("content-encoding", mark)], all.as_bytes(), 422),
            ("POST", upsert, &[key], all.repeat(9000).as_bytes(), 413),
            ("POST", upsert, &[("x-account-secret", &wrong)], all.as_bytes(), 403),
            ("POST", &format!("/v3/observe/hooks/{wrong}/profiles"), &[], all.as_bytes(), 403),
            ("GET", &format!("{retrieve}?uid=u{mark}&account_secret={wrong}"), &[], b"", 403),
            ("GET", &format!("{retrieve}?uid=other-{mark}"), &[key], b"", 404),
            ("GET", &format!("{retrieve}?email={mark}"), &[key], b"", 404),
            ("GET", &format!("/v3/analyze/profiles/{mark}"), &[key], b"", 404),
            ("GET", &unknown, &[key], b"", 404),
            ("PUT", &format!("{in_path}?{in_query}"), &[key], all.as_bytes(), 404),
        ]
        .map(with_status)
        .into()
    }

    /// Checks all that a process wrote about the requests, at the lowest level.
    pub(crate) fn check(&self, output: &str, is_text: bool) {
        // The lines are there, with the pattern of the route instead of the path.
        let upsert = "POST /v3/observe/hooks/profiles";
        for (status, request) in [
            (200, upsert),
            (200, "POST /v3/observe/hooks/{account_secret}/profiles"),
            (200, "GET /v3/analyze/profile"),
            (200, "GET /v3/analyze/profiles/{id}"),
            (200, "GET /"),
            (403, upsert),
            (404, "GET unknown"),
            (409, upsert),
            (413, upsert),
            (422, upsert),
        ] {
            let (method, route) = request.split_once(' ').unwrap();
            let text = format!(" {status} {request}  ");
            let json = [format!(r#""status":{status},"#), format!(r#""method":"{method}","route":"{route}""#)];
            let is_there = |line: &str| if is_text { line.contains(&text) } else { json.iter().all(|part| line.contains(part)) };
            assert!(output.lines().any(is_there), "no line of a {status} of {request}:\n{output}");
        }
        // The lines of the lowest level are there. Otherwise the test would prove nothing.
        let debug = if is_text { " DEBUG " } else { r#""level":"DEBUG""# };
        assert!(output.contains(debug), "the process keeps something back");
        assert_eq!(output.contains("{\"_aws\""), !is_text);
        let lines: Vec<_> = output.lines().filter(|line| line.contains(&self.mark)).collect();
        assert!(lines.is_empty(), "private, and written: {lines:#?}");
    }
}

/// A method, a target, headers, a body, and the status of the answer.
type Parts<'a> = (&'a str, &'a str, &'a [(&'static str, &'a str)], &'a [u8], u16);

fn with_status((method, target, headers, body, status): Parts<'_>) -> (Request, u16) {
    let mut request = request(method, target, body);
    for (name, value) in headers {
        request.headers.insert(*name, HeaderValue::from_str(value).unwrap());
    }
    (request, status)
}

fn check(api: &LocalApi, is_text: bool) {
    let private = Private::new();
    let (mark, all) = (&private.mark, private.body());
    let account = api.account_with(&private.secret);
    let id = account.upsert(&all).id();
    let send = |request: &Request| {
        let answer = api.try_send(request).unwrap_or_else(|error| panic!("{} {}: {error}", request.method, request.path));
        answer.status().as_u16()
    };
    for (request, status) in private.requests(&id) {
        let body = String::from_utf8_lossy(&request.body[..request.body.len().min(300)]);
        assert_eq!(api.send(&request).status, status, "{} {}?{} {body}", request.method, request.path, request.query);
    }
    let with_secret = |method: &str, target: &str, body: &[u8]| {
        let mut request = request(method, target, body);
        request.headers.insert("x-account-secret", HeaderValue::from_str(&private.secret).unwrap());
        request
    };
    // Requests that cargo-lambda itself refuses: invalid text, an unknown function, an invalid event, a method.
    let mut broken = with_secret("POST", "/v3/observe/hooks/profiles", &[all.as_bytes(), b"\xff"].concat());
    broken.headers.insert("content-type", HeaderValue::from_static("application/json"));
    assert_eq!(send(&broken), 500);
    send(&with_secret("POST", &format!("/2015-03-31/functions/{mark}/invocations"), all.as_bytes()));
    send(&with_secret("POST", "/2015-03-31/functions/upsert/invocations", all.as_bytes()));
    send(&with_secret("TRACE", &format!("/v3/analyze/profile?account_secret={}&uid=u{mark}", private.secret), b""));

    // Each function serves one request after the other, so the lines of these requests come after those of all others.
    account.retrieve(&format!("uid=u{mark}"));
    account.upsert(&all);
    account.send("GET", "/", "");
    private.check(&api.output(), is_text);
}

#[test]
fn no_line_of_the_functions_or_of_cargo_lambda_holds_anything_of_a_request() {
    check(local_api(), false);
}

#[test]
fn no_line_that_the_functions_write_for_people_does_either() {
    check(local_api_with_text(), true);
}
