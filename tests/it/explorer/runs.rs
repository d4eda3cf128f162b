//! Many runs in one database, which are judged together when all are over.

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
use super::linearizability::{ACCEPTED_HERE, Run, some_order_gives};
use super::observed::Observed;
use super::operations::{Answer, Operation, address};

/// Runs at once: while one waits for the database, others go on.
const LANES: usize = 8;
/// Runs that share a database.
const RUNS_IN_A_WORLD: usize = 400;

/// A run that is over.
pub(super) struct Ran {
    /// What was run, for whoever reads of it.
    pub(super) title: String,
    pub(super) account: Account,
    pub(super) runs: Vec<Run>,
    /// The same for the model of identities, if it knows all of its operations.
    pub(super) schedule: Option<Schedule>,
}

/// What exploring came to.
#[derive(Debug, Default)]
pub(super) struct Explored {
    pub(super) runs: usize,
    /// Runs whose answers and state no order gives, each with what was run.
    pub(super) failures: Vec<String>,
    /// The schedules of the runs that the model of identities knows, as JSON lines.
    pub(super) lines: Vec<String>,
}

impl Explored {
    /// Fails when a run did, and tells of some of them.
    #[track_caller]
    pub(super) fn assert_sound(&self, at_least: usize) {
        eprintln!("explored {} runs, {} of them not explained", self.runs, self.failures.len());
        let title: Vec<_> = self.failures.iter().take(60).map(String::as_str).collect();
        assert!(title.is_empty(), "{} of {} runs are not explained:\n{}", self.failures.len(), self.runs, title.join("\n"));
        assert!(self.runs >= at_least, "only {} runs", self.runs);
    }
}

/// Runs that are to come: the same operations, at one call after the other.
pub(super) trait Plan: Clone + Send + Sync + 'static {
    /// Makes the run at this place, in an account of its own. `None`: there is no such place. A place may have no run.
    fn at(&self, world: &World, place: usize) -> impl Future<Output = Result<Option<Vec<Ran>>, String>> + Send;
}

/// Makes all runs of a plan.
async fn run<P: Plan>(plan: &P, world: &World) -> Vec<Result<Ran, String>> {
    let mut ran = Vec::new();
    for place in 0.. {
        match plan.at(world, place).await {
            Ok(Some(some)) => ran.extend(some.into_iter().map(Ok)),
            Ok(None) => break,
            Err(failure) => {
                ran.push(Err(failure));
                break;
            }
        }
    }
    ran
}

/// Runs all plans, and judges them.
pub(super) async fn explore<P: Plan>(plans: Vec<P>) -> Explored {
    let mut explored = Explored::default();
    for some in plans.chunks(RUNS_IN_A_WORLD) {
        let world = Arc::new(World::new().await);
        let mut lanes = tokio::task::JoinSet::new();
        for lane in 0..LANES {
            let (world, plans) = (Arc::clone(&world), some.iter().skip(lane).step_by(LANES).cloned().collect::<Vec<_>>());
            let ran = async move {
                let mut ran = Vec::new();
                for plan in plans {
                    ran.extend(run(&plan, &world).await);
                }
                ran
            };
            // Half of the time would go into lines of the log, which other tests read.
            lanes.spawn(ran.with_subscriber(NoSubscriber::default()));
        }
        let ran: Vec<_> = lanes.join_all().await.into_iter().flatten().collect();
        explored.runs += ran.len();
        judge(&world, ran, &mut explored).await;
        world.drop_tables().await;
    }
    explored
}

/// Applies the batches that operations of a run have accepted, and once more those at which a worker died or failed.
pub(super) async fn apply_what_is_left(account: &Account, runs: &mut Vec<Run>) {
    for index in 0..runs.len() {
        let left = match (&runs[index].operation, &runs[index].answer) {
            (_, Some(Answer::Accepted(batch))) => Some((ACCEPTED_HERE + index, batch.clone())),
            (Operation::Apply(place), None | Some(Answer::Unknown(_))) => Some((*place, account.written.id(*place))),
            _ => None,
        };
        let Some((place, batch)) = left else { continue };
        let answer = Some(account.apply(&batch).await);
        let after = (0..runs.len()).collect();
        runs.push(Run { operation: Operation::Apply(place), label: String::new(), answer, after });
    }
}

async fn judge(world: &World, ran: Vec<Result<Ran, String>>, explored: &mut Explored) {
    // What deaths left is finished and looked at once more, as the schedule does.
    for hours in [2, 3] {
        let later = world.now().plus(Duration::from_secs(hours * 3_600));
        world.storage().deletions().sweep(later, later, &|| true).await.unwrap();
    }
    let mut stored = Observed::read_all(world).await;
    let snapshots = Snapshot::read_all(world, &["x", "y"].map(address)).await;
    let recorded = Activities::read_all(world).await;
    for ran in ran {
        let Ran { title, account, mut runs, schedule } = match ran {
            Ok(ran) => ran,
            Err(failure) => {
                explored.failures.push(failure);
                continue;
            }
        };
        let stored = stored.remove(&account.id).unwrap_or_default();
        count_items(&account, &mut runs, &stored.batches);
        explored.lines.extend(schedule.map(|schedule| schedule.line(&runs, &stored)));
        let sound = std::panic::catch_unwind(AssertUnwindSafe(|| {
            snapshots.get(&account.id).into_iter().for_each(Snapshot::check_invariants);
            recorded.get(&account.id).into_iter().for_each(Activities::check_invariants);
        }));
        let answers: Vec<_> = runs.iter().map(|run| format!("{:?}", run.answer)).collect();
        if sound.is_err() {
            explored.failures.push(format!("{title}: {}: what is stored is not sound", answers.join(", ")));
        } else if !some_order_gives(&account.place, &runs, &stored) {
            explored.failures.push(format!("{title}: {}\n    {stored:?}", answers.join(", ")));
        }
    }
}

/// Notes how the items of applied batches are counted, as is found out only now.
fn count_items(account: &Account, runs: &mut [Run], batches: &BTreeMap<String, [u64; 5]>) {
    let mut last_of = BTreeMap::new();
    for (index, run) in runs.iter().enumerate() {
        if let Operation::Apply(place) = run.operation {
            last_of.insert(place, index);
        }
    }
    for (place, last) in last_of {
        let batch = match place.checked_sub(ACCEPTED_HERE).map(|index| runs[index].answer.clone()) {
            None => account.written.id(place),
            Some(answer) => answer.and_then(|answer| Operation::wrote(&answer)).unwrap_or_default(),
        };
        for (index, run) in runs.iter_mut().enumerate() {
            if run.operation == Operation::Apply(place) && matches!(run.answer, Some(Answer::Applied(_))) {
                // Of several that applied the same batch, only the last one's counts are known.
                let counts = batches.get(&batch).copied().unwrap_or([u64::MAX; 5]);
                run.answer = Some(if index == last { Answer::Applied(counts) } else { Answer::Unknown(200) });
            }
        }
    }
}
