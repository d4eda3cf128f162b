//! Faults: every call of every operation fails in every way, and what is stored is sound.

use profiles_domain::AccountId;
use profiles_tests::invariants::Snapshot;
use profiles_tests::logs::Lines;
use profiles_tests::{Api, Fault, World};

/// An upsert to test, with identifiers that depend on a number.
struct Operation {
    name: &'static str,
    /// The upserts before it.
    before: fn(usize) -> Vec<String>,
    /// The upsert that gets the fault.
    upsert: fn(usize) -> String,
}

const OPERATIONS: [Operation; 7] = [
    Operation { name: "create by uid", before: |_| Vec::new(), upsert: |n| format!(r#"{{"uid":"uid{n}","sent":1}}"#) },
    Operation {
        name: "create with e-mail",
        before: |_| Vec::new(),
        upsert: |n| format!(r#"{{"uid":"uid{n}","email":"e{n}@chmln.co","sent":1}}"#),
    },
    Operation { name: "create by e-mail", before: |_| Vec::new(), upsert: |n| format!(r#"{{"email":"e{n}@chmln.co","sent":1}}"#) },
    Operation {
        name: "update by e-mail",
        before: |n| vec![format!(r#"{{"email":"e{n}@chmln.co","kept":1}}"#)],
        upsert: |n| format!(r#"{{"email":"e{n}@chmln.co","sent":1}}"#),
    },
    Operation {
        name: "change the e-mail",
        before: |n| vec![format!(r#"{{"uid":"uid{n}","email":"old{n}@chmln.co","kept":1}}"#)],
        upsert: |n| format!(r#"{{"uid":"uid{n}","email":"e{n}@chmln.co","sent":1}}"#),
    },
    Operation {
        name: "give a uid",
        before: |n| vec![format!(r#"{{"email":"e{n}@chmln.co","kept":1}}"#)],
        upsert: |n| format!(r#"{{"uid":"uid{n}","email":"e{n}@chmln.co","sent":1}}"#),
    },
    Operation {
        name: "merge",
        before: |n| {
            vec![format!(r#"{{"email":"e{n}@chmln.co","kept":1}}"#), format!(r#"{{"uid":"uid{n}","email":"old{n}@chmln.co","also":1}}"#)]
        },
        upsert: |n| format!(r#"{{"uid":"uid{n}","email":"e{n}@chmln.co","sent":1}}"#),
    },
];

/// Panics unless the account's invariants hold and the profile has everything that was sent to it.
async fn check(world: &World, account: AccountId, api: &Api, operation: &Operation, n: usize) {
    let emails = [format!("e{n}@chmln.co"), format!("old{n}@chmln.co")];
    let emails: Vec<&str> = emails.iter().map(String::as_str).collect();
    Snapshot::read(world, account, &emails).await.check_invariants();
    let upsert = (operation.upsert)(n);
    let by = if upsert.contains("uid") { format!("uid=uid{n}") } else { format!("email=e{n}@chmln.co") };
    let reply = api.retrieve(&by).await;
    let profile = reply.profile();
    assert_eq!(profile["sent"], 1, "{}", operation.name);
    for body in (operation.before)(n) {
        for name in ["kept", "also"].iter().filter(|name| body.contains(**name)) {
            assert_eq!(profile[*name], 1, "{} {name}", operation.name);
        }
    }
}

/// Gives the fault to the first call, then in another account to the second, and so on up to the last call.
async fn break_every_call(world: &World, operation: &Operation, fault: Fault, attempts: u32) {
    for n in 0.. {
        world.wire.mend();
        let (account, api) = world.new_account(world.client(attempts)).await;
        for body in (operation.before)(n) {
            api.upsert(&body).await.id();
        }
        world.wire.break_calls(move |call| (call.number == n).then_some(fault));
        let reply = api.upsert(&(operation.upsert)(n)).await;
        let calls = world.wire.take().len();
        world.wire.mend();
        if calls <= n {
            // There is no such call: every call has had the fault once.
            assert!(n > 0);
            reply.id();
            check(world, account, &api, operation, n).await;
            return;
        }
        match reply.status {
            200 => {}
            503 if attempts == 1 => {
                assert_eq!(reply.message(503), "Service unavailable: the database did not answer in time, please retry");
                assert_eq!(reply.headers["retry-after"], "1");
                // The client repeats the request.
                api.upsert(&(operation.upsert)(n)).await.id();
            }
            _ => panic!("{} {fault:?} at call {n}: {}", operation.name, reply.text),
        }
        check(world, account, &api, operation, n).await;
    }
}

#[tokio::test]
async fn whatever_call_fails_a_repeated_request_completes_it() {
    let world = World::new().await;
    for operation in &OPERATIONS {
        for fault in Fault::ALL {
            break_every_call(&world, operation, fault, 1).await;
        }
    }
}

#[tokio::test]
async fn whatever_call_fails_once_the_client_notices_nothing() {
    let world = World::new().await;
    for operation in &OPERATIONS {
        for fault in Fault::ALL {
            break_every_call(&world, operation, fault, 3).await;
        }
    }
}

#[tokio::test]
async fn a_database_that_throttles_or_is_gone_is_a_503() {
    let world = World::new().await;
    let api = world.api_with(world.client(3));
    api.get("/").await;
    for fault in [Fault::NotSent, Fault::AnswerLost, Fault::Throttled, Fault::ServerError] {
        world.wire.break_calls(move |_| Some(fault));
        for reply in [api.upsert(r#"{"uid":18821}"#).await, api.retrieve("uid=18821").await] {
            assert_eq!(reply.message(503), "Service unavailable: the database did not answer in time, please retry", "{fault:?}");
        }
    }
}

#[tokio::test]
async fn races_lost_without_end_are_given_up_with_a_503() {
    let world = World::new().await;
    let api = world.api();
    api.get("/").await;
    world.wire.break_calls(|_| Some(Fault::Conflict));
    assert_eq!(api.upsert(r#"{"uid":18821}"#).await.status, 503);
    assert_eq!(world.wire.take().len(), usize::try_from(profiles_tests::world::NO_WAITS.attempts).unwrap());
}

/// That no line has private data is checked of every line.
#[tokio::test]
async fn a_throttled_call_is_logged_once_with_its_code_and_waits() {
    let world = World::new().await;
    let api = world.api();
    api.get("/").await;
    for (uid, more, fault, call, code) in [
        ("throttled-transaction", r#","company_uid":931"#, Fault::CancelledByThrottling, "TransactWriteItems", "ThrottlingError"),
        ("throttled-update", "", Fault::Throttled, "UpdateItem", "ThrottlingException"),
    ] {
        let lines = Lines::containing(code);
        let logged = || {
            let lines = lines.with_message("the database throttles the call, which waits");
            lines.into_iter().filter(|line| line["call"] == call && line["code"] == code && line["level"] == "WARN").count()
        };
        let before = logged();
        world.wire.break_calls(move |logged| (logged.operation == call && logged.number < 5).then_some(fault));
        api.upsert(&format!(r#"{{"uid":"{uid}"{more}}}"#)).await.id();
        assert!(world.wire.take().len() > 5);
        world.wire.mend();
        assert!(logged() > before, "{code}");
    }
}
