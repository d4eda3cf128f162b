//! Kills the worker, the event sources and connections to the database again and again while batches are applied: real processes, real
//! signals.

use std::io::{self, BufReader, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use profiles_api::{Clock, Context};
use profiles_storage::accounts::Accounts;
use profiles_storage::{RetryPolicy, Storage};
use profiles_tests::world::table_variables;
use profiles_tests::{Api, World};
use serde_json::json;

use crate::child_process::{ChildProcess, ROOT};
use crate::read_request::request;

const ROUNDS: usize = 10;
const ITEMS: usize = 20_000;
const USERS: usize = 1_000;
/// The most calls to the database after which a worker is killed. Some chunks take fewer.
const CALLS: usize = 600;
/// About one in this many calls loses its connection.
const DROPS: usize = 150;
/// The number of invocations after which the event sources are killed, without those for tickets of earlier rounds, which are delivered
/// again.
const INVOCATIONS: usize = 7;
/// The number of tickets in a round.
const TICKETS: usize = ITEMS / 5_000;
const POLL_EVERY: Duration = Duration::from_millis(50);
/// Far more time than a round takes.
const POLLS: usize = 6_000;

/// A proxy of the database that drops connections and counts calls.
struct Proxy {
    address: String,
    calls: Arc<AtomicUsize>,
}

impl Proxy {
    fn start(database: &str) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let (database, calls) = (database.trim_start_matches("http://").to_owned(), Arc::new(AtomicUsize::new(0)));
        let counted = Arc::clone(&calls);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let server = TcpStream::connect(&database).unwrap();
                let (to_server, to_client) = (server.try_clone().unwrap(), client.try_clone().unwrap());
                let counted = Arc::clone(&counted);
                thread::spawn(move || {
                    pass(client, to_server, || {
                        counted.fetch_add(1, Ordering::SeqCst);
                        !rand::random_ratio(1, u32::try_from(DROPS).unwrap())
                    })
                });
                thread::spawn(move || pass(server, to_client, || true));
            }
        });
        Self { address, calls }
    }
}

/// Copies bytes until the connection ends or must be dropped. Bytes in the other direction are then lost.
fn pass(mut from: TcpStream, mut to: TcpStream, continues: impl Fn() -> bool) {
    let mut bytes = [0; 64 * 1024];
    while let Ok(count @ 1..) = from.read(&mut bytes) {
        if !continues() || to.write_all(&bytes[..count]).is_err() {
            break;
        }
    }
    let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
}

/// The worker's process, with a runtime API of its own.
struct Worker {
    process: Child,
    events: Sender<String>,
    answers: Receiver<String>,
    dies_at: usize,
}

impl Worker {
    fn start(lambda: &Lambda) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (events, to_hand_out) = channel();
        let (answer, answers) = channel();
        let to_hand_out = Arc::new(Mutex::new(to_hand_out));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (to_hand_out, answer) = (Arc::clone(&to_hand_out), answer.clone());
                // Killing the worker drops its connections, and there is nothing left to do.
                thread::spawn(move || runtime_api(&stream, &to_hand_out, &answer));
            }
        });
        let process = Command::new(&lambda.binary)
            .envs(lambda.variables.iter().map(|(name, value)| (name, value)))
            .env("AWS_LAMBDA_RUNTIME_API", address)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("`cargo build --bins` makes the functions");
        let dies_at = lambda.proxy.calls.load(Ordering::SeqCst) + rand::random_range(1..=CALLS);
        Self { process, events, answers, dies_at }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // SIGKILL ends it at once, at whatever point it is.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Hands out events and receives answers, like Lambda's runtime API.
fn runtime_api(mut stream: &TcpStream, events: &Mutex<Receiver<String>>, answers: &Sender<String>) -> io::Result<()> {
    let mut reader = BufReader::new(stream);
    loop {
        let (first, body) = request(&mut reader)?;
        if first.starts_with("GET /2018-06-01/runtime/invocation/next ") {
            let Ok(event) = events.lock().unwrap().recv() else { return Ok(()) };
            let deadline = SystemTime::now().duration_since(UNIX_EPOCH).unwrap() + Duration::from_secs(300);
            write!(
                stream,
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\nLambda-Runtime-Aws-Request-Id: killed\r\n\
                Lambda-Runtime-Deadline-Ms: {}\r\n\
                Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:us-east-1:000000000000:function:batch_worker\r\n\r\n{event}",
                event.len(),
                deadline.as_millis(),
            )?;
        } else {
            assert!(first.contains("/invocation/killed/response "), "{first} {body}");
            write!(stream, "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")?;
            let _ = answers.send(body);
        }
    }
}

/// Starts, invokes and kills the worker.
struct Lambda {
    binary: String,
    variables: Vec<(String, String)>,
    proxy: Proxy,
    worker: Mutex<Option<Worker>>,
    invocations: AtomicUsize,
    deaths: AtomicUsize,
    port: u16,
}

