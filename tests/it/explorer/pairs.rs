//! Pairs: runs each operation as a whole inside each other one, at each of its calls, from each starting state.

use profiles_tests::World;
use std::process::Command;

use super::Share;
use super::account::Account;
use super::catalogue::{Preparation, starts, starts_with_companies};
use super::export::Schedule;
use super::linearizability::Invocation;
use super::operations::Operation;
use super::runs::{History, Plan, apply_accepted_batches, do_last, explore};

/// Milliseconds between two requests. They are in different seconds, so their times and ids differ.
const BETWEEN: i64 = 1_000;

/// Two operations in a starting state.
#[derive(Clone)]
struct Pair {
    state: &'static str,
    preparations: Vec<Preparation>,
    outer: Operation,
    inner: Operation,
    last: Option<Operation>,
}

fn pairs() -> Vec<Pair> {
    let mut pairs = Vec::new();
    for start in starts().into_iter().chain(starts_with_companies()) {
        let operations = start.all_operations();
        for outer in &operations {
            for inner in &operations {
                let (outer, inner, last) = (outer.clone(), inner.clone(), start.last.clone());
                pairs.push(Pair { state: start.name, preparations: start.preparations.clone(), outer, inner, last });
            }
        }
    }
    pairs
}

impl Plan for Pair {
    /// Lets this number of calls of the outer operation pass before the inner one.
    async fn run(&self, world: &World, calls: usize) -> Result<Option<Vec<History>>, String> {
        let Self { state, preparations, outer, inner, last } = self;
        let title = format!("[{state}] {outer:?}, at call {calls} {inner:?}");
        let account =
            Account::prepared(world, world.client(6), preparations, BETWEEN).await.map_err(|error| format!("{title}: {error}"))?;
        // With 0 it has not begun; with 1 it is held at its first call.
        let mut is_over = false;
        let (outer_answer, inner_answer) = if calls == 0 {
            let inner = account.whole(inner, "inner").await;
            (account.whole(outer, "outer").await, inner)
        } else {
            let mut held = account.begin(outer, "outer");
            for _ in 1..calls {
                if is_over {
                    return Ok(None);
                }
                is_over = !account.pass(&mut held, None).await;
            }
            let inner = account.whole(inner, "inner").await;
            (account.finish(held).await, inner)
        };
        let after = |sequential: bool, other: usize| if sequential { vec![other] } else { Vec::new() };
        let mut invocations = vec![
            Invocation { operation: outer.clone(), label: "outer".into(), answer: Some(outer_answer), after: after(calls == 0, 1) },
            Invocation { operation: inner.clone(), label: "inner".into(), answer: Some(inner_answer), after: after(is_over, 0) },
        ];
        apply_accepted_batches(&account, &mut invocations).await;
        do_last(&account, last.as_ref(), &mut invocations).await;
        let schedule = calls.checked_sub(1).and_then(|at| Schedule::of(preparations, outer, inner, last.as_ref(), at, &account.written.0));
        Ok(Some(vec![History { title, account, invocations, schedule }]))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pairs_of_operations_are_as_if_one_came_after_the_other() {
    let explored = explore(Share::from_environment().select(pairs(), 199)).await;
    explored.assert_sound(220);
    assert!(explored.lines.len() > 60, "the model knows only {} of the schedules", explored.lines.len());
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/explored.jsonl");
    std::fs::write(path, explored.lines.join("\n") + "\n").unwrap();
    let replay = concat!(env!("CARGO_MANIFEST_DIR"), "/model/replay.py");
    let replayed = Command::new("python3").args([replay, path]).output().unwrap();
    let output = [replayed.stdout, replayed.stderr].map(|output| String::from_utf8_lossy(&output).into_owned()).concat();
    assert!(replayed.status.success(), "the model of identities gives other results:\n{output}");
    eprintln!("{output}");
}
