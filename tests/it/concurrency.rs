//! Many requests at once with the same identifiers, without faults and with a fault or delay in every single call to the database.

use std::sync::Arc;

use profiles_domain::AccountId;
use profiles_tests::invariants::Snapshot;
use profiles_tests::{Api, Fault, Reply, World};
use tokio::task::JoinSet;

/// The number of requests at once in a run without faults.
const MANY: usize = 64;
/// The number of requests at once in each run with a fault.
const SOME: usize = 12;

/// Requests to send at once, and the checks afterwards. `n` makes the identifiers of each run different.
struct Scenario {
    before: fn(n: usize) -> Vec<String>,
    at_once: fn(n: usize, size: usize) -> Vec<String>,
    emails: fn(n: usize) -> Vec<String>,
    after: AfterFn,
}

/// Checks the answers, and what is read afterwards.
type AfterFn = fn(&Outcome<'_>);

struct Outcome<'a> {
    replies: &'a [Reply],
    /// The answers to retrieving the uid `leon{n}` and its address.
    by_uid: &'a Reply,
    by_email: &'a Reply,
    size: usize,
}

async fn run(world: &World, (account, api): (AccountId, Arc<Api>), scenario: &Scenario, n: usize, size: usize) {
    let mut requests = JoinSet::new();
    for body in (scenario.at_once)(n, size) {
        let api = Arc::clone(&api);
        requests.spawn(async move { api.upsert(&body).await });
    }
    let replies = requests.join_all().await;
    let by_uid = api.retrieve(&format!("uid=leon{n}")).await;
    let by_email = api.retrieve(&format!("email=leon{n}@chmln.co")).await;
    (scenario.after)(&Outcome { replies: &replies, by_uid: &by_uid, by_email: &by_email, size });
    let emails = (scenario.emails)(n);
    Snapshot::read(world, account, &emails.iter().map(String::as_str).collect::<Vec<_>>()).await.check_invariants();
}

/// Creates an account with the scenario's first profiles.
async fn prepare(world: &World, scenario: &Scenario, n: usize) -> (AccountId, Arc<Api>) {
    let (account, api) = world.new_account(world.client(3)).await;
    for body in (scenario.before)(n) {
        api.upsert(&body).await.id();
    }
    (account, Arc::new(api))
}

/// Runs the scenario without faults, with many requests.
async fn hold(scenario: &Scenario) {
    let world = World::new().await;
    let prepared = prepare(&world, scenario, 0).await;
    run(&world, prepared, scenario, 0, MANY).await;
}

/// Runs the scenario with a fault or delay in call n, for every n.
async fn hold_with_faults(scenario: &Scenario) {
    let world = World::new().await;
    for fault in [Fault::NotSent, Fault::AnswerLost, Fault::Conflict, Fault::CancelledByThrottling, Fault::Delayed] {
        for n in 0.. {
            let prepared = prepare(&world, scenario, n).await;
            world.wire.break_calls(move |call| (call.number == n).then_some(fault));
            run(&world, prepared, scenario, n, SOME).await;
            let calls = world.wire.take().len();
            world.wire.mend();
            // The reads after the race also count, so there are a few more runs than needed.
            if calls <= n {
                break;
            }
        }
    }
}

