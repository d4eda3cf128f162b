//! Random operations on few identifiers, interleaved at every call to the database, some of them killed between two calls.
//!
//! Each run has an account of its own. All its operations are held at each call; a scheduler, which is random but repeatable by its
//! seed, lets one call after the other pass. After every answer and at the end, what is stored must be sound.

mod recording;
mod schedule;

use std::collections::HashSet;
use std::sync::Arc;

use aws_sdk_dynamodb::types::AttributeValue;
use profiles_domain::{
    AccountId, BatchId, BatchItem, Email, Error, Identity, MembershipChange, OnModelMissing, Outcome, ProfileId, Slot, Uid, Upsert,
};
use profiles_normalization::{Timestamp, Value};
use profiles_storage::deletions::{Forgotten, TimeLeft};
use profiles_storage::{Applied, Source, Storage, group};
use profiles_tests::World;
use profiles_tests::audit::{Snapshot, text};
use profiles_tests::records::Recorded;
use profiles_tests::world::IMPATIENT;
use rand::rngs::StdRng;
use rand::{Rng, RngExt, SeedableRng};

use recording::Recording;
use schedule::{Clock, Schedule, Step};

const UIDS: [&str; 3] = ["a", "b", "c"];
const EMAILS: [&str; 3] = ["x@chmln.co", "y@chmln.co", "z@chmln.co"];
/// Of a thousand steps, those at which the process dies instead.
const DEATHS: u32 = 10;
/// There is always time for another step.
const FOREVER: TimeLeft<'static> = &|| true;
/// Runs of `make test`; `INTERLEAVINGS` sets another number.
const RUNS: u64 = 1_700;
/// Runs at once: while one waits for the database, others go on.
const LANES: u64 = 8;

/// One operation of a run.
#[derive(Clone)]
enum Operation {
    /// Sets a property of the profile that this names.
    Upsert { identity: Identity, property: String },
    /// Applies items of a batch that was accepted before the run began.
    Batch { source: Source, items: Vec<BatchItem> },
    /// Forgets the profile that this names.
    Forget { identity: Identity },
    /// Clears the profile that this names.
    Clear { identity: Identity },
    /// Records something of the profile that this names.
    Record { identity: Identity, recording: Recording },
}

/// How an operation ended.
enum Ended {
    Stored(ProfileId),
    Applied(Vec<Applied>),
    Refused(Error),
    Forgotten(Forgotten),
    Cleared,
    Recorded,
}

/// Runs in this number of lanes, whose seeds are those with the same remainder.
async fn lane(world: Arc<World>, storage: Arc<Storage>, runs: impl Iterator<Item = u64>) {
    for seed in runs {
        // Told on every failure: it repeats the schedule, if not the random slots.
        let told = Seed(seed);
        let account = AccountId::created_at(world.now(), Slot::from_random(seed));
        run(&world, &storage, account, seed).await;
        std::mem::forget(told);
    }
}

struct Seed(u64);

