//! Replay of clears: users who were cleared after a backup are cleared again in the tables restored from it. What came after stays.

use std::time::Duration;

use profiles_domain::{AccountId, Identity, InteractionState};
use profiles_normalization::{Timestamp, Value};
use profiles_storage::Storage;
use profiles_storage::deletions::{Replay, Replayed};
use profiles_tests::activities::Activities;
use profiles_tests::backup::Backup;
use profiles_tests::invariants::Snapshot;
use profiles_tests::{Fault, World};

use super::{FOREVER, by_email, by_uid, nothing_holds, reach, replay_that_dies, tour, track, upsert, user_with_everything, value};

/// Longer than a replay looks back before the time that it is given.
const LONG: Duration = Duration::from_secs(2 * 60 * 60);

async fn replay(world: &World, since: Timestamp, what: Replay) -> Replayed {
    world.storage().deletions().replay(since, what, &|_| ()).await.unwrap()
}

async fn clear(world: &World, user: &Identity) {
    world.storage().deletions().clear(world.account, user, &|| world.now(), FOREVER).await.unwrap();
}

/// Closes the journals, as the sweep does a while after they are complete.
async fn close(world: &World) {
    world.wait(Duration::from_secs(120));
    world.storage().deletions().sweep(world.now(), world.now(), FOREVER).await.unwrap();
}

/// The number of records of the account, which are sound.
async fn records(world: &World) -> usize {
    let recorded = Activities::read(world, world.account).await;
    recorded.check_invariants();
    recorded.records.len()
}

async fn cleared_at(storage: &Storage, account: AccountId, user: &Identity) -> Option<Value> {
    storage.find(account, user).await.unwrap().properties.get("last_cleared_at").cloned()
}

/// Panics if another replay changes anything.
async fn nothing_is_left(world: &World, since: Timestamp) {
    let before = world.everything().await;
    for what in [Replay::DryRun, Replay::Do] {
        let again = replay(world, since, what).await;
        assert_eq!((again.cleared, again.profiles, again.records, again.tombstones, again.failed), (0, 0, 0, 0, 0), "{what:?}");
        assert!(world.everything().await == before);
    }
}

#[tokio::test]
async fn who_was_cleared_after_a_backup_is_cleared_again_and_keeps_what_came_later() {
    let mut world = World::new().await;
    let (storage, account) = (world.storage(), world.account);
    let (user, other) = (user_with_everything(&world, &storage, account, "moriarty").await, by_uid("other"));
    track(&storage, account, &other, "theirs", world.now()).await;
    world.wait(LONG);
    let (backup, since) = (Backup::of(&world).await, world.now());
    world.wait(LONG);
    clear(&world, &user).await;
    let at = value(&world.now().to_string());
    close(&world).await;
    track(&storage, account, &user, "after", world.now()).await;
    // There is nothing to do on the present tables.
    nothing_is_left(&world, since).await;

    world.tables = backup.restore(&world).await;
    let storage = world.storage();
    assert_eq!((cleared_at(&storage, account, &user).await, records(&world).await), (None, 11));
    let expected = Replayed { read: 1, clears: 1, cleared: 1, records: 10, ..Replayed::default() };
    assert_eq!(replay(&world, since, Replay::DryRun).await, expected);
    assert_eq!(replay(&world, since, Replay::Do).await, expected);
    assert_eq!((cleared_at(&storage, account, &user).await, records(&world).await), (Some(at), 1));
    assert_eq!(Activities::read(&world, account).await.summaries().get("tour#one").copied().unwrap_or_default(), [0, 0, 0]);
    nothing_is_left(&world, since).await;
    // What is written from now on is of the next generation.
    track(&storage, account, &user, "later", world.now()).await;
    reach(&storage, account, &user, &tour("one"), InteractionState::Started, world.now()).await;
    nothing_is_left(&world, since).await;
    assert_eq!(records(&world).await, 3);
    Snapshot::read(&world, account, &["moriarty@example.com"]).await.check_invariants();
}

#[tokio::test]
async fn a_profile_that_was_cleared_several_times_since_is_as_after_the_last_one() {
    let mut world = World::new().await;
    let (storage, account) = (world.storage(), world.account);
    let (often, before) = (by_uid("often"), by_uid("before"));
    for user in [&often, &before] {
        track(&storage, account, user, "moriarty", world.now()).await;
        clear(&world, user).await;
        track(&storage, account, user, "between", world.now()).await;
    }
    close(&world).await;
    world.wait(Duration::from_secs(60));
    let (backup, since) = (Backup::of(&world).await, world.now());
    for _ in 0..3 {
        clear(&world, &often).await;
        world.wait(Duration::from_secs(5));
        track(&storage, account, &often, "after", world.now()).await;
    }
    let live = storage.find(account, &often).await.unwrap();

    world.tables = backup.restore(&world).await;
    let done = replay(&world, since, Replay::Do).await;
    // The clears before the backup are in it; their journals may be replayed, and change nothing.
    assert_eq!((done.clears, done.failed), (5, 0));
    // Clears of one user that are replayed at once may each count the record that they remove.
    assert!((1..=3).contains(&done.cleared) && (1..=3).contains(&done.records), "{done:?}");
    let storage = world.storage();
    assert_eq!(records(&world).await, 1);
    assert!(cleared_at(&storage, account, &often).await.is_some());
    nothing_is_left(&world, since).await;
    // The generation is that of the tables before, so what is replayed from either later means the same.
    track(&storage, account, &often, "later", world.now()).await;
    clear(&world, &often).await;
    assert_eq!(records(&world).await, 1);
    assert_eq!(storage.find(account, &often).await.unwrap().id, live.id);
}

