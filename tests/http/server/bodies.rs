//! Bodies of the largest size and larger ones, slow clients, and too many batches at once.

use std::io::{ErrorKind, Read, Write};
use std::net::Shutdown;

use profiles_tests::World;

use super::{Connection, Sent, Server};
use crate::local_api::gzip;

const BATCH: &str = "/v3/observe/hooks/profiles/batch";
const MAX_BATCH_BYTES: usize = 16_777_216;
const TOO_LARGE: &str = "Each batch must be less than 16mb, try splitting the batch in half";

/// Makes a batch of one profile, in a body of this many bytes.
fn body(bytes: usize) -> Vec<u8> {
    let (beginning, end) = (r#"{"profiles":[{"uid":"large"}]"#, "}");
    format!("{beginning}{}{end}", " ".repeat(bytes - beginning.len() - end.len())).into_bytes()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_may_have_16_mb_and_no_byte_more_raw_and_compressed() {
    let world = World::new().await;
    let server = Server::start(&world, &[]);
    // One connection for all of them, because an answer after the whole body keeps it open.
    let mut connection = Connection::open(server.port).unwrap();
    for (bytes, status) in [(MAX_BATCH_BYTES, 202), (MAX_BATCH_BYTES + 1, 413), (2 * MAX_BATCH_BYTES, 413)] {
        let plain = Sent { body: body(bytes), ..server.request("POST", BATCH, "") };
        let packed = Sent {
            headers: format!("{}Content-Encoding: gzip\r\nContent-Type: application/octet-stream\r\n", plain.headers),
            body: gzip(&plain.body),
            ..plain.clone()
        };
        for request in [plain, packed] {
            let answer = connection.ask(&request).unwrap();
            assert!(!answer.is_last, "{}", answer.head);
            if status == 202 {
                assert_eq!(answer.status, 202, "{}", answer.text);
                assert_eq!(server.completed(answer.json()["batch"]["id"].as_str().unwrap())["total_count"], 1);
            } else {
                assert_eq!(answer.message(413), TOO_LARGE);
            }
        }
    }
    // Without a secret, the limit is not revealed.
    let unknown = Sent { body: body(MAX_BATCH_BYTES + 1), ..Sent::new("POST", BATCH) };
    assert!(connection.ask(&unknown).unwrap().message(403).starts_with("Unauthorized: "));
    // Another endpoint has a limit of its own.
    let single = Sent { body: body(1024 * 1024 + 1), ..server.request("POST", "/v3/observe/hooks/profiles", "") };
    assert!(connection.ask(&single).unwrap().message(413).starts_with("Request too large: "));
    server.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endless_body_is_answered_and_no_longer_read() {
    let world = World::new().await;
    let server = Server::start(&world, &[]);
    let mut connection = Connection::open(server.port).unwrap();
    let mut stream = connection.stream().try_clone().unwrap();
    let secret = &world.secret;
    write!(stream, "POST {BATCH} HTTP/1.1\r\nHost: server\r\nX-Account-Secret: {secret}\r\nTransfer-Encoding: chunked\r\n\r\n").unwrap();
    let sending = std::thread::spawn(move || {
        let chunk = [format!("{:x}\r\n", 1 << 16).into_bytes(), vec![b' '; 1 << 16], b"\r\n".to_vec()].concat();
        let mut sent = 0_usize;
        while stream.write_all(&chunk).is_ok() {
            sent += 1 << 16;
            assert!(sent < 20 * MAX_BATCH_BYTES, "it reads on and on");
        }
        sent
    });
    // A client that does not stop sending may lose the answer. If it comes, it is this one.
    match connection.answer("POST", BATCH) {
        Ok(answer) => {
            assert_eq!(answer.message(413), TOO_LARGE);
            assert!(answer.is_last);
        }
        Err(error) => assert!(matches!(error.kind(), ErrorKind::ConnectionReset | ErrorKind::UnexpectedEof), "{error}"),
    }
    let sent = sending.join().unwrap();
    assert!(sent > MAX_BATCH_BYTES, "{sent}");
    let output = server.process.output.text();
    assert!(output.contains(r#""status":413"#), "{output}");
    server.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_clients_are_disconnected_and_too_many_batches_at_once_are_refused() {
    let world = World::new().await;
    let settings = [("SERVER_BODY_SECONDS", "15"), ("SERVER_IDLE_SECONDS", "2"), ("SERVER_BATCHES_AT_ONCE", "1")];
    let server = Server::start(&world, &settings);
    let head = |length: usize| {
        format!("POST {BATCH} HTTP/1.1\r\nHost: server\r\nX-Account-Secret: {}\r\nContent-Length: {length}\r\n\r\n", world.secret)
    };
    // A client whose body does not come keeps the only place for a batch.
    let mut slow = Connection::open(server.port).unwrap();
    slow.stream().write_all(format!("{}{{", head(1000)).as_bytes()).unwrap();
    // When this is answered, the place is taken, because that request came before.
    assert!(server.is("/healthz", 200));
    let refused = server.ask(&server.request("POST", BATCH, r#"{"profiles":[]}"#));
    assert_eq!(refused.limit(), 1);
    assert!(refused.is_last, "{}", refused.head);
    // Upserts have places of their own.
    assert_eq!(server.ask(&server.request("POST", "/v3/observe/hooks/profiles", r#"{"uid":1}"#)).status, 200);
    let answer = slow.answer("POST", BATCH).unwrap();
    assert!(answer.is_last && answer.message(408).starts_with("Request timeout: "), "{}", answer.text);
    assert_eq!(server.ask(&server.request("POST", BATCH, r#"{"profiles":[]}"#)).status, 202);

    // A client that sends an incomplete head, and a client that sends no second request.
    let mut partial = Connection::open(server.port).unwrap();
    partial.stream().write_all(b"GET / HTT").unwrap();
    let mut idle = Connection::open(server.port).unwrap();
    assert_eq!(idle.ask(&server.request("GET", "/", "")).unwrap().status, 200);
    for connection in [&mut partial, &mut idle] {
        assert_eq!(connection.stream().read(&mut [0; 1]).unwrap_or(0), 0);
    }
    // A client whose head is too long, and a client that disconnects before the end of its body.
    let mut endless = Connection::open(server.port).unwrap();
    endless.stream().write_all(format!("GET / HTTP/1.1\r\nX-Long: {}\r\n\r\n", "x".repeat(200_000)).as_bytes()).unwrap();
    assert!(endless.answer("GET", "/").is_ok_and(|answer| answer.status == 431));
    let left = Connection::open(server.port).unwrap();
    left.stream().write_all(format!("{}{{", head(1000)).as_bytes()).unwrap();
    left.stream().shutdown(Shutdown::Both).unwrap();
    // Its place is free at once.
    assert_eq!(server.ask(&server.request("POST", BATCH, r#"{"profiles":[]}"#)).status, 202);
    server.stop();
}
