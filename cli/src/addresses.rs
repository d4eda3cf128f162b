//! `profiles addresses`: makes profiles and the claims to their e-mail addresses agree, in restored tables.

use std::sync::Mutex;
use std::time::{Duration, Instant, SystemTime};

use clap::{Args, Subcommand};
use indicatif::ProgressBar;
use profiles_storage::addresses::{Repair, Repaired, Watch};
use profiles_storage::{RetryPolicy, Storage, Tables};

use crate::connection::Connection;
use crate::error::Error;
use crate::progress;

/// The time between two lines of progress where no bar is shown.
const BETWEEN_LINES: Duration = Duration::from_secs(1);

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Finds each profile whose e-mail address is claimed by no profile or by another one, and mends it.
    ///
    /// Tables that were restored to slightly different instants have such profiles, which are not found by their addresses. A profile
    /// gets the claim to its address. If another profile with the same address has the claim, it loses the address, and its id is
    /// printed. Run it after `deletions replay`. It may run while the tables are in use. If it is interrupted, run it again. If there is
    /// nothing to mend, it changes nothing.
    Mend(Arguments),
}

#[derive(Args)]
pub(crate) struct Arguments {
    /// Counts what would be mended, and changes nothing.
    #[arg(long)]
    dry_run: bool,
    /// The table of profiles.
    #[arg(long, value_name = "NAME", env = "PROFILES_TABLE")]
    profiles_table: String,
    /// The table of identities, which holds the claims of e-mail addresses.
    #[arg(long, value_name = "NAME", env = "IDENTITIES_TABLE")]
    identities_table: String,
}

pub(crate) async fn run(Command::Mend(arguments): Command, connection: &Connection) -> Result<(), Error> {
    let tables = Tables { profiles: arguments.profiles_table, identities: arguments.identities_table, ..Tables::default() };
    let storage = Storage::new(connection.client().await, tables, RetryPolicy::BACKGROUND);
    let addresses = storage.addresses();
    let what = if arguments.dry_run { Repair::DryRun } else { Repair::Do };
    let bar = progress::bar(addresses.approximate_count().await.map_err(Error::Mend)?, "profiles");
    let shown = Mutex::new(Instant::now());
    let watch = Watch {
        progress: &|done| show(&bar, &shown, done),
        lost: &|account, profile| bar.suspend(|| println!("{:<22} {profile} of account {account}", "without its address")),
    };
    let result = addresses.repair(what, SystemTime::now().into(), &watch).await;
    bar.finish_and_clear();
    let done = result.map_err(Error::Mend)?;
    let counts = [
        ("items read", done.read),
        ("with an address", done.with_address),
        ("claims given", done.claimed),
        ("addresses taken away", done.lost),
        ("failed", done.failed),
    ];
    progress::print_counts(&counts, arguments.dry_run);
    if done.failed == 0 { Ok(()) } else { Err(Error::MendsFailed(done.failed)) }
}

fn show(bar: &ProgressBar, shown: &Mutex<Instant>, done: Repaired) {
    progress::advance(bar, done.read, format!("{} mended", done.claimed.saturating_add(done.lost)));
    if let Ok(mut shown) = shown.lock()
        && bar.is_hidden()
        && shown.elapsed() >= BETWEEN_LINES
    {
        *shown = Instant::now();
        eprintln!("{} items read, {} claims given, {} addresses taken away", done.read, done.claimed, done.lost);
    }
}
