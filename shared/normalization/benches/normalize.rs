//! Measures the cost of normalization: bytes of JSON a second, and allocations a property.

use std::alloc::System;
use std::hint::black_box;

use criterion::{Criterion, Throughput};
use profiles_normalization::{Timestamp, properties};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const PROFILE: &str = r#"{
    "firstName": "Ada", "role": "admin", "plan": "Enterprise (annual)", "seats": 42, "mrr": 1299.5,
    "trialEndsAt": "2029-08-21T02:46:46Z", "tags": ["beta", "power user", "12"], "onboarded": true
}"#;

fn wide_profile() -> String {
    let mut object = "{".to_owned();
    for index in 0..20 {
        let comma = if index == 0 { "" } else { "," };
        object.push_str(&format!(
            r#"{comma}"custom field {index}":"Some text of the usual length, number {index}","score_{index}":{index}.75,
            "lastSeen{index}At":{},"isEnabled{index}":"true","address{index}":{{"city":"Zürich","zip":8001}}"#,
            1_881_974_806 + index
        ));
    }
    object.push('}');
    object
}

fn normalize(object: &str, now: Timestamp) -> usize {
    let mut warnings = Vec::new();
    let stored = properties(black_box(object), now, &mut warnings);
    black_box(stored).map_or(0, |stored| stored.len())
}

#[expect(clippy::expect_used, reason = "a benchmark may end early, and must not go on with nothing to measure")]
fn main() {
    let now = Timestamp::from_unix_millis(1_861_920_000_000).expect("a time of this century");
    let wide = wide_profile();
    let mut criterion = Criterion::default().configure_from_args();
    for (name, object, count) in [("profile of 8 properties", PROFILE, 8), ("profile of 100 properties", wide.as_str(), 100)] {
        let region = Region::new(ALLOCATOR);
        assert_eq!(normalize(object, now), count, "the sample is not what it says");
        let change = region.change();
        let allocations = (change.allocations + change.reallocations) as f64;
        println!("{name}, {} bytes", object.len());
        println!("allocations per property: {:.1}", allocations / count as f64);

        let mut group = criterion.benchmark_group("normalize");
        group.throughput(Throughput::Bytes(object.len() as u64));
        group.bench_function(name, |bencher| bencher.iter(|| normalize(object, now)));
        group.finish();
    }
    criterion.final_summary();
}
