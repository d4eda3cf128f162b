//! The sections. Each is run so that its failure does not end the others.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use clap::ValueEnum;

use crate::effort::Effort;
use crate::report::Findings;
#[cfg(feature = "scale")]
use crate::scale;
use crate::{batch, companies, database, functions, peers, requests, search};

/// A part of the report that can be run alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Section {
    /// Size and start of the functions, built as for a deployment.
    Functions,
    /// Requests and capacity units of each operation.
    Requests,
    /// Upsert and retrieve, compared with the bare database calls.
    Database,
    /// Time and memory to accept a batch of 16 MB.
    Accepting,
    /// Throughput of the worker that applies a batch, compared with bare updates.
    Applying,
    /// Requests, capacity units, time and memory of searches and counts.
    Search,
    /// Requests and capacity units of companies and of the registry of properties, and throughput of an import.
    Companies,
    /// The upsert beside functions in Node and Python that do it the usual way: times, memory, and what is lost at once.
    Peers,
    /// An account of 100 million users at 20,000 upserts a second, in virtual time.
    #[cfg(feature = "scale")]
    Scale,
}

impl Section {
    /// All sections, in the order of the report.
    pub(crate) const ALL: &[Self] = &[
        Self::Functions,
        Self::Requests,
        Self::Database,
        Self::Accepting,
        Self::Applying,
        Self::Search,
        Self::Companies,
        Self::Peers,
        #[cfg(feature = "scale")]
        Self::Scale,
    ];

    /// Returns the name on the command line.
    pub(crate) fn name(self) -> String {
        self.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
    }

    fn title(self) -> &'static str {
        match self {
            Self::Functions => "Functions",
            Self::Requests => "Requests and units",
            Self::Database => "Upsert and retrieve",
            Self::Accepting => "Accepting a batch",
            Self::Applying => "Applying a batch",
            Self::Search => "Search and count",
            Self::Companies => "Companies, properties and import",
            Self::Peers => "Upsert in Node, Python and here",
            #[cfg(feature = "scale")]
            Self::Scale => "Scale",
        }
    }
}

/// Runs a section. If it panics, its findings so far are kept, and the panic's message with them.
pub(crate) fn run(section: Section, effort: Effort) -> Findings {
    let mut findings = Findings::new(section.title(), effort);
    let outcome = catch_unwind(AssertUnwindSafe(|| match section {
        Section::Functions => functions::measure(effort, &mut findings),
        Section::Requests => wait_for(requests::measure(effort, &mut findings)),
        Section::Database => wait_for(database::measure(effort, &mut findings)),
        Section::Accepting => wait_for(batch::accepting::measure(effort, &mut findings)),
        Section::Applying => wait_for(batch::applying::measure(effort, &mut findings)),
        Section::Search => wait_for(search::measure(effort, &mut findings)),
        Section::Companies => wait_for(companies::measure(effort, &mut findings)),
        Section::Peers => wait_for(peers::measure(effort, &mut findings)),
        #[cfg(feature = "scale")]
        Section::Scale => scale::measure(effort, &mut findings),
    }));
    if let Err(panic) = outcome {
        findings.fail(message(&*panic));
    }
    findings
}

/// Runs a section on a runtime of its own, so that none of its tasks outlives it.
fn wait_for(section: impl Future<Output = ()>) {
    tokio::runtime::Runtime::new().expect("a runtime").block_on(section);
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_else(|| "a panic without a text".to_owned())
}
