//! An acceptance test of a deployment: `make verify`.
//!
//! It sends requests about users that it makes itself, says of each promise what was expected and found, and removes in the end what it
//! made, also when it is interrupted. [`guide`] runs the commands of the documents; tests use it, too.

// JSON is indexed by names, which gives `null` where there is nothing, and never panics.
#![allow(clippy::indexing_slicing)]

mod checks;
mod client;
pub mod guide;
mod kind;
mod made;
mod progress;
mod removal;
mod report;
mod run;
mod settings;
mod stop;

pub use run::run;
pub use settings::Settings;
