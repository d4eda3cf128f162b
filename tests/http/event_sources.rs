//! `dev/event_sources.py`, between the stream of the table `batches` and a function that a test provides.

use std::collections::VecDeque;
use std::io::{self, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::ops::Range;
use std::sync::{Arc, Mutex, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use profiles_local::DynamoDbLocal;
use profiles_tests::world::template;
use serde_json::{Value, json};

use crate::child_process::{ChildProcess, free_port};
use crate::read_request::request;

const TABLE: &str = "batches";
/// The longest time for records to arrive. It takes a second or two, but longer on a busy machine.
const ARRIVE_WITHIN: Duration = Duration::from_secs(60);

/// The function's answer to an event of the stream.
enum Answer {
    Done,
    /// The function fails as a whole.
    Error,
    /// The function reports that its first record failed.
    Failed,
}

/// The invoke endpoint of a function, and the stream's events that it got.
#[derive(Default)]
struct Function {
    port: u16,
    answers: Mutex<VecDeque<Answer>>,
    events: Mutex<Vec<Value>>,
}

impl Function {
    fn start(answers: impl IntoIterator<Item = Answer>) -> Arc<Self> {
        Self::start_on(free_port(), answers)
    }

    fn start_on(port: u16, answers: impl IntoIterator<Item = Answer>) -> Arc<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).unwrap();
        let function = Arc::new(Self { port, answers: Mutex::new(answers.into_iter().collect()), ..Self::default() });
        let serving = Arc::clone(&function);
        thread::spawn(move || {
            for stream in listener.incoming() {
                // The event sources may be killed at any time.
                let _ = stream.and_then(|stream| serving.serve(stream));
            }
        });
        function
    }

    fn serve(&self, stream: TcpStream) -> io::Result<()> {
        let (_, event) = request(&mut BufReader::new(&stream))?;
        let (status, answer) = self.answer(serde_json::from_str(&event).unwrap());
        let text = answer.to_string();
        write!(&stream, "HTTP/1.1 {status} \r\nContent-Length: {}\r\nConnection: close\r\n\r\n{text}", text.len())
    }

    fn answer(&self, event: Value) -> (u16, Value) {
        let answer = match self.answers.lock().unwrap().pop_front() {
            None | Some(Answer::Done) => (200, json!({"batchItemFailures": []})),
            Some(Answer::Error) => (500, json!({"errorType": "Runtime.ExitError"})),
            Some(Answer::Failed) => {
                (200, json!({"batchItemFailures": [{"itemIdentifier": event["Records"][0]["dynamodb"]["SequenceNumber"]}]}))
            }
        };
        self.events.lock().unwrap().push(event);
        answer
    }

    /// Returns the numbers of the tickets in each event.
    fn tickets(&self) -> Vec<Vec<usize>> {
        let records = |event: &Value| event["Records"].as_array().unwrap().clone();
        let sort = |record: &Value| record["dynamodb"]["Keys"]["SK"]["S"].as_str().unwrap().to_owned();
        let number = |record: &Value| sort(record).strip_prefix("ticket#").unwrap().parse().unwrap();
        self.events.lock().unwrap().iter().map(|event| records(event).iter().map(number).collect()).collect()
    }

    /// Waits for this number of records, and returns the numbers of their tickets.
    #[track_caller]
    fn wait_for(&self, records: usize, sources: &ChildProcess) -> Vec<Vec<usize>> {
        let began = Instant::now();
        loop {
            let tickets = self.tickets();
            if tickets.iter().map(Vec::len).sum::<usize>() >= records {
                return tickets;
            }
            assert!(began.elapsed() < ARRIVE_WITHIN, "only these came: {tickets:?}\n{}", sources.output.text());
            thread::sleep(Duration::from_millis(20));
        }
    }
}

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

/// A database with the tables of the template.
struct Database {
    endpoint: String,
    access_key: &'static str,
    client: Client,
}

impl Database {
    async fn new(access_key: &'static str) -> Self {
        static LOCAL: OnceLock<DynamoDbLocal> = OnceLock::new();
        let endpoint = LOCAL.get_or_init(|| DynamoDbLocal::start().unwrap_or_else(|error| panic!("{error}"))).endpoint();
        let client = profiles_local::client(&endpoint, access_key);
        profiles_local::create_tables(&client, template(), "").await.unwrap();
        Self { endpoint, access_key, client }
    }

    async fn put(&self, sort: &str, state: &str) {
        let put = self.client.put_item().table_name(TABLE);
        put.item("PK", text("batch")).item("SK", text(sort)).item("state", text(state)).send().await.unwrap();
    }

