//! The processor's time: what work takes, also while others have the processor.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// What all threads of this process have taken so far.
pub(crate) fn time() -> Duration {
    clock_gettime(ClockId::ProcessCPUTime).try_into().expect("a time since the process began")
}
