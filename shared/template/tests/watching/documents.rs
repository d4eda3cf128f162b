//! What docs/operations.md says about alarms, their cost, and the indexes to warm.

use super::{all_alarms, all_tables};

const OPERATIONS: &str = include_str!("../../../../docs/operations.md");
/// The tables that a new profile is written to.
const OF_A_NEW_PROFILE: [&str; 2] = ["ProfilesTable", "IdentitiesTable"];
/// The price of a metric in an alarm, in cents a month.
const CENTS: usize = 10;

#[test]
fn every_alarm_is_explained() {
    let rows: Vec<_> = OPERATIONS.lines().filter(|line| line.starts_with("| `")).filter_map(|line| line.split('|').nth(1)).collect();
    for alarm in all_alarms() {
        let id = alarm.logical_id;
        assert!(rows.iter().any(|names| names.contains(&format!("`{id}`"))), "{id} is not in the table of alarms");
    }
}

#[test]
fn the_cost_of_the_alarms_is_right() {
    let metrics: usize = all_alarms().iter().map(|alarm| alarm.metrics.len()).sum();
    let cents = metrics * CENTS;
    for expected in [
        format!("{metrics} metrics that the alarms look at"),
        format!("{metrics} metrics in alarms at 0.10 ({}.{:02})", cents / 100, cents % 100),
    ] {
        assert!(OPERATIONS.contains(&expected), "docs/operations.md lacks `{expected}`");
    }
}

#[test]
fn warming_covers_every_index_that_a_new_profile_is_written_to() {
    for table in all_tables().iter().filter(|table| OF_A_NEW_PROFILE.contains(&table.logical_id.as_str())) {
        let start = format!("warm {}", table.logical_id);
        let line = OPERATIONS.lines().find(|line| line.starts_with(&start)).unwrap_or_else(|| panic!("no line begins with `{start}`"));
        let mut named: Vec<_> = line.split_whitespace().skip(2).collect();
        named.sort_unstable();
        let mut indexes: Vec<_> = table.indexes.iter().map(|index| index.name.as_str()).collect();
        indexes.sort_unstable();
        assert_eq!(named, indexes, "{line}");
    }
}
