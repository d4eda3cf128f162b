//! Shutdown: a server that ends loses no request and no batch.

use std::collections::BTreeSet;
use std::io::Write;
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use profiles_tests::World;

use super::{Connection, POLL_EVERY, Sent, Server, assert_counts, profiles};

const UPSERT: &str = "/v3/observe/hooks/profiles";
const BATCH: &str = "/v3/observe/hooks/profiles/batch";
/// The number of requests after which the server is ended, one round each.
const ENDS_AFTER: [usize; 3] = [1, 60, 200];
const ITEMS: usize = 30;

/// The uids and batches whose requests were answered with success.
#[derive(Default)]
struct Confirmed {
    uids: BTreeSet<String>,
    batches: Vec<String>,
}

/// A client that sends one upsert or batch after the other.
struct Client<'a> {
    server: &'a Server,
    name: String,
    sends_batches: bool,
    answers: &'a AtomicUsize,
}

impl Client<'_> {
    /// Sends one request. A request on an open connection must be answered.
    #[track_caller]
    fn ask(&self, connection: &mut Connection, confirmed: &mut Confirmed) -> bool {
        let name = format!("{}-{}", self.name, confirmed.uids.len());
        let request = if self.sends_batches {
            self.server.request("POST", BATCH, &profiles(&name, ITEMS, 7))
        } else {
            self.server.request("POST", UPSERT, &format!(r#"{{"uid":"{name}","value":7}}"#))
        };
        let answer = connection.ask(&request).unwrap_or_else(|error| panic!("{name} was not answered: {error}"));
        if self.sends_batches {
            assert_eq!(answer.status, 202, "{}", answer.text);
            confirmed.uids.extend((0..ITEMS).map(|n| format!("{name}-{n}")));
            confirmed.batches.push(answer.json()["batch"]["id"].as_str().unwrap().to_owned());
        } else {
            assert_eq!(answer.status, 200, "{}", answer.text);
            confirmed.uids.insert(name);
        }
        self.answers.fetch_add(1, Ordering::SeqCst);
        answer.is_last
    }

    /// Sends requests on one connection, like a backend, until an answer closes it.
    fn keep_asking(&self) -> Confirmed {
        let (mut confirmed, mut connection) = (Confirmed::default(), Connection::open(self.server.port).unwrap());
        while !self.ask(&mut connection, &mut confirmed) {}
        confirmed
    }

    /// Sends each request on a new connection, like a load balancer, as long as the server is ready.
    fn ask_anew(&self, is_ready: &AtomicBool) -> Confirmed {
        let mut confirmed = Confirmed::default();
        while is_ready.load(Ordering::SeqCst) {
            let Ok(mut connection) = Connection::open(self.server.port) else { break };
            self.ask(&mut connection, &mut confirmed);
        }
        confirmed
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_request_fails_and_no_batch_is_lost_when_a_server_is_ended_under_load() {
    let world = World::new().await;
    let mut all = Confirmed::default();
    for (round, ends_after) in ENDS_AFTER.into_iter().enumerate() {
        let mut server = Server::start(&world, &[("SERVER_DRAIN_SECONDS", "1")]);
        let (answers, is_ready) = (AtomicUsize::new(0), AtomicBool::new(true));
        let client =
            |n: usize, sends_batches| Client { server: &server, name: format!("round{round}-client{n}"), sends_batches, answers: &answers };
        let confirmed: Vec<Confirmed> = thread::scope(|scope| {
            let clients: Vec<_> = (0..12)
                .map(|n| {
                    let (client, is_ready) = (client(n, n % 4 == 0), &is_ready);
                    scope.spawn(move || if n % 3 == 0 { client.ask_anew(is_ready) } else { client.keep_asking() })
                })
                .collect();
            while answers.load(Ordering::SeqCst) < ends_after {
                assert!(!clients.iter().all(|client| client.is_finished()), "all of them failed");
                thread::sleep(POLL_EVERY / 20);
            }
            server.signal("TERM");
            while server.is("/readyz", 200) {
                thread::sleep(POLL_EVERY);
            }
            is_ready.store(false, Ordering::SeqCst);
            clients.into_iter().map(|client| client.join().unwrap()).collect()
        });
        let status = server.ended();
        assert!(status.success(), "{status}\n{}", server.process.output.text());
        for Confirmed { uids, batches } in confirmed {
            all.uids.extend(uids);
            all.batches.extend(batches);
        }
    }
    assert!(all.batches.len() > ENDS_AFTER.len());
    let server = Server::start(&world, &[]);
    for id in &all.batches {
        assert_counts(&server.completed(id), [ITEMS, 0, 0, 0, 0]);
    }
    server.stop();
    let stored = world.items(&world.tables.profiles).await;
    assert!(stored.iter().all(|item| item["value"].as_n().unwrap() == "7"));
    let stored: BTreeSet<_> = stored.into_iter().map(|item| item["uid"].as_s().unwrap().clone()).collect();
    assert!(stored == all.uids, "{:?}", stored.symmetric_difference(&all.uids).collect::<Vec<_>>());
    assert!(world.items(&world.tables.batch_chunks).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_to_end_says_so_is_alive_and_ends_at_once_when_asked_twice() {
    let world = World::new().await;
    let mut server = Server::start(&world, &[("SERVER_DRAIN_SECONDS", "90")]);
    let mut connection = Connection::open(server.port).unwrap();
    assert!(!connection.ask(&server.request("GET", "/", "")).unwrap().is_last);
    server.signal("TERM");
    server.wait_for("it stays ready", |server| server.is("/readyz", 503));
    assert!(server.is("/healthz", 200));
    // New connections are still accepted, and each answer closes its connection.
    for connection in [&mut connection, &mut Connection::open(server.port).unwrap()] {
        let answer = connection.ask(&server.request("POST", UPSERT, r#"{"uid":1}"#)).unwrap();
        assert!(answer.status == 200 && answer.is_last, "{}", answer.head);
    }
    server.signal("INT");
    assert_eq!(server.ended().code(), Some(1));
    assert!(server.process.output.text().contains("a second signal ended the shutdown"), "{}", server.process.output.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_whose_head_has_come_is_answered_and_silent_connections_are_closed() {
    let world = World::new().await;
    let mut server = Server::start(&world, &[]);
    let (mut idle, fresh) = (Connection::open(server.port).unwrap(), Connection::open(server.port).unwrap());
    assert_eq!(idle.ask(&server.request("GET", "/", "")).unwrap().status, 200);
    let mut under_way = Connection::open(server.port).unwrap();
    let request = server.request("POST", UPSERT, r#"{"uid":"under-way"}"#);
    let whole = format!("POST {UPSERT} HTTP/1.1\r\n{}Content-Length: {}\r\n\r\n", request.headers, request.body.len());
    under_way.stream().write_all(whole.as_bytes()).unwrap();
    // When this is answered, the request is taken, because it came before.
    assert!(server.is("/healthz", 200));
    server.signal("TERM");
    let port = server.port;
    server.wait_for("it still listens", |_| TcpStream::connect(("127.0.0.1", port)).is_err());
    under_way.stream().write_all(&request.body).unwrap();
    let answer = under_way.answer("POST", UPSERT).unwrap();
    assert!(answer.status == 200 && answer.is_last, "{} {}", answer.head, answer.text);
    // The clients still hold the other connections open.
    let status = server.ended();
    assert!(status.success(), "{status}\n{}", server.process.output.text());
    drop((idle, fresh));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_end_is_given_up_in_time_with_an_error() {
    let world = World::new().await;
    let mut server = Server::start(&world, &[("SERVER_SHUTDOWN_SECONDS", "1")]);
    let stuck = Connection::open(server.port).unwrap();
    stuck.stream().write_all(b"POST / HTTP/1.1\r\nHost: server\r\nContent-Length: 10\r\n\r\n{").unwrap();
    assert!(server.is("/healthz", 200));
    server.signal("TERM");
    assert_eq!(server.ended().code(), Some(1));
    assert!(server.process.output.text().contains("the shutdown took longer than 1s"), "{}", server.process.output.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_cannot_start_says_why() {
    let world = World::new().await;
    let server = Server::start(&world, &[]);
    let mut second = Server::begin(&world, &[("SERVER_LISTEN", &format!("127.0.0.1:{}", server.port))]);
    assert_eq!(second.ended().code(), Some(1));
    assert!(second.process.output.text().contains("can't listen on 127.0.0.1:"), "{}", second.process.output.text());
    let mut nameless = Server::begin(&world, &[("BATCHES_TABLE", "")]);
    assert_eq!(nameless.ended().code(), Some(1));
    assert!(nameless.process.output.text().contains("BATCHES_TABLE"), "{}", nameless.process.output.text());
    assert_eq!(server.ask(&Sent::new("GET", "/healthz")).status, 200);
    server.stop();
}
