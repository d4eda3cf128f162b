//! Paths with escapes and with a slash too many, `HEAD` of the root, encodings without a body, and forms with brackets, as a client sends
//! them, to the functions of `make dev` and to the server.

use profiles_tests::World;
use profiles_tests::api::request;
use profiles_tests::paths::{before, cases};

use crate::local_api::local_api;
use crate::server::{Sent, Server};

/// Sends a request with this secret in its header, if any, and returns status and text.
type Send<'a> = dyn Fn(&str, &str, &str, Option<&str>) -> (u16, String) + 'a;

#[track_caller]
fn check(secret: &str, send: &Send<'_>) {
    let ids = before().into_iter().map(|(method, target, body)| {
        let (status, text) = send(method, &target, &body, Some(secret));
        assert!(status < 300, "{method} {target}: {text}");
        text.split_once(r#""id":""#).and_then(|(_, rest)| rest.split_once('"')).unwrap_or_else(|| panic!("{text}")).0.to_owned()
    });
    let ids: Vec<_> = ids.collect();
    let [profile, batch, delivery] = ids.last_chunk().unwrap();
    for case in cases(secret, [profile, batch, delivery]) {
        let in_header = (!case.path.contains("/hooks/%")).then_some(secret);
        let (status, text) = send(case.method, &case.path, case.body, in_header);
        assert!(status == case.status && text.contains(&case.text), "{case:?}: {status} {text}");
    }
}

#[test]
fn the_functions_of_make_dev_decode_a_path_once() {
    let account = local_api().account();
    check(&account.secret, &|method, target, body, secret| {
        let mut request = request(method, target, body.as_bytes());
        if let Some(secret) = secret {
            request.headers.insert("x-account-secret", secret.parse().unwrap());
        }
        let reply = local_api().send(&request);
        (reply.status, reply.text)
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_decodes_a_path_once() {
    let world = World::new().await;
    let server = Server::start(&world, &[]);
    check(&world.secret, &|method, target, body, secret| {
        let headers = secret.map(|secret| format!("X-Account-Secret: {secret}\r\n")).unwrap_or_default();
        let answer = server.ask(&Sent { headers, body: body.into(), ..Sent::new(method, target) });
        (answer.status, answer.text)
    });
    server.stop();
}

/// Sends a request with a header, and returns status and text.
type SendWith<'a> = dyn Fn(&str, &str, &str, (&'static str, &str)) -> (u16, String) + 'a;

#[track_caller]
fn check_spellings(secret: &str, send: &SendWith<'_>) {
    let in_header = ("x-account-secret", secret);
    assert_eq!(send("HEAD", "/", "", in_header), (200, String::new()));
    assert_eq!(send("HEAD", "/", "", ("x-account-secret", "unknown")), (403, String::new()));
    for (path, meant) in [
        ("/v3/observe/hooks/profiles/".to_owned(), "/v3/observe/hooks/profiles"),
        ("//v3/observe/hooks/profiles".to_owned(), "/v3/observe/hooks/profiles"),
        ("/v3//observe/hooks/profiles".to_owned(), "/v3/observe/hooks/profiles"),
        (format!("/v3/observe/hooks/{secret}/profiles/"), "/v3/observe/hooks/{account_secret}/profiles"),
        (format!("/v3/observe/hooks//{secret}//profiles/batch"), "/v3/observe/hooks/{account_secret}/profiles/batch"),
    ] {
        let (status, text) = send("POST", &path, r#"{"uid":1}"#, in_header);
        let message = format!("Endpoint not found: no route has this path, perhaps `{meant}` is meant");
        assert_eq!((status, text), (404, format!(r#"{{"code":404,"messages":["{message}"]}}"#)), "{path}");
    }
    let form = "uid=18821&tags%5B%5D=a&tags[]=b&company[uid]=931&company[name]=Acme";
    let (status, text) =
        send("POST", &format!("/v3/observe/hooks/{secret}/profiles"), form, ("content-type", "application/x-www-form-urlencoded"));
    assert_eq!(status, 200, "{text}");
    let (_, text) = send(
        "GET",
        &format!("/v3/analyze/profile?uid=18821&account_secret={secret}&expand[company]=min"),
        "",
        ("content-encoding", "gzip"),
    );
    assert!(text.contains(r#""tags":["a","b"]"#) && text.contains(r#""name":"Acme""#), "{text}");
    for encoding in ["gzip", "br", "zstd"] {
        let target = |path: &str| format!("{path}uid=18821&account_secret={secret}");
        for (method, target) in [("GET", target("/v3/analyze/profile?")), ("DELETE", target("/v3/edit/profiles?")), ("POST", target("/?"))]
        {
            let (status, text) = send(method, &target, "", ("content-encoding", encoding));
            assert_eq!(status, 200, "{method} {encoding}: {text}");
        }
    }
    let (status, text) = send(
        "POST",
        &format!("/v3/observe/hooks/{secret}/profiles"),
        "uid=1&a[b]=1&a[]=2",
        ("content-type", "application/x-www-form-urlencoded"),
    );
    assert!(status == 422 && text.contains("`a[]` conflicts"), "{text}");
}

#[test]
fn the_functions_of_make_dev_take_what_clients_get_wrong() {
    let account = local_api().account();
    check_spellings(&account.secret, &|method, target, body, (header, value)| {
        let mut request = request(method, target, body.as_bytes());
        request.headers.insert(header, value.parse().unwrap());
        let reply = local_api().send(&request);
        (reply.status, reply.text)
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_takes_what_clients_get_wrong() {
    let world = World::new().await;
    let server = Server::start(&world, &[]);
    check_spellings(&world.secret, &|method, target, body, (header, value)| {
        let headers = format!("{header}: {value}\r\n");
        let answer = server.ask(&Sent { headers, body: body.into(), ..Sent::new(method, target) });
        (answer.status, answer.text)
    });
    server.stop();
}
