//! Random filters, whose answers are those of the naive evaluation.
//!
//! `SEARCHES=500 SEARCHED=20000` is the number of searches and of profiles, `SEED=5` another account and other filters.

use std::sync::Arc;

use profiles_tests::{Api, World};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::asked::{Limits, PROFILES, Searched, all_pages};
use super::churn::{Churn, Seen};
use super::model::{Known, User};
use super::naive;
use super::population::{pick, populate};
use super::trees::Tree;
use crate::fuzz::reading::times::{self, Millis};

/// Searches of `make test`, and the profiles of their account.
const PART: (u64, u64) = (90, 900);

pub(super) fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |text| text.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

/// Returns random limits and bounds of pages, of which there are not too many for this number of profiles that fit.
pub(super) fn limits(known: &Known, fitting: usize, rng: &mut StdRng) -> Limits {
    let least = (fitting / 12).clamp(1, 500);
    let bound = |rng: &mut StdRng| {
        let place = rng.random_range(0..known.users.len());
        let user = known.users.values().nth(place).unwrap();
        match rng.random_range(0..8) {
            0 => Some(user.id.clone()),
            1 => Some(times::written(user.created_at)),
            _ => None,
        }
    };
    Limits { seed: rng.random(), least, most: pick(rng, &[least, 500, (least * 3).min(500)]), before: bound(rng), after: bound(rng) }
}

/// Returns whether a user lies between the bounds of the pages.
fn lies_within(user: &User, limits: &Limits) -> bool {
    let is = |bound: &Option<String>, fits: fn(std::cmp::Ordering) -> bool| match bound {
        None => true,
        Some(time) if times::is_written(time) => fits(user.created_at.cmp(&times::read(time).unwrap())),
        Some(id) => fits(user.id.cmp(id)),
    };
    is(&limits.before, std::cmp::Ordering::is_lt) && is(&limits.after, std::cmp::Ordering::is_gt)
}

/// Compares a search and a count with the naive evaluation, while nothing changes.
pub(super) async fn compare(of: Searched, api: &Api, known: &Known, tree: &Tree, limits: &Limits, now: Millis) -> Result<(), String> {
    let fitting = || known.users.values().filter(|user| naive::fits(user, &tree.filters, tree.op, now));
    let expected: Vec<_> = fitting().filter(|user| lies_within(user, limits)).map(|user| user.id.clone()).rev().collect();
    let found: Vec<_> = of.all_pages(api, |more| tree.body(more), limits).await?.into_iter().flat_map(|page| page.ids).collect();
    if let Some(missing) = expected.iter().find(|id| !found.contains(id)) {
        return Err(format!("of {}, {} were found; missing: {:?}", expected.len(), found.len(), known.users[missing]));
    }
    if let Some(other) = found.iter().find(|id| !expected.contains(id)) {
        return Err(format!("of {}, {} were found; does not fit: {:?}", expected.len(), found.len(), known.users.get(other)));
    }
    if found != expected {
        return Err("found in another order".to_owned());
    }
    let (counted, all) = (of.count(api, &tree.body("")).await?, fitting().count());
    if counted != all as u64 {
        return Err(format!("counted {counted} instead of {all}"));
    }
    Ok(())
}

