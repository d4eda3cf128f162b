//! Several operations at random, whose calls pass in a random order, and some of which die.

use profiles_tests::{Held, World};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::Share;
use super::account::Account;
use super::catalogue::{everywhere, starts};
use super::linearizability::Run;
use super::operations::Answer;
use super::runs::{Plan, Ran, apply_what_is_left, explore};

/// Of a thousand steps of a crowd, those at which the process dies instead.
const DEATHS: u32 = 15;

/// Random operations. The seed repeats the run, but for random slots.
#[derive(Clone, Copy)]
struct Crowd {
    seed: u64,
    smallest: usize,
    largest: usize,
    deaths: u32,
}

/// An operation of a crowd.
enum Member {
    Waits,
    Begun(Held<Answer<String>>),
    Over(Option<Answer<String>>),
}

impl Plan for Crowd {
    async fn at(&self, world: &World, place: usize) -> Result<Option<Vec<Ran>>, String> {
        if place > 0 {
            return Ok(None);
        }
        let mut rng = StdRng::seed_from_u64(self.seed);
        let mut starts = starts();
        let start = starts.swap_remove(rng.random_range(0..starts.len()));
        let choice: Vec<_> = everywhere().into_iter().chain(start.operations).collect();
        let operations: Vec<_> =
            (0..rng.random_range(self.smallest..=self.largest)).map(|_| choice[rng.random_range(0..choice.len())].clone()).collect();
        let title = format!("[{}] seed {}, {} at once: {operations:?}", start.name, self.seed, operations.len());
        // In some runs, much happens within one second; in some, every request is in a second of its own.
        let between = [0, 83, 1_000][rng.random_range(0..3_usize)];
        let prepared = Account::prepared(world, world.client(6), &start.preparations, between).await;
        let account = prepared.map_err(|error| format!("{title}: {error}"))?;
        let mut members: Vec<_> = operations.iter().map(|_| Member::Waits).collect();
        // What was over before an operation began comes before it.
        let mut after = vec![Vec::new(); members.len()];
        loop {
            let alive: Vec<_> = (0..members.len()).filter(|index| !matches!(members[*index], Member::Over(_))).collect();
            if alive.is_empty() {
                break;
            }
            let index = alive[rng.random_range(0..alive.len())];
            let label = format!("o{index}");
            let mut held = match std::mem::replace(&mut members[index], Member::Over(None)) {
                Member::Waits => {
                    after[index] =
                        (0..members.len()).filter(|other| *other != index && matches!(members[*other], Member::Over(_))).collect();
                    account.begin(&operations[index], &label)
                }
                Member::Begun(held) if rng.random_ratio(self.deaths, 1_000) => {
                    held.kill().await;
                    continue;
                }
                Member::Begun(mut held) => {
                    account.pass(&mut held, None).await;
                    held
                }
                Member::Over(_) => continue,
            };
            members[index] = if held.next_call().await.is_some() { Member::Begun(held) } else { Member::Over(Some(held.finish().await)) };
        }
        let over = members.into_iter().map(|member| if let Member::Over(answer) = member { answer } else { None });
        let runs = operations.into_iter().enumerate().zip(over).zip(after);
        let mut runs: Vec<_> =
            runs.map(|(((index, operation), answer), after)| Run { operation, label: format!("o{index}"), answer, after }).collect();
        apply_what_is_left(&account, &mut runs).await;
        Ok(Some(vec![Ran { title, account, runs, schedule: None }]))
    }
}

/// So many crowds, as a rule.
fn crowds(usual: u64, (smallest, largest): (usize, usize), deaths: u32) -> Vec<Crowd> {
    let number = Share::of_environment().number(usual);
    let first: u64 = std::env::var("SEED").map_or(0, |seed| seed.parse().expect("SEED is a number"));
    (first..first + number).map(|seed| Crowd { seed, smallest, largest, deaths }).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn three_operations_at_once_are_as_if_they_came_in_some_order() {
    explore(crowds(350, (3, 3), 0)).await.assert_sound(300);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_operations_of_which_some_die_are_as_if_they_came_in_some_order() {
    explore(crowds(350, (2, 6), DEATHS)).await.assert_sound(300);
}
