//! Several requests whose calls pass in a random order. Some die, and some calls fail.

use profiles_tests::{Fault, Held, Reply, World, size};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::run::{Plan, Request, Run, explore};

/// Steps in a thousand at which a request dies, or its call fails.
const DEATHS: u32 = 20;
const FAULTS: u32 = 20;

/// A random run, which its seed repeats but for random slots.
#[derive(Clone, Copy)]
struct Seed(u64);

fn request(rng: &mut StdRng) -> Request {
    let uid = ["a", "b", "c"][rng.random_range(0..3_usize)];
    let email = ["x", "y", "z"][rng.random_range(0..3_usize)];
    match rng.random_range(0..20_u32) {
        0..11 => Request::Upsert(Some(uid), Some(email)),
        11..13 => Request::Upsert(Some(uid), None),
        13..17 => Request::Upsert(None, Some(email)),
        17..19 => Request::Unset(uid),
        _ => Request::Forget(uid),
    }
}

impl Plan for Seed {
    async fn run(&self, world: &World) -> Vec<Run> {
        let mut rng = StdRng::seed_from_u64(self.0);
        let requests: Vec<_> = (0..rng.random_range(2..=6)).map(|_| request(&mut rng)).collect();
        let mut run = Run::new(world, format!("seed {}: {requests:?}", self.0)).await;
        let mut held: Vec<(Request, String, Held<Reply>)> = Vec::new();
        for (n, request) in requests.into_iter().enumerate() {
            let label = format!("p{n}");
            let begun = run.begin(request, &label, rng.random_range(0..2_usize));
            held.push((request, label, begun));
        }
        while !held.is_empty() {
            let index = rng.random_range(0..held.len());
            if rng.random_ratio(DEATHS, 1_000) {
                held.swap_remove(index).2.kill().await;
                continue;
            }
            let faults = [Fault::NotSent, Fault::AnswerLost, Fault::Conflict];
            let fault = rng.random_ratio(FAULTS, 1_000).then(|| faults[rng.random_range(0..3_usize)]);
            if !held[index].2.pass_with(fault).await {
                let (request, label, over) = held.swap_remove(index);
                let reply = over.finish().await;
                run.answered(request, &label, &reply);
            }
        }
        vec![run.end().await]
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_requests_of_which_some_die_keep_every_address_with_one_profile() {
    let runs = size(2_000, 20_000);
    let first: u64 = std::env::var("SEED").map_or(0, |seed| seed.parse().expect("SEED is a number"));
    let seeds = (first..first + u64::try_from(runs).unwrap()).map(Seed).collect();
    explore(seeds, |_| ()).await.assert_sound(runs);
}
