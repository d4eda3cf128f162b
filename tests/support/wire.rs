//! The wire between the SDK and DynamoDB Local: it counts each call, and may hold it or give it a fault.

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

use crate::gate::{Gate, Parked};
use crate::lag::{self, Lag};
use crate::partitions::Partitions;

/// A fault of a call to the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The connection drops before the database gets the call.
    NotSent,
    /// The database executes the call, and its answer is lost.
    AnswerLost,
    /// The database throttles the call.
    Throttled,
    /// Another transaction on the same item is in progress.
    Conflict,
    /// The database fails.
    ServerError,
    /// The call waits until others have overtaken it.
    Delayed,
    /// The database processes no item of a call for many items. Other calls are not affected.
    Unprocessed,
    /// The connection drops, and the database gets the call later: when [`Gate::arrive`] or [`Wire::arrive`] lets it.
    Late,
    /// The database answers that the same transaction is in progress, and does nothing.
    InProgress,
    /// The database executes the transaction, and answers that it is in progress.
    DoneInProgress,
    /// The database cancels the transaction because a part of it is throttled.
    CancelledByThrottling,
    /// The function's role may not make the call.
    Denied,
    /// An eventually consistent read does not find the item yet.
    Behind,
}

impl Fault {
    /// The faults after which a repeated request succeeds.
    pub const ALL: [Self; 9] = [
        Self::NotSent,
        Self::AnswerLost,
        Self::Throttled,
        Self::Conflict,
        Self::ServerError,
        Self::Delayed,
        Self::InProgress,
        Self::DoneInProgress,
        Self::CancelledByThrottling,
    ];

    /// Returns whether an operation can have this fault. Only writes of single items conflict with a transaction.
    #[must_use]
    pub fn applies_to(self, operation: &str) -> bool {
        match self {
            Self::InProgress | Self::DoneInProgress | Self::CancelledByThrottling => operation == "TransactWriteItems",
            Self::Conflict => matches!(operation, "TransactWriteItems" | "PutItem" | "UpdateItem" | "DeleteItem"),
            Self::Behind => operation == "GetItem",
            _ => true,
        }
    }
}

/// The delay of a call. It is longer than a call takes, so that others overtake it.
const DELAY: Duration = Duration::from_millis(20);

/// A call on the wire.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// The number of calls before it.
    pub number: usize,
    /// The operation, such as `GetItem`.
    pub operation: &'a str,
    /// The number of the SDK's attempts before it. A plan that ignores this may give the fault to all attempts of one call.
    pub retries: usize,
    body: &'a [u8],
}

