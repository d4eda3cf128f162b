//! Paths are decoded once: by API Gateway, or by the code where a request comes as it was sent.

use profiles_api::Request;
use profiles_tests::World;
use profiles_tests::api::request;
use profiles_tests::paths::{before, cases};

/// Returns the only id in an answer.
fn id_in(text: &str) -> String {
    text.split_once(r#""id":""#).and_then(|(_, rest)| rest.split_once('"')).unwrap_or_else(|| panic!("{text}")).0.to_owned()
}

#[tokio::test]
async fn a_path_is_decoded_once_whether_or_not_api_gateway_has_decoded_it() {
    let world = World::new().await;
    let api = world.api();
    let mut ids = Vec::new();
    for (method, target, body) in before() {
        let reply = api.send(api.with_secret(request(method, &target, body.as_bytes()))).await;
        assert!(reply.status < 300, "{}", reply.text);
        ids.push(id_in(&reply.text));
    }
    let [profile, batch, delivery] = ids.last_chunk().unwrap();
    let cases = cases(&world.secret, [profile, batch, delivery]);
    for case in &cases {
        let paths = [Some((case.path.clone(), false)), case.decoded().map(|path| (path, true))];
        for (path, path_is_decoded) in paths.into_iter().flatten() {
            let request = Request { path, path_is_decoded, ..request(case.method, "", case.body.as_bytes()) };
            // A secret in the path is to be used, not one in the header.
            let request = if case.path.contains("/hooks/%") { request } else { api.with_secret(request) };
            let reply = api.send(request).await;
            assert!(reply.status == case.status && reply.text.contains(&case.text), "{case:?} {path_is_decoded}: {}", reply.text);
        }
    }
    // The one with a slash in an id.
    assert_eq!(cases.iter().filter(|case| case.decoded().is_none()).count(), 1);
}
