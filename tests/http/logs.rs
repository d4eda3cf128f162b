//! Privacy of logs: the functions and cargo-lambda write nothing private.

use http::HeaderValue;
use profiles_tests::api::request;

use crate::local_api::{gzip, local_api};

#[test]
fn no_line_of_the_functions_or_of_cargo_lambda_holds_anything_of_a_request() {
    let api = local_api();
    // A part of every private text in this test.
    let tag = format!("{:016x}", rand::random::<u64>());
    let account = api.account_with(format!("secret-{tag}"));
    let (secret, wrong) = (account.secret.as_str(), format!("wrong-{tag}"));
    let (upsert, retrieve) = ("/v3/observe/hooks/profiles", "/v3/analyze/profile");
    let all = format!(
        r#"{{"uid":"u{tag}","email":"{tag}@example.com","plan":"p{tag}","n{tag}":1,"company":{{"uid":"c{tag}","name":"{tag}"}},"t":["{tag}"]}}"#
    );
    let with_secret = all.replacen('{', &format!(r#"{{"account_secret":"{secret}","#), 1);

    let id = account.upsert(&all).id();
    let send = |method: &str, target: &str, headers: &[(&'static str, &str)], body: &[u8]| {
        let mut request = request(method, target, body);
        for (name, value) in headers {
            request.headers.insert(*name, HeaderValue::from_str(value).unwrap());
        }
        api.try_send(&request).unwrap_or_else(|error| panic!("{method} {target}: {error}")).status().as_u16()
    };
    let key = ("x-account-secret", secret);
    let octets = ("content-type", "application/octet-stream");
    let compressed = [key, octets, ("content-encoding", "gzip")];
    let json = ("content-type", "application/json");
    let in_path = format!("/v3/observe/hooks/{secret}/profiles");
    let in_query = format!("account_secret={secret}&email={tag}%40example.com&uid=u{tag}");
    let unknown = format!("/v3/{tag}?email={tag}@example.com");
    for (method, target, headers, body, status) in [
        // Requests that succeed, with everything in every place.
        ("POST", upsert, &[key, json][..], all.as_bytes(), 200),
        ("POST", &in_path, &[], all.as_bytes(), 200),
        ("POST", &format!("{upsert}?{in_query}"), &[], b"", 200),
        ("POST", upsert, &[], with_secret.as_bytes(), 200),
        ("POST", upsert, &[key, ("content-type", "application/x-www-form-urlencoded")], format!("uid=u{tag}&plan={tag}").as_bytes(), 200),
        ("POST", upsert, &compressed, &gzip(all.as_bytes()), 200),
        ("GET", &format!("{retrieve}?{in_query}"), &[], b"", 200),
        ("POST", retrieve, &[], format!(r#"{{"account_secret":"{secret}","uid":"u{tag}"}}"#).as_bytes(), 200),
        ("GET", &format!("/v3/analyze/profiles/{id}?{in_query}"), &[], b"", 200),
        ("GET", &format!("/?{in_query}"), &[], b"", 200),
        // Requests that a function refuses.
        ("POST", upsert, &[key], format!(r#"{{"uid":"other-{tag}","email":"{tag}@example.com"}}"#).as_bytes(), 409),
        ("POST", upsert, &[key], format!(r#"{{"id":"{id}","uid":"other-{tag}"}}"#).as_bytes(), 409),
        ("POST", upsert, &[key], format!(r#"{{"id":"{tag}","uid":{{"{tag}":1}}}}"#).as_bytes(), 404),
        ("POST", upsert, &[key], format!(r#"{{"uid":"u{tag}","browser_n":"{tag}"}}"#).as_bytes(), 422),
        ("POST", upsert, &[key], format!(r#"{{"uid":"u{tag}","company_id":"{tag}00000000"}}"#).as_bytes(), 422),
        ("POST", upsert, &[key], format!(r#"{{"uid":"u{tag}","#).as_bytes(), 422),
        ("POST", upsert, &[key], format!(r#"["{tag}"]"#).as_bytes(), 422),
        ("POST", upsert, &[key, octets], &[all.as_bytes(), b"\xff"].concat(), 422),
        ("POST", upsert, &compressed, all.as_bytes(), 422),
        ("POST", upsert, &[key, ("content-encoding", &tag)], all.as_bytes(), 422),
        ("POST", upsert, &[key], all.repeat(9000).as_bytes(), 413),
        ("POST", upsert, &[("x-account-secret", &wrong)], all.as_bytes(), 403),
        ("POST", &format!("/v3/observe/hooks/{wrong}/profiles"), &[], all.as_bytes(), 403),
        ("GET", &format!("{retrieve}?uid=u{tag}&account_secret={wrong}"), &[], b"", 403),
        ("GET", &format!("{retrieve}?uid=other-{tag}"), &[key], b"", 404),
        ("GET", &format!("{retrieve}?email={tag}"), &[key], b"", 404),
        ("GET", &format!("/v3/analyze/profiles/{tag}"), &[key], b"", 404),
        ("GET", &unknown, &[key], b"", 404),
        ("PUT", &format!("{in_path}?{in_query}"), &[key], all.as_bytes(), 404),
        // A request that cargo-lambda itself refuses.
        ("POST", upsert, &[key, json], &[all.as_bytes(), b"\xff"].concat(), 500),
    ] {
        let found = send(method, target, headers, body);
        assert_eq!(found, status, "{method} {target} {}", String::from_utf8_lossy(&body[..body.len().min(300)]));
    }
    // An unknown function, and an invalid event.
    send("POST", &format!("/2015-03-31/functions/{tag}/invocations"), &[key], all.as_bytes());
    send("POST", "/2015-03-31/functions/upsert/invocations", &[key], all.as_bytes());
    send("TRACE", &format!("{retrieve}?{in_query}"), &[key], b"");

    // Each function serves one request after the other, so the lines of these requests come after those of all others.
    account.retrieve(&format!("uid=u{tag}"));
    account.upsert(&all);
    account.send("GET", "/", "");
    let output = api.output();
    // The lines are there, with the pattern of the route instead of the path.
    for route in ["/v3/observe/hooks/{account_secret}/profiles", upsert, retrieve, "/v3/analyze/profiles/{id}", "/", "unknown"] {
        assert!(output.contains(&format!(r#""route":"{route}""#)), "no line of {route}:\n{output}");
    }
    for status in [200, 403, 404, 409, 413, 422] {
        assert!(output.contains(&format!(r#""status":{status},"#)), "no line of a {status}:\n{output}");
    }
    // The lines of the lowest level are there. Otherwise the test would prove nothing.
    assert!(output.contains(r#""level":"DEBUG""#), "the functions keep something back");
    let lines: Vec<_> = output.lines().filter(|line| line.contains(&tag)).collect();
    assert!(lines.is_empty(), "private, and written: {lines:#?}");
}