impl Call<'_> {
    /// Returns whether it names this table.
    #[must_use]
    pub fn names(&self, table: &str) -> bool {
        self.mentions(&format!(r#""TableName":"{table}""#))
    }

    /// Returns whether this text is anywhere in it, such as an account's id.
    #[must_use]
    pub fn mentions(&self, text: &str) -> bool {
        String::from_utf8_lossy(self.body).contains(text)
    }
}

type Plan = dyn Fn(Call<'_>) -> Option<Fault> + Send + Sync;

/// Changes the body of a call of this operation.
type Rewrite = dyn Fn(&str, &mut serde_json::Value) + Send + Sync;

/// Counts calls, and gives them the faults of a plan.
#[derive(Clone)]
pub struct Wire {
    inner: SharedHttpClient,
    state: Arc<State>,
}

struct State {
    calls: AtomicUsize,
    log: Mutex<Vec<String>>,
    plan: Mutex<Arc<Plan>>,
    /// The partitions whose throughput is limited.
    partitions: Mutex<Option<Partitions>>,
    /// The copies from which some reads are answered.
    lag: Mutex<Option<Lag>>,
    /// The late calls of tasks without a gate.
    parked: Parked,
    /// A mistake that is planted in the code under test.
    mistake: Mutex<Option<Arc<Rewrite>>>,
}

impl Default for Wire {
    fn default() -> Self {
        let state = State {
            calls: AtomicUsize::new(0),
            log: Mutex::default(),
            plan: Mutex::new(Arc::new(|_| None)),
            partitions: Mutex::default(),
            lag: Mutex::default(),
            parked: Parked::default(),
            mistake: Mutex::default(),
        };
        Self { inner: Builder::new().build_http(), state: Arc::new(state) }
    }
}

impl Wire {
    /// Numbers calls from 0 from now on, and gives each the fault that `plan` returns for it.
    pub fn break_calls(&self, plan: impl Fn(Call<'_>) -> Option<Fault> + Send + Sync + 'static) {
        *self.state.plan.lock().unwrap() = Arc::new(plan);
        self.take();
    }

    /// Crashes the process at the call of this number: it gets this fault, and no later call reaches the database.
    pub fn crash_at(&self, number: usize, fault: Fault) {
        self.break_calls(move |call| match call.number {
            earlier if earlier < number => None,
            this if this == number => Some(fault),
            _ => Some(Fault::NotSent),
        });
    }

    /// Lets the calls without a fault write only what these partitions take.
    pub fn limit(&self, partitions: &Partitions) {
        *self.state.partitions.lock().unwrap() = Some(partitions.clone());
    }

    /// Answers the reads that lag from copies; `None` ends that.
    pub fn lag(&self, lag: Option<&Lag>) {
        *self.state.lag.lock().unwrap() = lag.cloned();
    }

    /// Plants a mistake in the code under test: its calls are sent as this changes them.
    pub fn plant(&self, rewrite: impl Fn(&str, &mut serde_json::Value) + Send + Sync + 'static) {
        *self.state.mistake.lock().unwrap() = Some(Arc::new(rewrite));
    }

    /// Ends all faults.
    pub fn mend(&self) {
        self.break_calls(|_| None);
    }

    /// Sends the late calls to the database.
    pub async fn arrive(&self) {
        self.state.parked.arrive().await;
    }

    /// Returns the operations called after the last `take`, in order.
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
    fn call(&self, mut request: HttpRequest) -> HttpConnectorFuture {
        let (inner, state) = (self.inner.clone(), Arc::clone(&self.state));
        HttpConnectorFuture::new(async move {
            let operation =
                request.headers().get("x-amz-target").and_then(|target| target.split_once('.')).map_or("", |(_, name)| name).to_owned();
            crate::permissions::check(&operation, &request);
            let retries = retries(&request);
            let of_gate = Gate::pass(&operation, retries).await;
            let number = state.calls.fetch_add(1, Ordering::SeqCst);
            state.log.lock().unwrap().push(operation.clone());
            let mistake = state.mistake.lock().unwrap().clone();
            if let Some(mistake) = mistake {
                rewrite(&mut request, |body| mistake(&operation, body));
            }
            let plan = Arc::clone(&state.plan.lock().unwrap());
            let body = request.body().bytes().unwrap_or_default();
            let fault = of_gate.or_else(|| plan(Call { number, operation: &operation, retries, body }));
            let fault = fault.filter(|fault| fault.applies_to(&operation));
            if fault.is_some() {
                // Even an answer that is made here is waited for.
                tokio::task::yield_now().await;
            }
            match fault {
                None => {
                    let lag = state.lag.lock().unwrap().clone();
                    if let Some(sent) = lag.and_then(|lag| lag.rerouted(&operation, body)) {
                        return lag::call(&inner, request, &sent).await;
                    }
                    let partitions = state.partitions.lock().unwrap().clone();
                    match partitions {
                        Some(partitions) => partitions.call(&inner, &operation, request).await,
                        None => inner.call(request).await,
                    }
                }
                Some(Fault::Delayed) => {
                    tokio::time::sleep(DELAY).await;
                    inner.call(request).await
                }
                Some(Fault::NotSent) => Err(broken("the connection was dropped")),
                Some(Fault::AnswerLost) => {
                    inner.call(request).await?;
                    Err(broken("the answer was lost"))
                }
                Some(Fault::Late) => {
                    Gate::parked().unwrap_or_else(|| state.parked.clone()).park(inner, request);
                    Err(broken("the connection was dropped"))
                }
                Some(Fault::Unprocessed) => match unprocessed(&operation, &request) {
                    Some(answer) => Ok(answer),
                    None => inner.call(request).await,
                },
                Some(Fault::Behind) if String::from_utf8_lossy(body).contains(r#""ConsistentRead":true"#) => inner.call(request).await,
                Some(Fault::Behind) => Ok(HttpResponse::new(StatusCode::try_from(200).unwrap(), SdkBody::from("{}"))),
                Some(Fault::Throttled) => Ok(refusal(400, "ThrottlingException")),
                Some(Fault::ServerError) => Ok(refusal(500, "InternalServerError")),
                Some(Fault::Denied) => Ok(refusal(400, "AccessDeniedException")),
                Some(Fault::InProgress) => Ok(refusal(400, "TransactionInProgressException")),
                Some(Fault::DoneInProgress) => {
                    inner.call(request).await?;
                    Ok(refusal(400, "TransactionInProgressException"))
                }
                Some(Fault::CancelledByThrottling) => Ok(cancelled(&["ThrottlingError", "None"])),
                Some(Fault::Conflict) if operation == "TransactWriteItems" => Ok(cancelled(&["TransactionConflict", "None"])),
                Some(Fault::Conflict) => Ok(refusal(400, "TransactionConflictException")),
            }
        })
    }
}

/// Changes the body of a request. DynamoDB Local checks no signature.
fn rewrite(request: &mut HttpRequest, change: impl Fn(&mut serde_json::Value)) {
    let mut body: serde_json::Value = serde_json::from_slice(request.body().bytes().unwrap_or_default()).unwrap();
    change(&mut body);
    let body = body.to_string();
    request.headers_mut().insert("content-length", body.len().to_string());
    *request.body_mut() = SdkBody::from(body);
}

/// Returns how often the SDK has tried the call before. A header counts its attempts: `attempt=1; max=3`.
fn retries(request: &HttpRequest) -> usize {
    let attempt =
        request.headers().get("amz-sdk-request").and_then(|header| header.split(';').next()?.strip_prefix("attempt=")?.parse().ok());
    attempt.map_or(0, |attempt: usize| attempt - 1)
}

/// Returns the answer that leaves all items of a call for many items unprocessed.
fn unprocessed(operation: &str, request: &HttpRequest) -> Option<HttpResponse> {
    let left = match operation {
        "BatchGetItem" => "UnprocessedKeys",
        "BatchWriteItem" => "UnprocessedItems",
        _ => return None,
    };
    let sent: serde_json::Value = serde_json::from_slice(request.body().bytes()?).unwrap();
    let body = serde_json::json!({"Responses": {}, left: sent["RequestItems"]}).to_string();
    Some(answer(200, body))
}

fn broken(what: &'static str) -> ConnectorError {
    ConnectorError::io(what.into())
}

/// Makes an answer of the database.
pub(crate) fn answer(status: u16, body: impl Into<SdkBody>) -> HttpResponse {
    HttpResponse::new(StatusCode::try_from(status).unwrap(), body.into())
}

/// Makes the answer with which the database refuses a call.
pub(crate) fn refusal(status: u16, code: &str) -> HttpResponse {
    answer(status, format!(r#"{{"__type":"com.amazonaws.dynamodb.v20120810#{code}","message":"injected"}}"#))
}

/// Makes the answer with which the database cancels a transaction; each of its actions has a reason.
pub(crate) fn cancelled(reasons: &[&str]) -> HttpResponse {
    let reasons: Vec<_> = reasons.iter().map(|reason| format!(r#"{{"Code":"{reason}","Message":"injected"}}"#)).collect();
    let body = format!(
        r#"{{"__type":"com.amazonaws.dynamodb.v20120810#TransactionCanceledException","message":"injected",
        "CancellationReasons":[{}]}}"#,
        reasons.join(",")
    );
    answer(400, body)
}
