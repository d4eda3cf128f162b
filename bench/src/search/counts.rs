//! Counts, of which each is compared with a bare read.

use serde_json::{Value, json};

use super::account::Account;
use super::asker::Asker;
use super::share::Share;
use super::{profile, table};
use crate::local::Local;
use crate::progress;
use crate::report::Findings;

/// A count by a filter that DynamoDB can express, compared with a bare read.
const AT_MOST_OF_BARE: f64 = 1.05;

/// Whether the profile with this number fits.
type Fits = fn(usize) -> bool;

/// Filters that DynamoDB can express, with those who fit.
fn expressed() -> Vec<(&'static str, Value, Fits)> {
    vec![
        ("eq, 1 in 2", Share::Half.filters(), |number| Share::Half.has(number)),
        ("eq, 1 in 50", Share::Fiftieth.filters(), |number| Share::Fiftieth.has(number)),
        ("eq, 1 in 5,000", Share::Rare.filters(), |number| Share::Rare.has(number)),
        ("eq, none", Share::Nobody.filters(), |_| false),
        ("ne", json!([{"prop": "role", "op": "ne", "value": "admin"}]), |number| !number.is_multiple_of(4)),
        ("gte, of a number", json!([{"prop": "invites", "op": "gte", "value": 5}]), |number| number % 7 >= 5),
        ("lt-d, of a time", json!([{"prop": "last_login", "op": "lt-d", "value": 30}]), |_| false),
        ("in", json!([{"prop": "animal", "op": "in", "value": "CHAMELEON"}]), |number| Share::Fiftieth.has(number)),
        ("in-v", json!([{"prop": "role", "op": "in-v", "value": "admin,owner"}]), |number| number % 4 < 2),
        ("in-a", json!([{"prop": "tags", "op": "in-a", "value": "south"}]), |number| number % 2 == 1),
        ("ex, within a hash", json!([{"prop": "traits.plan", "op": "ex"}]), |_| false),
        ("ex, of the company", json!([{"prop": "company_id", "op": "ex"}]), |number| number.is_multiple_of(10)),
        (
            "a group of two",
            json!([
                {"prop": "role", "op": "eq", "value": "admin"},
                {"kind": "group", "filters_op": "or", "filters": [
                    {"prop": "plan", "op": "eq", "value": "gold"}, {"prop": "invites", "op": "gt", "value": 5}]}
            ]),
            |number| number.is_multiple_of(4) && (number % 3 == 2 || number % 7 > 5),
        ),
    ]
}

/// Other counts, with those who fit.
fn others() -> Vec<(&'static str, Value, Fits)> {
    vec![
        ("no filter", json!([]), |_| true),
        ("in-i", json!([{"prop": "animal", "op": "in-i", "value": "chameleon"}]), |number| Share::Fiftieth.has(number)),
        ("of a company", json!([{"prop": "company.uid", "op": "eq", "value": "company-0"}]), |number| number.is_multiple_of(200)),
        ("event", json!([{"kind": "event", "value": "report_exported"}]), profile::is_active),
    ]
}

/// Measures them in each account.
pub(super) async fn measure(local: &Local, accounts: &[Account], findings: &mut Findings) {
    progress::say("counts");
    for account in accounts {
        let mut dearest: (f64, &str) = (0.0, "");
        for (name, filters, fits) in expressed() {
            let units = count(local, account, name, &filters, fits, findings).await;
            if units > dearest.0 {
                dearest = (units, name);
            }
        }
        for (name, filters, fits) in others() {
            count(local, account, name, &filters, fits, findings).await;
        }
        let (units, name) = dearest;
        let ratio = units / account.bare.read_units;
        findings.goal(
            ratio <= AT_MOST_OF_BARE,
            format!(
                "count by a filter that DynamoDB can express, of {}: at most {ratio:.3} times a bare read, and {:.3} times bytes / 8 KB: \
                {name} (goal: at most {AT_MOST_OF_BARE} times a bare read)",
                account.size,
                units / account.bare.computed()
            ),
        );
    }
}

/// Counts by an instance that knows the secret only, and returns the read units.
async fn count(local: &Local, account: &Account, name: &str, filters: &Value, fits: Fits, findings: &mut Findings) -> f64 {
    let (count, cost) = Asker::new(local, account).await.count(filters).await;
    assert_eq!(count, account.count(fits) as u64, "{name}");
    table::write(&format!("count, {name}"), account.size, &cost, findings);
    cost.read_units
}
