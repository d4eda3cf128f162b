//! The peak of memory of a process that makes one search or count.

use std::io::Read;

use serde_json::json;

use super::account::Account;
use super::{COUNT, SEARCH};
use crate::instance::Instance;
use crate::local::{self, Local};
use crate::peak::{self, Peak, megabytes};
use crate::progress;
use crate::report::Findings;

/// The argument that makes this program the process that searches once. The database's endpoint, a secret and the path follow, and on
/// standard input the body.
pub(crate) const SEARCH_ALONE: &str = "--search-alone";

/// The peak in the large account, compared with that in the small one.
const AT_MOST_OF_SMALL: f64 = 1.5;

/// Measures both in each account, with a filter that DynamoDB cannot express.
pub(super) fn measure(local: &Local, accounts: &[Account], findings: &mut Findings) {
    progress::say("memory");
    findings.say("\nMemory, by DynamoDB Local: the peak of a process of its own that makes one request, and before it.\n");
    findings.say(&format!("{:34} {:>8} {:>9} {:>9}", "", "profiles", "peak", "before"));
    let body = json!({"filters": [{"prop": "animal", "op": "in-i", "value": "chameleon"}]}).to_string();
    for (name, path) in [("count, in-i", COUNT), ("first page, in-i", SEARCH)] {
        let mut peaks = Vec::new();
        for account in accounts {
            let Some(Peak { before, all }) = Peak::of_process(&[SEARCH_ALONE, &local.endpoint(), &account.secret, path], &body) else {
                findings.say(&format!("{name:34} only Linux says the peak of a process"));
                return;
            };
            findings.say(&format!("{name:34} {:8} {:>9} {:>9}", account.size, megabytes(all), megabytes(before)));
            peaks.push(all);
        }
        let (small, large) = (peaks[0], peaks[peaks.len() - 1]);
        let ratio = large as f64 / small as f64;
        findings.goal(
            ratio <= AT_MOST_OF_SMALL,
            format!(
                "{name}: a peak of {} in the small account and {} in the large one, {ratio:.2} times (goal: at most {AT_MOST_OF_SMALL})",
                megabytes(small),
                megabytes(large)
            ),
        );
    }
}

/// Runs that process as a function runs: makes the request on standard input, and prints its peaks.
#[tokio::main(flavor = "current_thread")]
pub(crate) async fn search_alone(endpoint: &str, secret: &str, path: &str) {
    let instance = Instance::new(local::client(endpoint), secret);
    let mut body = String::new();
    std::io::stdin().read_to_string(&mut body).expect("a body");
    make(&instance, "GET", "/", "").await;
    let before = peak::so_far();
    make(&instance, "POST", path, &body).await;
    Peak::print(before);
}

async fn make(instance: &Instance, method: &str, path: &str, body: &str) {
    let response = profiles_api::dispatch(&instance.context, instance.request(method, path, String::new(), body)).await;
    assert!(response.status().is_success(), "{}", response.body());
}
