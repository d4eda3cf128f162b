//! The work on this side of the connection: each call with responses that are there at once, so that no database hides it.

use std::time::Instant;

use super::caller::Caller;
use super::calls::ALL;
use super::fixture::Fixture;
use crate::canned::CannedClient;
use crate::effort::Effort;
use crate::progress;
use crate::statistics::Spread;

/// Measures the microseconds of each call, in the order of [`ALL`].
pub(super) async fn measure(fixture: &Fixture, effort: Effort) -> Vec<f64> {
    progress::say("measuring the overhead of each call (a few seconds)");
    let (blocks, calls_in_a_block) = effort.choose((60, 50), (1, 1));
    let callers: Vec<Caller> = ALL.iter().map(|_| fixture.caller_on(CannedClient::default())).collect();
    let mut times = vec![Vec::new(); ALL.len()];
    // The first block asks the database, and warms up.
    for _ in 0..=blocks {
        for (index, call) in ALL.into_iter().enumerate() {
            let began = Instant::now();
            for _ in 0..calls_in_a_block {
                callers[index].make(call, &fixture.users[0]).await;
            }
            times[index].push((began.elapsed() / calls_in_a_block).as_secs_f64() * 1_000_000.0);
        }
    }
    times.into_iter().map(|times| Spread::of(times.into_iter().skip(1)).median).collect()
}
