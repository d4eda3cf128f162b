//! Throughput: each partition of the database takes 1,000 write units a second, in virtual time. What is more waits, and all of it arrives.

mod batches;
mod companies;
mod tours;
mod users;

use profiles_tests::limited::VirtualTime;
use profiles_tests::{Limited, Partitions, Reply, World};

/// The units that a partition takes in a second.
const UNITS: u32 = 1_000;
/// Instances of a function at once. Each answers one request at a time.
const INSTANCES: usize = 64;

/// The clock of these tests.
pub(crate) const TIME: VirtualTime = VirtualTime { pause: tokio::time::pause, resume: tokio::time::resume };

/// Makes a world whose partitions take this number of write units a second.
async fn limited_to(units_a_second: u32) -> Limited {
    Limited::new(World::new().await, Partitions::taking(units_a_second), TIME)
}

/// Panics if a request was not answered with a 200.
fn all_succeeded(replies: &[Reply]) {
    let mut refused: Vec<_> = replies.iter().filter(|reply| reply.status != 200).map(|reply| reply.text.as_str()).collect();
    let count = refused.len();
    refused.dedup();
    assert!(refused.is_empty(), "{count} of {} were refused: {refused:?}", replies.len());
}
