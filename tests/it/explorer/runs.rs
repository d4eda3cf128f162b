//! Makes many runs in one database, and checks them together when all are over.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use profiles_tests::World;
use profiles_tests::activities::Activities;
use profiles_tests::invariants::Snapshot;

use tracing::instrument::WithSubscriber;
use tracing::subscriber::NoSubscriber;

use super::account::Account;
use super::export::Schedule;
use super::linearizability::{FIRST_ACCEPTED, Invocation, is_linearizable};
use super::observed::Observed;
use super::operations::{Answer, Operation, address};

/// The number of runs at once: while one waits for the database, others continue.
const LANES: usize = 8;
/// The number of runs that share a database.
const RUNS_IN_A_WORLD: usize = 400;

/// The history of a run.
pub(super) struct History {
    /// A description of the run, for a failure's message.
    pub(super) title: String,
    pub(super) account: Account,
    pub(super) invocations: Vec<Invocation>,
    /// The run's schedule for the model of identities, if the model knows all of its operations.
    pub(super) schedule: Option<Schedule>,
}

/// The result of exploring.
#[derive(Debug, Default)]
pub(super) struct Explored {
    pub(super) runs: usize,
    /// The descriptions of runs whose answers and state no order gives.
    pub(super) failures: Vec<String>,
    /// The schedules that the model of identities knows, as JSON lines.
    pub(super) lines: Vec<String>,
}

impl Explored {
    /// Panics if a run failed, with some of the failures.
    #[track_caller]
    pub(super) fn assert_sound(&self, at_least: usize) {
        eprintln!("explored {} runs, {} of them not explained", self.runs, self.failures.len());
        let first: Vec<_> = self.failures.iter().take(60).map(String::as_str).collect();
        assert!(first.is_empty(), "{} of {} runs are not explained:\n{}", self.failures.len(), self.runs, first.join("\n"));
        assert!(self.runs >= at_least, "only {} runs", self.runs);
    }
}

/// A plan of runs: the same operations, with the change at one call after the other.
pub(super) trait Plan: Clone + Send + Sync + 'static {
    /// Makes the run of this number, in an account of its own. `None`: there are no more runs. A number may have no run.
    fn run(&self, world: &World, number: usize) -> impl Future<Output = Result<Option<Vec<History>>, String>> + Send;
}

/// Makes all runs of a plan.
async fn run_all<P: Plan>(plan: &P, world: &World) -> Vec<Result<History, String>> {
    let mut histories = Vec::new();
    for number in 0.. {
        match plan.run(world, number).await {
            Ok(Some(some)) => histories.extend(some.into_iter().map(Ok)),
            Ok(None) => break,
            Err(failure) => {
                histories.push(Err(failure));
                break;
            }
        }
    }
    histories
}

/// Runs all plans, and checks their histories.
pub(super) async fn explore<P: Plan>(plans: Vec<P>) -> Explored {
    let mut explored = Explored::default();
    for some in plans.chunks(RUNS_IN_A_WORLD) {
        let world = Arc::new(World::new().await);
        let mut lanes = tokio::task::JoinSet::new();
        for lane in 0..LANES {
            let (world, plans) = (Arc::clone(&world), some.iter().skip(lane).step_by(LANES).cloned().collect::<Vec<_>>());
            let lane = async move {
                let mut histories = Vec::new();
                for plan in plans {
                    histories.extend(run_all(&plan, &world).await);
                }
                histories
            };
            // Log lines would take half of the time, and other tests check them.
            lanes.spawn(lane.with_subscriber(NoSubscriber::default()));
        }
        let histories: Vec<_> = lanes.join_all().await.into_iter().flatten().collect();
        explored.runs += histories.len();
        judge(&world, histories, &mut explored).await;
        world.drop_tables().await;
    }
    explored
}