impl Lambda {
    fn start(world: &World) -> Arc<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let proxy = Proxy::start(&world.endpoint);
        let fixed = [
            ("AWS_ENDPOINT_URL_DYNAMODB", proxy.address.as_str()),
            ("AWS_ACCESS_KEY_ID", &world.access_key),
            ("AWS_SECRET_ACCESS_KEY", "local"),
            ("AWS_REGION", "us-east-1"),
            ("AWS_LAMBDA_FUNCTION_NAME", "batch_worker"),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "1769"),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ];
        let variables = fixed.map(|(name, value)| (name.to_owned(), value.to_owned())).into_iter().chain(table_variables()).collect();
        let lambda = Arc::new(Self {
            binary: format!("{ROOT}/target/debug/batch_worker"),
            variables,
            proxy,
            worker: Mutex::new(None),
            invocations: AtomicUsize::new(0),
            deaths: AtomicUsize::new(0),
            port,
        });
        let serving = Arc::clone(&lambda);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let serving = Arc::clone(&serving);
                // The event sources are killed at any time, too.
                thread::spawn(move || serving.serve(&stream));
            }
        });
        lambda
    }

    fn serve(&self, mut stream: &TcpStream) -> io::Result<()> {
        let (_, event) = request(&mut BufReader::new(stream))?;
        let (status, answer) = match self.invoke(event) {
            Some(answer) => (200, answer),
            None => (500, json!({"errorType": "Runtime.ExitError"}).to_string()),
        };
        write!(stream, "HTTP/1.1 {status} \r\nContent-Length: {}\r\nConnection: close\r\n\r\n{answer}", answer.len())
    }

    /// Returns the worker's answer; `None` if it was killed.
    fn invoke(&self, event: String) -> Option<String> {
        let mut running = self.worker.lock().unwrap();
        self.invocations.fetch_add(1, Ordering::SeqCst);
        let worker = running.get_or_insert_with(|| Worker::start(self));
        worker.events.send(event).unwrap();
        loop {
            match worker.answers.recv_timeout(Duration::from_millis(1)) {
                Ok(answer) => return Some(answer),
                Err(RecvTimeoutError::Timeout) if self.proxy.calls.load(Ordering::SeqCst) < worker.dies_at => {}
                Err(_) => {
                    self.deaths.fetch_add(1, Ordering::SeqCst);
                    *running = None;
                    return None;
                }
            }
        }
    }

    fn event_sources(&self, world: &World) -> ChildProcess {
        let url = format!("http://127.0.0.1:{}/2015-03-31/functions/batch_worker/invocations", self.port);
        let database = self.proxy.address.as_str();
        let variables = [("AWS_ENDPOINT_URL_DYNAMODB", database), ("AWS_ACCESS_KEY_ID", &world.access_key), ("AWS_REGION", "us-east-1")];
        ChildProcess::start(&["python3", "dev/event_sources.py", "--table", &world.tables.batches, "--function", &url], &variables).unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_item_is_applied_and_counted_once_however_often_worker_event_sources_and_connections_are_killed() {
    let world = World::new().await;
    let lambda = Lambda::start(&world);
    let accounts = Accounts::new(world.bare.clone(), world.tables.accounts.clone());
    let storage = Storage::new(world.bare.clone(), world.tables.clone(), RetryPolicy::default());
    // The workers have the system's clock.
    let api = Api::new(Context::new(storage, accounts, Clock::system()), world.secret.clone());
    let mut sources = lambda.event_sources(&world);
    let (mut killed_at, mut restarts) = (0, 0);
    for round in 0..ROUNDS {
        let items: Vec<String> =
            (0..ITEMS).map(|n| format!(r#"{{"uid":"user{}","round":{round},"turn{}":{n}}}"#, n % USERS, n / USERS % 4)).collect();
        let id = api.batch(&format!("[{}]", items.join(","))).await.batch_id();
        let mut completed = None;
        for poll in 0..POLLS {
            let status = api.batch_status(&id).await.body["batch"].clone();
            if status["state"] == "completed" {
                completed = Some(status);
                break;
            }
            let invocations = lambda.invocations.load(Ordering::SeqCst);
            // In any case after a while, because the event sources give up a ticket that fails too often, and deliver it again after a restart.
            if invocations >= killed_at + round * TICKETS + INVOCATIONS || poll % 400 == 399 {
                (killed_at, restarts) = (invocations, restarts + 1);
                sources.signal("KILL");
                sources.wait();
                sources = lambda.event_sources(&world);
            }
            tokio::time::sleep(POLL_EVERY).await;
        }
        let status = completed.unwrap_or_else(|| panic!("round {round} is never done\n{}", sources.output.text()));
        let created = if round == 0 { USERS } else { 0 };
        let expected =
            [("total", ITEMS), ("created", created), ("updated", ITEMS - created), ("unchanged", 0), ("ignored", 0), ("failed", 0)];
        for (name, count) in expected {
            assert_eq!(status[format!("{name}_count")], count, "round {round}: {status}");
        }
        assert!(world.items(&world.tables.batch_chunks).await.is_empty());
    }
    let (deaths, stored) = (lambda.deaths.load(Ordering::SeqCst), world.items(&world.tables.profiles).await);
    assert!(deaths >= ROUNDS && restarts >= 3, "it was too easy: {deaths} workers died, and the event sources {restarts} times");
    assert_eq!(stored.len(), USERS);
    for item in stored {
        let user: usize = item["uid"].as_s().unwrap().strip_prefix("user").unwrap().parse().unwrap();
        assert_eq!(item["round"].as_n().unwrap(), &(ROUNDS - 1).to_string());
        for turn in 0..4 {
            // The last of the items that set it.
            assert_eq!(item[&format!("turn{turn}")].as_n().unwrap(), &(user + (turn + ITEMS / USERS - 4) * USERS).to_string());
        }
    }
}