/// Each of `size` requests creates the same uid, with a property of its own.
const ONE_UID: Scenario = Scenario {
    before: |_| Vec::new(),
    at_once: |n, size| (0..size).map(|p| format!(r#"{{"uid":"leon{n}","p{p}":{p}}}"#)).collect(),
    emails: |_| Vec::new(),
    after: |outcome| {
        let id = outcome.by_uid.id();
        assert!(outcome.replies.iter().all(|reply| reply.id() == id));
        for p in 0..outcome.size {
            assert_eq!(outcome.by_uid.profile()[format!("p{p}")], p);
        }
    },
};

/// Each also has the same new address.
const ONE_UID_AND_EMAIL: Scenario = Scenario {
    at_once: |n, size| (0..size).map(|p| format!(r#"{{"uid":"leon{n}","email":"leon{n}@chmln.co","p{p}":{p}}}"#)).collect(),
    emails: |n| vec![format!("leon{n}@chmln.co")],
    after: |outcome| {
        (ONE_UID.after)(outcome);
        assert_eq!(outcome.by_email.id(), outcome.by_uid.id());
    },
    ..ONE_UID
};

/// Each request creates another uid with the same address.
const ONE_EMAIL: Scenario = Scenario {
    before: |_| Vec::new(),
    at_once: |n, size| (0..size).map(|p| format!(r#"{{"uid":"user{n}-{p}","email":"leon{n}@chmln.co"}}"#)).collect(),
    emails: |n| vec![format!("leon{n}@chmln.co")],
    after: |outcome| {
        let owners: Vec<_> = outcome.replies.iter().filter(|reply| reply.status == 200).collect();
        assert_eq!(owners.len(), 1);
        assert_eq!(outcome.by_email.id(), owners[0].id());
        for reply in outcome.replies.iter().filter(|reply| reply.status != 200) {
            let email = outcome.by_email.profile()["email"].as_str().unwrap();
            assert_eq!(reply.message(409), format!("Conflict: the email `{email}` belongs to another profile"));
        }
    },
};

/// Two profiles get each other's addresses many times, each by way of a third address.
const SWAP: Scenario = Scenario {
    before: |n| {
        vec![format!(r#"{{"uid":"leon{n}","email":"leon{n}@chmln.co"}}"#), format!(r#"{{"uid":"kim{n}","email":"kim{n}@chmln.co"}}"#)]
    },
    at_once: |n, size| {
        let address = |of: usize| ["leon", "spare", "kim", "other"][of % 4];
        (0..size)
            .map(|p| format!(r#"{{"uid":"{}{n}","email":"{}{n}@chmln.co"}}"#, ["leon", "kim"][p % 2], address(p / 2 + p % 2)))
            .collect()
    },
    emails: |n| ["leon", "spare", "kim", "other"].iter().map(|name| format!("{name}{n}@chmln.co")).collect(),
    after: |outcome| {
        assert!(outcome.replies.iter().all(|reply| matches!(reply.status, 200 | 409)));
        // The invariants say that no address is shared or lost. This says that the profile has one, and is found by it.
        assert!(outcome.by_uid.profile()["email"].is_string());
    },
};

/// A merge runs among updates of both profiles.
const MERGE: Scenario = Scenario {
    before: |n| vec![format!(r#"{{"uid":"leon{n}","of_uid":1}}"#), format!(r#"{{"email":"leon{n}@chmln.co","of_email":1}}"#)],
    at_once: |n, size| {
        let merge = format!(r#"{{"uid":"leon{n}","email":"leon{n}@chmln.co","merged":1}}"#);
        let updates = (1..size).map(|p| match p % 2 {
            0 => format!(r#"{{"uid":"leon{n}","p{p}":1}}"#),
            _ => format!(r#"{{"email":"leon{n}@chmln.co","p{p}":1}}"#),
        });
        updates.chain([merge]).collect()
    },
    emails: |n| vec![format!("leon{n}@chmln.co")],
    after: |outcome| {
        let profile = outcome.by_email.profile();
        assert_eq!(outcome.by_uid.profile(), profile);
        for reply in outcome.replies {
            reply.id();
        }
        for name in ["of_uid", "of_email", "merged"].map(str::to_owned).into_iter().chain((1..outcome.size).map(|p| format!("p{p}"))) {
            assert_eq!(profile[&name], 1, "{name}");
        }
    },
};

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_creates_of_one_uid_leave_one_profile_with_every_property() {
    hold(&ONE_UID).await;
    hold(&ONE_UID_AND_EMAIL).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_creates_of_one_uid_leave_one_profile_whatever_call_fails() {
    hold_with_faults(&ONE_UID).await;
    hold_with_faults(&ONE_UID_AND_EMAIL).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_creates_of_one_email_leave_one_owner() {
    hold(&ONE_EMAIL).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_creates_of_one_email_leave_one_owner_whatever_call_fails() {
    hold_with_faults(&ONE_EMAIL).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_swaps_of_emails_share_and_lose_none() {
    hold(&SWAP).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_swaps_of_emails_share_and_lose_none_whatever_call_fails() {
    hold_with_faults(&SWAP).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merge_among_updates_of_both_loses_no_property() {
    hold(&MERGE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merge_among_updates_of_both_loses_no_property_whatever_call_fails() {
    hold_with_faults(&MERGE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_first_members_found_one_company() {
    let world = World::new().await;
    let faults = [Fault::NotSent, Fault::AnswerLost, Fault::Conflict, Fault::CancelledByThrottling, Fault::Delayed];
    for fault in std::iter::once(None).chain(faults.map(Some)) {
        world.wire.break_calls(move |call| fault.filter(|_| call.number % 5 == 3 && call.retries == 0 && call.operation != "GetItem"));
        let mut members = JoinSet::new();
        for n in 0..SOME {
            // Each is an instance of its own, which knows no company.
            let api = world.api_with(world.client(3));
            members.spawn(async move {
                api.upsert(&format!(r#"{{"uid":"{fault:?}{n}","company_uid":"{fault:?}"}}"#)).await.id();
                let reply = api.retrieve(&format!("uid={fault:?}{n}")).await;
                let profile = reply.profile();
                assert_eq!(profile["company"]["id"], profile["company_id"]);
                profile["company_id"].to_string()
            });
        }
        let mut companies = members.join_all().await;
        companies.dedup();
        assert_eq!(companies.len(), 1, "{fault:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn after_the_answer_every_other_instance_sees_the_write() {
    let world = World::new().await;
    let writer = world.api();
    let readers: Vec<Api> = (0..4).map(|_| world.api()).collect();
    for n in 0..20 {
        let id = writer.upsert(&format!(r#"{{"uid":"user{n}","email":"user{n}@chmln.co","n":{n}}}"#)).await.id();
        for reader in &readers {
            for query in [format!("id={id}"), format!("uid=user{n}"), format!("email=user{n}@chmln.co")] {
                assert_eq!(reader.retrieve(&query).await.profile()["n"], n, "{query}");
            }
        }
    }
}
