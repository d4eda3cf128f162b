//! Users who come, change and go while others search. It is known of each when it was how.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use profiles_tests::World;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::model::{Known, User};
use super::population::{act, company, pick, properties, query};

/// The users that change.
const CHANGING: usize = 40;

/// What each user was in a span of time, by ids. `None`: not there.
pub(super) type Seen = BTreeMap<String, Vec<Option<Arc<User>>>>;

/// A state of a user. It may have begun at any tick from `began` to `known`; and it may have ended from when the next one began.
struct State {
    began: u64,
    known: u64,
    user: Option<Arc<User>>,
}

/// The changes.
pub(super) struct Churn {
    world: Arc<World>,
    seed: u64,
    tick: AtomicU64,
    is_over: AtomicBool,
    known: tokio::sync::Mutex<Known>,
    states: Mutex<BTreeMap<String, Vec<State>>>,
    /// The tick at which the change began that is under way.
    under_way: Mutex<Option<u64>>,
}

impl Churn {
    pub(super) fn new(world: &Arc<World>, known: Known, seed: u64) -> Arc<Self> {
        let states = known.users.iter().map(|(id, user)| (id.clone(), vec![State { began: 0, known: 0, user: Some(Arc::clone(user)) }]));
        Arc::new(Self {
            world: Arc::clone(world),
            seed,
            tick: AtomicU64::new(1),
            is_over: AtomicBool::new(false),
            states: Mutex::new(states.collect()),
            known: tokio::sync::Mutex::new(known),
            under_way: Mutex::new(None),
        })
    }

    /// Returns the tick, and goes on to the next.
    pub(super) fn tick(&self) -> u64 {
        self.tick.fetch_add(1, Ordering::SeqCst)
    }

    /// Lets the changes end.
    pub(super) fn stop(&self) {
        self.is_over.store(true, Ordering::SeqCst);
    }

    /// Returns what each user may have been at any time between two ticks. Waits for changes that began by then.
    pub(super) async fn seen(&self, from: u64, until: u64) -> Seen {
        while self.under_way.lock().unwrap().is_some_and(|began| began <= until) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let states = self.states.lock().unwrap();
        let seen = states.iter().map(|(id, states)| {
            let next_known = |index: usize| states.get(index + 1).map_or(u64::MAX, |next| next.known);
            let there = states.iter().enumerate().filter(|(index, state)| state.began <= until && next_known(*index) >= from);
            let mut users: Vec<_> = there.map(|(_, state)| state.user.clone()).collect();
            // One that came meanwhile was not there before.
            if states[0].known >= from {
                users.push(None);
            }
            (id.clone(), users)
        });
        seen.collect()
    }

    /// Changes users until it is stopped. Returns the number of changes.
    pub(super) async fn run(&self) -> usize {
        let api = self.world.api();
        let mut rng = StdRng::seed_from_u64(self.seed + 2_000_000);
        let mut changes = 0;
        while !self.is_over.load(Ordering::SeqCst) {
            changes += 1;
            let number = rng.random_range(0..CHANGING);
            let (uid, email) = (format!(r#""uid":"u{number}""#), format!(r#""email":"made{number}@example.co""#));
            let user = if rng.random_ratio(1, 3) { &email } else { &uid };
            let before = self.ids_of(&api, &[&uid, &email]).await;
            *self.under_way.lock().unwrap() = Some(self.tick());
            self.world.wait(Duration::from_millis(1));
            match rng.random_range(0..12) {
                0..4 => _ = api.upsert(&format!("{{{user}{}}}", properties(&mut rng))).await,
                4 => _ = api.upsert(&format!("{{{user}{}}}", company(&mut rng))).await,
                5 => _ = api.upsert(&format!(r#"{{{user},"company_id":null}}"#)).await,
                // Attaches or merges, unless each is another's.
                6 => _ = api.upsert(&format!("{{{uid},{email}}}")).await,
                7..10 => _ = act(&api, user, 1_000_000 + changes as u64, &mut rng).await,
                10 => _ = api.clear(&query(user)).await,
                _ => _ = api.forget(&query(pick(&mut rng, &[&uid, &email]))).await,
            }
            let mut after = self.ids_of(&api, &[&uid, &email]).await;
            after.extend(before);
            after.sort_unstable();
            after.dedup();
            let mut known = self.known.lock().await;
            let mut users = Vec::new();
            for id in after {
                users.push((known.read_one(&self.world, &id).await, id));
            }
            let mut states = self.states.lock().unwrap();
            let mut under_way = self.under_way.lock().unwrap();
            let (began, known) = (under_way.unwrap(), self.tick());
            for (user, id) in users {
                states.entry(id).or_default().push(State { began, known, user });
            }
            *under_way = None;
        }
        changes
    }

    /// Returns the ids of those who have these identifiers.
    async fn ids_of(&self, api: &profiles_tests::Api, users: &[&str]) -> Vec<String> {
        let mut ids = Vec::new();
        for user in users {
            let reply = api.retrieve(&query(user)).await;
            ids.extend(reply.body["profile"]["id"].as_str().map(str::to_owned));
        }
        ids
    }
}
