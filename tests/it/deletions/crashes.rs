//! Crashes: the process dies at each call of a forget and of a clear, or at its answer, and another one finishes the deletion.

use std::time::Duration;

use profiles_domain::{AccountId, Error, Identity, InteractionState, Profile, Removed};
use profiles_storage::Storage;
use profiles_storage::deletions::Forgotten;
use profiles_tests::activities::Activities;
use profiles_tests::invariants::Snapshot;
use profiles_tests::world::NO_WAITS;
use profiles_tests::{Fault, World};

use super::{FOREVER, by_uid, nothing_holds, reach, removed_in, tour, track, upsert, user_with_everything};

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

/// A deletion whose process has crashed.
struct Crashed<T> {
    rescue: Rescue,
    account: AccountId,
    user: Identity,
    /// A text in all data of the user.
    tag: String,
    result: Result<T, Error>,
    /// The rescue, fault and call, for the message of a failure.
    place: String,
}

/// Runs a deletion with a crash at each of its calls, and then `finish`. Returns the number of crashes.
async fn crash_at_every_call<T>(
    world: &World,
    deletion: impl AsyncFn(&Storage, AccountId, &Identity) -> Result<T, Error>,
    finish: impl AsyncFn(Crashed<T>),
) -> usize {
    let (storage, crashing) = (world.storage(), world.storage_on(world.client(1), NO_WAITS));
    let mut crashes = 0;
    for rescue in [Rescue::Repeated, Rescue::Swept] {
        for fault in [Fault::NotSent, Fault::AnswerLost] {
            for number in 0.. {
                let tag = format!("m{:010x}", rand::random::<u32>());
                let (account, user) = account_with_two(world, &storage, &tag).await;
                world.wire.crash_at(number, fault);
                let result = deletion(&crashing, account, &user).await;
                let calls = world.wire.take().len();
                world.wire.mend();
                if calls <= number {
                    assert!(result.is_ok());
                    break;
                }
                crashes += 1;
                world.wait(Duration::from_secs(120));
                let place = format!("{rescue:?} {fault:?} {number}");
                finish(Crashed { rescue, account, user, tag, result, place }).await;
            }
        }
    }
    crashes
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
    let storage = world.storage();
    let forget =
        async |storage: &Storage, account, user: &Identity| storage.deletions().forget(account, user, &|| world.now(), FOREVER).await;
    let finish = async |Crashed { rescue, account, user, tag, result, place }: Crashed<Forgotten>| {
        // The transaction decides whether the forget took place. The client may not know.
        let began = matches!(storage.find(account, &user).await, Err(Error::ProfileNotFound(_)));
        assert!(began || result.is_err(), "{place}: confirmed and not begun");
        let is_there = Activities::read(&world, account).await.records.len() > 1;
        let forgotten = match (rescue, began) {
            // It is found under each of its names as long as anything is left, and not found after that.
            (Rescue::Repeated, _) => match forget(&storage, account, &user).await {
                Err(Error::ProfileNotFound(_)) if began && !is_there => None,
                forgotten => Some(forgotten.unwrap()),
            },
            (Rescue::Swept, false) => Some(forget(&storage, account, &user).await.unwrap()),
            (Rescue::Swept, true) => {
                let swept = storage.deletions().sweep(world.now(), world.now(), FOREVER).await.unwrap();
                assert_eq!(swept.found, swept.finished);
                result.ok()
            }
        };
        only_the_other_is_left(&world, account, &tag).await;
        nothing_holds(&world, &[&tag]).await;
        if let Some(forgotten) = forgotten {
            let deletion = storage.deletions().deletion(account, forgotten.deletion).await.unwrap().unwrap();
            assert!(deletion.completed_at.is_some());
            let removed = Removed { events: 3, responses: 2, interactions: 3, deliveries: 2, identities: 3 };
            assert_eq!(removed_in(&deletion), removed, "{place}");
        }
    };
    let crashes = crash_at_every_call(&world, forget, finish).await;
    assert!(crashes > 40, "only {crashes}");
}

#[tokio::test]
async fn a_clear_that_dies_at_any_call_is_finished_and_reverts_once() {
    let world = World::new().await;
    let storage = world.storage();
    let clear =
        async |storage: &Storage, account, user: &Identity| storage.deletions().clear(account, user, &|| world.now(), FOREVER).await;
    let finish = async |Crashed { rescue, account, user, place, .. }: Crashed<Profile>| {
        let began = storage.find(account, &user).await.unwrap().properties.contains_key("last_cleared_at");
        if !began || matches!(rescue, Rescue::Repeated) {
            clear(&storage, account, &user).await.unwrap();
        }
        // Activities between the crash and the sweep are not cleared.
        track(&storage, account, &user, "after", world.now()).await;
        reach(&storage, account, &user, &tour("after"), InteractionState::Exited, world.now()).await;
        world.wait(Duration::from_secs(120));
        storage.deletions().sweep(world.now(), world.now(), FOREVER).await.unwrap();
        let recorded = Activities::read(&world, account).await;
        recorded.check_invariants();
        assert_eq!(recorded.records.len(), 3, "{place}: {:#?}", recorded.records);
        let summaries = recorded.summaries();
        assert_eq!((summaries["tour#one"], summaries["tour#after"]), ([1, 0, 0], [0, 0, 1]), "{place}");
    };
    let crashes = crash_at_every_call(&world, clear, finish).await;
    assert!(crashes > 30, "only {crashes}");
}
