//! Functions as Lambda runs them: each a process, with a stand-in for Lambda's runtime API that hands it its events.

mod event;
mod function;
mod output;
mod runtime_api;

pub(crate) use event::{get, upsert};
pub(crate) use function::{Function, Launch};
pub(crate) use runtime_api::Moment;
