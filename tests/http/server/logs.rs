//! Nothing private in what the server writes, in either form.

use profiles_api::{Clock, Request};
use profiles_storage::accounts::Accounts;
use profiles_tests::World;

use super::{Sent, Server};
use crate::logs::Private;

fn sent(request: &Request) -> Sent {
    let query = if request.query.is_empty() { String::new() } else { format!("?{}", request.query) };
    let headers = request.headers.iter().map(|(name, value)| format!("{name}: {}\r\n", value.to_str().unwrap()));
    Sent { headers: headers.collect(), body: request.body.clone(), ..Sent::new(&request.method, &format!("{}{query}", request.path)) }
}

async fn check(format: &str, is_text: bool) {
    let private = Private::new();
    let world = World::new().await;
    let accounts = Accounts::new(world.bare.clone(), world.tables.accounts.clone());
    accounts.create_account("test", &private.secret, Clock::system().now()).await.unwrap();
    let mut server = Server::start(&world, &[("AWS_LAMBDA_LOG_FORMAT", format)]);
    server.secret.clone_from(&private.secret);
    let (mark, all) = (&private.mark, private.body());
    let stored = server.ask(&server.request("POST", "/v3/observe/hooks/profiles", &all)).json();
    for (request, status) in private.requests(stored["profile"]["id"].as_str().unwrap()) {
        let answer = server.ask(&sent(&request));
        assert_eq!(answer.status, status, "{} {}?{} {}", request.method, request.path, request.query, answer.text);
    }
    let batch = format!(r#"{{"profiles":[{all},{{"uid":"new-{mark}","email":"{mark}@example.com"}},{{"uid":{{"{mark}":1}}}}]}}"#);
    let accepted = server.ask(&server.request("POST", "/v3/observe/hooks/profiles/batch", &batch)).json();
    server.completed(accepted["batch"]["id"].as_str().unwrap());
    for (method, target, body) in [
        ("POST", "/v3/observe/hooks/events".to_owned(), format!(r#"{{"uid":"u{mark}","name":"{mark}"}}"#)),
        ("GET", format!("/v3/edit/deliveries?uid=u{mark}"), String::new()),
        ("DELETE", format!("/v3/edit/profiles/forget?uid=u{mark}"), String::new()),
        ("TRACE", format!("/v3/analyze/profile?uid=u{mark}"), String::new()),
    ] {
        server.ask(&server.request(method, &target, &body));
    }
    private.check(&server.process.output.text(), is_text);
    server.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn no_line_of_the_server_holds_anything_of_a_request() {
    check("JSON", false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_line_that_the_server_writes_for_people_does_either() {
    check("Text", true).await;
}
