//! The part of Lambda's runtime API that one instance of a function needs.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// The time that a function has for an event.
const DEADLINE_MS: u128 = 29_000;

/// What a function did.
pub(crate) enum Step {
    /// It asked for an event.
    Asked,
    /// It was handed one.
    Took,
    /// It answered this.
    Answered(String),
}

/// When something was done, or what happened instead.
pub(crate) type Moment<T = ()> = Result<(Instant, T), String>;

/// A server for one function. It ends with this.
pub(super) struct RuntimeApi {
    /// The address at which it listens.
    pub(super) address: String,
    /// The function's steps, in their order.
    pub(super) steps: Receiver<Moment<Step>>,
    /// The events to hand out.
    pub(super) events: Sender<String>,
    has_ended: Arc<AtomicBool>,
}

impl RuntimeApi {
    /// Starts one on a free port.
    pub(super) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address").to_string();
        let ((sender, steps), (events, waiting)) = (channel(), channel());
        let has_ended = Arc::new(AtomicBool::new(false));
        let ends = Arc::clone(&has_ended);
        let side = Side { events: Arc::new(Mutex::new(waiting)), steps: sender };
        thread::spawn(move || {
            for stream in listener.incoming() {
                if ends.load(Ordering::Relaxed) {
                    break;
                }
                let side = side.clone();
                thread::spawn(move || {
                    if let Err(error) = stream.and_then(|stream| side.serve(&stream)) {
                        // The receiver is gone only when the function is, which may end in the middle of anything.
                        let _ = side.steps.send(Err(error.to_string()));
                    }
                });
            }
        });
        Self { address, steps, events, has_ended }
    }
}

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        self.has_ended.store(true, Ordering::Relaxed);
        // Wakes the listener. If it can't be reached, it has ended already.
        let _ = TcpStream::connect(&self.address);
    }
}

/// Lambda's side of a connection.
#[derive(Clone)]
struct Side {
    events: Arc<Mutex<Receiver<String>>>,
    steps: Sender<Moment<Step>>,
}

impl Side {
    /// Serves a connection until the function or this program closes it.
    fn serve(&self, stream: &TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let (mut reader, mut writer) = (BufReader::new(stream), stream);
        while let Some((call, body)) = request(&mut reader)? {
            let now = Instant::now();
            match call.as_str() {
                "GET /2018-06-01/runtime/invocation/next" => {
                    self.report(now, Step::Asked);
                    let Ok(event) = self.events.lock().unwrap_or_else(PoisonError::into_inner).recv() else { return Ok(()) };
                    let response = response("200 OK", &of_event(), &event);
                    self.report(Instant::now(), Step::Took);
                    writer.write_all(&response)?;
                }
                "POST /2020-01-01/extension/register" => {
                    writer.write_all(&response("200 OK", "Lambda-Extension-Identifier: one\r\n", "{}"))?;
                }
                // Asks to be told of the instance's end, which comes without a word here.
                "GET /2020-01-01/extension/event/next" => return reader.read_to_end(&mut Vec::new()).map(drop),
                call if call.starts_with("POST /2018-06-01/runtime/invocation/") && call.ends_with("/response") => {
                    self.report(now, Step::Answered(body));
                    writer.write_all(&response("202 Accepted", "", r#"{"status":"OK"}"#))?;
                }
                // Such as the report of an error.
                call => return Err(io::Error::other(format!("the function sent `{call}`: {body}"))),
            }
        }
        Ok(())
    }

    fn report(&self, at: Instant, step: Step) {
        // The receiver is gone only when the function is to end.
        let _ = self.steps.send(Ok((at, step)));
    }
}

/// Reads a request: its method and path, and its body. Returns `None` at the end of the connection.
fn request(reader: &mut impl BufRead) -> io::Result<Option<(String, String)>> {
    let (mut first, mut line, mut length) = (String::new(), String::new(), 0);
    if reader.read_line(&mut first)? == 0 {
        return Ok(None);
    }
    while reader.read_line(&mut line)? > 2 {
        let (name, value) = line.split_once(':').unwrap_or_default();
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().map_err(io::Error::other)?;
        } else if name.eq_ignore_ascii_case("transfer-encoding") {
            return Err(io::Error::other("a body without a length, which is not read here"));
        }
        line.clear();
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let call = first.trim_end().trim_end_matches(" HTTP/1.1").to_owned();
    Ok(Some((call, String::from_utf8(body).map_err(io::Error::other)?)))
}

/// The headers of an event, as Lambda sends them for a request that is not traced.
fn of_event() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock that is set").as_millis();
    format!(
        "Lambda-Runtime-Aws-Request-Id: 8e1e7556-9131-44a7-b2aa-54ed60dca210\r\nLambda-Runtime-Deadline-Ms: {}\r\n\
        Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:us-east-1:123456789012:function:upsert\r\n\
        Lambda-Runtime-Trace-Id: Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0\r\n",
        now + DEADLINE_MS
    )
}

/// Returns a response in one piece: else its rest waits until its first part is acknowledged.
fn response(status: &str, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n{headers}\r\n{body}").into_bytes()
}
