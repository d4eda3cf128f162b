//! All pages of 500.

use super::account::Account;
use super::asker::{Asker, Shown};
use super::share::Share;
use super::table;
use crate::local::Local;
use crate::progress;
use crate::report::Findings;

/// The most profiles on a page.
const LIMIT: usize = 500;
/// All pages, without a unit for each profile that is shown, compared with a bare read.
const AT_MOST_OF_BARE: f64 = 5.0;

/// Measures them in each account.
pub(super) async fn measure(local: &Local, accounts: &[Account], findings: &mut Findings) {
    progress::say("all pages");
    for account in accounts {
        for share in [Share::Half, Share::Fiftieth, Share::Rare] {
            let Shown { ids, pages, cost, .. } = Asker::new(local, account).await.pages(&share.filters(), LIMIT).await;
            assert_eq!(ids.len(), account.count(|number| share.has(number)), "everybody who fits is shown: {}", share.name());
            table::write(&format!("all pages of {LIMIT}, {} ({pages})", share.name()), account.size, &cost, findings);
            let ratio = (cost.read_units - ids.len() as f64) / account.bare.read_units;
            findings.goal(
                ratio <= AT_MOST_OF_BARE,
                format!(
                    "all {pages} pages of {LIMIT}, {}, of {}: {ratio:.2} bare reads, and a unit for each profile shown (goal: at most \
                    {AT_MOST_OF_BARE})",
                    share.name(),
                    account.size
                ),
            );
        }
    }
}