/// Leaves out filters as long as the rest fails, too.
pub(super) async fn smallest(
    of: Searched,
    api: &Api,
    known: &Known,
    (mut tree, mut failure): (Tree, String),
    limits: &Limits,
    now: Millis,
) -> (Tree, String) {
    let mut tries = 100;
    'smaller: loop {
        for smaller in tree.smaller() {
            if tries == 0 {
                break 'smaller;
            }
            tries -= 1;
            if let Err(found) = compare(of, api, known, &smaller, limits, now).await {
                (tree, failure) = (smaller, found);
                continue 'smaller;
            }
        }
        break;
    }
    (tree, failure)
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_fits_is_found_once_and_nobody_else() {
    let (searches, profiles, seed) = (number("SEARCHES", PART.0), number("SEARCHED", PART.1), number("SEED", 0));
    let world = World::new().await;
    let mut rng = StdRng::seed_from_u64(seed);
    let began = std::time::Instant::now();
    populate(&world, usize::try_from(profiles).unwrap(), &mut rng).await;
    let known = Known::read(&world).await;
    println!("{} profiles in {:?}", known.users.len(), began.elapsed());
    let (api, now) = (world.api(), world.now().unix_millis());
    let (mut shares, mut failures) = ([0; 4], Vec::new());
    for search in 0..searches {
        if search.is_multiple_of(25) {
            println!("search {search} after {:?}", began.elapsed());
        }
        let tree = Tree::random(&known, &mut rng);
        let fitting = known.users.values().filter(|user| naive::fits(user, &tree.filters, tree.op, now)).count();
        let share = fitting * 100 / known.users.len();
        shares[if fitting == 0 {
            0
        } else if share < 2 {
            1
        } else if share < 50 {
            2
        } else {
            3
        }] += 1;
        let limits = limits(&known, fitting, &mut rng);
        if let Err(failure) = compare(PROFILES, &api, &known, &tree, &limits, now).await {
            let (tree, failure) = smallest(PROFILES, &api, &known, (tree, failure), &limits, now).await;
            failures.push(format!("SEED={seed}, search {search}: {limits:?}\n{}\n=> {failure}", tree.body("")));
            if failures.len() > 4 {
                break;
            }
        }
    }
    println!("none, few, some, many fitted: {shares:?}; {:?}", began.elapsed());
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn while_users_come_change_and_go_nobody_is_missing_twice_there_or_wrong() {
    let (searches, profiles, seed) = (number("SEARCHES", PART.0) / 3, number("SEARCHED", PART.1) / 3, number("SEED", 0));
    let world = Arc::new(World::new().await);
    let mut rng = StdRng::seed_from_u64(seed + 1_000_000);
    populate(&world, usize::try_from(profiles).unwrap(), &mut rng).await;
    let known = Known::read(&world).await;
    let churn = Churn::new(&world, known.clone(), seed);
    let changing = tokio::spawn({
        let churn = Arc::clone(&churn);
        async move { churn.run().await }
    });
    let (api, now) = (world.api(), || world.now().unix_millis());
    let mut failures = Vec::new();
    for search in 0..searches {
        let tree = Tree::random(&known, &mut rng);
        let fitting = known.users.values().filter(|user| naive::fits(user, &tree.filters, tree.op, now())).count();
        let limits = Limits { before: None, after: None, ..limits(&known, fitting, &mut rng) };
        let (began, first) = (churn.tick(), now());
        let found = all_pages(&api, |more| tree.body(more), &limits).await;
        let (ended, last) = (churn.tick(), now());
        let seen = churn.seen(began, ended).await;
        let compared = found.and_then(|pages| {
            let ids: Vec<_> = pages.into_iter().flat_map(|page| page.ids).collect();
            compare_with_changes(&tree, &seen, &ids, [first, last])
        });
        if let Err(failure) = compared {
            failures.push(format!("SEED={seed}, search {search}: {limits:?}\n{}\n=> {failure}", tree.body("")));
        }
    }
    churn.stop();
    println!("{} changes", changing.await.unwrap());
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

/// Compares what was found with whoever fitted at any time of the search, and with those who fitted all the time.
fn compare_with_changes(tree: &Tree, seen: &Seen, found: &[String], times: [Millis; 2]) -> Result<(), String> {
    let fits_at = |user: &User, now: &Millis| naive::fits(user, &tree.filters, tree.op, *now);
    let may_fit = |user: &Option<Arc<User>>| user.as_ref().is_some_and(|user| times.iter().any(|now| fits_at(user, now)));
    let must_fit = |user: &Option<Arc<User>>| user.as_ref().is_some_and(|user| times.iter().all(|now| fits_at(user, now)));
    for (id, states) in seen {
        let is_found = found.contains(id);
        if is_found && !states.iter().any(may_fit) {
            return Err(format!("{id} never fitted: {states:?}"));
        }
        if !is_found && states.iter().all(must_fit) {
            return Err(format!("{id} fitted all the time, and is missing: {states:?}"));
        }
    }
    match found.iter().find(|id| !seen.contains_key(*id)) {
        Some(id) => Err(format!("{id} is nobody")),
        None => Ok(()),
    }
}
