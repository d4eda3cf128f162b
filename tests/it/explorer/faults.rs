//! Each call of each operation in trouble, from each starting state.
//!
//! The call fails, its answer is lost, it arrives late, or the process dies there. What a client is answered then must be true; and when it
//! is not known what took place, the client sends the same again.

use profiles_tests::{Fault, World};

use super::Share;
use super::account::Account;
use super::catalogue::{Preparation, clear_a, everywhere, forget_a, starts, upsert_a};
use super::linearizability::Run;
use super::operations::{Answer, Operation};
use super::runs::{Plan, Ran, apply_what_is_left, explore};

/// What happens to one call.
#[derive(Clone, Debug)]
enum Trouble {
    /// The call fails in this way. The SDK tries it again, unless it is attempted once only.
    Fault(Fault, u32),
    /// The call reaches the database when the operation is over, and this one after it.
    LateAfter(Operation),
    /// The process dies at the call.
    Death,
}

/// An operation in a starting state, one of whose calls is in trouble.
#[derive(Clone)]
struct Troubled {
    state: &'static str,
    preparations: Vec<Preparation>,
    operation: Operation,
    trouble: Trouble,
}

/// What can befall a call, besides that it is late.
const FAULTS: [Fault; 9] = [
    Fault::NotSent,
    Fault::AnswerLost,
    Fault::Throttled,
    Fault::Conflict,
    Fault::ServerError,
    Fault::InProgress,
    Fault::DoneInProgress,
    Fault::CancelledByThrottling,
    Fault::Denied,
];

fn troubled() -> Vec<Troubled> {
    let mut troubles: Vec<_> = FAULTS.into_iter().flat_map(|fault| [1, 3].map(|attempts| Trouble::Fault(fault, attempts))).collect();
    troubles.extend([upsert_a(), clear_a(), forget_a()].map(Trouble::LateAfter));
    troubles.push(Trouble::Death);
    let mut all = Vec::new();
    for start in starts() {
        for operation in everywhere().into_iter().chain(start.operations) {
            for trouble in &troubles {
                let (preparations, operation, trouble) = (start.preparations.clone(), operation.clone(), trouble.clone());
                all.push(Troubled { state: start.name, preparations, operation, trouble });
            }
        }
    }
    all
}

impl Plan for Troubled {
    /// With this call in trouble. A call that cannot meet the trouble has no run.
    async fn at(&self, world: &World, call: usize) -> Result<Option<Vec<Ran>>, String> {
        let Self { state, preparations, operation, trouble } = self;
        let title = format!("[{state}] {operation:?}, call {call} {trouble:?}");
        let attempts = if let Trouble::Fault(_, attempts) = trouble { *attempts } else { 3 };
        let client = world.client(attempts);
        let account = Account::prepared(world, client, preparations, 1_000).await.map_err(|error| format!("{title}: {error}"))?;
        let mut held = account.begin(operation, "first");
        for _ in 0..call {
            if !account.pass(&mut held, None).await {
                return Ok(None);
            }
        }
        let Some(arrival) = held.next_call().await else { return Ok(None) };
        let run =
            |operation: &Operation, label: &str, answer, after| Run { operation: operation.clone(), label: label.into(), answer, after };
        let mut runs = Vec::new();
        match trouble {
            Trouble::Death => {
                held.kill().await;
                runs.push(run(operation, "first", None, vec![]));
            }
            Trouble::Fault(fault, _) if !fault.applies_to(&arrival.operation) => {
                held.kill().await;
                return Ok(Some(Vec::new()));
            }
            Trouble::Fault(fault, _) => {
                account.pass(&mut held, Some(*fault)).await;
                runs.push(run(operation, "first", Some(account.finish(held).await), vec![]));
            }
            Trouble::LateAfter(later) => {
                account.pass(&mut held, Some(Fault::Late)).await;
                let late = held.late();
                runs.push(run(operation, "first", Some(account.finish(held).await), vec![]));
                runs.push(run(later, "later", Some(account.whole(later, "later").await), vec![0]));
                late.arrive().await;
            }
        }
        if matches!(runs[0].answer, None | Some(Answer::Unknown(_))) && runs.len() == 1 {
            let answer = account.whole(operation, "first").await;
            if matches!(answer, Answer::Unknown(_)) {
                return Err(format!("{title}: repeated undisturbed, {answer:?}"));
            }
            runs.push(run(operation, "first", Some(answer), vec![0]));
        }
        apply_what_is_left(&account, &mut runs).await;
        Ok(Some(vec![Ran { title, account, runs, schedule: None }]))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_befalls_a_call_what_is_answered_is_true_and_a_repeated_request_completes_it() {
    explore(Share::of_environment().of(troubled(), 61)).await.assert_sound(300);
}
