//! Rounds: in each, every call gets a slice of time, in random order.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rand::seq::SliceRandom;
use tokio::task::JoinSet;

use super::calls::{ALL, Call};
use super::stage::{Stage, USERS};
use crate::progress;

/// How many clients, and how long they go on. Many short slices rather than few long ones: what else the machine does then falls on all
/// calls alike.
pub(super) struct Plan {
    pub(super) clients: usize,
    rounds: u32,
    slice: Duration,
}

/// One client.
pub(super) const ALONE: Plan = Plan { clients: 1, rounds: 60, slice: Duration::from_millis(60) };
/// Sixteen. Each makes fewer calls in the same time, so the slices are longer.
pub(super) const CROWD: Plan = Plan { clients: 16, rounds: 36, slice: Duration::from_millis(150) };

/// Before the first round, each call is made for this long: until Java has compiled itself, it gets faster and faster.
const WARM_UP: Duration = Duration::from_millis(500);
/// Whatever happens, no plan goes on for longer.
const AT_MOST: Duration = Duration::from_secs(55);

/// What one slice of one call showed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Figures {
    /// The median time of a call, in milliseconds.
    pub(super) p50: f64,
    /// Calls a second of all clients together.
    pub(super) throughput: f64,
}

/// The figures of each call, in the order of [`ALL`], a figure each round.
pub(super) struct Rounds(pub(super) Vec<Vec<Figures>>);

/// Follows a plan.
pub(super) async fn run(stage: &Arc<Stage>, plan: &Plan) -> Rounds {
    let began = Instant::now();
    let seconds = ALL.map(|_| plan.slice * plan.rounds + WARM_UP).iter().sum::<Duration>().as_secs();
    let clients = if plan.clients == 1 { "1 client".to_owned() } else { format!("{} clients", plan.clients) };
    let bar = progress::bar(&format!("comparing upsert and retrieve at {clients} ({seconds} seconds)"), u64::from(plan.rounds));
    for call in ALL {
        slice(stage, call, plan.clients, WARM_UP).await;
    }
    let mut figures = vec![Vec::new(); ALL.len()];
    for _ in 0..plan.rounds {
        // In random order, so that no call always has the same one's garbage to clear away.
        let mut turns: Vec<usize> = (0..ALL.len()).collect();
        turns.shuffle(&mut rand::rng());
        for turn in turns {
            figures[turn].push(slice(stage, ALL[turn], plan.clients, plan.slice).await);
        }
        bar.inc(1);
        if began.elapsed() > AT_MOST {
            break;
        }
    }
    bar.finish_and_clear();
    Rounds(figures)
}

/// Makes one call again and again.
async fn slice(stage: &Arc<Stage>, call: Call, clients: usize, time: Duration) -> Figures {
    let mut running = JoinSet::new();
    for client in 0..clients {
        let stage = Arc::clone(stage);
        running.spawn(async move {
            let began = Instant::now();
            let mut times = Vec::new();
            // Each client has users of its own.
            for user in (client..USERS).step_by(clients).cycle() {
                let sent = Instant::now();
                stage.service.make(call, &stage.users[user]).await;
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
