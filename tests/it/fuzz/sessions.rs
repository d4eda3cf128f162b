//! Sessions: some hundred requests on an account of their own.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use profiles_tests::World;

use super::account::Account;
use super::generator::{Sent, session};
use super::spelling;

/// The requests of a session.
const REQUESTS: usize = 250;
/// The requests of `make test`.
const PART: u64 = 2_000;
/// After so many requests, everything is compared, not only what was touched.
const BETWEEN_CHECKS: usize = 50;
/// How often a failed session is repeated, to find fewer requests that fail.
const REPETITIONS: usize = 100;
/// Sessions at once.
const AT_ONCE: usize = 2;

/// Bytes of a thread's stack.
const STACK: usize = 32 * 1024 * 1024;

/// A request whose answer, or what it left, is not what the reading says.
struct Failure {
    /// Its place in the session.
    place: usize,
    difference: String,
    /// The requests up to it, as they were sent.
    sent: Vec<String>,
}

#[test]
fn requests_are_answered_as_the_contract_reads() {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().unwrap_or_else(|_| panic!("{name} is a number")));
    let first = number("SEED").unwrap_or(0);
    let next = AtomicU64::new(first);
    let end = first + number("FUZZ").unwrap_or(PART).div_ceil(REQUESTS as u64);
    let found = Mutex::new(None);
    let work = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        while found.lock().unwrap_or_else(PoisonError::into_inner).is_none() {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= end {
                break;
            }
            if let Err(text) = runtime.block_on(run(seed)) {
                found.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(text);
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            // The calls of a whole session are deep in a build that is not optimized.
            std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work).unwrap();
        }
    });
    if let Some(text) = found.into_inner().unwrap_or_else(PoisonError::into_inner) {
        panic!("{text}");
    }
}

/// Runs a session. A failure is told with the fewest requests that were found to fail.
async fn run(seed: u64) -> Result<(), String> {
    let requests = session(seed, REQUESTS);
    let Err(failure) = play(&requests).await else { return Ok(()) };
    let (requests, failure) = smallest(requests, failure).await;
    Err(format!(
        "SEED={seed} FUZZ=1 repeats this session. {} of its requests are enough:\n{}\n=> {}",
        requests.len(),
        failure.sent.join("\n"),
        failure.difference
    ))
}

async fn play(requests: &[Sent]) -> Result<(), Failure> {
    let world = World::new().await;
    let mut account = Account::new(&world);
    let mut sent = Vec::new();
    let mut result = Ok(());
    for (place, request) in requests.iter().enumerate() {
        let request = account.resolved(request);
        sent.push(spelling::shown(&request));
        let mut compared = account.send(&request).await;
        if compared.is_ok() && ((place + 1).is_multiple_of(BETWEEN_CHECKS) || place + 1 == requests.len()) {
            compared = account.check_all().await;
        }
        if let Err(difference) = compared {
            result = Err(Failure { place, difference, sent });
            break;
        }
    }
    world.drop_tables().await;
    result
}

/// Leaves out requests as long as the session still fails.
async fn smallest(mut requests: Vec<Sent>, mut failure: Failure) -> (Vec<Sent>, Failure) {
    requests.truncate(failure.place + 1);
    let mut length = requests.len() / 2;
    let mut repetitions = 0;
    while length > 0 && repetitions < REPETITIONS {
        let mut from = 0;
        while from + 1 < requests.len() && repetitions < REPETITIONS {
            let mut fewer = requests.clone();
            fewer.drain(from..(from + length).min(requests.len() - 1));
            repetitions += 1;
            match play(&fewer).await {
                Err(found) => {
                    fewer.truncate(found.place + 1);
                    (requests, failure) = (fewer, found);
                }
                Ok(()) => from += length,
            }
        }
        length /= 2;
    }
    (requests, failure)
}
