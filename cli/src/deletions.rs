//! `profiles deletions`: forgets and clears users again in restored tables, by the table of deletions.

use std::time::SystemTime;

use clap::{Args, Subcommand};
use indicatif::ProgressBar;
use profiles_normalization::{Timestamp, Value};
use profiles_storage::deletions::{Replay, Replayed};
use profiles_storage::{RetryPolicy, Storage, Tables};

use crate::connection::Connection;
use crate::error::Error;
use crate::progress;

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Forgets and clears again, in tables restored from a backup, the users that were forgotten or cleared since the backup.
    ///
    /// The table of deletions must be the one in use, not a restored one: it records who they were. The others are the restored
    /// tables. If the command is interrupted, run it again with the same arguments: it continues with what is left. If nothing is
    /// left, it changes nothing.
    Replay(Arguments),
}

#[derive(Args)]
pub(crate) struct Arguments {
    /// The time that the tables are restored to, such as 2029-04-07T12:18:00Z. If it differs between tables, the earliest.
    #[arg(long, value_name = "TIME")]
    since: String,
    /// Counts what would be forgotten and cleared, and changes nothing.
    #[arg(long)]
    dry_run: bool,
    /// The restored table of profiles.
    #[arg(long, value_name = "NAME", env = "PROFILES_TABLE")]
    profiles_table: String,
    /// The restored table of identities, which holds the claims of e-mail addresses.
    #[arg(long, value_name = "NAME", env = "IDENTITIES_TABLE")]
    identities_table: String,
    /// The restored table of companies.
    #[arg(long, value_name = "NAME", env = "COMPANIES_TABLE")]
    companies_table: String,
    /// The restored table of activities: events, experiences and deliveries.
    #[arg(long, value_name = "NAME", env = "ACTIVITIES_TABLE")]
    activities_table: String,
    /// The restored table of summaries: the counts of tours and surveys.
    #[arg(long, value_name = "NAME", env = "SUMMARIES_TABLE")]
    summaries_table: String,
    /// The restored table of properties, which holds values of users.
    #[arg(long, value_name = "NAME", env = "PROPERTIES_TABLE")]
    properties_table: String,
    /// The table of deletions that is in use.
    #[arg(long, value_name = "NAME", env = "DELETIONS_TABLE")]
    deletions_table: String,
}

pub(crate) async fn run(Command::Replay(arguments): Command, connection: &Connection) -> Result<(), Error> {
    let since = read_time(&arguments.since, SystemTime::now().into()).ok_or(Error::Since(arguments.since))?;
    let tables = Tables {
        profiles: arguments.profiles_table,
        identities: arguments.identities_table,
        companies: arguments.companies_table,
        activities: arguments.activities_table,
        summaries: arguments.summaries_table,
        properties: arguments.properties_table,
        deletions: arguments.deletions_table,
        // Nothing is deleted from the others.
        ..Tables::default()
    };
    let storage = Storage::new(connection.client().await, tables, RetryPolicy::BACKGROUND);
    let deletions = storage.deletions();
    let what = if arguments.dry_run { Replay::DryRun } else { Replay::Do };
    let bar = progress::bar(deletions.approximate_count().await.map_err(Error::Replay)?, "deletion records");
    let result = deletions.replay(since, what, &|done| show(&bar, done)).await;
    bar.finish_and_clear();
    let done = result.map_err(Error::Replay)?;
    println!("{:<22} {since}", "since");
    let counts = [
        ("deletion records read", done.read),
        ("forgotten since", done.since),
        ("profiles forgotten", done.profiles),
        ("cleared since", done.clears),
        ("profiles cleared", done.cleared),
        ("deleted since", done.of_companies),
        ("companies deleted", done.companies),
        ("members taken off", done.members),
        ("records removed", done.records),
        ("tombstones written", done.tombstones),
        ("failed", done.failed),
    ];
    progress::print_counts(&counts, arguments.dry_run);
    if done.failed == 0 { Ok(()) } else { Err(Error::ReplaysFailed(done.failed)) }
}

/// Reads a time that is not in the future, in any format that a property accepts.
fn read_time(text: &str, now: Timestamp) -> Option<Timestamp> {
    match profiles_normalization::text("since", text, now, &mut Vec::new()) {
        Value::String(time) => Timestamp::parse_canonical(&time).filter(|time| *time <= now),
        _ => None,
    }
}

fn show(bar: &ProgressBar, done: Replayed) {
    progress::advance(bar, done.read, format!("{} profiles, {} records", done.profiles, done.records));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_a_date_and_not_in_the_future() {
        let now = Timestamp::parse_canonical("2029-04-07T12:18:00.000Z").unwrap();
        for text in ["2029-04-07T12:18:00Z", "2029-04-07T14:18:00+02:00", "2029-04-07T12:18:00.000Z"] {
            assert_eq!(read_time(text, now), Some(now), "{text}");
        }
        for text in ["2029-04-07T12:18:01Z", "", "yesterday", "12", "null"] {
            assert_eq!(read_time(text, now), None, "{text}");
        }
    }
}
