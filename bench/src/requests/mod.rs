//! The requests to the database and the capacity units that each operation takes, counted on DynamoDB Local.

mod activities;
mod batches;
mod deletions;
mod profiles;

use crate::counter::Counter;
use crate::effort::Effort;
use crate::local::Local;
use crate::report::Findings;

/// Counts all operations.
pub(crate) async fn measure(effort: Effort, findings: &mut Findings) {
    let local = Local::start(effort).await;
    findings.say(
        "A function instance that knows the secret, profiles under 1 KB. Every request is counted, also refused and repeated ones.\n\
        Units are those that DynamoDB Local reports. AWS charges more in three cases: for a refused write (here none), for a delete in a\n\
        transaction (here none), and for an index entry that moves (here once, there twice).\n",
    );
    let mut counter = Counter::new(&local, findings).await;
    profiles::count(&mut counter).await;
    activities::count(&mut counter).await;
    deletions::count(&mut counter, effort).await;
    batches::count(&mut counter, effort).await;
}
