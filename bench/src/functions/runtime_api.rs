//! The part of Lambda's runtime API that a function's first event needs, and a database that only hears the first byte.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

const NEXT: &str = "GET /2018-06-01/runtime/invocation/next ";
/// The first byte of a TLS record that is part of a handshake.
const HANDSHAKE: u8 = 0x16;

/// A moment, or what happened instead.
pub(super) type Moment = Result<Instant, String>;

/// A server on a thread of its own, and the moments that it reports.
pub(super) struct Observed {
    /// The address at which it listens.
    pub(super) address: String,
    /// The moments, in their order.
    pub(super) moments: Receiver<Moment>,
}

/// Serves the runtime API to one function, and hands out one event. Reports when the function asks for it, and when it is handed out.
pub(super) fn runtime_api(event: &'static str) -> Observed {
    observed(move |stream, moments| {
        let mut reader = BufReader::new(stream.try_clone()?);
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let asked = Instant::now();
        if !line.starts_with(NEXT) {
            // Such as the report of an error at its start.
            return Err(io::Error::other(format!("the function sent `{}` first", line.trim_end())));
        }
        while reader.read_line(&mut line)? > 2 {}
        let answer = answer(event);
        // The receiver is gone only when the measurement has failed already.
        let _ = moments.send(Ok(asked));
        let _ = moments.send(Ok(Instant::now()));
        stream.write_all(answer.as_bytes())?;
        // Stays connected until the function ends: a lost connection would be an error for it, and work.
        let _ = reader.read_to_end(&mut Vec::new());
        Ok(())
    })
}

/// Listens as the database, and reports when the first byte of a TLS handshake arrives.
pub(super) fn database() -> Observed {
    observed(|stream, moments| {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        let arrived = Instant::now();
        if byte != [HANDSHAKE] {
            return Err(io::Error::other("the function did not begin a TLS handshake"));
        }
        let _ = moments.send(Ok(arrived));
        let _ = stream.read_to_end(&mut Vec::new());
        Ok(())
    })
}

fn observed(serve: impl FnOnce(&mut TcpStream, &Sender<Moment>) -> io::Result<()> + Send + 'static) -> Observed {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address").to_string();
    let (sender, moments) = channel();
    thread::spawn(move || {
        let served = listener.accept().and_then(|(mut stream, _)| serve(&mut stream, &sender));
        if let Err(error) = served {
            let _ = sender.send(Err(error.to_string()));
        }
    });
    Observed { address, moments }
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
