//! Faults: injects one into each call of each operation, from each starting state.
//!
//! The call fails, its answer is lost, it arrives late, or the process crashes there. The client's answer must be true. If the outcome is
//! unknown, the client repeats the request.

use profiles_tests::{Fault, World};

use super::Share;
use super::account::Account;
use super::catalogue::{Preparation, clear_a, forget_a, starts, starts_with_companies, upsert_a};
use super::linearizability::Invocation;
use super::operations::{Answer, Operation};
use super::runs::{History, Plan, apply_accepted_batches, do_last, explore};

/// A fault that is injected into one call.
#[derive(Clone, Debug)]
enum Injection {
    /// The call fails in this way. The second field is the number of attempts that the SDK makes.
    Fault(Fault, u32),
    /// The call reaches the database after the operation and this one after it are over.
    LateAfter(Operation),
    /// The process crashes at the call.
    Crash,
}

/// An operation in a starting state, with a fault in one of its calls.
#[derive(Clone)]
struct FaultyOperation {
    state: &'static str,
    preparations: Vec<Preparation>,
    operation: Operation,
    injection: Injection,
    last: Option<Operation>,
}

/// The faults of a call, except that it is late.
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

fn faulty_operations() -> Vec<FaultyOperation> {
    let mut injections: Vec<_> = FAULTS.into_iter().flat_map(|fault| [1, 3].map(|attempts| Injection::Fault(fault, attempts))).collect();
    injections.extend([upsert_a(), clear_a(), forget_a()].map(Injection::LateAfter));
    injections.push(Injection::Crash);
    let mut of_companies = injections.clone();
    of_companies.push(Injection::LateAfter(Operation::DeleteCompany { cascade: false }));
    let starts = starts().into_iter().map(|start| (start, &injections));
    let mut all = Vec::new();
    for (start, injections) in starts.chain(starts_with_companies().into_iter().map(|start| (start, &of_companies))) {
        for operation in start.all_operations() {
            for injection in injections {
                let (preparations, last) = (start.preparations.clone(), start.last.clone());
                let (operation, injection) = (operation.clone(), injection.clone());
                all.push(FaultyOperation { state: start.name, preparations, operation, injection, last });
            }
        }
    }
    all
}

impl Plan for FaultyOperation {
    /// Injects the fault into this call. A call that cannot have the fault has no run.
    async fn run(&self, world: &World, call: usize) -> Result<Option<Vec<History>>, String> {
        let Self { state, preparations, operation, injection, last } = self;
        let title = format!("[{state}] {operation:?}, call {call} {injection:?}");
        let attempts = if let Injection::Fault(_, attempts) = injection { *attempts } else { 3 };
        let client = world.client(attempts);
        let account = Account::prepared(world, client, preparations, 1_000).await.map_err(|error| format!("{title}: {error}"))?;
        let mut held = account.begin(operation, "first");
        for _ in 0..call {
            if !account.pass(&mut held, None).await {
                return Ok(None);
            }
        }
        let Some(arrival) = held.next_call().await else { return Ok(None) };
        let invocation = |operation: &Operation, label: &str, answer, after| Invocation {
            operation: operation.clone(),
            label: label.into(),
            answer,
            after,
        };
        let mut invocations = Vec::new();
        match injection {
            Injection::Crash => {
                held.kill().await;
                invocations.push(invocation(operation, "first", None, vec![]));
            }
            Injection::Fault(fault, _) if !fault.applies_to(&arrival.operation) => {
                held.kill().await;
                return Ok(Some(Vec::new()));
            }
            Injection::Fault(fault, _) => {
                account.pass(&mut held, Some(*fault)).await;
                invocations.push(invocation(operation, "first", Some(account.finish(held).await), vec![]));
            }
            Injection::LateAfter(later) => {
                account.pass(&mut held, Some(Fault::Late)).await;
                let late = held.late();
                invocations.push(invocation(operation, "first", Some(account.finish(held).await), vec![]));
                invocations.push(invocation(later, "later", Some(account.whole(later, "later").await), vec![0]));
                late.arrive().await;
            }
        }
        if matches!(invocations[0].answer, None | Some(Answer::Unknown(_))) && invocations.len() == 1 {
            let answer = account.whole(operation, "first").await;
            if matches!(answer, Answer::Unknown(_)) {
                return Err(format!("{title}: repeated undisturbed, {answer:?}"));
            }
            invocations.push(invocation(operation, "first", Some(answer), vec![0]));
        }
        apply_accepted_batches(&account, &mut invocations).await;
        do_last(&account, last.as_ref(), &mut invocations).await;
        Ok(Some(vec![History { title, account, invocations, schedule: None }]))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_befalls_a_call_what_is_answered_is_true_and_a_repeated_request_completes_it() {
    explore(Share::from_environment().select(faulty_operations(), 199)).await.assert_sound(90);
}
