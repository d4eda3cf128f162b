//! Rounds: in each, every call gets a slice of time, in random order.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rand::seq::SliceRandom;
use tokio::task::JoinSet;

use super::calls::{ALL, Call};
use super::fixture::Fixture;
use crate::effort::Effort;
use crate::progress;

/// The number of clients, and how long they go on. Many short slices rather than few long ones: other work of the machine then falls
/// on all calls alike.
pub(super) struct Plan {
    clients: usize,
    rounds: u32,
    slice: Duration,
    /// Each call is made for this long before the first round: until Java has compiled itself, it gets faster and faster.
    warm_up: Duration,
}

impl Plan {
    /// One client, and a crowd. In a crowd each makes fewer calls in the same time, so the slices are longer.
    pub(super) fn both(effort: Effort) -> [Self; 2] {
        let plan =
            |clients, rounds, slice| Self { clients, rounds, slice: Duration::from_millis(slice), warm_up: Duration::from_millis(500) };
        let quick = |clients| Self { clients, rounds: 1, slice: Duration::ZERO, warm_up: Duration::ZERO };
        effort.choose([plan(1, 60, 60), plan(16, 36, 150)], [quick(1), quick(2)])
    }
}

/// No plan goes on for longer, on however slow a machine.
const AT_MOST: Duration = Duration::from_secs(55);

/// The figures of one slice of one call.
#[derive(Clone, Copy, Debug)]
pub(super) struct Figures {
    /// The median time of a call, in milliseconds.
    pub(super) p50: f64,
    /// Calls a second of all clients together.
    pub(super) throughput: f64,
}

/// The figures of a plan.
pub(super) struct Rounds {
    pub(super) clients: usize,
    /// For each call, in the order of [`ALL`], a figure each round.
    pub(super) figures: Vec<Vec<Figures>>,
}

/// Follows a plan.
pub(super) async fn run(fixture: &Arc<Fixture>, plan: Plan) -> Rounds {
    let began = Instant::now();
    let seconds = ALL.map(|_| plan.slice * plan.rounds + plan.warm_up).iter().sum::<Duration>().as_secs();
    let clients = if plan.clients == 1 { "1 client".to_owned() } else { format!("{} clients", plan.clients) };
    let bar = progress::bar(&format!("comparing upsert and retrieve at {clients} ({seconds} seconds)"), u64::from(plan.rounds));
    for call in ALL {
        slice(fixture, call, plan.clients, plan.warm_up).await;
    }
    let mut figures = vec![Vec::new(); ALL.len()];
    for _ in 0..plan.rounds {
        // In random order, so that no call always clears away the garbage of the same other one.
        let mut turns: Vec<usize> = (0..ALL.len()).collect();
        turns.shuffle(&mut rand::rng());
        for turn in turns {
            figures[turn].push(slice(fixture, ALL[turn], plan.clients, plan.slice).await);
        }
        bar.inc(1);
        if began.elapsed() > AT_MOST {
            break;
        }
    }
    bar.finish_and_clear();
    Rounds { clients: plan.clients, figures }
}

/// Makes one call again and again.
async fn slice(fixture: &Arc<Fixture>, call: Call, clients: usize, time: Duration) -> Figures {
    let mut running = JoinSet::new();
    for client in 0..clients {
        let fixture = Arc::clone(fixture);
        running.spawn(async move {
            let began = Instant::now();
            let mut times = Vec::new();
            // Each client has users of its own.
            for user in (client..fixture.users.len()).step_by(clients).cycle() {
                let sent = Instant::now();
                fixture.caller.make(call, &fixture.users[user]).await;
                times.push(sent.elapsed().as_secs_f64() * 1000.0);
                if began.elapsed() > time {
                    break;
                }
            }
            let throughput = times.len() as f64 / began.elapsed().as_secs_f64();
            (times, throughput)
        });
    }
    let (mut times, mut throughput) = (Vec::new(), 0.0);
    for (its_times, its_throughput) in running.join_all().await {
        times.extend(its_times);
        throughput += its_throughput;
    }
    times.sort_unstable_by(f64::total_cmp);
    Figures { p50: times[times.len() / 2], throughput }
}
