//! The lines of the table of requests and units.

use super::asker::Cost;
use crate::report::Findings;

/// Writes the table's heading.
pub(super) fn write_heading(findings: &mut Findings) {
    findings.say(&format!("\n{:46} {:>8} {:>8} {:>10} {:>11}  {}", "", "profiles", "requests", "read units", "write units", "calls"));
}

/// Writes a line.
pub(super) fn write(what: &str, size: usize, cost: &Cost, findings: &mut Findings) {
    let Cost { requests, read_units, write_units, calls } = cost;
    findings.say(&format!("{what:46} {size:8} {requests:8} {read_units:10} {write_units:11} {calls}"));
}
