//! A stand-in for Lambda's own interface to one instance of a function: events, and the registration of extensions.

use std::io::{self, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use profiles_tests::World;
use profiles_tests::world::table_variables;
use serde_json::Value;

use crate::child_process::{ChildProcess, ROOT};
use crate::read_request::request;

/// Far more time than anything takes here.
const PATIENCE: Duration = Duration::from_secs(120);

/// A running instance, whose lines are JSON.
pub(crate) struct Instance {
    process: ChildProcess,
    events: Sender<String>,
    answers: Receiver<String>,
    calls: Arc<Mutex<Vec<String>>>,
}

impl Instance {
    /// Starts an instance on the world's tables, with these variables added.
    #[track_caller]
    pub(crate) fn start(function: &str, world: &World, variables: &[(&str, &str)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (events, waiting) = channel();
        let (answer, answers) = channel();
        let calls = Arc::default();
        let side = Side { events: Arc::new(Mutex::new(waiting)), answer, calls: Arc::clone(&calls) };
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, side) = (stream.unwrap(), side.clone());
                // The connection ends with the instance.
                thread::spawn(move || side.serve(&stream));
            }
        });
        let tables = table_variables();
        let mut all = vec![
            ("AWS_LAMBDA_RUNTIME_API", address.as_str()),
            ("AWS_LAMBDA_FUNCTION_NAME", function),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512"),
            ("AWS_LAMBDA_LOG_GROUP_NAME", function),
            ("AWS_LAMBDA_LOG_STREAM_NAME", function),
            ("AWS_LAMBDA_LOG_FORMAT", "JSON"),
            ("AWS_LAMBDA_LOG_LEVEL", "INFO"),
            ("METRICS_NAMESPACE", "Profiles/profiles"),
            ("AWS_ENDPOINT_URL_DYNAMODB", &world.endpoint),
            ("AWS_ACCESS_KEY_ID", &world.access_key),
            ("AWS_SECRET_ACCESS_KEY", "local"),
            ("AWS_REGION", "us-east-1"),
        ];
        all.extend(tables.iter().map(|(variable, name)| (variable.as_str(), name.as_str())));
        all.extend(variables);
        let process = ChildProcess::start(&[&format!("{ROOT}/target/debug/{function}")], &all).unwrap_or_else(|error| panic!("{error}"));
        Self { process, events, answers, calls }
    }

    /// Hands out an event, and returns its answer's status.
    #[track_caller]
    pub(crate) fn invoke(&self, event: &Value) -> u64 {
        self.events.send(event.to_string()).unwrap();
        let answer = self.answers.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("no answer:\n{}", self.process.output.text()));
        serde_json::from_str::<Value>(&answer).unwrap()["statusCode"].as_u64().unwrap_or_else(|| panic!("{answer}"))
    }

    /// Its calls so far: method and path.
    pub(crate) fn calls(&self) -> Vec<String> {
        self.calls.lock().unwrap().clone()
    }

    /// Ends it as Lambda does, and returns the lines that it wrote.
    #[track_caller]
    pub(crate) fn end(mut self) -> Vec<String> {
        self.process.signal("TERM");
        let status = self.process.wait();
        let output = self.process.output.text();
        assert!(status.success(), "{status}:\n{output}");
        output.lines().map(str::to_owned).collect()
    }
}

/// Lambda's side.
#[derive(Clone)]
struct Side {
    events: Arc<Mutex<Receiver<String>>>,
    answer: Sender<String>,
    calls: Arc<Mutex<Vec<String>>>,
}

impl Side {
    fn serve(&self, stream: &TcpStream) -> io::Result<()> {
        let (mut reader, mut writer) = (BufReader::new(stream), stream);
        loop {
            let (first, body) = request(&mut reader)?;
            let call = first.trim_end().trim_end_matches(" HTTP/1.1");
            self.calls.lock().unwrap().push(call.to_owned());
            let (headers, answer) = match call {
                "GET /2018-06-01/runtime/invocation/next" => {
                    let Ok(event) = self.events.lock().unwrap().recv() else { return Ok(()) };
                    let deadline = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() + 29_000;
                    // As Lambda sends them for a request that is not traced.
                    let headers = format!(
                        "Lambda-Runtime-Aws-Request-Id: 8e1e7556-9131-44a7-b2aa-54ed60dca210\r\nLambda-Runtime-Deadline-Ms: {deadline}\r\n\
                        Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:us-east-1:123456789012:function:some\r\n\
                        Lambda-Runtime-Trace-Id: Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0\r\n"
                    );
                    (headers, event)
                }
                "POST /2020-01-01/extension/register" => ("Lambda-Extension-Identifier: one\r\n".to_owned(), "{}".to_owned()),
                "GET /2020-01-01/extension/event/next" => {
                    // It has asked for no events. This returns when it ends.
                    return reader.read_to_end(&mut Vec::new()).map(drop);
                }
                _ => {
                    let _ = self.answer.send(body);
                    (String::new(), "{}".to_owned())
                }
            };
            let length = answer.len();
            let head = format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n{headers}\r\n");
            // In one piece: else the rest waits until the first is acknowledged.
            writer.write_all((head + &answer).as_bytes())?;
        }
    }
}
