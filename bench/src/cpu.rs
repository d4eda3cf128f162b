//! The processor's time, which does not count while another process has the processor.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// Returns the time that all threads of this process have taken so far.
pub(crate) fn time() -> Duration {
    clock_gettime(ClockId::ProcessCPUTime).try_into().expect("a time since the process began")
}

/// Linux's unit in what it tells about processes, on every machine.
const TICK: Duration = Duration::from_millis(10);

/// Returns the time that all threads of a process have taken so far, as Linux counts it.
pub(crate) fn of_process(id: u32) -> Option<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // After the program's name, which may hold anything.
    let (_, rest) = stat.rsplit_once(") ")?;
    let ticks: Option<Vec<u32>> = rest.split(' ').skip(11).take(2).map(|number| number.parse().ok()).collect();
    Some(TICK * ticks?.iter().sum::<u32>())
}
