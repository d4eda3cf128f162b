//! The work that is done on this side of the wire: each call with answers that are there at once, so that no database hides it.

use std::time::Instant;

use super::calls::ALL;
use super::service::Service;
use super::stage::Stage;
use crate::parrot::Parrot;
use crate::statistics::Spread;

const BLOCKS: usize = 60;
const CALLS_IN_A_BLOCK: u32 = 50;

/// Microseconds of each call, in the order of [`ALL`].
pub(super) async fn measure(stage: &Stage) -> Vec<f64> {
    let services: Vec<Service> = ALL.iter().map(|_| stage.service_on(Parrot::default())).collect();
    let mut blocks = vec![Vec::new(); ALL.len()];
    // The first block asks the database, and warms up.
    for _ in 0..=BLOCKS {
        for (index, call) in ALL.into_iter().enumerate() {
            let began = Instant::now();
            for _ in 0..CALLS_IN_A_BLOCK {
                services[index].make(call, &stage.users[0]).await;
            }
            blocks[index].push((began.elapsed() / CALLS_IN_A_BLOCK).as_secs_f64() * 1_000_000.0);
        }
    }
    blocks.into_iter().map(|block| Spread::of(block.into_iter().skip(1)).median).collect()
}
