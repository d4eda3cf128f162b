//! Searches by identifiers: equal, and by how they begin.

use serde_json::{Value, json};

use super::account::Account;
use super::asker::{Asker, Cost};
use super::{profile, table};
use crate::local::Local;
use crate::progress;
use crate::report::Findings;

/// A search by how an identifier begins.
const REQUESTS_OF_PREFIX: u32 = 20;
/// A search by a whole identifier.
const REQUESTS_OF_KEY: u32 = 3;
/// In the large account, compared with the small one: index entries are of different sizes, and none is half a unit more.
const AT_MOST_OF_SMALL: f64 = 1.1;

/// Measures them in each account.
pub(super) async fn measure(local: &Local, accounts: &[Account], findings: &mut Findings) {
    progress::say("searches by identifiers");
    let id = |account: &Account| account.bare.profiles[account.size / 2].id.clone();
    // Ten users fit in each account.
    for (field, begin) in [("uid", "user-00003"), ("email", "jane.00003")] {
        let mut costs = Vec::new();
        for account in accounts {
            costs.push(search(local, account, field, "sw", begin.into(), 10, findings).await);
        }
        let (requests, ratio) = (most_requests(&costs), costs[costs.len() - 1].read_units / costs[0].read_units);
        findings.goal(
            requests <= REQUESTS_OF_PREFIX && ratio <= AT_MOST_OF_SMALL,
            format!(
                "`sw` on `{field}`: at most {requests} requests, {ratio:.2} times the read units in the large account (goal: at most \
                {REQUESTS_OF_PREFIX} and {AT_MOST_OF_SMALL})"
            ),
        );
    }
    for field in ["id", "uid", "email"] {
        let mut costs = Vec::new();
        for account in accounts {
            let value = match field {
                "id" => id(account),
                "uid" => profile::uid(account.size / 2),
                _ => profile::email(account.size / 2),
            };
            costs.push(search(local, account, field, "eq", value.into(), 1, findings).await);
        }
        let requests = most_requests(&costs);
        findings
            .goal(requests <= REQUESTS_OF_KEY, format!("`eq` on `{field}`: at most {requests} requests (goal: at most {REQUESTS_OF_KEY})"));
    }
}

fn most_requests(costs: &[Cost]) -> u32 {
    costs.iter().map(|cost| cost.requests).max().unwrap_or(0)
}

async fn search(local: &Local, account: &Account, field: &str, op: &str, value: Value, fit: usize, findings: &mut Findings) -> Cost {
    let shown = Asker::new(local, account).await.page(&json!([{"prop": field, "op": op, "value": value}])).await;
    assert_eq!(shown.ids.len(), fit, "{op} on {field}");
    table::write(&format!("{op} on {field}"), account.size, &shown.cost, findings);
    shown.cost
}