/// Applies the batches that were accepted during a run, and once more those at which a worker crashed or failed.
pub(super) async fn apply_accepted_batches(account: &Account, invocations: &mut Vec<Invocation>) {
    for index in 0..invocations.len() {
        let left = match (&invocations[index].operation, &invocations[index].answer) {
            (_, Some(Answer::Accepted(batch))) => Some((FIRST_ACCEPTED + index, batch.clone())),
            (Operation::Apply(place), None | Some(Answer::Unknown(_))) => Some((*place, account.written.id(*place))),
            _ => None,
        };
        let Some((place, batch)) = left else { continue };
        let answer = Some(account.apply(&batch).await);
        let after = (0..invocations.len()).collect();
        invocations.push(Invocation { operation: Operation::Apply(place), label: String::new(), answer, after });
    }
}

/// Does the last operation of a run, after all others.
pub(super) async fn do_last(account: &Account, last: Option<&Operation>, invocations: &mut Vec<Invocation>) {
    if let Some(operation) = last {
        let answer = Some(account.whole(operation, "last").await);
        let after = (0..invocations.len()).collect();
        invocations.push(Invocation { operation: operation.clone(), label: "last".into(), answer, after });
    }
}

async fn judge(world: &World, histories: Vec<Result<History, String>>, explored: &mut Explored) {
    // As the schedule does, finishes deletions that crashed, and looks once more at the complete ones.
    for hours in [2, 3] {
        let later = world.now().plus(Duration::from_secs(hours * 3_600));
        world.storage().deletions().sweep(later, later, &|| true).await.unwrap();
    }
    let mut stored = Observed::read_all(world).await;
    let snapshots = Snapshot::read_all(world, &["x", "y"].map(address)).await;
    let recorded = Activities::read_all(world).await;
    for history in histories {
        let History { title, account, mut invocations, schedule } = match history {
            Ok(history) => history,
            Err(failure) => {
                explored.failures.push(failure);
                continue;
            }
        };
        let stored = stored.remove(&account.id).unwrap_or_default();
        count_items(&account, &mut invocations, &stored.batches);
        explored.lines.extend(schedule.map(|schedule| schedule.line(&invocations, &stored)));
        let sound = std::panic::catch_unwind(AssertUnwindSafe(|| {
            snapshots.get(&account.id).into_iter().for_each(Snapshot::check_invariants);
            recorded.get(&account.id).into_iter().for_each(Activities::check_invariants);
        }));
        let answers: Vec<_> = invocations.iter().map(|invocation| format!("{:?}", invocation.answer)).collect();
        if sound.is_err() {
            explored.failures.push(format!("{title}: {}: what is stored is not sound", answers.join(", ")));
        } else if !is_linearizable(&account.specified, &invocations, &stored) {
            explored.failures.push(format!("{title}: {}\n    {stored:?}", answers.join(", ")));
        }
    }
}

/// Fills in the counts of applied batches, which are only now known.
fn count_items(account: &Account, invocations: &mut [Invocation], batches: &BTreeMap<String, [u64; 5]>) {
    let mut last_of = BTreeMap::new();
    for (index, invocation) in invocations.iter().enumerate() {
        if let Operation::Apply(place) = invocation.operation {
            last_of.insert(place, index);
        }
    }
    for (place, last) in last_of {
        let batch = match place.checked_sub(FIRST_ACCEPTED).map(|index| invocations[index].answer.clone()) {
            None => account.written.id(place),
            Some(answer) => answer.and_then(|answer| Operation::wrote(&answer)).unwrap_or_default(),
        };
        for (index, invocation) in invocations.iter_mut().enumerate() {
            if invocation.operation == Operation::Apply(place) && matches!(invocation.answer, Some(Answer::Applied(_))) {
                // If several applied the same batch, only the counts of the last one are known.
                let counts = batches.get(&batch).copied().unwrap_or([u64::MAX; 5]);
                invocation.answer = Some(if index == last { Answer::Applied(counts) } else { Answer::Unknown(200) });
            }
        }
    }
}
