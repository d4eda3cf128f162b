//! Replay: users who were forgotten after a backup are forgotten again in the tables restored from it, and no other users.

use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use profiles_domain::{AccountId, Identity, InteractionState, ProfileId};
use profiles_normalization::Timestamp;
use profiles_storage::deletions::{Replay, Replayed};
use profiles_storage::{RetryPolicy, Storage, Tables};
use profiles_tests::activities::{Activities, is_head};
use profiles_tests::backup::Backup;
use profiles_tests::invariants::{Item, Snapshot, text};
use profiles_tests::{Fault, World, size};

use super::{
    FOREVER, answer, by_email, by_uid, deliver, holds, nothing_holds, reach, replay_that_dies, tour, track, upsert, user_with_everything,
};

/// Longer than a replay looks back before the time that it is given.
const LONG: Duration = Duration::from_secs(2 * 60 * 60);

async fn replay(world: &World, since: Timestamp) -> Replayed {
    world.storage().deletions().replay(since, Replay::Do, &|_| ()).await.unwrap()
}

async fn forget(world: &World, identity: &Identity) -> profiles_storage::deletions::Forgotten {
    world.storage().deletions().forget(world.account, identity, &|| world.now(), FOREVER).await.unwrap()
}

async fn id_of(storage: &Storage, account: AccountId, identity: &Identity) -> ProfileId {
    storage.find(account, identity).await.unwrap().id
}

/// The uid and the address of one user.
fn both(uid: &Identity, email: &Identity) -> Identity {
    Identity { email: email.email.clone(), ..uid.clone() }
}

/// Reads all items about users, except for the summaries.
async fn users(world: &World) -> Vec<Item> {
    let mut items = Vec::new();
    let Tables { profiles, identities, companies, activities, .. } = &world.tables;
    for table in [profiles, identities, companies, activities] {
        items.extend(world.items(table).await);
    }
    items
}

/// Returns the items that name one of these profiles.
fn naming(items: &[Item], ids: &[ProfileId]) -> Vec<Item> {
    items.iter().filter(|item| ids.iter().any(|id| item.values().any(|value| holds(value, &id.to_string())))).cloned().collect()
}

/// Returns whether an item is an activity head that is closed and has nothing else.
fn is_closed_head(item: &Item) -> bool {
    is_head(item) && item.keys().all(|name| ["PK", "SK", "CLOSED_AT", "EXPIRES_AT"].contains(&name.as_str()))
}

/// Returns whether an item is the tombstone of a forgotten profile.
fn is_tombstone(item: &Item) -> bool {
    item.contains_key("FORGOTTEN_AT")
        && item
            .keys()
            .all(|name| ["PK", "SK", "FORGOTTEN_AT", "DELETION", "LAST", "LAST_DELIVERY", "REV", "EXPIRES_AT"].contains(&name.as_str()))
}

