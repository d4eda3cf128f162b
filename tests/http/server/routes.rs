//! The server serves every route by its own handler, and answers everything else in the API's own form.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use profiles_api::Clock;
use profiles_api::routes::ROUTES;
use profiles_storage::accounts::Accounts;
use profiles_tests::World;
use profiles_tests::events::{OTHER_SECRET, SECRET, cases, check, expected, is_request};
use serde_json::{Value, json};

use super::{Sent, Server};
use crate::child_process::free_port;

/// Returns the request of which API Gateway made this event. To a server, it comes without a stage.
fn request(event: &Value) -> Sent {
    let text = |name: &str| event[name].as_str().unwrap_or_default();
    let query = if text("rawQueryString").is_empty() { String::new() } else { format!("?{}", text("rawQueryString")) };
    let stage = format!("/{}", event["requestContext"]["stage"].as_str().unwrap());
    let headers = event["headers"].as_object().unwrap().iter();
    let headers = headers.filter(|(name, _)| !["host", "content-length"].contains(&name.to_ascii_lowercase().as_str()));
    let body = if event["isBase64Encoded"] == true { STANDARD.decode(text("body")).unwrap() } else { text("body").into() };
    Sent {
        method: event["requestContext"]["http"]["method"].as_str().unwrap().to_owned(),
        target: format!("{}{query}", text("rawPath").strip_prefix(&stage).unwrap_or(text("rawPath"))),
        headers: headers.map(|(name, value)| format!("{name}: {}\r\n", value.as_str().unwrap())).collect(),
        body,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_request_event_gets_its_answer_from_a_server_as_from_the_function() {
    let world = World::new().await;
    let accounts = Accounts::new(world.bare.clone(), world.tables.accounts.clone());
    for secret in [SECRET, OTHER_SECRET] {
        accounts.create_account("test", secret, Clock::system().now()).await.unwrap();
    }
    // The server applies no batches here. The worker's events, which no server takes, are handled in this process.
    let server = Server::start(&world, &[("SERVER_CHUNKS_AT_ONCE", "0")]);
    let (worker, runtime) = (world.api(), tokio::runtime::Handle::current());
    let invoke = |function: &str, event: &str| {
        let event = serde_json::from_str(event).unwrap();
        if function == "batch_worker" {
            return Ok(tokio::task::block_in_place(|| runtime.block_on(worker.work(&event, None))));
        }
        let answer = server.ask(&request(&event));
        assert!(answer.head.contains("content-type: application/json\r\n"), "{}", answer.head);
        Ok(json!({"statusCode": answer.status, "headers": {"content-type": "application/json"}, "body": answer.text}))
    };
    for case in cases().into_iter().filter(|case| is_request(&expected(case))) {
        check(&invoke, &case).unwrap_or_else(|failure| panic!("{failure}"));
    }
    server.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn every_method_of_every_path_is_answered_in_the_documented_form() {
    let world = World::new().await;
    let server = Server::start(&world, &[]);
    let paths = ROUTES.iter().map(|route| route.path).chain(["/v3/unknown", "/healthz/", "/v3/analyze/profile/", "/%00", "/..%2f..%2fetc"]);
    for path in paths {
        for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW"] {
            let target = path.replace("{account_secret}", "a-secret").replace("{id}", "5f3c4232c712de665632a6d5");
            let answer = server.ask(&Sent::new(method, &target));
            let taken = ROUTES.iter().any(|route| route.method == method && route.path == path) || (method, path) == ("HEAD", "/");
            // These requests have no secret, or a wrong one in the path.
            let (status, beginning) =
                if taken { (403, "Unauthorized: Please check your Chameleon Account Secret") } else { (404, "Endpoint not found: ") };
            if method == "HEAD" {
                assert_eq!((answer.status, answer.text.as_str()), (status, ""), "{path}");
            } else {
                assert!(answer.message(status).starts_with(beginning), "{method} {path}: {}", answer.text);
            }
        }
    }
    let output = server.process.output.text();
    assert!(output.contains(r#""route":"/v3/observe/hooks/{account_secret}/profiles""#) && !output.contains("a-secret"), "{output}");
    server.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_its_database_lives_and_is_not_ready() {
    let world = World::new().await;
    let nowhere = format!("http://127.0.0.1:{}", free_port());
    let mut server = Server::begin(&world, &[("AWS_ENDPOINT_URL_DYNAMODB", &nowhere)]);
    server.wait_for("it does not live", |server| server.is("/healthz", 200));
    assert!(server.is("/readyz", 503));
    let answer = server.ask(&server.request("GET", "/", ""));
    assert!(answer.message(503).starts_with("Service unavailable: "), "{}", answer.text);
    assert!(answer.head.contains("retry-after: 1\r\n"), "{}", answer.head);
    server.stop();
}
