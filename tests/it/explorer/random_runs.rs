//! Random runs: several random operations, whose calls pass in a random order. Some of them crash.

use profiles_tests::world::NO_WAITS;
use profiles_tests::{Held, World};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::Share;
use super::account::Account;
use super::catalogue::{starts, starts_with_companies};
use super::linearizability::Invocation;
use super::operations::Answer;
use super::runs::{History, Plan, apply_accepted_batches, do_last, explore};

/// The number of steps in a thousand at which the process crashes.
const CRASHES: u32 = 15;

/// A random run. Its seed repeats it, except for random slots.
#[derive(Clone, Copy)]
struct RandomRun {
    seed: u64,
    smallest: usize,
    largest: usize,
    crashes: u32,
    /// Whether it is in a starting state with companies.
    with_companies: bool,
}

/// An operation of the run.
enum Task {
    Waiting,
    Begun(Held<Answer<String>>),
    Over(Option<Answer<String>>),
}

impl Plan for RandomRun {
    async fn run(&self, world: &World, number: usize) -> Result<Option<Vec<History>>, String> {
        if number > 0 {
            return Ok(None);
        }
        let mut rng = StdRng::seed_from_u64(self.seed);
        let mut starts = if self.with_companies { starts_with_companies() } else { starts() };
        let start = starts.swap_remove(rng.random_range(0..starts.len()));
        let choice = start.all_operations();
        let operations: Vec<_> =
            (0..rng.random_range(self.smallest..=self.largest)).map(|_| choice[rng.random_range(0..choice.len())].clone()).collect();
        let title = format!("[{}] seed {}, {} at once: {operations:?}", start.name, self.seed, operations.len());
        // In some runs much happens within one second; in others every request has a second of its own.
        let between = [0, 83, 1_000][rng.random_range(0..3_usize)];
        let client = world.client(6);
        // The items of a batch are a portion each, of which the next is read while one is written, or all at once.
        let portion = if rng.random() { 1 } else { 1_000 };
        let storage = world.storage_on(client.clone(), NO_WAITS).applying_in_portions_of(portion);
        let prepared = Account::prepared_on(world, storage, client, &start.preparations, between).await;
        let account = prepared.map_err(|error| format!("{title}: {error}"))?;
        let mut tasks: Vec<_> = operations.iter().map(|_| Task::Waiting).collect();
        // The operations that were over before each one began.
        let mut after = vec![Vec::new(); tasks.len()];
        loop {
            let alive: Vec<_> = (0..tasks.len()).filter(|index| !matches!(tasks[*index], Task::Over(_))).collect();
            if alive.is_empty() {
                break;
            }
            let index = alive[rng.random_range(0..alive.len())];
            let label = format!("o{index}");
            let mut held = match std::mem::replace(&mut tasks[index], Task::Over(None)) {
                Task::Waiting => {
                    after[index] = (0..tasks.len()).filter(|other| *other != index && matches!(tasks[*other], Task::Over(_))).collect();
                    account.begin(&operations[index], &label)
                }
                Task::Begun(held) if rng.random_ratio(self.crashes, 1_000) => {
                    held.kill().await;
                    continue;
                }
                Task::Begun(mut held) => {
                    account.pass(&mut held, None).await;
                    held
                }
                Task::Over(_) => continue,
            };
            tasks[index] = if held.next_call().await.is_some() { Task::Begun(held) } else { Task::Over(Some(held.finish().await)) };
        }
        let over = tasks.into_iter().map(|task| if let Task::Over(answer) = task { answer } else { None });
        let runs = operations.into_iter().enumerate().zip(over).zip(after);
        let mut invocations: Vec<_> =
            runs.map(|(((index, operation), answer), after)| Invocation { operation, label: format!("o{index}"), answer, after }).collect();
        apply_accepted_batches(&account, &mut invocations).await;
        do_last(&account, start.last.as_ref(), &mut invocations).await;
        Ok(Some(vec![History { title, account, invocations, schedule: None }]))
    }
}

/// Returns the random runs, usually this number of them.
fn random_runs(usual: u64, (smallest, largest): (usize, usize), crashes: u32) -> Vec<RandomRun> {
    let number = Share::from_environment().number(usual);
    let first: u64 = std::env::var("SEED").map_or(0, |seed| seed.parse().expect("SEED is a number"));
    (first..first + number).map(|seed| RandomRun { seed, smallest, largest, crashes, with_companies: false }).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn three_operations_at_once_are_as_if_they_came_in_some_order() {
    explore(random_runs(150, (3, 3), 0)).await.assert_sound(120);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_operations_of_which_some_die_are_as_if_they_came_in_some_order() {
    explore(random_runs(150, (2, 6), CRASHES)).await.assert_sound(120);
}

/// `COMPANY_RUNS` chooses the number of runs.
#[tokio::test(flavor = "multi_thread")]
async fn operations_on_companies_of_which_some_die_are_as_if_they_came_in_some_order() {
    let number = std::env::var("COMPANY_RUNS").ok().map(|number| number.parse::<u64>().expect("COMPANY_RUNS is a number"));
    let mut runs = random_runs(80, (2, 5), CRASHES);
    if let Some(number) = number {
        let first = runs[0];
        runs = (first.seed..first.seed + number).map(|seed| RandomRun { seed, ..first }).collect();
    }
    runs.iter_mut().for_each(|run| run.with_companies = true);
    let at_least = runs.len() - runs.len() / 5;
    explore(runs).await.assert_sound(at_least);
}
