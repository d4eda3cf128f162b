//! Searches and counts, in a small and in a large account.

mod account;
mod asker;
mod bare;
mod counts;
mod cpu_time;
mod first_pages;
mod identifiers;
mod memory;
mod pages;
mod plans;
mod profile;
mod share;
mod table;

use crate::effort::Effort;
use crate::local::Local;
use crate::report::Findings;
use account::Account;

pub(crate) use memory::{SEARCH_ALONE, search_alone};

/// Searches profiles.
const SEARCH: &str = "/v3/analyze/profiles";
/// Counts profiles.
const COUNT: &str = "/v3/analyze/profiles/count";

/// Measures all of it.
pub(crate) async fn measure(effort: Effort, findings: &mut Findings) {
    let local = Local::start(effort).await;
    let mut accounts = Vec::new();
    for size in effort.choose([1_000, 20_000], [50, 200]) {
        accounts.push(Account::create(&local, size).await);
    }
    bare::write(&accounts, findings);
    table::write_heading(findings);
    first_pages::measure(&local, &accounts, findings).await;
    counts::measure(&local, &accounts, findings).await;
    pages::measure(&local, &accounts, findings).await;
    identifiers::measure(&local, &accounts, findings).await;
    if let Some(largest) = accounts.last() {
        cpu_time::measure(&local, largest, effort, findings).await;
    }
    memory::measure(&local, &accounts, findings);
}
