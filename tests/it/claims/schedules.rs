//! Two requests, of which each is interrupted by the other at most once, at every call; either may die there.

use profiles_tests::{World, is_full};

use super::run::{Plan, Request, Run, explore};

/// The one who dies where it is interrupted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Death {
    Nobody,
    First,
    Second,
}

/// Two requests, after others.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pair {
    pub(super) died: Died,
    pub(super) before: &'static [Request],
    pub(super) first: Request,
    pub(super) second: Request,
}

pub(super) const fn upsert(uid: &'static str, email: &'static str) -> Request {
    Request::Upsert(Some(uid), Some(email))
}

pub(super) const BY_UID: Request = Request::Upsert(Some("a"), None);
const BY_EMAIL: Request = Request::Upsert(None, Some("x"));

/// A request that dies after this number of calls.
type Died = Option<(Request, usize)>;

const STARTS: [(Died, &[Request]); 7] = [
    (None, &[]),
    (None, &[BY_UID]),
    (None, &[upsert("a", "x")]),
    (None, &[upsert("a", "y"), BY_EMAIL]),
    (None, &[upsert("a", "y"), upsert("b", "x")]),
    // The claim to `x` is nobody's: of a profile that was never written, and of one that lost the address.
    (Some((upsert("a", "x"), 2)), &[]),
    (Some((upsert("a", "y"), 4)), &[upsert("a", "x")]),
];

const REQUESTS: [Request; 7] =
    [upsert("a", "x"), upsert("a", "y"), upsert("b", "x"), BY_UID, BY_EMAIL, Request::Unset("a"), Request::Forget("a")];

fn pairs() -> Vec<Pair> {
    let starts = STARTS.into_iter().flat_map(|start| REQUESTS.map(|first| (start, first)));
    starts.flat_map(|((died, before), first)| REQUESTS.map(|second| Pair { died, before, first, second })).collect()
}

impl Plan for Pair {
    async fn run(&self, world: &World) -> Vec<Run> {
        let mut runs = Vec::new();
        for death in [Death::Nobody, Death::First, Death::Second] {
            for calls_of_first in 0.. {
                let mut first_goes_on = true;
                for calls_of_second in 0.. {
                    let (run, goes_on) = self.interleave(world, [calls_of_first, calls_of_second], death).await;
                    runs.push(run);
                    first_goes_on = goes_on[0];
                    if !goes_on[1] {
                        break;
                    }
                }
                if !first_goes_on {
                    break;
                }
            }
        }
        runs
    }
}

impl Pair {
    /// Lets these numbers of calls pass, and then the others. Also returns whether each request had others.
    async fn interleave(&self, world: &World, calls: [usize; 2], death: Death) -> (Run, [bool; 2]) {
        let Self { died, before, first, second } = *self;
        let mut run = Run::new(world, format!("{self:?} after {calls:?} calls, {death:?} dies")).await;
        for (n, request) in before.iter().enumerate() {
            run.whole(*request, &format!("before{n}")).await;
        }
        if let Some((request, calls)) = died {
            let mut held = run.begin(request, "died", 0);
            held.pass(calls).await;
            held.kill().await;
        }
        let (mut one, mut two) = (run.begin(first, "first", 0), run.begin(second, "second", 1));
        let goes_on = [one.pass(calls[0]).await, two.pass(calls[1]).await];
        for (held, request, label, dies) in [(one, first, "first", Death::First), (two, second, "second", Death::Second)] {
            if death == dies {
                held.kill().await;
            } else {
                let reply = held.finish().await;
                run.answered(request, label, &reply);
            }
        }
        (run.end().await, goes_on)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_requests_in_any_order_of_their_calls_keep_every_address_with_one_profile() {
    let mut pairs = pairs();
    if !is_full() {
        // Scattered, because neighbours are similar.
        pairs = pairs.into_iter().enumerate().filter(|(place, _)| (place * 7919) % 13 == 0).map(|(_, pair)| pair).collect();
    }
    explore(pairs, |_| ()).await.assert_sound(1_000);
}
