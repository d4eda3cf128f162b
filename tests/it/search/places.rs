//! Places: at most two searches and one count of an account are under way at once, also after faults and when processes die.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use profiles_domain::AccountId;
use profiles_tests::{Api, Fault, Held, Reply, World};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// The time after which the place of a dead process is free, counted from the beginning of its request.
const HELD_FOR: Duration = Duration::from_secs(40);
const MOMENT: Duration = Duration::from_millis(1);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Search,
    Count,
}

const KINDS: [Kind; 2] = [Kind::Search, Kind::Count];

impl Kind {
    fn path(self) -> &'static str {
        match self {
            Self::Search => "/v3/analyze/profiles",
            Self::Count => "/v3/analyze/profiles/count",
        }
    }

    fn limit(self) -> usize {
        match self {
            Self::Search => 2,
            Self::Count => 1,
        }
    }

    fn refusal(self) -> String {
        let limit = self.limit();
        let what = match self {
            Self::Search => "2 searches",
            Self::Count => "1 count",
        };
        format!(r#"{{"code":429,"messages":["Rate Limited: {what} of this account is the most at once, please retry"],"limit":{limit}}}"#)
    }
}

/// Sends a request, which is held before its first call.
fn ask(api: &Arc<Api>, kind: Kind) -> Held<Reply> {
    let api = Arc::clone(api);
    Held::start(async move { api.get(kind.path()).await })
}

/// Lets a request go on until it has a place and is about to read. False: it was answered without one.
async fn begin(request: &mut Held<Reply>) -> bool {
    while has_no_place_yet(request).await {
        request.pass(1).await;
    }
    request.next_call().await.is_some()
}

/// Whether the next call looks up the secret or takes a place. (One that has a place also gives it back by such a call.)
async fn has_no_place_yet(request: &mut Held<Reply>) -> bool {
    request.next_call().await.is_some_and(|call| matches!(call.operation.as_str(), "GetItem" | "UpdateItem"))
}

/// Panics unless the request was refused in the documented form.
#[track_caller]
fn is_refused(reply: &Reply, kind: Kind) {
    assert_eq!(reply.limit(), kind.limit() as u64);
    assert_eq!(reply.text, kind.refusal());
}

/// Sends one request more than may be under way. Returns those that are; the others were refused.
async fn fill(api: &Arc<Api>, kind: Kind) -> Vec<Held<Reply>> {
    let mut under_way = Vec::new();
    for _ in 0..=kind.limit() {
        let mut request = ask(api, kind);
        if begin(&mut request).await {
            under_way.push(request);
        } else {
            is_refused(&request.finish().await, kind);
        }
    }
    assert!(under_way.len() <= kind.limit(), "{kind:?}");
    under_way
}

async fn finish(requests: Vec<Held<Reply>>) {
    for request in requests {
        let reply = request.finish().await;
        assert_eq!(reply.status, 200, "{}", reply.text);
    }
}

/// Ends a process that has a place.
async fn die_with_a_place(api: &Arc<Api>, kind: Kind) {
    let mut request = ask(api, kind);
    assert!(begin(&mut request).await);
    request.kill().await;
}

/// An instance that makes few attempts.
fn impatient(world: &World) -> Arc<Api> {
    Arc::new(world.api_for_attempts(3))
}

/// The names of the places that are taken, whether or not they are over.
async fn taken(world: &World, account: AccountId) -> Vec<String> {
    let items = world.items(&world.tables.accounts).await;
    let key = format!("places#{account}");
    let item = items.into_iter().find(|item| item["PK"].as_s() == Ok(&key)).unwrap_or_default();
    item.into_keys().filter(|name| name != "PK").collect()
}

#[tokio::test]
async fn of_twenty_at_once_as_many_as_may_be_are_under_way_and_the_others_are_refused() {
    for kind in KINDS {
        let world = World::new().await;
        let (account, api) = world.new_account(world.client(1)).await;
        let api = Arc::new(api);
        let (mut under_way, mut refused) = (Vec::new(), 0);
        for mut request in (0..20).map(|_| ask(&api, kind)).collect::<Vec<_>>() {
            if begin(&mut request).await {
                under_way.push(request);
            } else {
                is_refused(&request.finish().await, kind);
                refused += 1;
            }
        }
        assert_eq!((under_way.len(), refused), (kind.limit(), 20 - kind.limit()), "{kind:?}");
        finish(under_way).await;
        assert!(taken(&world, account).await.is_empty());
    }
}

