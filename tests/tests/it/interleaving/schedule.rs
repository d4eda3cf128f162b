//! Lets one held call after the other pass.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use profiles_normalization::Timestamp;
use profiles_tests::Gate;
use rand::{Rng, RngExt};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

/// A run's time, which goes on with its steps: 12 of them are a second, so that a user often is created, forgotten and created again
/// within one.
#[derive(Clone, Default)]
pub(super) struct Clock(Arc<AtomicI64>);

impl Clock {
    pub(super) fn now(&self) -> Timestamp {
        Timestamp::from_unix_millis(1_870_258_680_000 + self.0.load(Ordering::SeqCst) * 1000 / 12).unwrap()
    }

    pub(super) fn tick(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// Operations that are held at each of their calls.
pub(super) struct Schedule<T> {
    arrivals: mpsc::UnboundedReceiver<(usize, oneshot::Sender<()>)>,
    gate: mpsc::UnboundedSender<(usize, oneshot::Sender<()>)>,
    ends: mpsc::UnboundedReceiver<(usize, T)>,
    end: mpsc::UnboundedSender<(usize, T)>,
    tasks: Vec<JoinHandle<()>>,
    held: BTreeMap<usize, oneshot::Sender<()>>,
    /// Operations that neither ended nor died.
    alive: usize,
}

/// What came of letting a call pass.
pub(super) enum Step<T> {
    /// The operation goes on, or died.
    Passed,
    /// The operation ended.
    Ended(usize, T),
}

impl<T> Default for Schedule<T> {
    fn default() -> Self {
        let (gate, arrivals) = mpsc::unbounded_channel();
        let (end, ends) = mpsc::unbounded_channel();
        Self { arrivals, gate, ends, end, tasks: Vec::new(), held: BTreeMap::new(), alive: 0 }
    }
}

impl<T: Send + 'static> Schedule<T> {
    /// Adds an operation, which is held before it begins.
    pub(super) fn start(&mut self, operation: impl Future<Output = T> + Send + 'static) {
        let task = self.tasks.len();
        let (gate, end) = (Gate { task, arrivals: self.gate.clone() }, self.end.clone());
        self.tasks.push(tokio::spawn(gate.hold(async move {
            Gate::pass().await;
            let ended = operation.await;
            let _ = end.send((task, ended));
        })));
        self.alive += 1;
    }

    /// Waits until every operation is held or ended, and then lets one of them pass: the first if `sequential`, else a random one, which
    /// dies instead `deaths` times in a thousand. `None` when all have ended.
    pub(super) async fn next(&mut self, rng: &mut impl Rng, sequential: bool, deaths: u32) -> Option<Step<T>> {
        while self.held.len() < self.alive {
            tokio::select! {
                Some((task, ended)) = self.ends.recv() => {
                    self.alive -= 1;
                    return Some(Step::Ended(task, ended));
                }
                Some((task, open)) = self.arrivals.recv() => {
                    self.held.insert(task, open);
                }
            }
        }
        let task = match sequential {
            true => *self.held.keys().next()?,
            false if self.held.is_empty() => return None,
            false => *self.held.keys().nth(rng.random_range(0..self.held.len()))?,
        };
        let open = self.held.remove(&task)?;
        if rng.random_ratio(deaths, 1000) {
            self.tasks[task].abort();
            self.alive -= 1;
        } else {
            let _ = open.send(());
        }
        Some(Step::Passed)
    }
}
