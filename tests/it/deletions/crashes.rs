//! The process dies at each single call of a forget and of a clear, and at each answer to one; somebody else takes it up.

use std::time::Duration;

use profiles_domain::{AccountId, Error, Identity, InteractionState, Removed};
use profiles_storage::Storage;
use profiles_tests::activities::Activities;
use profiles_tests::invariants::Snapshot;
use profiles_tests::{Fault, World};

use super::{FOREVER, by_uid, nothing_holds, reach, tour, track, upsert, user_with_everything};

/// How the rest is done after the death.
#[derive(Clone, Copy, Debug)]
enum Rescue {
    Repeated,
    Swept,
}

/// An account with somebody who is to be deleted and somebody who stays.
async fn account_with_two(world: &World, storage: &Storage, mark: &str) -> (AccountId, Identity) {
    let (account, _) = world.other_account().await;
    let stays = by_uid("stays");
    upsert(storage, account, stays.clone(), "stays", world.now()).await;
    reach(storage, account, &stays, &tour("one"), InteractionState::Started, world.now()).await;
    let user = user_with_everything(world, storage, account, mark).await;
    (account, user)
}

/// A process that dies at call `number`: the call does not happen, or its answer never comes, and nothing after it happens.
fn die_at(world: &World, number: usize, fault: Fault) {
    world.wire.break_calls(move |call| match call.number {
        earlier if earlier < number => None,
        this if this == number => Some(fault),
        _ => Some(Fault::NotSent),
    });
}

/// What the survivor's summaries are in the end: what the one who stays did.
async fn only_the_other_is_left(world: &World, account: AccountId, mark: &str) {
    let recorded = Activities::read(world, account).await;
    recorded.check_invariants();
    assert_eq!(recorded.records.len(), 1, "{:#?}", recorded.records);
    assert_eq!(recorded.summaries()["tour#one"], [1, 0, 0]);
    Snapshot::read(world, account, &[&format!("{mark}@example.com")]).await.check_invariants();
}

#[tokio::test]
async fn a_forget_that_dies_at_any_call_is_finished_by_whoever_finds_it() {
    let world = World::new().await;
    let (storage, dying) = (world.storage(), Storage::new(world.client(1), world.tables.clone(), profiles_storage::RetryPolicy::default()));
    let mut deaths = 0;
    for rescue in [Rescue::Repeated, Rescue::Swept] {
        for fault in [Fault::NotSent, Fault::AnswerLost] {
            for number in 0.. {
                let mark = format!("m{:010x}", rand::random::<u32>());
                let (account, user) = account_with_two(&world, &storage, &mark).await;
                die_at(&world, number, fault);
                let died = dying.deletions().forget(account, &user, &|| world.now(), FOREVER).await;
                let calls = world.wire.take().len();
                world.wire.mend();
                if calls <= number {
                    assert!(died.is_ok());
                    break;
                }
                deaths += 1;
                world.wait(Duration::from_secs(120));
                // Whether it took place decides the transaction, of which the client may not have heard.
                let began = matches!(storage.find(account, &user).await, Err(Error::ProfileNotFound(_)));
                assert!(began || died.is_err(), "{rescue:?} {fault:?} {number}: told of and not begun");
                let is_there = Activities::read(&world, account).await.records.len() > 1;
                let forgotten = match (rescue, began) {
                    // Found under any of its names as long as anything is left, and known to be gone after that.
                    (Rescue::Repeated, _) => match storage.deletions().forget(account, &user, &|| world.now(), FOREVER).await {
                        Err(Error::ProfileNotFound(_)) if began && !is_there => None,
                        forgotten => Some(forgotten.unwrap()),
                    },
                    (Rescue::Swept, false) => Some(storage.deletions().forget(account, &user, &|| world.now(), FOREVER).await.unwrap()),
                    (Rescue::Swept, true) => {
                        let swept = storage.deletions().sweep(world.now(), world.now(), FOREVER).await.unwrap();
                        assert_eq!(swept.found, swept.finished);
                        died.ok()
                    }
                };
                only_the_other_is_left(&world, account, &mark).await;
                nothing_holds(&world, &[&mark]).await;
                if let Some(forgotten) = forgotten {
                    let deletion = storage.deletions().deletion(account, forgotten.deletion).await.unwrap().unwrap();
                    assert!(deletion.completed_at.is_some());
                    let removed = Removed { events: 3, responses: 2, interactions: 6, deliveries: 2, identities: 3 };
                    assert_eq!(deletion.removed, removed, "{rescue:?} {fault:?} {number}");
                }
            }
        }
    }
    assert!(deaths > 40, "only {deaths}");
}

#[tokio::test]
async fn a_clear_that_dies_at_any_call_is_finished_and_reverts_once() {
    let world = World::new().await;
    let (storage, dying) = (world.storage(), Storage::new(world.client(1), world.tables.clone(), profiles_storage::RetryPolicy::default()));
    let mut deaths = 0;
    for rescue in [Rescue::Repeated, Rescue::Swept] {
        for fault in [Fault::NotSent, Fault::AnswerLost] {
            for number in 0.. {
                let mark = format!("m{:010x}", rand::random::<u32>());
                let (account, user) = account_with_two(&world, &storage, &mark).await;
                die_at(&world, number, fault);
                let died = dying.deletions().clear(account, &user, &|| world.now(), FOREVER).await;
                let calls = world.wire.take().len();
                world.wire.mend();
                if calls <= number {
                    assert!(died.is_ok());
                    break;
                }
                deaths += 1;
                world.wait(Duration::from_secs(120));
                let began = storage.find(account, &user).await.unwrap().properties.contains_key("last_cleared_at");
                if !began || matches!(rescue, Rescue::Repeated) {
                    storage.deletions().clear(account, &user, &|| world.now(), FOREVER).await.unwrap();
                }
                // What comes between death and sweep is no part of what was cleared.
                track(&storage, account, &user, "after", world.now()).await;
                reach(&storage, account, &user, &tour("after"), InteractionState::Exited, world.now()).await;
                world.wait(Duration::from_secs(120));
                storage.deletions().sweep(world.now(), world.now(), FOREVER).await.unwrap();
                let recorded = Activities::read(&world, account).await;
                recorded.check_invariants();
                assert_eq!(recorded.records.len(), 3, "{rescue:?} {fault:?} {number}: {:#?}", recorded.records);
                let summaries = recorded.summaries();
                assert_eq!((summaries["tour#one"], summaries["tour#after"]), ([1, 0, 0], [0, 0, 1]), "{rescue:?} {fault:?} {number}");
            }
        }
    }
    assert!(deaths > 30, "only {deaths}");
}