#[tokio::test]
async fn whoever_waits_gets_the_place_of_one_that_is_done() {
    for (kind, seed) in KINDS.into_iter().flat_map(|kind| (0..3).map(move |seed| (kind, seed))) {
        let world = World::new().await;
        let (account, api) = world.new_account(world.client(1)).await;
        let api = Arc::new(api);
        let mut random = StdRng::seed_from_u64(seed);
        let mut waiting: Vec<_> = (0..8).map(|_| ask(&api, kind)).collect();
        let (mut under_way, mut replies) = (Vec::new(), Vec::new());
        // Call by call, in a random order.
        while !(waiting.is_empty() && under_way.is_empty()) {
            let chosen = random.random_range(0..waiting.len() + under_way.len());
            let (mut request, was_waiting) = match chosen.checked_sub(waiting.len()) {
                None => (waiting.swap_remove(chosen), true),
                Some(chosen) => (under_way.swap_remove(chosen), false),
            };
            if !request.pass(1).await {
                replies.push(request.finish().await);
            } else if was_waiting && has_no_place_yet(&mut request).await {
                waiting.push(request);
            } else {
                under_way.push(request);
            }
            assert!(under_way.len() <= kind.limit(), "{kind:?}");
        }
        let (found, refused): (Vec<_>, Vec<_>) = replies.iter().partition(|reply| reply.status == 200);
        refused.into_iter().for_each(|reply| is_refused(reply, kind));
        assert!(found.len() > kind.limit(), "nobody got a place by waiting");
        assert!(taken(&world, account).await.is_empty());
    }
}

#[tokio::test]
async fn the_place_of_a_dead_process_is_free_after_forty_seconds_and_not_before() {
    for kind in KINDS {
        let world = World::new().await;
        let api = impatient(&world);
        for _ in 0..kind.limit() {
            die_with_a_place(&api, kind).await;
        }
        for time in [Duration::ZERO, Duration::from_secs(29), HELD_FOR - Duration::from_secs(29)] {
            world.wait(time);
            assert!(fill(&api, kind).await.is_empty());
        }
        world.wait(MOMENT);
        let under_way = fill(&api, kind).await;
        assert_eq!(under_way.len(), kind.limit());
        finish(under_way).await;
        assert!(taken(&world, world.account).await.is_empty());
    }
}

#[tokio::test]
async fn a_process_that_was_stopped_gives_back_no_place_but_its_own() {
    for kind in KINDS {
        let world = World::new().await;
        let api = impatient(&world);
        let stopped = fill(&api, kind).await;
        world.wait(HELD_FOR + MOMENT);
        let under_way = fill(&api, kind).await;
        assert_eq!(under_way.len(), kind.limit());
        for request in stopped {
            let reply = request.finish().await;
            assert!(matches!(reply.status, 200 | 504), "{}", reply.text);
        }
        assert!(fill(&api, kind).await.is_empty());
        finish(under_way).await;
    }
}

#[tokio::test]
async fn clocks_may_differ_by_ten_seconds() {
    let ten = Duration::from_secs(10);
    for kind in KINDS {
        let world = World::new().await;
        let (exact, ahead) = (impatient(&world), Arc::new(world.api_ahead(ten)));
        // The holder's clock is ahead of the taker's, then the taker's of the holder's.
        for (holder, taker, end) in [(&ahead, &exact, HELD_FOR + ten), (&exact, &ahead, HELD_FOR - ten)] {
            for _ in 0..kind.limit() {
                die_with_a_place(holder, kind).await;
            }
            for time in [Duration::ZERO, Duration::from_secs(29), end - Duration::from_secs(29)] {
                world.wait(time);
                is_refused(&taker.get(kind.path()).await, kind);
            }
            world.wait(MOMENT);
            assert_eq!(taker.get(kind.path()).await.status, 200);
            world.wait(HELD_FOR + ten);
        }
        // A clock that is wrong takes no place for long.
        let wrong = Arc::new(world.api_ahead(Duration::from_hours(2)));
        for _ in 0..kind.limit() {
            die_with_a_place(&wrong, kind).await;
        }
        assert_eq!(exact.get(kind.path()).await.status, 200);
    }
}

#[tokio::test]
async fn accounts_do_not_wait_for_each_other_nor_searches_for_counts() {
    let world = World::new().await;
    let api = impatient(&world);
    let (_, other) = world.new_account(world.client(1)).await;
    let mut under_way = Vec::new();
    for kind in KINDS {
        let others = fill(&api, kind).await;
        assert_eq!(others.len(), kind.limit());
        under_way.extend(others);
        assert_eq!(other.get(kind.path()).await.status, 200);
    }
    finish(under_way).await;
}