    async fn put_tickets(&self, numbers: Range<usize>) {
        for number in numbers {
            self.put(&format!("ticket#{number:03}"), "waiting").await;
        }
    }

    fn sources_to(&self, port: u16) -> ChildProcess {
        let url = format!("http://127.0.0.1:{port}/2015-03-31/functions/batch_worker/invocations");
        let variables =
            [("AWS_ENDPOINT_URL_DYNAMODB", self.endpoint.as_str()), ("AWS_ACCESS_KEY_ID", self.access_key), ("AWS_REGION", "us-east-1")];
        ChildProcess::start(&["python3", "dev/event_sources.py", "--table", TABLE, "--function", &url], &variables).unwrap()
    }
}

#[tokio::test]
async fn tickets_that_wait_come_in_order_and_again_until_one_is_done() {
    let database = Database::new("sourcesorder").await;
    database.put_tickets(0..12).await;
    // Items that the template's filter drops.
    database.put("header", "waiting").await;
    database.put("ticket#000", "applying").await;
    let delete = database.client.delete_item().table_name(TABLE).key("PK", text("batch")).key("SK", text("ticket#001"));
    delete.send().await.unwrap();
    // This requeues a ticket.
    database.put("ticket#000", "waiting").await;

    let function = Function::start([Answer::Done, Answer::Error, Answer::Failed, Answer::Failed]);
    let sources = database.sources_to(function.port);
    let all: Vec<_> = [0, 1, 1, 1].into_iter().chain(1..12).chain([0]).map(|ticket| vec![ticket]).collect();
    assert_eq!(function.wait_for(all.len(), &sources), all);

    let records: Vec<_> = function.events.lock().unwrap().iter().map(|event| event["Records"][0].clone()).collect();
    assert!(records[..all.len() - 1].iter().all(|record| record["eventName"] == "INSERT"), "{records:#?}");
    assert_eq!(records.last().unwrap()["eventName"], "MODIFY");
    let record = &records[0];
    assert_eq!((&record["eventSource"], &record["awsRegion"]), (&json!("aws:dynamodb"), &json!("us-east-1")));
    assert!(record["eventSourceARN"].as_str().unwrap().contains(":table/batches/stream/"), "{record}");
    assert_eq!(record["dynamodb"]["NewImage"], json!({"PK": {"S": "batch"}, "SK": {"S": "ticket#000"}, "state": {"S": "waiting"}}));
    let said = sources.output.text();
    assert!(!said.contains("ticket#") && !said.contains("Traceback"), "{said}");
}

#[tokio::test]
async fn what_was_delivered_comes_again_after_a_kill_and_with_it_what_was_written_meanwhile() {
    let database = Database::new("sourceskill").await;
    let function = Function::start([]);
    let mut sources = database.sources_to(function.port);
    database.put_tickets(0..3).await;
    function.wait_for(3, &sources);
    sources.signal("KILL");
    assert_eq!(sources.wait().code(), Some(128 + 9));
    database.put_tickets(3..15).await;

    let sources = database.sources_to(function.port);
    let all = function.wait_for(3 + 15, &sources).concat();
    assert_eq!(all, (0..3).chain(0..15).collect::<Vec<_>>());
    assert_eq!(sources.output.text(), "");
}

#[tokio::test]
async fn a_function_that_is_not_there_is_waited_for_and_that_is_said_once() {
    let database = Database::new("sourcesfunction").await;
    let port = free_port();
    let mut sources = database.sources_to(port);
    database.put_tickets(0..1).await;
    sources.line("event sources: the function is not running");
    let function = Function::start_on(port, []);
    assert_eq!(function.wait_for(1, &sources), [[0]]);
    sources.line("event sources: the function works again");
    assert_eq!(sources.output.text().lines().count(), 2, "{}", sources.output.text());
}

#[tokio::test]
async fn a_table_that_is_not_there_is_waited_for_and_that_is_said_once() {
    let database = Database::new("sourcestable").await;
    database.client.delete_table().table_name(TABLE).send().await.unwrap();
    let function = Function::start([]);
    let mut sources = database.sources_to(function.port);
    sources.line("event sources: the database refuses DescribeTable (ResourceNotFoundException)");
    profiles_local::create_tables(&database.client, template(), "").await.unwrap();
    database.put_tickets(0..1).await;
    assert_eq!(function.wait_for(1, &sources), [[0]]);
    sources.line("event sources: the database answers again");
    assert_eq!(sources.output.text().lines().count(), 2, "{}", sources.output.text());
}
