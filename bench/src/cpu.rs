//! The processor's time, which does not count while another process has the processor.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// Returns the time that all threads of this process have taken so far.
pub(crate) fn time() -> Duration {
    clock_gettime(ClockId::ProcessCPUTime).try_into().expect("a time since the process began")
}