#[tokio::test]
async fn what_needs_no_place_does_not_wait_for_one() {
    let world = World::new().await;
    let api = impatient(&world);
    let id = api.upsert(r#"{"uid":"leon"}"#).await.id();
    let mut under_way = fill(&api, Kind::Search).await;
    under_way.extend(fill(&api, Kind::Count).await);
    for kind in KINDS {
        let by_uid = api.post(kind.path(), r#"{"filters":[{"prop":"uid","op":"eq","value":"leon"}]}"#).await;
        assert!(by_uid.status == 200 && (by_uid.text.contains(&id) || by_uid.body["count"] == 1), "{}", by_uid.text);
        api.get(&format!("{}?filters=x", kind.path())).await.message(422);
    }
    finish(under_way).await;
}

#[tokio::test]
async fn nothing_is_left_of_a_place_that_was_given_back_and_lists_of_secrets_do_not_see_it() {
    let world = World::new().await;
    let api = impatient(&world);
    let accounts = profiles_storage::accounts::Accounts::new(world.bare.clone(), world.tables.accounts.clone());
    let secrets = accounts.list_secrets(world.account).await.unwrap();
    let before = world.items(&world.tables.accounts).await;
    let mut under_way = fill(&api, Kind::Search).await;
    under_way.extend(fill(&api, Kind::Count).await);
    let mut names = taken(&world, world.account).await;
    names.sort();
    assert_eq!(names, ["COUNT_0", "SEARCH_0", "SEARCH_1"]);
    assert_eq!(accounts.list_secrets(world.account).await.unwrap(), secrets);
    finish(under_way).await;
    let mut after = world.items(&world.tables.accounts).await;
    after.retain(|item| item["PK"].as_s() != Ok(&format!("places#{}", world.account)) || item.len() > 1);
    assert_eq!(after, before);
}

/// Puts the fault on the call of this number, of those for places.
fn break_call_for_a_place(world: &World, number: usize, fault: Fault) -> Arc<AtomicUsize> {
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    world.wire.break_calls(move |call| {
        let is_for_a_place = call.operation == "UpdateItem" && call.mentions("places#");
        (is_for_a_place && counted.fetch_add(1, Ordering::SeqCst) == number).then_some(fault)
    });
    calls
}

#[tokio::test]
async fn no_fault_lets_one_too_many_in_or_takes_a_place_for_longer_than_its_time() {
    for (kind, attempts) in [(Kind::Search, 1), (Kind::Count, 3)] {
        let world = World::new().await;
        let others = impatient(&world);
        let api = Arc::new(world.api_with(world.client(attempts)));
        for fault in Fault::ALL.into_iter().chain([Fault::Late]).filter(|fault| fault.applies_to("UpdateItem")) {
            for number in 0.. {
                let calls = break_call_for_a_place(&world, number, fault);
                let reply = api.get(kind.path()).await;
                world.wire.mend();
                if calls.load(Ordering::SeqCst) <= number {
                    // Every call has had the fault once: that which takes, and that which gives back.
                    assert!(number >= 2, "{number}");
                    break;
                }
                let what = format!("{kind:?}, {fault:?} at call {number}, {attempts} attempts: {}", reply.text);
                // A place that was not given back is the client's no matter.
                let may_fail = attempts == 1 && number == 0;
                assert!(reply.status == 200 || may_fail && reply.status == 503, "{what}");
                let left = taken(&world, world.account).await.len();
                assert!(left <= 1, "{what}");
                let mut under_way = fill(&others, kind).await;
                assert_eq!(under_way.len(), kind.limit() - left, "{what}");
                if fault == Fault::Late {
                    // It comes after others have taken the place.
                    world.wire.arrive().await;
                    under_way.extend(fill(&others, kind).await);
                    assert!(under_way.len() <= kind.limit(), "{what}");
                }
                finish(under_way).await;
                // Or it has taken one that is free.
                world.wait(HELD_FOR + MOMENT);
                let under_way = fill(&others, kind).await;
                assert_eq!(under_way.len(), kind.limit(), "{what}");
                finish(under_way).await;
                assert!(taken(&world, world.account).await.len() <= 1, "{what}");
            }
        }
    }
}

#[tokio::test]
async fn a_late_call_takes_a_free_place_for_its_time_at_most() {
    for kind in KINDS {
        let world = World::new().await;
        let api = Arc::new(world.api_with(world.client(3)));
        let others = impatient(&world);
        break_call_for_a_place(&world, 0, Fault::Late);
        assert_eq!(api.get(kind.path()).await.status, 200);
        world.wire.mend();
        world.wait(Duration::from_secs(20));
        world.wire.arrive().await;
        assert_eq!(fill_and_finish(&others, kind).await, kind.limit() - 1);
        world.wait(HELD_FOR - Duration::from_secs(20) + MOMENT);
        assert_eq!(fill_and_finish(&others, kind).await, kind.limit());
    }
}

#[tokio::test]
async fn a_database_that_throttles_all_the_time_is_a_503_or_costs_the_place_its_time() {
    for kind in KINDS {
        let world = World::new().await;
        let api = impatient(&world);
        let mut request = ask(&api, kind);
        assert!(begin(&mut request).await);
        world.wire.break_calls(|call| (call.operation == "UpdateItem").then_some(Fault::Throttled));
        assert!(api.get(kind.path()).await.message(503).starts_with("Service unavailable: "));
        // The answer does not depend on the place.
        assert_eq!(request.finish().await.status, 200);
        world.wire.mend();
        assert_eq!(fill_and_finish(&api, kind).await, kind.limit() - 1);
        world.wait(HELD_FOR + MOMENT);
        assert_eq!(fill_and_finish(&api, kind).await, kind.limit());
    }
}

async fn fill_and_finish(api: &Arc<Api>, kind: Kind) -> usize {
    let under_way = fill(api, kind).await;
    let number = under_way.len();
    finish(under_way).await;
    number
}
