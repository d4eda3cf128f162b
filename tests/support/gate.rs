//! A gate that holds the calls of one task until the test lets each pass, with or without a fault.

use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::client::http::{HttpConnector, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use crate::Fault;

tokio::task_local! {
    /// The gate of the current task, if it has one.
    static GATE: Gate;
}

/// Holds the calls of one task.
#[derive(Clone)]
pub struct Gate {
    arrivals: mpsc::UnboundedSender<Arrival>,
    parked: Parked,
}

/// A call that waits at a gate.
pub struct Arrival {
    /// The operation, such as `GetItem`.
    pub operation: String,
    /// The number of the SDK's attempts before this one.
    pub retries: usize,
    open: oneshot::Sender<Option<Fault>>,
}

impl Arrival {
    /// Lets the call pass, with this fault if there is one.
    pub fn pass(self, fault: Option<Fault>) {
        // The receiver is gone if the task was killed.
        let _ = self.open.send(fault);
    }
}

impl Gate {
    /// Waits until the current task may make a call, and returns the call's fault. Without a gate it returns at once.
    pub(crate) async fn pass(operation: &str, retries: usize) -> Option<Fault> {
        let gate = GATE.try_with(Clone::clone).ok()?;
        let (open, opened) = oneshot::channel();
        // If the receiver is gone, calls are no longer held.
        gate.arrivals.send(Arrival { operation: operation.to_owned(), retries, open }).ok()?;
        opened.await.ok().flatten()
    }

    /// The late calls of the current task, if it has a gate.
    pub(crate) fn parked() -> Option<Parked> {
        GATE.try_with(|gate| gate.parked.clone()).ok()
    }
}

/// Requests that were sent and reach the database later.
#[derive(Clone, Default)]
pub(crate) struct Parked(Arc<Mutex<Vec<(SharedHttpConnector, HttpRequest)>>>);

impl Parked {
    pub(crate) fn park(&self, connector: SharedHttpConnector, request: HttpRequest) {
        self.0.lock().unwrap().push((connector, request));
    }

    /// Sends them to the database, in their order. The answers are dropped.
    pub(crate) async fn arrive(&self) {
        let parked = std::mem::take(&mut *self.0.lock().unwrap());
        for (connector, request) in parked {
            let _ = connector.call(request).await;
        }
    }
}

/// A task whose calls pass one by one.
pub struct Held<T> {
    arrivals: mpsc::UnboundedReceiver<Arrival>,
    waiting: Option<Arrival>,
    parked: Parked,
    task: JoinHandle<T>,
}

impl<T: Send + 'static> Held<T> {
    /// Starts a task and holds it before its first call.
    pub fn start(work: impl Future<Output = T> + Send + 'static) -> Self {
        let (sender, arrivals) = mpsc::unbounded_channel();
        let parked = Parked::default();
        let gate = Gate { arrivals: sender, parked: parked.clone() };
        Self { arrivals, waiting: None, parked, task: tokio::spawn(GATE.scope(gate, work)) }
    }

    /// Returns the call that the task is about to make; `None` when it ended.
    pub async fn next_call(&mut self) -> Option<&Arrival> {
        if self.waiting.is_none() {
            self.waiting = self.arrivals.recv().await;
        }
        self.waiting.as_ref()
    }

    /// Takes the next call aside, and lets the task make others meanwhile; `None` when it ended.
    pub async fn take(&mut self) -> Option<Arrival> {
        self.next_call().await;
        self.waiting.take()
    }

    /// Lets the next call pass with this fault, and returns when the task is about to make the one after it. False: the task ended.
    pub async fn pass_with(&mut self, fault: Option<Fault>) -> bool {
        if self.next_call().await.is_some()
            && let Some(arrival) = self.waiting.take()
        {
            arrival.pass(fault);
        }
        self.next_call().await.is_some()
    }

    /// Lets this number of calls pass, and returns when the task is about to make the next. False: the task ended.
    pub async fn pass(&mut self, calls: usize) -> bool {
        for _ in 0..calls {
            if !self.pass_with(None).await {
                return false;
            }
        }
        self.next_call().await.is_some()
    }

    /// Lets all other calls pass, and returns the task's result.
    pub async fn finish(mut self) -> T {
        while self.pass_with(None).await {}
        self.task.await.unwrap()
    }

    /// Ends the task where it waits, as killing its process would.
    pub async fn kill(self) {
        self.task.abort();
        let _ = self.task.await;
    }

    /// Sends the task's late calls to the database.
    pub async fn arrive(&self) {
        self.parked.arrive().await;
    }

    /// Returns the task's late calls, which can arrive after the task has ended.
    #[must_use]
    pub fn late(&self) -> LateCalls {
        LateCalls(self.parked.clone())
    }
}

/// The late calls of a task.
pub struct LateCalls(Parked);

impl LateCalls {
    /// Sends them to the database.
    pub async fn arrive(self) {
        self.0.arrive().await;
    }
}
