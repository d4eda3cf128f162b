//! The filters of a search, from arguments and a file, as the API takes them.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::value::{RawValue, to_raw_value};
use sha2::{Digest, Sha256};

use super::error::Error;
use super::filter;

/// The arguments that say who is meant. Without any, everybody is.
#[derive(Args)]
pub(crate) struct Who {
    /// Companies, instead of profiles. Filters and columns are of their own properties, such as 'plan=gold'.
    #[arg(long)]
    companies: bool,
    /// Only those who fit this filter, for instance 'role=admin'; `--help` shows all. May be given several times: then all must fit.
    #[arg(long = "filter", value_name = "FILTER")]
    filters: Vec<String>,
    /// Whoever fits one of the filters, instead of all; those of --filters are among them.
    #[arg(long)]
    any: bool,
    /// A file with a JSON array of filters, as the API takes them, beside those of --filter. `-` is standard input.
    #[arg(long = "filters", value_name = "FILE")]
    file: Option<PathBuf>,
}

/// What is searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Profiles,
    Companies,
}

impl Kind {
    /// Returns the name of the list in an answer, which is also what people call them.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Profiles => "profiles",
            Self::Companies => "companies",
        }
    }

    /// Returns the path of searches.
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Profiles => "/v3/analyze/profiles",
            Self::Companies => "/v3/analyze/companies",
        }
    }

    /// Returns the path of counts.
    pub(crate) fn path_of_count(self) -> &'static str {
        match self {
            Self::Profiles => "/v3/analyze/profiles/count",
            Self::Companies => "/v3/analyze/companies/count",
        }
    }
}

/// The filters, as a part of a request.
pub(crate) struct Query {
    /// What is searched.
    pub(crate) kind: Kind,
    /// The filters.
    pub(crate) filters: Vec<Box<RawValue>>,
    /// `and` or `or`.
    pub(crate) op: &'static str,
}

impl Who {
    /// Returns what is searched.
    pub(crate) fn kind(&self) -> Kind {
        if self.companies { Kind::Companies } else { Kind::Profiles }
    }

    /// Reads the filters.
    ///
    /// # Errors
    /// If a filter or the file cannot be read.
    pub(crate) fn read(&self) -> Result<Query, Error> {
        let mut filters = Vec::new();
        for text in &self.filters {
            // A `Value` always has a JSON text.
            filters.extend(to_raw_value(&filter::parse(text)?));
        }
        if let Some(path) = &self.file {
            filters.extend(read_file(path)?);
        }
        Ok(Query { kind: self.kind(), filters, op: if self.any { "or" } else { "and" } })
    }
}

impl Query {
    /// Returns a hash of the filters, which tells apart different ones, and those of companies from those of profiles.
    pub(crate) fn fingerprint(&self) -> String {
        let mut hash = Sha256::new();
        if self.kind == Kind::Companies {
            hash.update("companies ");
        }
        hash.update(self.op);
        for filter in &self.filters {
            hash.update(b"\n");
            hash.update(filter.get());
        }
        hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

fn read_file(path: &Path) -> Result<Vec<Box<RawValue>>, Error> {
    let text = if path == Path::new("-") {
        let mut text = String::new();
        io::stdin().lock().read_to_string(&mut text).map(|_| text)
    } else {
        std::fs::read_to_string(path)
    };
    let text = text.map_err(|source| Error::FilterFile { path: path.to_owned(), source })?;
    serde_json::from_str(&text).map_err(|source| Error::NotFilters { path: path.to_owned(), source })
}
