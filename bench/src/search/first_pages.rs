//! First pages of 50.

use serde_json::json;

use super::account::Account;
use super::asker::{Asker, Cost, Shown};
use super::plans::Costs;
use super::share::Share;
use super::table;
use crate::local::Local;
use crate::progress;
use crate::report::Findings;

/// Profiles on a page, unless told.
const LIMIT: usize = 50;
/// A first page without filter.
const REQUESTS: u32 = 20;
const READ_UNITS: f64 = 70.0;
/// A page that half of the profiles fit, compared with one without filter.
const AT_MOST_OF_NO_FILTER: f64 = 2.0;
/// A page that few fit, compared with the cheaper plan.
const AT_MOST_OF_PLAN: f64 = 1.2;
/// A page that none fits, compared with a bare read.
const AT_MOST_OF_BARE: f64 = 1.1;

/// Measures them in each account.
pub(super) async fn measure(local: &Local, accounts: &[Account], findings: &mut Findings) {
    progress::say("first pages");
    for account in accounts {
        let all = without_filter(local, account, findings).await;
        half(local, account, &all, findings).await;
        few(local, account, findings).await;
        nobody(local, account, findings).await;
    }
}

/// Finds a first page by an instance that knows the secret only, and then again.
async fn page(local: &Local, account: &Account, share: Option<Share>, findings: &mut Findings) -> Shown {
    let filters = share.map_or(json!([]), Share::filters);
    let name = share.map_or("no filter", Share::name);
    let asker = Asker::new(local, account).await;
    let shown = asker.page(&filters).await;
    let fitting = account.bare.profiles.iter().filter(|profile| share.is_none_or(|share| profile.is_in(share)));
    let expected: Vec<_> = fitting.take(LIMIT).map(|profile| profile.id.as_str()).collect();
    assert_eq!(shown.ids, expected, "the newest that fit: {name}");
    table::write(&format!("first page, {name}"), account.size, &shown.cost, findings);
    table::write(&format!("first page, {name}, by the same instance"), account.size, &asker.page(&filters).await.cost, findings);
    shown
}

async fn without_filter(local: &Local, account: &Account, findings: &mut Findings) -> Cost {
    let cost = page(local, account, None, findings).await.cost;
    findings.goal(
        cost.requests <= REQUESTS && cost.read_units <= READ_UNITS,
        format!(
            "first page, no filter, of {}: {} requests, {} read units (goal: at most {REQUESTS} and {READ_UNITS})",
            account.size, cost.requests, cost.read_units
        ),
    );
    cost
}

async fn half(local: &Local, account: &Account, all: &Cost, findings: &mut Findings) {
    let cost = page(local, account, Some(Share::Half), findings).await.cost;
    let (requests, units) = (f64::from(cost.requests) / f64::from(all.requests), cost.read_units / all.read_units);
    findings.goal(
        requests <= AT_MOST_OF_NO_FILTER && units <= AT_MOST_OF_NO_FILTER,
        format!(
            "first page, 1 in 2, of {}: {requests:.2} times the requests and {units:.2} times the read units of a page without filter \
            (goal: at most {AT_MOST_OF_NO_FILTER})",
            account.size
        ),
    );
}

async fn few(local: &Local, account: &Account, findings: &mut Findings) {
    for share in [Share::Hundredth, Share::Rare] {
        let Shown { ids, cost, .. } = page(local, account, Some(share), findings).await;
        let plans = Costs::of(&account.bare, share, LIMIT);
        findings.say(&format!(
            "   worked out: walk {:.1} for {} profiles, sweep {:.1}; second look {}",
            plans.walk,
            plans.looked_at,
            plans.sweep,
            ids.len()
        ));
        let ratio = cost.read_units / (plans.cheaper() + ids.len() as f64);
        findings.goal(
            ratio <= AT_MOST_OF_PLAN,
            format!(
                "first page, {}, of {}: {ratio:.2} times the cheaper plan and the second look (goal: at most {AT_MOST_OF_PLAN})",
                share.name(),
                account.size
            ),
        );
    }
}

async fn nobody(local: &Local, account: &Account, findings: &mut Findings) {
    let cost = page(local, account, Some(Share::Nobody), findings).await.cost;
    let ratio = cost.read_units / account.bare.read_units;
    findings.goal(
        ratio <= AT_MOST_OF_BARE,
        format!("first page, none, of {}: {ratio:.2} times a bare read (goal: at most {AT_MOST_OF_BARE})", account.size),
    );
}
