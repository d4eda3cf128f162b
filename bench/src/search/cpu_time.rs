//! The processor's time of searches and counts, with responses of the database that are there at once.

use aws_sdk_dynamodb::Client;
use serde_json::{Value, json};

use super::account::Account;
use super::share::Share;
use super::{COUNT, SEARCH};
use crate::canned::CannedClient;
use crate::effort::Effort;
use crate::instance::Instance;
use crate::local::Local;
use crate::recorder::{Recorded, Recorder};
use crate::report::Findings;
use crate::statistics::Spread;
use crate::{cpu, progress, replay_calls};

/// Microseconds for a profile, where DynamoDB filters.
const AT_MOST_A_PROFILE: f64 = 2.0;
/// Where it cannot, compared with the SDK's reading of the same pages.
const AT_MOST_OF_READING: f64 = 1.3;

/// The processor's seconds of a round.
struct Round {
    /// The handler.
    handler: f64,
    /// Its reads alone, ready-made, whose results are dropped.
    reads: f64,
}

/// Measures them in this account.
pub(super) async fn measure(local: &Local, account: &Account, effort: Effort, findings: &mut Findings) {
    findings.say(&format!(
        "\nTimes of the processor for {} profiles, by the whole process, with responses of the database that are there at once, in turns:\n\
        medians [half of the rounds lie between]. reads: the same Query and BatchGetItem by the bare client, read and dropped.\n",
        account.size
    ));
    findings.say(&format!("{:34} {:>10} {:>12} {:>10}   {:22} {:>6}", "", "handler", "µs a profile", "reads", "handler : reads", "reads"));
    let rounds = effort.choose(15, 1);
    let no_expression = json!([{"prop": "animal", "op": "in-i", "value": "chameleon"}]);
    for (name, path, filters, is_expressed) in [
        ("count, eq, 1 in 5,000", COUNT, Share::Rare.filters(), true),
        ("first page, eq, 1 in 5,000", SEARCH, Share::Rare.filters(), true),
        ("count, in-i, 1 in 50", COUNT, no_expression.clone(), false),
        ("first page, in-i, 1 in 50", SEARCH, no_expression, false),
    ] {
        progress::say(&format!("the processor's time of {name} (half a minute)"));
        // As many as fit: to keep fewer, a sweep narrows its queries by what came first, which differs between runs.
        let calls = Calls { path, body: json!({"filters": filters, "limit": 500}) };
        let (times, number) = calls.measure(local, account, rounds).await;
        let median = |of: fn(&Round) -> f64| Spread::of(times.iter().map(of));
        let (handler, ratio) = (median(|round| round.handler).median, median(|round| round.handler / round.reads));
        let each = handler * 1_000_000.0 / account.size as f64;
        findings.say(&format!(
            "{name:34} {:7.1} ms {each:12.3} {:7.1} ms   {:22} {number:6}",
            handler * 1_000.0,
            median(|round| round.reads).median * 1_000.0,
            ratio.to_string(),
        ));
        if is_expressed {
            findings.goal(
                each <= AT_MOST_A_PROFILE,
                format!("{name}: {each:.3} µs of the processor for a profile (goal: at most {AT_MOST_A_PROFILE})"),
            );
        } else {
            findings.goal(
                ratio.median <= AT_MOST_OF_READING,
                format!("{name}: {:.2} times the SDK's own reading of the same pages (goal: at most {AT_MOST_OF_READING})", ratio.median),
            );
        }
    }
}

/// A request.
struct Calls {
    path: &'static str,
    body: Value,
}

impl Calls {
    /// Makes the request in turns with its reads. Returns their times, and the number of reads.
    async fn measure(&self, local: &Local, account: &Account, rounds: usize) -> (Vec<Round>, usize) {
        let canned = CannedClient::default();
        let client = local.client_on(canned.clone());
        let instance = Instance::new(client.clone(), &account.secret);
        // The first ask the database, and warm up. From the second on, the instance knows the account.
        for _ in 0..3 {
            self.make(&instance).await;
        }
        let recorder = Recorder::default();
        let recording = Client::from_conf(client.config().to_builder().interceptor(recorder.clone()).build());
        let recording = Instance::new(recording, &account.secret);
        for _ in 0..2 {
            recorder.take();
            self.make(&recording).await;
        }
        let recorded = recorder.take();
        read(&client, &recorded).await;
        let asked = canned.asked();
        let mut times = Vec::new();
        for _ in 0..rounds {
            let handler = self.make(&instance).await;
            times.push(Round { handler, reads: read(&client, &recorded).await });
        }
        assert_eq!(canned.asked(), asked, "every response is there at once");
        (times, recorded.queries.len() + recorded.batch_gets.len())
    }

    async fn make(&self, instance: &Instance) -> f64 {
        let request = instance.request("POST", self.path, String::new(), self.body.to_string());
        let began = cpu::time();
        let response = profiles_api::dispatch(&instance.context, request).await;
        let took = cpu::time() - began;
        assert!(response.status().is_success(), "{}", response.body());
        took.as_secs_f64()
    }
}

async fn read(client: &Client, recorded: &Recorded) -> f64 {
    let (queries, batch_gets) = (recorded.queries.clone(), recorded.batch_gets.clone());
    let began = cpu::time();
    for query in queries {
        replay_calls::query(client, query).await;
    }
    for items in batch_gets {
        replay_calls::get_many(client, items).await;
    }
    (cpu::time() - began).as_secs_f64()
}
