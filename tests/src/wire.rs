//! The wire between the SDK and DynamoDB Local: each call on it is counted, and may be held back or broken.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_smithy_http_client::Builder;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use tokio::sync::{mpsc, oneshot};

/// What goes wrong with a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The connection drops before the database gets it.
    NotSent,
    /// The database does it, and the answer is lost.
    AnswerLost,
    /// The database takes no more calls.
    Throttled,
    /// A transaction on the same item is under way.
    Conflict,
    /// The database has a defect.
    ServerError,
    /// The call waits until others have gone before it.
    Delayed,
    /// Of a call for many items, the database leaves all of them for later. Others go through.
    Unprocessed,
}

impl Fault {
    /// Each of them.
    pub const ALL: [Self; 6] = [Self::NotSent, Self::AnswerLost, Self::Throttled, Self::Conflict, Self::ServerError, Self::Delayed];
}

tokio::task_local! {
    /// Where the calls of the present task are held, when they are.
    static GATE: Gate;
}

/// Holds the calls of one task until somebody lets each of them pass.
#[derive(Clone)]
pub struct Gate {
    /// Names the task to whoever opens the gate.
    pub task: usize,
    /// Told of each call that arrived; what it is sent lets the call pass.
    pub arrivals: mpsc::UnboundedSender<(usize, oneshot::Sender<()>)>,
}

impl Gate {
    /// Runs `task` with its calls held.
    pub async fn hold<T>(self, task: impl Future<Output = T>) -> T {
        GATE.scope(self, task).await
    }

    /// Waits until the present task may go on, if it is held at all.
    pub async fn pass() {
        if let Ok(gate) = GATE.try_with(Clone::clone) {
            let (open, opened) = oneshot::channel();
            // When nobody listens any more, nobody holds anything.
            if gate.arrivals.send((gate.task, open)).is_ok() {
                let _ = opened.await;
            }
        }
    }
}

/// Longer than a call takes, so that others overtake a delayed one.
const DELAY: Duration = Duration::from_millis(20);

/// A call on the wire.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// How many came before it.
    pub number: usize,
    /// What it asks for, as `GetItem`.
    pub operation: &'a str,
    /// How often the SDK tried it before. A plan that breaks retries too may break all of one call's attempts.
    pub retries: usize,
}

type Plan = dyn Fn(Call<'_>) -> Option<Fault> + Send + Sync;

/// Counts the calls and breaks those that a plan names.
#[derive(Clone)]
pub struct Wire {
    inner: SharedHttpClient,
    state: Arc<State>,
}

struct State {
    calls: AtomicUsize,
    log: Mutex<Vec<String>>,
    plan: Mutex<Arc<Plan>>,
}

impl Default for Wire {
    fn default() -> Self {
        let state = State { calls: AtomicUsize::new(0), log: Mutex::default(), plan: Mutex::new(Arc::new(|_| None)) };
        Self { inner: Builder::new().build_http(), state: Arc::new(state) }
    }
}

impl Wire {
    /// From now on, calls are numbered from 0, and `plan` says of each what goes wrong with it.
    pub fn break_calls(&self, plan: impl Fn(Call<'_>) -> Option<Fault> + Send + Sync + 'static) {
        *self.state.plan.lock().unwrap() = Arc::new(plan);
        self.take();
    }

    /// Nothing goes wrong any more.
    pub fn mend(&self) {
        self.break_calls(|_| None);
    }

    /// The operations called since this was last asked, in order.
    pub fn take(&self) -> Vec<String> {
        self.state.calls.store(0, Ordering::SeqCst);
        std::mem::take(&mut self.state.log.lock().unwrap())
    }
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wire")
    }
}

impl HttpClient for Wire {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(Connection { inner: self.inner.http_connector(settings, components), state: Arc::clone(&self.state) })
    }
}

struct Connection {
    inner: SharedHttpConnector,
    state: Arc<State>,
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Connection")
    }
}

impl HttpConnector for Connection {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (inner, state) = (self.inner.clone(), Arc::clone(&self.state));
        HttpConnectorFuture::new(async move {
            Gate::pass().await;
            let operation =
                request.headers().get("x-amz-target").and_then(|target| target.split_once('.')).map_or("", |(_, name)| name).to_owned();
            let number = state.calls.fetch_add(1, Ordering::SeqCst);
            let retries = retries(&request);
            state.log.lock().unwrap().push(operation.clone());
            let plan = Arc::clone(&state.plan.lock().unwrap());
            match plan(Call { number, operation: &operation, retries }) {
                None => inner.call(request).await,
                Some(Fault::Delayed) => {
                    tokio::time::sleep(DELAY).await;
                    inner.call(request).await
                }
                Some(Fault::NotSent) => Err(broken("the connection was dropped")),
                Some(Fault::AnswerLost) => {
                    inner.call(request).await?;
                    Err(broken("the answer was lost"))
                }
                Some(Fault::Unprocessed) => match unprocessed(&operation, &request) {
                    Some(answer) => Ok(answer),
                    None => inner.call(request).await,
                },
                Some(Fault::Throttled) => Ok(refusal(400, "ThrottlingException")),
                Some(Fault::ServerError) => Ok(refusal(500, "InternalServerError")),
                Some(Fault::Conflict) if operation == "TransactWriteItems" => Ok(cancelled()),
                // Only writes of single items meet a transaction.
                Some(Fault::Conflict) if !matches!(operation.as_str(), "PutItem" | "UpdateItem" | "DeleteItem") => {
                    inner.call(request).await
                }
                Some(Fault::Conflict) => Ok(refusal(400, "TransactionConflictException")),
            }
        })
    }
}

/// The SDK numbers its attempts in a header: `attempt=1; max=3`.
fn retries(request: &HttpRequest) -> usize {
    let attempt =
        request.headers().get("amz-sdk-request").and_then(|header| header.split(';').next()?.strip_prefix("attempt=")?.parse().ok());
    attempt.map_or(0, |attempt: usize| attempt - 1)
}

/// All that a call for many items asked for, left undone.
fn unprocessed(operation: &str, request: &HttpRequest) -> Option<HttpResponse> {
    let answer = match operation {
        "BatchGetItem" => "UnprocessedKeys",
        "BatchWriteItem" => "UnprocessedItems",
        _ => return None,
    };
    let sent: serde_json::Value = serde_json::from_slice(request.body().bytes()?).unwrap();
    let body = serde_json::json!({"Responses": {}, answer: sent["RequestItems"]}).to_string();
    Some(HttpResponse::new(StatusCode::try_from(200).unwrap(), SdkBody::from(body)))
}

fn broken(what: &'static str) -> ConnectorError {
    ConnectorError::io(what.into())
}

fn refusal(status: u16, code: &str) -> HttpResponse {
    let body = format!(r#"{{"__type":"com.amazonaws.dynamodb.v20120810#{code}","message":"injected"}}"#);
    HttpResponse::new(StatusCode::try_from(status).unwrap(), SdkBody::from(body))
}

fn cancelled() -> HttpResponse {
    let body = r#"{"__type":"com.amazonaws.dynamodb.v20120810#TransactionCanceledException","message":"injected",
        "CancellationReasons":[{"Code":"TransactionConflict","Message":"injected"},{"Code":"None"}]}"#;
    HttpResponse::new(StatusCode::try_from(400).unwrap(), SdkBody::from(body))
}
