//! `profiles deletions`: what is done with the records of who was forgotten.

use clap::{Args, Subcommand};
use indicatif::ProgressBar;
use profiles_normalization::{Timestamp, Value};
use profiles_storage::deletions::{Replay, Replayed};
use profiles_storage::{RetryPolicy, Storage, Tables};

use crate::accounts::now;
use crate::connection::Connection;
use crate::error::Error;
use crate::progress;

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Forgets again, in tables restored from a backup, who was forgotten since the backup was made.
    ///
    /// The table of deletions must be the one in use, not a restored one: it says who was forgotten. The others are the restored
    /// tables. Cut off at any time and started again with the same arguments, the command goes on with what is left; where nothing
    /// is, it changes nothing.
    Replay(Arguments),
}

#[derive(Args)]
pub(crate) struct Arguments {
    /// The time that the tables are restored to; if not all to the same, the earliest. Such as 2029-04-07T12:18:00Z.
    #[arg(long, value_name = "TIME")]
    since: String,
    /// Changes nothing, but counts what there is to forget.
    #[arg(long)]
    dry_run: bool,
    /// The restored table of profiles.
    #[arg(long, value_name = "NAME", env = "PROFILES_TABLE")]
    profiles_table: String,
    /// The restored table of claims on e-mail addresses.
    #[arg(long, value_name = "NAME", env = "IDENTITIES_TABLE")]
    identities_table: String,
    /// The restored table of what is recorded of users.
    #[arg(long, value_name = "NAME", env = "ACTIVITIES_TABLE")]
    activities_table: String,
    /// The restored table of what interactions add up to.
    #[arg(long, value_name = "NAME", env = "SUMMARIES_TABLE")]
    summaries_table: String,
    /// The table of deletions that is in use.
    #[arg(long, value_name = "NAME", env = "DELETIONS_TABLE")]
    deletions_table: String,
}

pub(crate) async fn run(Command::Replay(arguments): Command, connection: &Connection) -> Result<(), Error> {
    let now = now();
    let since = read_time(&arguments.since, now).ok_or(Error::Since(arguments.since))?;
    let tables = Tables {
        profiles: arguments.profiles_table,
        identities: arguments.identities_table,
        activities: arguments.activities_table,
        summaries: arguments.summaries_table,
        deletions: arguments.deletions_table,
        // Nothing of the others is forgotten.
        ..Tables::default()
    };
    let storage = Storage::new(connection.client().await, tables, RetryPolicy::BACKGROUND);
    let deletions = storage.deletions();
    let what = if arguments.dry_run { Replay::DryRun } else { Replay::Do };
    let bar = progress::bar(deletions.approximate_count().await.map_err(Error::Replay)?, "logs");
    let result = deletions.replay(since, what, &|done| show(&bar, done)).await;
    bar.finish_and_clear();
    let done = result.map_err(Error::Replay)?;
    println!("since              {since}");
    for (name, count) in [
        ("logs read", done.read),
        ("forgotten since", done.since),
        ("profiles forgotten", done.profiles),
        ("records removed", done.records),
        ("marks left", done.tombstones),
        ("failed", done.failed),
    ] {
        println!("{name:<18} {count:>9}");
    }
    if arguments.dry_run {
        println!("nothing was changed");
    }
    if done.failed == 0 { Ok(()) } else { Err(Error::LogsFailed(done.failed)) }
}

/// A time in any spelling that a property's time may have; not one that is yet to come.
fn read_time(text: &str, now: Timestamp) -> Option<Timestamp> {
    match profiles_normalization::text("since", text, now, &mut Vec::new()) {
        Value::String(time) => Timestamp::parse_canonical(&time).filter(|time| *time <= now),
        _ => None,
    }
}

fn show(bar: &ProgressBar, done: Replayed) {
    // How many there are is known only about.
    bar.set_length(bar.length().unwrap_or_default().max(done.read));
    bar.set_position(done.read);
    bar.set_message(format!("{} profiles, {} records", done.profiles, done.records));
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
