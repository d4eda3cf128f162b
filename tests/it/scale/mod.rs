//! An account of 100 million users that sends 20,000 upserts a second, made smaller, in virtual time.

mod paper;

use std::time::Duration;

use profiles_tests::World;
use profiles_tests::partitions::Layout;
use profiles_tests::scale::{self, Kind, Smaller};

use crate::throughput::TIME;

#[tokio::test]
async fn look() {
    let smaller = Smaller(std::env::var("SMALLER").map_or(80.0, |text| text.parse().unwrap()));
    let lasts = Duration::from_secs(std::env::var("LASTS").map_or(4, |text| text.parse().unwrap()));
    let mut lines = Vec::new();
    for layout in [Layout::Keys, Layout::Splitting(Duration::from_secs(1))] {
        for kind in Kind::ALL {
            let began = std::time::Instant::now();
            let figures = scale::offer(World::without_logs().await, TIME, layout, kind, smaller, lasts).await;
            lines.push(format!("{kind:?} {layout:?} {figures:?} {:.1} s", began.elapsed().as_secs_f64()));
            eprintln!("{}", lines.last().unwrap());
        }
    }
    for kind in Kind::ALL {
        let began = std::time::Instant::now();
        let figures = scale::apply(World::without_logs().await, TIME, Layout::Keys, kind, smaller, 1_000).await;
        eprintln!("batch {kind:?} {figures:?} {:.1} s", began.elapsed().as_secs_f64());
    }
}
