//! Indexes and eventually consistent reads that lag: they have what is gone or changed, and lack what is new. No answer is wrong for it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use profiles_tests::{Api, Lag, Lagging};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::asked::{Limits, all_pages};
use super::model::{Known, User};
use super::naive;
use super::population::{act, company, pick, properties, query};
use super::shapes::Account;
use super::trees::Tree;
use crate::fuzz::reading::times::Millis;

const SEARCHES: usize = 40;

/// Changes many users: also their addresses, companies and activities; some are cleared, some forgotten, and some of those come back.
async fn change(account: &Account, api: &Api, rng: &mut StdRng) {
    for number in 0..90 {
        account.world.wait(Duration::from_millis(rng.random_range(1..700)));
        let (user, unique) = (format!(r#""uid":"u{}""#, number % 60), 5_000_000 + number);
        match rng.random_range(0..12) {
            0..3 => _ = api.upsert(&format!("{{{user}{}}}", properties(rng))).await,
            3 => _ = api.upsert(&format!("{{{user}{}}}", company(rng))).await,
            4 => _ = api.upsert(&format!(r#"{{{user},"email":"changed{number}@acme.co"}}"#)).await,
            5 => _ = api.upsert(&format!("{{{user},\"email\":\"made{}@example.co\"}}", (number + 1) % 60)).await,
            6..8 => _ = act(api, &user, unique, rng).await,
            8 => _ = api.clear(&query(&user)).await,
            9 => _ = api.forget(&query(&user)).await,
            10 => {
                api.forget(&query(&user)).await;
                api.upsert(&format!("{{{user}{}}}", properties(rng))).await.id();
            }
            _ => _ = api.upsert(&format!(r#"{{"uid":"new{number}"{}{}}}"#, properties(rng), company(rng))).await.id(),
        }
    }
}

/// What users were and are.
struct Change<'a> {
    before: &'a Known,
    after: &'a Known,
    /// Whether those who fit before and now are found, whatever changed. Where only some of the reads lag, they may be seen half changed.
    is_whole: bool,
}

impl Change<'_> {
    /// Compares what was found with who fits, and who is known to fit without what is new.
    fn compare(&self, tree: &Tree, found: &[String], now: Millis) -> Result<(), String> {
        let fits = |users: &BTreeMap<String, Arc<User>>, id: &str| {
            users.get(id).is_some_and(|user| naive::fits(user, &tree.filters, tree.op, now))
        };
        if let Some(id) = found.iter().find(|id| !fits(&self.after.users, id)) {
            let (before, after) = (self.before.users.get(id), self.after.users.get(id));
            return Err(format!("{id} does not fit: {after:?}, before: {before:?}"));
        }
        let is_as_it_was = |id: &str| self.is_whole || self.before.users.get(id) == self.after.users.get(id);
        let must = self.after.users.keys().filter(|id| fits(&self.after.users, id) && fits(&self.before.users, id) && is_as_it_was(id));
        match must.into_iter().find(|id| !found.contains(id)) {
            Some(id) => Err(format!("{id} is missing: {:?}, before: {:?}", self.after.users[id], self.before.users[id])),
            None => Ok(()),
        }
    }
}

async fn search_behind(lagging: Lagging, seed: u64) {
    let mut account = Account::of(260, seed).await;
    let mut rng = StdRng::seed_from_u64(seed);
    let lag = Lag::from_now_on(&account.world, lagging).await;
    let before = account.known.clone();
    let mut trees: Vec<_> = account.shapes().into_iter().map(|shape| shape.tree).collect();
    change(&account, &account.world.api(), &mut rng).await;
    account.known = Known::read(&account.world).await;
    trees.extend(account.shapes().into_iter().map(|shape| shape.tree));
    trees.extend((0..SEARCHES).map(|number| Tree::random(if number % 2 == 0 { &before } else { &account.known }, &mut rng)));
    let world = &account.world;
    let (api, now) = (world.api(), world.now().unix_millis());
    let mut wrong = Vec::new();
    for share in [0, 50] {
        // Each entry of an index comes in its own time.
        let caught_up = StdRng::seed_from_u64(seed);
        let mut caught_up = caught_up;
        if share > 0 {
            lag.catch_up(world, |_| caught_up.random_ratio(share, 100)).await;
        }
        world.wire.lag(Some(&lag));
        let change = Change { before: &before, after: &account.known, is_whole: share == 0 && lagging == Lagging::EventualReads };
        for tree in &trees {
            let limit = pick(&mut rng, &[3, 10, 50, 500]);
            let found = all_pages(&api, |more| tree.body(more), &Limits::of(limit)).await;
            let ids = found.map(|pages| pages.into_iter().flat_map(|page| page.ids).collect::<Vec<_>>());
            if let Err(failure) = ids.and_then(|ids| change.compare(tree, &ids, now)) {
                wrong.push(format!("SEED {seed}, {lagging:?}, {share} % caught up, limit {limit}: {}\n=> {failure}", tree.body("")));
            }
        }
        world.wire.lag(None);
    }
    wrong.truncate(8);
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn indexes_that_lag_make_no_answer_wrong() {
    search_behind(Lagging::Indexes, 11).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reads_that_lag_make_no_answer_wrong() {
    search_behind(Lagging::EventualReads, 12).await;
}