#[tokio::test]
async fn who_was_forgotten_after_a_backup_in_any_way_is_gone_again_and_everybody_else_is_as_they_were() {
    let mut world = World::new().await;
    let (storage, account, api) = (world.storage(), world.account, world.api());

    // Forgotten and back shortly before the backup.
    let early = by_uid("early");
    upsert(&storage, account, early.clone(), "moriarty", world.now()).await;
    forget(&world, &early).await;
    world.wait(Duration::from_secs(60));
    upsert(&storage, account, early.clone(), "theirs", world.now()).await;
    track(&storage, account, &early, "theirs", world.now()).await;
    // A user who stays.
    let stays = user_with_everything(&world, &storage, account, "theirs").await;
    api.upsert(r#"{"uid":"uid-theirs","company":{"uid":"acme","plan":"gold"}}"#).await.id();
    let mut survivors = vec![id_of(&storage, account, &early).await, id_of(&storage, account, &stays).await];
    let merged =
        naming(&world.items(&world.tables.profiles).await, &survivors).iter().find_map(|item| text(item, "ALIAS_ID")?.parse().ok());
    survivors.push(merged.unwrap());

    // A user with everything, and a profile merged before the backup.
    let by_name = user_with_everything(&world, &storage, account, "moriarty-a").await;
    let with_address = user_with_everything(&world, &storage, account, "moriarty-b").await;
    let with_id = user_with_everything(&world, &storage, account, "moriarty-c").await;
    // Two profiles of one user that will be merged.
    let (late, late_address) = (by_uid("moriarty-late"), by_email("moriarty-late@example.com"));
    // A user with only an address, who will get a uid.
    let (attached, attached_address) = (by_uid("moriarty-attached"), by_email("moriarty-attached@example.com"));
    // A user who will change the address to one without a claim in the backup.
    let moved = by_uid("moriarty-moved");
    upsert(&storage, account, both(&moved, &by_email("moriarty-old@example.com")), "moriarty", world.now()).await;
    // Users who will come back, one for good and one not.
    let (back, twice) = (by_uid("moriarty-back"), by_uid("moriarty-twice"));
    for identity in [&late, &late_address, &attached_address, &back, &twice] {
        upsert(&storage, account, identity.clone(), "moriarty", world.now()).await;
    }
    for identity in [&late, &late_address, &attached_address, &moved, &back, &twice] {
        track(&storage, account, identity, "moriarty", world.now()).await;
        reach(&storage, account, identity, &tour("one"), InteractionState::Started, world.now()).await;
        answer(&storage, account, identity, "moriarty", world.now()).await;
        deliver(&storage, account, identity, &tour("two"), world.now()).await;
    }

    world.wait(LONG);
    let backup = Backup::of(&world).await;
    let since = world.now();
    world.wait(LONG);

    // After the backup.
    upsert(&storage, account, both(&late, &late_address), "moriarty", world.now()).await;
    upsert(&storage, account, both(&attached, &attached_address), "moriarty", world.now()).await;
    upsert(&storage, account, both(&moved, &by_email("moriarty-new@example.com")), "moriarty", world.now()).await;
    upsert(&storage, account, both(&by_uid("heir"), &by_email("moriarty-old@example.com")), "theirs", world.now()).await;
    upsert(&storage, account, by_uid("moriarty-new"), "moriarty", world.now()).await;
    track(&storage, account, &late, "moriarty", world.now()).await;
    for identity in [
        by_name,
        by_email("moriarty-b@example.com"),
        Identity { id: Some(id_of(&storage, account, &with_id).await), ..Identity::default() },
        late_address,
        attached,
        moved,
        by_uid("moriarty-new"),
        back.clone(),
        twice.clone(),
    ] {
        forget(&world, &identity).await;
    }
    drop(with_address);
    world.wait(Duration::from_secs(60));
    for identity in [&back, &twice] {
        upsert(&storage, account, identity.clone(), "moriarty", world.now()).await;
    }
    forget(&world, &twice).await;

    // There is nothing to do on the present tables.
    let before = world.everything().await;
    let idle = replay(&world, since).await;
    assert_eq!((idle.profiles, idle.records, idle.tombstones, idle.failed), (0, 0, 0, 0));
    assert!(world.everything().await == before);

    world.tables = backup.restore(&world).await;
    let in_backup = users(&world).await;
    let restored = world.everything().await;
    let dry = world.storage().deletions().replay(since, Replay::DryRun, &|_| ()).await.unwrap();
    assert!(world.everything().await == restored, "a dry run changed something");

    let done = replay(&world, since).await;
    assert_eq!(dry, done);
    // Eleven forgets, one of them from before the backup. The profiles: three, two of the one merged later, the attached, the moved, the
    // two. The records: ten of each of the three, whose merges united three interactions, four of each of the others.
    let profiles = 3 + 2 + 1 + 1 + 2;
    assert_eq!((done.read, done.since, done.profiles, done.records, done.failed), (11, 10, profiles, 3 * 10 + 6 * 4, 0));
    nothing_holds(&world, &["moriarty"]).await;
    let left = users(&world).await;
    let untouched = naming(&in_backup, &survivors);
    assert!(untouched.len() > 15);
    assert!(naming(&left, &survivors) == untouched, "another user was changed");
    let company = |item: &&Item| text(item, "uid") == Some("acme");
    assert_eq!(left.iter().filter(company).count(), 1);
    for item in left.iter().filter(|item| !untouched.contains(item) && !company(item)) {
        let is_others = is_head(item) && in_backup.contains(item);
        assert!(is_tombstone(item) || is_closed_head(item) || is_others || text(item, "SK") == Some("key"), "{item:#?}");
    }
    let recorded = Activities::read(&world, account).await;
    recorded.check_invariants();
    assert_eq!(recorded.summaries()["tour#one"], [1, 1, 0]);
    let addresses = ["a", "b", "c", "late", "attached", "old", "new"].map(|name| format!("moriarty-{name}@example.com"));
    let addresses: Vec<&str> = addresses.iter().map(String::as_str).chain(["theirs@example.com"]).collect();
    Snapshot::read(&world, account, &addresses).await.check_invariants();

    // A second replay finds nothing.
    let after = world.everything().await;
    let again = replay(&world, since).await;
    assert_eq!(again, Replayed { read: 11, since: 10, ..Replayed::default() });
    assert!(world.everything().await == after);
    // Each of them is a new user from now on.
    for uid in ["uid-moriarty-a", "moriarty-late", "moriarty-twice"] {
        upsert(&world.storage(), account, by_uid(uid), "new", world.now()).await;
    }
    let address = by_email("moriarty-late@example.com");
    upsert(&world.storage(), account, both(&by_uid("moriarty-late"), &address), "new", world.now()).await;
    Snapshot::read(&world, account, &addresses).await.check_invariants();
}

#[tokio::test]
async fn a_batch_that_waits_since_before_a_forget_brings_nobody_back_into_restored_tables() {
    let mut world = World::new().await;
    let (storage, account, api) = (world.storage(), world.account, world.api());
    let (there, twice) = (both(&by_uid("there"), &by_email("there@example.com")), by_uid("twice"));
    let attached = by_email("attached@example.com");
    for identity in [&there, &twice, &attached] {
        upsert(&storage, account, identity.clone(), "old", world.now()).await;
    }
    let backup = Backup::of(&world).await;
    let since = world.now();
    upsert(&storage, account, by_uid("later"), "old", world.now()).await;
    upsert(&storage, account, both(&by_uid("attached"), &attached), "old", world.now()).await;
    forget(&world, &twice).await;
    world.wait(Duration::from_secs(10));
    upsert(&storage, account, twice.clone(), "old", world.now()).await;
    let pending =
        api.batch(r#"[{"uid":"there"},{"email":"there@example.com"},{"uid":"twice"},{"uid":"later"},{"uid":"attached"}]"#).await.batch_id();
    world.wait(Duration::from_secs(10));
    for identity in [&there, &twice, &by_uid("later"), &by_uid("attached")] {
        forget(&world, identity).await;
    }
    world.wait(Duration::from_secs(3 * 60));
    let allowed = api.batch(r#"[{"uid":"there"},{"uid":"twice"},{"uid":"later"},{"uid":"attached"}]"#).await.batch_id();

    world.tables = backup.restore(&world).await;
    assert_eq!(replay(&world, since).await.profiles, 3);
    let restored = world.api();
    // The earlier batch first, in the order of the stream.
    crate::batch::apply_all(&world, &restored).await;
    let of = async |id: &str, name: &str| restored.batch_status(id).await.body["batch"][name].as_u64().unwrap();
    assert_eq!(of(&pending, "ignored_count").await, 5);
    assert_eq!(of(&allowed, "created_count").await, 4);
    nothing_holds(&world, &["old"]).await;
}

/// Removes the aliases from all journals, because those of an earlier version have none.
async fn remove_aliases_from_journals(world: &World) {
    for journal in world.items(&world.tables.deletions).await {
        let update = world.bare.update_item().table_name(&world.tables.deletions).key("PK", journal["PK"].clone());
        update.update_expression("REMOVE LED_HERE").send().await.unwrap();
    }
}

#[tokio::test]
async fn a_replay_that_dies_at_any_call_is_finished_by_the_next() {
    let mut world = World::new().await;
    let live = world.tables.clone();
    let mut crashes = 0;
    for earlier_version in [false, true] {
        for (first, fault) in [Fault::NotSent, Fault::AnswerLost].into_iter().enumerate() {
            // Every round restores all tables. Usually each call gets one of the faults, in one of the versions.
            for number in (first + 2 * usize::from(earlier_version)..).step_by(size(4, 1)) {
                world.tables = live.clone();
                let storage = world.storage();
                let (account, _) = world.other_account().await;
                let tag = format!("m{:010x}", rand::random::<u32>());
                let (stays, user) = (by_uid("stays"), user_with_everything(&world, &storage, account, &tag).await);
                upsert(&storage, account, stays.clone(), "stays", world.now()).await;
                reach(&storage, account, &stays, &tour("one"), InteractionState::Started, world.now()).await;
                let late = by_email(&format!("late-{tag}@example.com"));
                if !earlier_version {
                    upsert(&storage, account, late.clone(), &tag, world.now()).await;
                    track(&storage, account, &late, &tag, world.now()).await;
                }
                let backup = Backup::of(&world).await.only(account);
                // The forgets of earlier rounds are too old for the replay.
                world.wait(LONG);
                let since = world.now();
                if !earlier_version {
                    upsert(&storage, account, both(&user, &late), &tag, world.now()).await;
                }
                storage.deletions().forget(account, &user, &|| world.now(), FOREVER).await.unwrap();
                if earlier_version {
                    remove_aliases_from_journals(&world).await;
                }

                world.tables = backup.restore(&world).await;
                let is_whole = replay_that_dies(&world, since, fault, number).await;
                crashes += usize::from(!is_whole);
                nothing_holds(&world, &[&tag]).await;
                let recorded = Activities::read(&world, account).await;
                recorded.check_invariants();
                assert_eq!((recorded.records.len(), recorded.summaries()["tour#one"]), (1, [1, 0, 0]), "{fault:?} {number}");
                Snapshot::read(&world, account, &[&format!("{tag}@example.com"), &format!("late-{tag}@example.com")])
                    .await
                    .check_invariants();
                let after = world.everything().await;
                let again = replay(&world, since).await;
                assert_eq!((again.profiles, again.records, again.tombstones, again.failed), (0, 0, 0, 0), "{fault:?} {number}");
                assert!(world.everything().await == after);
                if is_whole {
                    break;
                }
            }
        }
    }
    assert!(crashes > size(10, 40), "only {crashes}");
}

#[tokio::test]
async fn two_replays_at_once_and_with_faults_come_to_the_same_as_one() {
    let faults = [Fault::Conflict, Fault::Throttled, Fault::CancelledByThrottling, Fault::Delayed, Fault::Unprocessed];
    for fault in std::iter::once(None).chain(faults.map(Some)) {
        let mut world = World::new().await;
        let (storage, account) = (world.storage(), world.account);
        let mut users = Vec::new();
        for n in 0..6 {
            users.push(user_with_everything(&world, &storage, account, &format!("moriarty-{n}")).await);
        }
        let stays = user_with_everything(&world, &storage, account, "theirs").await;
        let (backup, since) = (Backup::of(&world).await, world.now());
        for user in &users {
            forget(&world, user).await;
        }
        world.tables = backup.restore(&world).await;
        let storage = world.storage();
        let profile = storage.find(account, &stays).await.unwrap();
        world.wire.break_calls(move |call| fault.filter(|_| call.number % 7 == 3));
        let deletions = storage.deletions();
        let (one, other) = tokio::join!(async { deletions.replay(since, Replay::Do, &|_| ()).await.unwrap() }, async {
            world.storage().deletions().replay(since, Replay::Do, &|_| ()).await.unwrap()
        },);
        world.wire.mend();
        assert_eq!((one.failed, other.failed), (0, 0), "{fault:?}");
        assert_eq!(one.profiles + other.profiles, 6, "{fault:?}");
        nothing_holds(&world, &["moriarty"]).await;
        Activities::read(&world, account).await.check_invariants();
        Snapshot::read(&world, account, &["theirs@example.com"]).await.check_invariants();
        assert!(storage.find(account, &stays).await.unwrap() == profile);
    }
}

#[tokio::test]
async fn a_user_with_more_merged_profiles_than_a_transaction_takes_is_gone_again_also_when_the_journal_has_none_of_them() {
    let mut world = World::new().await;
    let (storage, account, now) = (world.storage(), world.account, world.now());
    let user = by_uid("moriarty");
    upsert(&storage, account, user.clone(), "moriarty", now).await;
    for n in 0..110 {
        let email = by_email(&format!("moriarty{n}@example.com"));
        upsert(&storage, account, email.clone(), "moriarty", now).await;
        track(&storage, account, &email, "moriarty", now).await;
        upsert(&storage, account, both(&user, &email), "moriarty", now).await;
    }
    let backup = Backup::of(&world).await;
    forget(&world, &user).await;
    remove_aliases_from_journals(&world).await;
    world.tables = backup.restore(&world).await;
    // The forget dies right after its first transaction, which hides the profile that lists the others.
    let patience = RetryPolicy { attempts: 1, first_wait: Duration::ZERO, longest_wait: Duration::ZERO };
    let dying = world.storage_on(world.client(1), patience);
    let transacted = std::sync::atomic::AtomicBool::new(false);
    world.wire.break_calls(move |call| {
        let is_over = transacted.fetch_or(call.operation == "TransactWriteItems", std::sync::atomic::Ordering::SeqCst);
        is_over.then_some(Fault::NotSent)
    });
    let died = dying.deletions().replay(now, Replay::Do, &|_| ()).await.unwrap();
    world.wire.mend();
    assert_eq!((died.profiles, died.records, died.failed), (1, 0, 1));
    let done = replay(&world, now).await;
    assert_eq!((done.profiles, done.records, done.failed), (0, 110, 0));
    nothing_holds(&world, &["moriarty"]).await;
    Activities::read(&world, account).await.check_invariants();
    let snapshot = Snapshot::read(&world, account, &["moriarty109@example.com"]).await;
    snapshot.check_invariants();
    assert_eq!(snapshot.slots.values().filter(|slot| is_tombstone(slot)).count(), 111);
}

#[tokio::test]
async fn what_was_not_finished_when_the_tables_were_restored_is_finished_in_them() {
    let mut world = World::new().await;
    let (storage, account) = (world.storage(), world.account);
    let user = user_with_everything(&world, &storage, account, "moriarty").await;
    // It has a tombstone before the backup, and its records are removed after it.
    storage.deletions().forget(account, &user, &|| world.now(), &|| false).await.unwrap();
    world.wait(LONG);
    let (backup, since) = (Backup::of(&world).await, world.now());
    world.wait(LONG);
    let live = world.tables.clone();
    let restored = backup.restore(&world).await;
    for sweep_first in [false, true] {
        world.tables = if sweep_first { live.clone() } else { restored.clone() };
        if sweep_first {
            // On the earlier tables. This closes the journal.
            assert_eq!(storage.deletions().sweep(world.now(), world.now(), FOREVER).await.unwrap().finished, 1);
            world.tables = backup.restore(&world).await;
        }
        let done = replay(&world, since).await;
        assert_eq!((done.since, done.profiles, done.records, done.failed), (1, 0, 10, 0), "{sweep_first}");
        nothing_holds(&world, &["moriarty"]).await;
    }
    Activities::read(&world, account).await.check_invariants();
}

#[tokio::test]
async fn what_was_under_way_at_the_time_of_the_backup_and_is_there_by_halves_does_not_keep_anybody_from_being_forgotten() {
    let mut world = World::new().await;
    let (storage, account, now) = (world.storage(), world.account, world.now());
    let (unclaimed, disowned, kept) = (by_uid("moriarty-u"), by_uid("moriarty-d"), by_uid("moriarty-k"));
    let (haunted, heir) = (by_uid("moriarty-g"), by_uid("heir"));
    let users = [(&unclaimed, "u@example.com"), (&disowned, "d@example.com"), (&kept, "k@example.com"), (&haunted, "g@example.com")];
    for (user, email) in users {
        upsert(&storage, account, both(user, &by_email(email)), "moriarty", now).await;
    }
    upsert(&storage, account, heir.clone(), "theirs", now).await;
    // A merge that is only half in the backup.
    let (half, twin) = (by_uid("moriarty-h"), by_email("moriarty-h@example.com"));
    for identity in [&half, &twin] {
        upsert(&storage, account, identity.clone(), "moriarty", now).await;
        reach(&storage, account, identity, &tour("moriarty-less"), InteractionState::Started, now).await;
    }
    let unmerged = Backup::of(&world).await;
    upsert(&storage, account, both(&half, &twin), "moriarty", now).await;
    let (backup, backup_of) = (Backup::of(&world).await, world.tables.clone());
    for user in [&unclaimed, &disowned, &haunted, &half] {
        forget(&world, user).await;
    }
    world.tables = backup.restore(&world).await;
    let is_twin = |item: &&Item| text(item, "email") == Some("moriarty-h@example.com");
    let twin = unmerged.items(&backup_of.profiles).iter().find(is_twin).unwrap().clone();
    world.bare.put_item().table_name(&world.tables.profiles).set_item(Some(twin)).send().await.unwrap();
    for email in ["u@example.com", "k@example.com"] {
        let key = AttributeValue::S(profiles_tests::invariants::claim_key(account, email));
        world.bare.delete_item().table_name(&world.tables.identities).key("PK", key).send().await.unwrap();
    }
    // One claim names another profile that has the address, and one names nobody.
    let text_of = |text: &str| AttributeValue::S(text.to_owned());
    let key_of = |email: &str| AttributeValue::S(profiles_tests::invariants::claim_key(account, email));
    let heir = id_of(&world.storage(), account, &heir).await;
    let (slot, shard) = (heir.slot().to_string(), format!("{account}#{}", heir.slot().shard()));
    let update = world.bare.update_item().table_name(&world.tables.profiles).key("PK", text_of(&shard)).key("SK", text_of(&slot));
    update.update_expression("SET email = :d").expression_attribute_values(":d", text_of("d@example.com")).send().await.unwrap();
    let nobody = "00000001aaaaaaaaaaaaaaff".to_owned();
    for (email, id) in [("d@example.com", heir.to_string()), ("g@example.com", nobody)] {
        let update = world.bare.update_item().table_name(&world.tables.identities).key("PK", key_of(email));
        update.update_expression("SET id = :id").expression_attribute_values(":id", text_of(&id)).send().await.unwrap();
    }
    for part in world.items(&world.tables.summaries).await {
        let delete = world.bare.delete_item().table_name(&world.tables.summaries);
        delete.key("PK", part["PK"].clone()).key("SK", part["SK"].clone()).send().await.unwrap();
    }

    let done = replay(&world, now).await;
    // The merge united two interactions.
    assert_eq!((done.profiles, done.records, done.failed), (5, 1, 0));
    // The claim of another user is unchanged, and nobody's has a tombstone.
    let claim = async |email: &str| {
        let get = world.bare.get_item().table_name(&world.tables.identities).key("PK", key_of(email));
        get.send().await.unwrap().item.unwrap()
    };
    assert_eq!(claim("d@example.com").await["id"], text_of(&heir.to_string()));
    assert!(is_tombstone(&claim("g@example.com").await));
    // A user who was not forgotten before can be forgotten, too.
    forget(&world, &kept).await;
    nothing_holds(&world, &["moriarty"]).await;
    assert!(world.items(&world.tables.activities).await.iter().all(|item| is_closed_head(item) || text(item, "SK") == Some("key")));
}
