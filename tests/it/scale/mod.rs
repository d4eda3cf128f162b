//! An account of 100 million users that sends 20,000 upserts a second, made smaller, in virtual time.
//!
//! Each run panics if something that was accepted is lost.

mod paper;

use std::time::Duration;

use profiles_tests::partitions::Layout;
use profiles_tests::scale::{self, Figures, Kind, Smaller, WRITES};
use profiles_tests::{World, size};

use crate::throughput::TIME;

/// How long a partition is hot before it splits: for longer than times in keys are apart.
const SPLITTING: Layout = Layout::Splitting(Duration::from_secs(3));
/// The keys of the account in `profiles` and in its indexes.
const KEYS: f64 = 16.0;

/// Offers upserts for some seconds. A few upserts more or less make a hundred of the large account.
async fn offer(kind: Kind, layout: Layout, seconds: u64) -> Figures {
    let smaller = Smaller(if profiles_tests::is_full() { 40.0 } else { 80.0 });
    let figures = scale::offer(World::new().await, TIME, layout, kind, smaller, Duration::from_secs(seconds)).await;
    println!("{kind:?}, {layout:?}: {figures:?}");
    figures
}

/// Panics unless about as many upserts were accepted in the second half of the time as there is room for: none beyond it, but for the units
/// of a second, which a partition keeps, and not far fewer.
#[track_caller]
fn is_about(figures: &Figures, most: f64, seconds: u32) {
    assert!(figures.accepted <= most * (1.0 + 2.0 / f64::from(seconds)), "{figures:?}");
    assert!(figures.accepted >= most * 0.2, "{figures:?}");
}

fn refused_by(figures: &Figures) -> &str {
    figures.hottest.as_ref().map_or("nobody", |(name, _)| name)
}

#[tokio::test]
async fn known_users_saturate_the_keys_of_an_account() {
    let figures = offer(Kind::Uniform, Layout::Keys, 3).await;
    is_about(&figures, KEYS * WRITES, 3);
    assert_eq!((refused_by(&figures), figures.partitions), ("profiles", 16));
    offer(Kind::Zipf, Layout::Keys, 3).await;
}

#[tokio::test]
async fn known_users_saturate_nothing_once_keys_are_split() {
    let before = offer(Kind::Uniform, SPLITTING, 1).await;
    let after = offer(Kind::Uniform, SPLITTING, size(10, 24) as u64).await;
    assert!(before.partitions == 4 && after.partitions > 4, "{before:?}, {after:?}");
    assert!(after.accepted > before.accepted, "{before:?}, {after:?}");
}

#[tokio::test]
async fn one_user_and_one_company_saturate_one_item() {
    let one_user = offer(Kind::OneUser, SPLITTING, 12).await;
    is_about(&one_user, WRITES, 12);
    assert_eq!((refused_by(&one_user), one_user.partitions), ("profiles", 4));
    let one_company = offer(Kind::OneCompany, Layout::Keys, 3).await;
    is_about(&one_company, 3.0 * WRITES, 3);
    assert_eq!(refused_by(&one_company), "reads of companies");
}

#[tokio::test]
async fn new_users_saturate_the_ends_of_indexes() {
    is_about(&offer(Kind::New, Layout::Keys, 3).await, KEYS * WRITES, 3);
    let of_company = offer(Kind::NewOfOneCompany, Layout::Keys, 12).await;
    is_about(&of_company, WRITES, 12);
    assert_eq!(refused_by(&of_company), "profiles/company-index");
    offer(Kind::NewWithAddress, Layout::Keys, 3).await;
}

#[tokio::test]
async fn batches_wait_and_lose_nothing() {
    for kind in Kind::ALL {
        let applied = scale::apply(World::new().await, TIME, Layout::Keys, kind, Smaller(size(80, 20) as f64), size(150, 2_000)).await;
        println!("a batch of {kind:?}: {applied:?}");
    }
}
