//! The upsert beside what people write instead: a function in Node and one in Python that find a profile by an index and put it back.
//!
//! Each is a process with Lambda's own runtime client for its language, on one database, and they take turns.

mod contender;
mod crowd;
mod install;
mod losses;
mod rounds;
mod summary;

use contender::Contender;

use crate::effort::Effort;
use crate::functions::build_started;
use crate::local::Local;
use crate::report::Findings;

/// Measures all of it. A peer that cannot be installed is left out, and the report says why.
pub(crate) async fn measure(effort: Effort, findings: &mut Findings) {
    let upsert = build_started(effort);
    let local = Local::start(effort).await;
    let mut contenders = Vec::new();
    let mut left_out = Vec::new();
    for peer in [contender::node(&local), contender::python(&local)] {
        peer.map_or_else(|why| left_out.push(why), |peer| contenders.push(peer));
    }
    contenders.push(Contender::ours(&upsert, &local));
    for contender in &contenders {
        contender.create_table(&local).await;
    }
    let figures = rounds::run(&contenders, effort);
    let left = losses::count(&contenders, &local, effort).await;
    summary::write(&summary::Measured { contenders, left_out, figures, left }, findings);
}
