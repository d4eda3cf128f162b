//! Indexes and eventually consistent reads that lag. No company is shown that is gone or no longer fits.

use profiles_tests::{Lag, Lagging};
use rand::SeedableRng;
use rand::rngs::StdRng;

use super::super::asked::{COMPANIES, Limits};
use super::super::naive;
use super::super::population::pick;
use super::super::trees::Tree;
use super::gone::delete;
use super::population::{Account, companies, found};

const SEARCHES: usize = 25;

async fn search_behind(lagging: Lagging, seed: u64) {
    let account = Account::of(120, seed).await;
    let (world, before) = (&account.world, &account.known);
    let mut rng = StdRng::seed_from_u64(seed);
    let lag = Lag::from_now_on(world, lagging).await;
    // Some change, some are deleted, some are new.
    for number in (0..50).step_by(3) {
        found(world, number, &mut rng).await;
    }
    for id in before.users.keys().step_by(7) {
        delete(world, id).await;
    }
    let after = companies(world).await;
    let (api, now) = (world.api(), world.now().unix_millis());
    let mut trees: Vec<_> = account.shapes().into_iter().map(|shape| shape.tree).collect();
    trees.extend((0..SEARCHES).map(|number| Tree::of_companies(if number % 2 == 0 { before } else { &after }, &mut rng)));
    world.wire.lag(Some(&lag));
    for tree in &trees {
        let limit = pick(&mut rng, &[3, 10, 50, 500]);
        let pages = COMPANIES.all_pages(&api, |more| tree.body(more), &Limits::of(limit)).await.unwrap_or_else(|error| panic!("{error}"));
        let ids: Vec<_> = pages.into_iter().flat_map(|page| page.ids).collect();
        let fits = |known: &super::super::model::Known, id: &String| {
            known.users.get(id).is_some_and(|company| naive::fits(company, &tree.filters, tree.op, now))
        };
        let wrong: Vec<_> = ids.iter().filter(|id| !fits(&after, id)).collect();
        assert!(wrong.is_empty(), "{lagging:?} {seed}: {wrong:?} do not fit {}", tree.body(""));
        let must = after.users.keys().filter(|id| before.users.get(*id) == after.users.get(*id) && fits(&after, id));
        let missing: Vec<_> = must.filter(|id| !ids.contains(id)).collect();
        assert!(missing.is_empty(), "{lagging:?} {seed}: {missing:?} are missing of {}", tree.body(""));
    }
    world.wire.lag(None);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_that_lags_makes_no_answer_wrong() {
    search_behind(Lagging::Indexes, 31).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reads_that_lag_make_no_answer_wrong() {
    search_behind(Lagging::EventualReads, 32).await;
}
