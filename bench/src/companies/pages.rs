//! The first page of the list of companies, in a small and in a large account.

use futures_util::{StreamExt, stream};

use super::COMPANIES;
use super::time::Time;
use crate::counter::Call;
use crate::effort::Effort;
use crate::local::Local;
use crate::progress;
use crate::report::Findings;

/// The time in which the companies are created.
const PERIOD: std::time::Duration = std::time::Duration::from_secs(365 * 24 * 60 * 60);
/// Requests at a time.
const CONCURRENT: usize = 32;
/// The read units in the large account, compared with those in the small one.
const AT_MOST_OF_SMALL: f64 = 1.1;

/// Measures it in both.
pub(super) async fn measure(local: &Local, effort: Effort, findings: &mut Findings) {
    let mut costs = Vec::new();
    for size in effort.choose([1_000, 20_000], [60, 120]) {
        let (_, secret) = local.another_account().await;
        let time = Time::new();
        let mut counter = time.counter(local, &secret, findings).await;
        let bar = progress::bar(&format!("creating {size} companies (up to a minute)"), size);
        let create = |number: u64| {
            let (counter, time, bar) = (&counter, &time, &bar);
            async move {
                time.pass(PERIOD / size as u32);
                let body = format!(r#"{{"uid":"company {number}","name":"Company {number}","plan":"gold","seats":{number}}}"#);
                counter.make(Call::post(COMPANIES, body)).await;
                bar.inc(1);
            }
        };
        stream::iter(0..size).for_each_concurrent(CONCURRENT, create).await;
        bar.finish_and_clear();
        // In a year, the instance has forgotten the secret.
        counter.make(Call::get("/", "")).await;
        let (answer, recorded) = counter.count(&format!("a page of 50 companies of {size}"), Call::get("/v3/analyze/companies", "")).await;
        assert_eq!(answer["companies"].as_array().map(Vec::len), Some(50), "a full page");
        costs.push((recorded.requests(), recorded.read_units));
    }
    let ((small, small_units), (large, large_units)) = (costs[0], costs[1]);
    findings.goal(
        large <= small && large_units <= AT_MOST_OF_SMALL * small_units,
        format!(
            "a page of companies: {small} requests and {small_units} read units in the small account, {large} and {large_units} in the \
            large one (goal: no more requests, at most {AT_MOST_OF_SMALL} times the units)"
        ),
    );
}
