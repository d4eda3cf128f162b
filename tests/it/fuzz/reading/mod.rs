//! A reading of the contract: what an account holds after each request, in memory, and what each request is answered.
//!
//! It is written from the documents alone, and shares no code with what it checks. Where a request has several faults, any of them may be
//! answered.

pub(crate) mod batches;
pub(crate) mod fields;
pub(crate) mod forms;
pub(crate) mod identifiers;
pub(crate) mod identity;
pub(crate) mod names;
pub(crate) mod profiles;
pub(crate) mod records;
pub(crate) mod times;
mod unicode;
pub(crate) mod values;

use std::collections::BTreeSet;

/// A reason why a request changes nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) status: u16,
    /// The fields that the message names.
    pub(crate) names: Vec<String>,
}

/// The names in an answer's warnings.
#[derive(Clone, Debug, Default)]
pub(crate) struct Warnings {
    /// Those that are there.
    pub(crate) must: BTreeSet<String>,
    /// Those that may be there, too.
    pub(crate) may: BTreeSet<String>,
}

impl Fault {
    pub(crate) fn field(status: u16, name: &str) -> Self {
        Self { status, names: vec![name.to_owned()] }
    }
}

/// The fault of an id that no profile has.
pub(crate) fn missing() -> Fault {
    Fault { status: 404, names: Vec::new() }
}