impl Drop for Seed {
    fn drop(&mut self) {
        eprintln!("the interleaving of seed {} failed", self.0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_the_order_of_calls_identities_stay_sound_and_nothing_acknowledged_is_lost() {
    let runs = std::env::var("INTERLEAVINGS").map_or(RUNS, |runs| runs.parse().expect("INTERLEAVINGS is a number"));
    let world = Arc::new(World::new().await);
    // Tried more often than elsewhere: of the half million calls, a busy machine loses some.
    let storage = Arc::new(Storage::new(world.client(6), world.tables.clone(), IMPATIENT));
    let lanes: Vec<_> = (0..LANES)
        .map(|first| tokio::spawn(lane(Arc::clone(&world), Arc::clone(&storage), (first..runs).step_by(usize::try_from(LANES).unwrap()))))
        .collect();
    for lane in lanes {
        lane.await.unwrap();
    }
    // What deaths left is finished, as the schedule does.
    let after = Clock::default().now().unix_millis() + 3_600_000;
    let after = Timestamp::from_unix_millis(after).unwrap();
    storage.deletions().sweep(after, after, FOREVER).await.unwrap();
    // Of each run. Its account's id ends in the seed.
    let recorded = Recorded::of_all(&world).await;
    recorded.values().for_each(Recorded::audit);
    let counted: i64 = recorded.values().flat_map(|run| run.summaries().into_values().flatten()).sum();
    assert!(counted > 0, "nothing was recorded, or all of it was taken back");
}

async fn run(world: &World, storage: &Arc<Storage>, account: AccountId, seed: u64) {
    let mut rng = StdRng::seed_from_u64(seed);
    let with_forget = rng.random_bool(0.6);
    let operations: Vec<_> = (0..rng.random_range(2..=8)).map(|n| random_operation(&mut rng, account, with_forget, n)).collect();
    // Some ids are known already, so that an upsert may name one.
    let ids = known_ids(storage, account, &mut rng).await;
    let operations: Vec<_> = operations.into_iter().map(|operation| by_id_now_and_then(operation, &ids, &mut rng)).collect();
    let sequential = rng.random_bool(0.2);

    let clock = Clock::default();
    let mut schedule = Schedule::default();
    for operation in operations.clone() {
        let (storage, clock) = (Arc::clone(storage), clock.clone());
        schedule.start(async move {
            match operation {
                Operation::Upsert { identity, property } => upsert(&storage, account, identity, &property, clock.now()).await,
                Operation::Batch { source, items } => apply(&storage, &source, items, clock.now()).await,
                Operation::Forget { identity } => {
                    let forgotten = storage.deletions().forget(account, &identity, clock.now(), FOREVER).await;
                    forgotten.map_or_else(Ended::Refused, Ended::Forgotten)
                }
                Operation::Clear { identity } => {
                    let cleared = storage.deletions().clear(account, &identity, clock.now(), FOREVER).await;
                    cleared.map_or_else(Ended::Refused, |_| Ended::Cleared)
                }
                Operation::Record { identity, recording } => {
                    let recorded = recording.record(&storage, account, &identity, clock.now()).await;
                    recorded.map_or_else(Ended::Refused, |()| Ended::Recorded)
                }
            }
        });
    }
    let mut acknowledged = Vec::new();
    let mut forgotten = Vec::new();
    while let Some(step) = schedule.next(&mut rng, sequential, DEATHS).await {
        clock.tick();
        let Step::Ended(task, ended) = step else { continue };
        match (&operations[task], ended) {
            (Operation::Upsert { identity, property }, Ended::Stored(id)) => {
                stored_as_acknowledged(world, account, id, identity, property).await;
                if !with_forget && identity.uid.is_some() {
                    acknowledged.push((identity.uid.clone(), property.clone()));
                }
            }
            (Operation::Batch { items, .. }, Ended::Applied(applied)) => {
                assert_eq!(applied.len(), items.len(), "seed {seed}: each item is told of once");
                if !with_forget {
                    acknowledged.extend(written(items, &applied));
                }
            }
            (Operation::Forget { identity }, Ended::Forgotten(who)) => {
                is_hidden(storage, account, who.profile).await;
                forgotten.push((clock.now(), identity.clone(), who));
            }
            (Operation::Clear { .. }, Ended::Cleared) | (Operation::Record { .. }, Ended::Recorded) => {}
            (_, Ended::Refused(Error::Conflict(_) | Error::ProfileNotFound(_))) => {}
            (Operation::Record { .. }, Ended::Refused(Error::TooManyDeliveries)) => {}
            (_, Ended::Refused(error)) => panic!("seed {seed}: {error:?}"),
            _ => panic!("seed {seed}: another operation ended so"),
        }
    }
    // Nor is a batch lost: what died is applied again, and what did not may be.
    for operation in &operations {
        if let Operation::Batch { source, items } = operation {
            let Ended::Applied(applied) = apply(storage, source, items.clone(), clock.now()).await else {
                panic!("seed {seed}: not applied")
            };
            if !with_forget {
                acknowledged.extend(written(items, &applied));
            }
        }
    }
    late_batches(world, storage, account, &forgotten, &clock).await;
    let snapshot = Snapshot::read(world, account, &EMAILS).await;
    snapshot.audit();
    for (_, _, who) in &forgotten {
        assert!(
            snapshot.profiles().all(|(live, _)| live != who.profile.to_string()),
            "seed {seed}: one who was forgotten is back, or its id is"
        );
    }
    for (uid, property) in acknowledged {
        let profile = storage.find(account, &Identity { uid, ..Identity::default() }).await.unwrap();
        assert!(profile.properties.contains_key(&property), "seed {seed}: acknowledged {property} is lost");
    }
}

/// Right after the answer, before anybody else's call, nobody reads the profile.
async fn is_hidden(storage: &Storage, account: AccountId, id: ProfileId) {
    let found = storage.find(account, &Identity { id: Some(id), ..Identity::default() }).await;
    assert!(matches!(found, Err(Error::ProfileNotFound(_))), "forgotten, and still there");
}

/// A batch that was accepted before a user was forgotten, applied long after it, brings nobody back.
async fn late_batches(world: &World, storage: &Storage, account: AccountId, forgotten: &[(Timestamp, Identity, Forgotten)], clock: &Clock) {
    let live = async || Snapshot::read(world, account, &EMAILS).await.profiles().map(|(id, _)| id.to_owned()).collect::<HashSet<_>>();
    for (n, (_, identity, who)) in forgotten.iter().enumerate() {
        let before = live().await;
        let deletion = storage.deletions().deletion(account, who.deletion).await.unwrap().unwrap();
        let accepted_at = Timestamp::parse_canonical(&deletion.created_at).unwrap();
        let source = Source { accepted_at, ..batch(account, 100 + n) };
        // Of an address another may be the owner by now; but nobody may come into being.
        apply(storage, &source, vec![item(0, Identity { id: None, ..identity.clone() }, "late")], clock.now()).await;
        assert!(live().await.is_subset(&before), "a late item brought somebody back");
    }
}

fn batch(account: AccountId, n: usize) -> Source {
    let batch = BatchId::new(1, Slot::from_random(n as u64));
    let accepted_at = Timestamp::from_unix_millis(Clock::default().now().unix_millis() - 1).unwrap();
    Source { account, batch, chunk: 0, accepted_at, on_model_missing: OnModelMissing::Create }
}

fn item(index: u32, identity: Identity, property: &str) -> BatchItem {
    let properties = [(property.to_owned(), Value::Bool(true))].into();
    BatchItem { index, upsert: Upsert { identity, properties, ..Upsert::default() } }
}

async fn apply(storage: &Storage, source: &Source, items: Vec<BatchItem>, now: Timestamp) -> Ended {
    let groups = group(source.account, items);
    let lists: Vec<Vec<&BatchItem>> = groups.iter().map(|group| group.items().iter().collect()).collect();
    match storage.apply(source, &lists, now).await {
        Ok(report) => Ended::Applied(report.items),
        Err(error) => Ended::Refused(error),
    }
}

/// Which uids have which properties after a batch.
fn written(items: &[BatchItem], applied: &[Applied]) -> Vec<(Option<Uid>, String)> {
    let done = applied.iter().filter(|item| matches!(item.result, Ok(Outcome::Created | Outcome::Updated | Outcome::Unchanged)));
    let items = done.map(|item| &items[item.index as usize].upsert);
    let named = items.filter(|upsert| upsert.identity.uid.is_some());
    named.map(|upsert| (upsert.identity.uid.clone(), upsert.properties.keys().next().unwrap().clone())).collect()
}

fn random_operation(rng: &mut StdRng, account: AccountId, with_forget: bool, n: usize) -> Operation {
    let property = format!("p{n}");
    let uid = UIDS[rng.random_range(0..UIDS.len())];
    let email = EMAILS[rng.random_range(0..EMAILS.len())];
    let identity = |uid: Option<&str>, email: Option<&str>| Identity {
        id: None,
        uid: uid.map(|uid| Uid::new(uid).unwrap()),
        email: email.map(|email| Email::new(email).unwrap()),
    };
    let one_of = |rng: &mut StdRng| if RngExt::random_bool(rng, 0.6) { identity(Some(uid), None) } else { identity(None, Some(email)) };
    if rng.random_bool(0.2) {
        let mut identities = Vec::new();
        for _ in 0..rng.random_range(1..=3) {
            let (uid, email) = (UIDS[rng.random_range(0..UIDS.len())], EMAILS[rng.random_range(0..EMAILS.len())]);
            identities.push(match rng.random_range(0..3) {
                0 => identity(Some(uid), Some(email)),
                1 => identity(Some(uid), None),
                _ => identity(None, Some(email)),
            });
        }
        let items = (0..).zip(identities).map(|(index, identity)| item(index, identity, &format!("{property}_{index}"))).collect();
        return Operation::Batch { source: batch(account, n), items };
    }
    match rng.random_range(0..100) {
        0..15 if with_forget => Operation::Forget { identity: one_of(rng) },
        15..25 if with_forget => Operation::Clear { identity: one_of(rng) },
        0..50 if with_forget => Operation::Record { identity: one_of(rng), recording: Recording::random(rng) },
        0..55 => Operation::Upsert { identity: identity(Some(uid), Some(email)), property },
        55..75 => Operation::Upsert { identity: identity(Some(uid), None), property },
        _ => Operation::Upsert { identity: identity(None, Some(email)), property },
    }
}

/// In half of the runs, creates a profile by uid and one by address.
async fn known_ids(storage: &Storage, account: AccountId, rng: &mut impl Rng) -> Vec<ProfileId> {
    let mut ids = Vec::new();
    if rng.random_bool(0.5) {
        for (uid, email) in [(Some(UIDS[0]), None), (None, Some(EMAILS[0]))] {
            let identity =
                Identity { id: None, uid: uid.map(|uid| Uid::new(uid).unwrap()), email: email.map(|email| Email::new(email).unwrap()) };
            let upsert = Upsert { identity, ..Upsert::default() };
            ids.push(storage.upsert(account, upsert, Clock::default().now()).await.unwrap().id);
        }
    }
    ids
}

/// The same operation, but some upserts name the profile by a known id too.
fn by_id_now_and_then(operation: Operation, ids: &[ProfileId], rng: &mut impl Rng) -> Operation {
    match operation {
        Operation::Upsert { identity, property } if !ids.is_empty() && rng.random_bool(0.3) => {
            let id = Some(ids[rng.random_range(0..ids.len())]);
            Operation::Upsert { identity: Identity { id, ..identity }, property }
        }
        other => other,
    }
}

async fn upsert(storage: &Storage, account: AccountId, identity: Identity, property: &str, now: Timestamp) -> Ended {
    let properties = [(property.to_owned(), Value::Bool(true))].into();
    let upsert = Upsert { identity, membership: MembershipChange::Keep, properties };
    match storage.upsert(account, upsert, now).await {
        Ok(stored) => Ended::Stored(stored.id),
        Err(error) => Ended::Refused(error),
    }
}

/// Right after the answer, before anybody else's call, the slot holds all that was acknowledged.
async fn stored_as_acknowledged(world: &World, account: AccountId, id: ProfileId, identity: &Identity, property: &str) {
    let slot = id.slot();
    let key = [("PK", format!("{account}#{}", slot.shard())), ("SK", slot.to_string())];
    let get = world.bare.get_item().table_name(&world.tables.profiles).consistent_read(true);
    let get = get.set_key(Some(key.map(|(name, value)| (name.to_owned(), AttributeValue::S(value))).into()));
    let item = &get.send().await.unwrap().item.expect("the profile that was acknowledged");
    assert_eq!(text(item, "id"), Some(id.to_string().as_str()));
    assert!(item.contains_key(property), "acknowledged, and not stored");
    if let Some(email) = &identity.email {
        assert_eq!(text(item, "email"), Some(email.as_str()));
    }
    if let Some(uid) = &identity.uid {
        assert_eq!(text(item, "uid"), Some(uid.as_str()));
    }
}
