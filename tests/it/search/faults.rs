//! Faults: every call of every plan fails in every way. The answer is right, or none; and the next search is answered.

use std::time::Duration;

use profiles_tests::{Api, Fault, Reply, World, size};

use super::asked::{PROFILES, Searched};
use super::shapes::{Account, Shape};

/// The faults of reads and of the places.
const FAULTS: [Fault; 6] = [Fault::AnswerLost, Fault::NotSent, Fault::Throttled, Fault::ServerError, Fault::Unprocessed, Fault::Conflict];
/// Longer than a place can be taken by a process that died.
const PLACES_END: Duration = Duration::from_mins(1);

/// A search or count, and what it must find.
pub(super) struct Case<'a> {
    pub(super) shape: &'a Shape,
    pub(super) of: Searched,
    pub(super) counts: bool,
    pub(super) ids: Vec<String>,
}

impl Case<'_> {
    fn path(&self) -> &'static str {
        if self.counts { self.of.count } else { self.of.path }
    }

    async fn send(&self, api: &Api) -> Reply {
        let limit = self.shape.limit;
        api.post(self.path(), &self.shape.tree.body(&format!(r#","limit":{limit},"expand":{}"#, self.of.expand))).await
    }

    /// Returns what is wrong with an answer of 200.
    fn wrong(&self, reply: &Reply) -> Option<String> {
        if self.counts {
            return (reply.body["count"] != self.ids.len()).then(|| format!("{} instead of {}", reply.text, self.ids.len()));
        }
        let expected = &self.ids[..self.shape.limit.min(self.ids.len())];
        match self.of.page(reply, self.shape.limit) {
            Ok(found) if found.ids != expected => Some(format!("found {:?} instead of {expected:?}", found.ids)),
            Ok(found) if found.before.is_some() != (self.ids.len() > self.shape.limit) => Some(format!("cursor {:?}", found.before)),
            Ok(_) => None,
            Err(error) => Some(error),
        }
    }
}

/// Gives each fault to each call, by a client that attempts each call this often. Returns what was wrong.
pub(super) async fn break_each_call(world: &World, case: &Case<'_>, attempts: u32) -> Vec<String> {
    let api = world.api_with(world.client(attempts));
    api.get("/").await;
    world.wire.take();
    let undisturbed = case.send(&api).await;
    let calls = world.wire.take();
    let name = format!("{} {}", case.path(), case.shape.plan);
    let mut wrong: Vec<_> = case.wrong(&undisturbed).into_iter().map(|wrong| format!("{name}, undisturbed: {wrong}")).collect();
    // Of the calls with later numbers, which are of the same kinds, some get a fault.
    let thinned = size(19, 11);
    for number in (0..calls.len()).filter(|number| *number < 8 || number.is_multiple_of(thinned) || number + 4 > calls.len()) {
        for fault in FAULTS.into_iter().filter(|fault| fault.applies_to(&calls[number])) {
            if fault == Fault::Unprocessed && calls[number] != "BatchGetItem" {
                continue;
            }
            // So that the secret is known, whatever time has passed.
            api.get("/").await;
            world.wire.break_calls(move |call| (call.number == number).then_some(fault));
            let reply = case.send(&api).await;
            world.wire.mend();
            let at = format!("{name}, {fault:?} at call {number} of {calls:?}");
            match reply.status {
                200 => wrong.extend(case.wrong(&reply).map(|wrong| format!("{at}: {wrong}"))),
                503 | 504 if attempts == 1 => {}
                _ => wrong.push(format!("{at}: {}", reply.text)),
            }
            // The only place for counts may be taken by one who was not told, or could not give it back: until its end.
            if case.counts && calls[number] == "UpdateItem" {
                world.wait(PLACES_END);
                api.get("/").await;
            }
            let next = case.send(&api).await;
            if next.status != 200 || case.wrong(&next).is_some() {
                wrong.push(format!("after {at}: {}", next.text));
            }
            // A place that could not be given back is free at its end.
            world.wait(PLACES_END);
        }
    }
    wrong
}

/// Breaks the calls of each plan.
async fn break_each_plan(seed: u64, attempts: u32, counts: bool) {
    let account = Account::of(160, seed).await;
    let mut wrong = Vec::new();
    for shape in &account.shapes() {
        let case = Case { shape, of: PROFILES, counts, ids: account.fitting(&shape.tree) };
        wrong.extend(break_each_call(&account.world, &case, attempts).await);
    }
    wrong.truncate(12);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_call_fails_a_search_finds_the_right_ones_or_says_that_it_could_not() {
    break_each_plan(1, 1, false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_call_fails_a_count_is_right_or_says_that_it_could_not() {
    break_each_plan(2, 1, true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_call_fails_once_the_searcher_notices_nothing() {
    break_each_plan(3, 3, false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn throttling_is_waited_for() {
    let account = Account::of(160, 4).await;
    let world = &account.world;
    let api = world.api();
    api.get("/").await;
    let mut wrong = Vec::new();
    for shape in &account.shapes() {
        for counts in [false, true] {
            let case = Case { shape, of: PROFILES, counts, ids: account.fitting(&shape.tree) };
            for fault in [Fault::Throttled, Fault::Unprocessed] {
                // Three of four calls are not taken.
                world.wire.break_calls(move |call| (!call.number.is_multiple_of(4)).then_some(fault));
                let reply = case.send(&api).await;
                world.wire.mend();
                if reply.status != 200 || case.wrong(&reply).is_some() {
                    wrong.push(format!("{} {}, {fault:?}: {} {:?}", case.path(), shape.plan, reply.text, case.wrong(&reply)));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_gone_is_a_503_and_nothing_is_shown() {
    let account = Account::of(100, 5).await;
    let world = &account.world;
    let api = world.api_for_attempts(3);
    api.get("/").await;
    for shape in &account.shapes() {
        for from in [0, 1, 3, 8] {
            for counts in [false, true] {
                let case = Case { shape, of: PROFILES, counts, ids: account.fitting(&shape.tree) };
                world.wire.break_calls(move |call| (call.number >= from).then_some(Fault::Throttled));
                let reply = case.send(&api).await;
                world.wire.mend();
                match reply.status {
                    // It took no more calls than these.
                    200 => assert_eq!(case.wrong(&reply), None, "{} {}", case.path(), shape.plan),
                    503 => assert!(reply.message(503).starts_with("Service unavailable: ")),
                    // Nobody gave back the place of the search before.
                    _ => panic!("{} {} from call {from}: {}", case.path(), shape.plan, reply.text),
                }
                world.wait(PLACES_END);
            }
        }
    }
}
