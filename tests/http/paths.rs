//! Paths with escapes, as a client sends them, to the functions of `make dev` and to the server.

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
