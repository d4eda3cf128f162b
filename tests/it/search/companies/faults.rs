//! Faults: every call of every plan fails in every way. The answer is right, or none.

use super::super::asked::COMPANIES;
use super::super::faults::{Case, break_each_call};
use super::population::Account;

async fn break_each_plan(seed: u64, attempts: u32, counts: bool) {
    let account = Account::of(90, seed).await;
    let mut wrong = Vec::new();
    for shape in &account.shapes() {
        let case = Case { shape, of: COMPANIES, counts, ids: account.fitting(&shape.tree) };
        wrong.extend(break_each_call(&account.world, &case, attempts).await);
    }
    wrong.truncate(12);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_call_fails_a_search_finds_the_right_ones_or_says_that_it_could_not() {
    break_each_plan(1, 1, false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_call_fails_a_count_is_right_or_says_that_it_could_not() {
    break_each_plan(2, 1, true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_call_fails_once_the_searcher_notices_nothing() {
    break_each_plan(3, 3, false).await;
}
