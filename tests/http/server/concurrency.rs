//! Concurrent requests for one user. `make dev` cannot show this, because there a function serves one request after the other.

use std::io::{Read, Write};

use profiles_tests::World;

use super::Server;
use super::connection::{Answer, Connection};

const UPSERT: &str = "/v3/observe/hooks/profiles";

/// Sends these bodies at once, each on a connection of its own.
fn at_once(server: &Server, bodies: &[String]) -> Vec<Answer> {
    std::thread::scope(|scope| {
        let sent: Vec<_> = bodies.iter().map(|body| scope.spawn(|| server.ask(&server.request("POST", UPSERT, body)))).collect();
        sent.into_iter().map(|answer| answer.join().unwrap()).collect()
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_of_one_new_user_at_once_all_succeed_and_are_one_profile() {
    let world = World::new().await;
    let server = Server::start(&world, &[]);
    for n in 0..30 {
        let address = format!("user{n}@example.com");
        if n % 3 == 2 {
            // A user who already has a profile with the address.
            server.ask(&server.request("POST", UPSERT, &format!(r#"{{"email":"{address}"}}"#)));
        }
        let identified: Vec<_> = (0..3).map(|p| format!(r#"{{"uid":"user{n}","email":"{address}","p{p}":1}}"#)).collect();
        let by_address = format!(r#"{{"email":"{address}","p3":1}}"#);
        let bodies: Vec<_> = identified.into_iter().chain((n % 3 == 1).then_some(by_address)).collect();
        let answers = at_once(&server, &bodies);
        let mut ids: Vec<_> = answers.iter().map(|answer| answer.json()["profile"]["id"].clone()).collect();
        assert!(answers.iter().all(|answer| answer.status == 200), "{:?}", answers.iter().map(|answer| &answer.text).collect::<Vec<_>>());
        let found = server.ask(&server.request("GET", &format!("/v3/analyze/profile?uid=user{n}"), "")).json();
        for p in 0..bodies.len() {
            assert_eq!(found["profile"][format!("p{p}")], 1, "{found}");
        }
        // If an upsert by the address alone came first, its profile got the uid or was merged, and its id leads to the same profile.
        ids.retain(|id| *id != found["profile"]["id"]);
        for id in ids {
            let same = server.ask(&server.request("GET", &format!("/v3/analyze/profiles/{}", id.as_str().unwrap()), "")).json();
            assert_eq!(same["profile"]["id"], found["profile"]["id"]);
        }
    }
    server.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_is_one_too_many_is_told_the_limit() {
    let world = World::new().await;
    let server = Server::start(&world, &[("SERVER_REQUESTS_AT_ONCE", "2"), ("SERVER_BATCHES_AT_ONCE", "3")]);
    let head = |path: &str| {
        format!(
            "POST {path} HTTP/1.1\r\nHost: server\r\nX-Account-Secret: {}\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n",
            world.secret
        )
    };
    let batch = format!("{UPSERT}/batch");
    for (path, limit) in [(UPSERT, 2), (&batch, 3)] {
        // The bodies of as many as may be under way do not come.
        let mut slow: Vec<_> = (0..limit).map(|_| Connection::open(server.port).unwrap()).collect();
        for connection in &mut slow {
            connection.stream().write_all(head(path).as_bytes()).unwrap();
            // The server asks for the body of a request that is under way.
            let mut asked = [0; 25];
            connection.stream().read_exact(&mut asked).unwrap();
            assert_eq!(&asked, b"HTTP/1.1 100 Continue\r\n\r\n");
        }
        let refused = server.ask(&server.request("POST", path, r#"{"uid":1}"#));
        assert_eq!(refused.limit(), limit);
        assert_eq!(
            refused.text,
            format!(r#"{{"code":429,"messages":["Rate Limited: too many requests are under way, please retry"],"limit":{limit}}}"#)
        );
        // They are not disturbed.
        for mut connection in slow {
            connection.stream().write_all(br#"{"uid":1}"#).unwrap();
            assert_ne!(connection.answer("POST", path).unwrap().status, 429);
        }
    }
    server.stop();
}
