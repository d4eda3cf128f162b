//! A gate that holds the calls of one task, until somebody lets each of them pass, undisturbed or with a fault.

use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::client::http::{HttpConnector, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use crate::Fault;

tokio::task_local! {
    /// Where the calls of the present task are held, when they are.
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
    /// The operation, as `GetItem`.
    pub operation: String,
    /// How often the SDK tried the call before.
    pub retries: usize,
    open: oneshot::Sender<Option<Fault>>,
}

impl Arrival {
    /// Lets the call pass; what it meets is the fault, if there is one.
    pub fn pass(self, fault: Option<Fault>) {
        // Nobody hears it when the task is dead.
        let _ = self.open.send(fault);
    }
}

impl Gate {
    /// Waits until the present task may make a call, if it is held at all, and returns the fault that the call meets.
    pub(crate) async fn pass(operation: &str, retries: usize) -> Option<Fault> {
        let gate = GATE.try_with(Clone::clone).ok()?;
        let (open, opened) = oneshot::channel();
        // When nobody listens any more, nobody holds anything.
        gate.arrivals.send(Arrival { operation: operation.to_owned(), retries, open }).ok()?;
        opened.await.ok().flatten()
    }

    /// Where late calls of the present task wait, if it has a gate.
    pub(crate) fn parked() -> Option<Parked> {
        GATE.try_with(|gate| gate.parked.clone()).ok()
    }
}

/// Requests that were sent, and reach the database later.
#[derive(Clone, Default)]
pub(crate) struct Parked(Arc<Mutex<Vec<(SharedHttpConnector, HttpRequest)>>>);

impl Parked {
    pub(crate) fn park(&self, connector: SharedHttpConnector, request: HttpRequest) {
        self.0.lock().unwrap().push((connector, request));
    }

    /// Has the database get them, in their order. Nobody waits for the answers any more.
    pub(crate) async fn arrive(&self) {
        let parked = std::mem::take(&mut *self.0.lock().unwrap());
        for (connector, request) in parked {
            let _ = connector.call(request).await;
        }
    }
}

/// A task whose calls are let pass one by one.
pub struct Held<T> {
    arrivals: mpsc::UnboundedReceiver<Arrival>,
    waiting: Option<Arrival>,
    parked: Parked,
    task: JoinHandle<T>,
}

impl<T: Send + 'static> Held<T> {
    /// Starts a task, which is held before its first call.
    pub fn start(work: impl Future<Output = T> + Send + 'static) -> Self {
        let (sender, arrivals) = mpsc::unbounded_channel();
        let parked = Parked::default();
        let gate = Gate { arrivals: sender, parked: parked.clone() };
        Self { arrivals, waiting: None, parked, task: tokio::spawn(GATE.scope(gate, work)) }
    }

    /// The call that the task waits with; `None` when it ended.
    pub async fn waits(&mut self) -> Option<&Arrival> {
        if self.waiting.is_none() {
            self.waiting = self.arrivals.recv().await;
        }
        self.waiting.as_ref()
    }

    /// Lets the next call pass with this fault, and returns when the call after it waits. False: the task ended.
    pub async fn pass_with(&mut self, fault: Option<Fault>) -> bool {
        if self.waits().await.is_some()
            && let Some(arrival) = self.waiting.take()
        {
            arrival.pass(fault);
        }
        self.waits().await.is_some()
    }

    /// Lets so many calls pass, and returns when the next one after them waits. False: the task ended.
    pub async fn pass(&mut self, calls: usize) -> bool {
        for _ in 0..calls {
            if !self.pass_with(None).await {
                return false;
            }
        }
        self.waits().await.is_some()
    }

    /// Lets all other calls pass, and returns what the task comes to.
    pub async fn finish(mut self) -> T {
        while self.pass_with(None).await {}
        self.task.await.unwrap()
    }

    /// Ends the task where it waits, as a process does that is killed.
    pub async fn die(self) {
        self.task.abort();
        let _ = self.task.await;
    }

    /// Has the database get the calls of the task that are late.
    pub async fn arrive(&self) {
        self.parked.arrive().await;
    }

    /// The calls of the task that are late, to arrive when it is over.
    #[must_use]
    pub fn late(&self) -> Late {
        Late(self.parked.clone())
    }
}

/// Calls that are late.
pub struct Late(Parked);

impl Late {
    /// Has the database get them.
    pub async fn arrive(self) {
        self.0.arrive().await;
    }
}
