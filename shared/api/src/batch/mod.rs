//! Code that the acceptance of batches and the worker share.

pub(crate) mod chunks;
mod identify;
mod ordinal;
mod problems;

pub(crate) use chunks::{RoutedItem, chunks};
pub(crate) use identify::identify;
pub(crate) use problems::{Problem, ProblemText, Problems};
