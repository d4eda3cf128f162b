//! Crashes: the process dies at each call of a forget and of a clear, or at its answer, and another one finishes the deletion.

use std::time::Duration;

use profiles_domain::{AccountId, Error, Identity, InteractionState, Removed};
use profiles_storage::Storage;
use profiles_tests::activities::Activities;
use profiles_tests::invariants::Snapshot;
use profiles_tests::{Fault, World};

use super::{FOREVER, by_uid, nothing_holds, reach, tour, track, upsert, user_with_everything};

/// The way in which the deletion is finished after the crash.
#[derive(Clone, Copy, Debug)]
enum Rescue {
    Repeated,
    Swept,
}

/// Creates an account with a user to be deleted and a user who stays.
async fn account_with_two(world: &World, storage: &Storage, tag: &str) -> (AccountId, Identity) {
    let (account, _) = world.other_account().await;
    let stays = by_uid("stays");
    upsert(storage, account, stays.clone(), "stays", world.now()).await;
    reach(storage, account, &stays, &tour("one"), InteractionState::Started, world.now()).await;
    let user = user_with_everything(world, storage, account, tag).await;
    (account, user)
}

/// Checks that only the activities of the user who stays are left, and that the summaries count only them.
async fn only_the_other_is_left(world: &World, account: AccountId, tag: &str) {
    let recorded = Activities::read(world, account).await;
    recorded.check_invariants();
    assert_eq!(recorded.records.len(), 1, "{:#?}", recorded.records);
    assert_eq!(recorded.summaries()["tour#one"], [1, 0, 0]);
    Snapshot::read(world, account, &[&format!("{tag}@example.com")]).await.check_invariants();
}

#[tokio::test]
async fn a_forget_that_dies_at_any_call_is_finished_by_whoever_finds_it() {
    let world = World::new().await;
    let (storage, dying) = (world.storage(), Storage::new(world.client(1), world.tables.clone(), profiles_storage::RetryPolicy::default()));
    let mut crashes = 0;
    for rescue in [Rescue::Repeated, Rescue::Swept] {
        for fault in [Fault::NotSent, Fault::AnswerLost] {
            for number in 0.. {
                let tag = format!("m{:010x}", rand::random::<u32>());
                let (account, user) = account_with_two(&world, &storage, &tag).await;
                world.wire.crash_at(number, fault);
                let died = dying.deletions().forget(account, &user, &|| world.now(), FOREVER).await;
                let calls = world.wire.take().len();
                world.wire.mend();
                if calls <= number {
                    assert!(died.is_ok());
                    break;
                }
                crashes += 1;
                world.wait(Duration::from_secs(120));
                // The transaction decides whether the forget took place. The client may not know.
                let began = matches!(storage.find(account, &user).await, Err(Error::ProfileNotFound(_)));
                assert!(began || died.is_err(), "{rescue:?} {fault:?} {number}: confirmed and not begun");
                let is_there = Activities::read(&world, account).await.records.len() > 1;
                let forgotten = match (rescue, began) {
                    // It is found under each of its names as long as anything is left, and not found after that.
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
                only_the_other_is_left(&world, account, &tag).await;
                nothing_holds(&world, &[&tag]).await;
                if let Some(forgotten) = forgotten {
                    let deletion = storage.deletions().deletion(account, forgotten.deletion).await.unwrap().unwrap();
                    assert!(deletion.completed_at.is_some());
                    let removed = Removed { events: 3, responses: 2, interactions: 6, deliveries: 2, identities: 3 };
                    assert_eq!(deletion.removed, removed, "{rescue:?} {fault:?} {number}");
                }
            }
        }
    }
    assert!(crashes > 40, "only {crashes}");
}

#[tokio::test]
async fn a_clear_that_dies_at_any_call_is_finished_and_reverts_once() {
    let world = World::new().await;
    let (storage, dying) = (world.storage(), Storage::new(world.client(1), world.tables.clone(), profiles_storage::RetryPolicy::default()));
    let mut crashes = 0;
    for rescue in [Rescue::Repeated, Rescue::Swept] {
        for fault in [Fault::NotSent, Fault::AnswerLost] {
            for number in 0.. {
                let tag = format!("m{:010x}", rand::random::<u32>());
                let (account, user) = account_with_two(&world, &storage, &tag).await;
                world.wire.crash_at(number, fault);
                let died = dying.deletions().clear(account, &user, &|| world.now(), FOREVER).await;
                let calls = world.wire.take().len();
                world.wire.mend();
                if calls <= number {
                    assert!(died.is_ok());
                    break;
                }
                crashes += 1;
                world.wait(Duration::from_secs(120));
                let began = storage.find(account, &user).await.unwrap().properties.contains_key("last_cleared_at");
                if !began || matches!(rescue, Rescue::Repeated) {
                    storage.deletions().clear(account, &user, &|| world.now(), FOREVER).await.unwrap();
                }
                // Activities between the crash and the sweep are not cleared.
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
    assert!(crashes > 30, "only {crashes}");
}