#[tokio::test]
async fn profiles_that_were_merged_before_or_after_the_backup_are_cleared_with_the_user_they_belong_to() {
    for is_merged_before in [false, true] {
        let mut world = World::new().await;
        let (storage, account, now) = (world.storage(), world.account, world.now());
        let (user, address) = (by_uid("u"), by_email("u@example.com"));
        for identity in [&user, &address] {
            upsert(&storage, account, identity.clone(), "x", now).await;
            track(&storage, account, identity, "moriarty", now).await;
            reach(&storage, account, identity, &tour("one"), InteractionState::Started, now).await;
        }
        let both = Identity { email: address.email.clone(), ..user.clone() };
        if is_merged_before {
            upsert(&storage, account, both.clone(), "x", now).await;
        }
        let (backup, since) = (Backup::of(&world).await, world.now());
        world.wait(Duration::from_secs(60));
        upsert(&storage, account, both, "x", world.now()).await;
        clear(&world, &user).await;
        close(&world).await;

        world.tables = backup.restore(&world).await;
        // A merge unites what both did in one tour.
        let expected = if is_merged_before { (1, 3, 0) } else { (2, 4, 0) };
        for what in [Replay::DryRun, Replay::Do] {
            let done = replay(&world, since, what).await;
            assert_eq!((done.cleared, done.records, done.failed), expected, "{is_merged_before} {what:?}");
        }
        assert_eq!(records(&world).await, 0);
        nothing_holds(&world, &["moriarty"]).await;
        nothing_is_left(&world, since).await;
        Snapshot::read(&world, account, &["u@example.com"]).await.check_invariants();
    }
}

#[tokio::test]
async fn a_profile_that_was_cleared_and_merged_since_is_cleared_and_not_merged() {
    let mut world = World::new().await;
    let (storage, account, now) = (world.storage(), world.account, world.now());
    let (user, address) = (by_uid("u"), by_email("u@example.com"));
    for identity in [&user, &address] {
        upsert(&storage, account, identity.clone(), "x", now).await;
        track(&storage, account, identity, "theirs", now).await;
    }
    let (backup, since) = (Backup::of(&world).await, world.now());
    clear(&world, &address).await;
    upsert(&storage, account, Identity { email: address.email.clone(), ..user.clone() }, "x", world.now()).await;
    nothing_is_left(&world, since).await;
    world.tables = backup.restore(&world).await;
    let done = replay(&world, since, Replay::Do).await;
    assert_eq!((done.cleared, done.records, done.failed), (1, 1, 0));
    // Merged again, its records of the present generation are shown, and stay.
    let storage = world.storage();
    track(&storage, account, &address, "later", world.now()).await;
    upsert(&storage, account, Identity { email: address.email.clone(), ..user.clone() }, "x", world.now()).await;
    nothing_is_left(&world, since).await;
    assert_eq!(records(&world).await, 2);
}

#[tokio::test]
async fn who_was_cleared_and_then_forgotten_is_forgotten_and_who_came_back_is_not_cleared() {
    let mut world = World::new().await;
    let (storage, account) = (world.storage(), world.account);
    let (gone, back) = (by_uid("gone"), by_uid("back"));
    for user in [&gone, &back] {
        track(&storage, account, user, "moriarty", world.now()).await;
    }
    let (backup, since) = (Backup::of(&world).await, world.now());
    for user in [&gone, &back] {
        clear(&world, user).await;
        world.storage().deletions().forget(account, user, &|| world.now(), FOREVER).await.unwrap();
    }
    world.tables = backup.restore(&world).await;
    let done = replay(&world, since, Replay::Do).await;
    // Records may be met by both.
    assert_eq!((done.profiles, done.failed), (2, 0));
    assert!((2..=4).contains(&done.records), "{done:?}");
    nothing_holds(&world, &["moriarty"]).await;
    world.wait(Duration::from_secs(60));
    track(&world.storage(), account, &back, "later", world.now()).await;
    nothing_is_left(&world, since).await;
    assert_eq!(records(&world).await, 1);
    Snapshot::read(&world, account, &[]).await.check_invariants();
}

#[tokio::test]
async fn a_replay_of_a_clear_that_dies_at_any_call_is_finished_by_the_next() {
    let mut world = World::new().await;
    let live = world.tables.clone();
    let user = user_with_everything(&world, &world.storage(), world.account, "moriarty").await;
    let (backup, since) = (Backup::of(&world).await, world.now());
    clear(&world, &user).await;
    let mut crashes = 0;
    for fault in [Fault::NotSent, Fault::AnswerLost] {
        for number in 0.. {
            world.tables = live.clone();
            world.tables = backup.restore(&world).await;
            let is_whole = replay_that_dies(&world, since, fault, number).await;
            crashes += usize::from(!is_whole);
            assert_eq!(records(&world).await, 0, "{fault:?} {number}");
            nothing_is_left(&world, since).await;
            if is_whole {
                break;
            }
        }
    }
    assert!(crashes > 8, "only {crashes}");
}

#[tokio::test]
async fn two_replays_at_once_clear_once() {
    let mut world = World::new().await;
    let storage = world.storage();
    let mut users = Vec::new();
    for n in 0..4 {
        users.push(user_with_everything(&world, &storage, world.account, &format!("moriarty-{n}")).await);
    }
    let (backup, since) = (Backup::of(&world).await, world.now());
    for user in &users {
        clear(&world, user).await;
    }
    world.tables = backup.restore(&world).await;
    let (one, other) = tokio::join!(replay(&world, since, Replay::Do), replay(&world, since, Replay::Do));
    assert_eq!((one.failed, other.failed, one.cleared + other.cleared), (0, 0, 4));
    assert_eq!(records(&world).await, 0);
    nothing_is_left(&world, since).await;
}
