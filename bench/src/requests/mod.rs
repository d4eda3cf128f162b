//! The requests to the database and the capacity units that each operation takes, counted on DynamoDB Local.

mod activities;
mod batches;
mod counter;
mod deletions;
mod profiles;

use crate::effort::Effort;
use crate::local::Local;
use crate::report::Findings;
use counter::Counter;

/// Counts all operations.
pub(crate) async fn measure(effort: Effort, findings: &mut Findings) {
    let local = Local::start(effort).await;
    findings.say(
        "A function instance that knows the secret, profiles under 1 KB. Every request is counted, also refused and repeated ones.\n\
        Units are those that DynamoDB Local reports. It reports none of a refused write, and one of an index entry that moves: on AWS\n\
        that is two.\n",
    );
    let mut counter = Counter::new(&local, findings).await;
    profiles::count(&mut counter).await;
    activities::count(&mut counter).await;
    deletions::count(&mut counter, effort).await;
    batches::count(&mut counter, effort).await;
}
