//! Traffic of a large account on partitions that take what DynamoDB's do, made smaller.
//!
//! Whatever is counted, such as units and requests a second, users at once and instances, is divided by one number. Times stay as they are.
//! So the figures of a run, multiplied by that number, are those of the large account; only its latencies are a little coarser.

mod arrived;
mod batch;
mod load;
mod singles;
mod traffic;

pub use batch::{Applied, apply};
pub use singles::{Figures, offer};
pub use traffic::{Kind, USERS, harmonic};

use crate::partitions::Units;

/// The write units that a partition takes in a second.
pub const WRITES: f64 = 1_000.0;
/// The read units that a partition takes in a second.
pub const READS: f64 = 3_000.0;
/// The upserts that the account sends in a second.
pub const UPSERTS: f64 = 20_000.0;
/// The instances of a function at once: as many as Lambda needs to take so many requests.
pub const INSTANCES: f64 = UPSERTS / 10.0;

/// How much smaller a run is than the account.
#[derive(Clone, Copy, Debug)]
pub struct Smaller(pub f64);

impl Smaller {
    fn units(self) -> Units {
        Units { writes: WRITES / self.0, reads: READS / self.0 }
    }
}
