//! As much of Lambda's runtime API as a function's first request needs, and a database that only hears the first byte.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// A function that takes longer does not work.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);
const NEXT: &str = "GET /2018-06-01/runtime/invocation/next ";

/// The runtime API of one function, which hands out one event.
pub(super) struct RuntimeApi {
    /// Where it listens.
    pub(super) address: String,
    moments: Receiver<Instant>,
}

impl RuntimeApi {
    /// Begins to listen.
    pub(super) fn serve(event: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address").to_string();
        let (tell, moments) = channel();
        thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("a connection");
            let mut reader = BufReader::new(stream.try_clone().expect("a second handle"));
            let mut line = String::new();
            reader.read_line(&mut line).expect("a request");
            let asked = Instant::now();
            assert!(line.starts_with(NEXT), "the function sent `{line}` first");
            while reader.read_line(&mut line).expect("a header") > 2 {}
            let answer = answer(event);
            // Nobody listens any more only when the measurement failed already.
            let _ = tell.send(asked);
            let _ = tell.send(Instant::now());
            stream.write_all(answer.as_bytes()).expect("the function reads");
            // Stays connected until the function ends: a lost connection would be an error for it, and work.
            let _ = reader.read_to_end(&mut Vec::new());
        });
        Self { address, moments }
    }

    /// When the function asked for its first event; the first thing to ask here.
    pub(super) fn asked(&self) -> Instant {
        self.moments.recv_timeout(PATIENCE).expect("a function that asks for an event")
    }

    /// When the event was handed out; to be asked after [`Self::asked`].
    pub(super) fn handed_out(&self) -> Instant {
        self.moments.recv_timeout(PATIENCE).expect("an event that was handed out")
    }
}

fn answer(event: &str) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock that is set").as_millis();
    format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\nLambda-Runtime-Aws-Request-Id: bench-1\r\n\
        Lambda-Runtime-Deadline-Ms: {}\r\n\
        Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:us-east-1:123456789012:function:upsert\r\n\r\n{event}",
        event.len(),
        now + 29_000,
    )
}

/// Tells when the first byte arrives here.
pub(super) fn first_byte(listener: TcpListener) -> Receiver<Instant> {
    let (tell, moment) = channel();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        let mut byte = [0];
        stream.read_exact(&mut byte).expect("a byte");
        let arrived = Instant::now();
        // A TLS record that is part of a handshake.
        assert_eq!(byte, [0x16], "the function did not begin a TLS handshake");
        let _ = tell.send(arrived);
        let _ = stream.read_to_end(&mut Vec::new());
    });
    moment
}
