//! Random filters of companies, whose answers are those of the naive evaluation. `SEARCHES`, `SEARCHED` and `SEED` are as for profiles.

use rand::SeedableRng;
use rand::rngs::StdRng;

use super::super::asked::COMPANIES;
use super::super::naive;
use super::super::random_trees::{compare, limits, number, smallest};
use super::super::trees::Tree;
use super::population::Account;

/// Searches of `make test`, and the companies of their account.
const PART: (u64, u64) = (60, 400);

#[tokio::test(flavor = "multi_thread")]
async fn whichever_fits_is_found_once_and_no_other() {
    let (searches, companies, seed) = (number("SEARCHES", PART.0), number("SEARCHED", PART.1), number("SEED", 0));
    let account = Account::of(usize::try_from(companies).unwrap(), seed + 77).await;
    let (world, known) = (&account.world, &account.known);
    assert_eq!(known.users.len() as u64, companies);
    let mut rng = StdRng::seed_from_u64(seed);
    let (api, now) = (world.api(), world.now().unix_millis());
    let mut failures = Vec::new();
    for search in 0..searches {
        let tree = Tree::of_companies(known, &mut rng);
        let fitting = known.users.values().filter(|company| naive::fits(company, &tree.filters, tree.op, now)).count();
        let limits = limits(known, fitting, &mut rng);
        if let Err(failure) = compare(COMPANIES, &api, known, &tree, &limits, now).await {
            let (tree, failure) = smallest(COMPANIES, &api, known, (tree, failure), &limits, now).await;
            failures.push(format!("SEED={seed}, search {search}: {limits:?}\n{}\n=> {failure}", tree.body("")));
            if failures.len() > 4 {
                break;
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}
