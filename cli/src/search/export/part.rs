//! The file of an export while it is written, and how far it is.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::part::{self, Error, Kind, Progress};

const EXPORT: Kind = Kind { what: "export", option: "--out" };

/// What is exported. An export is continued only with the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Wanted {
    /// The account's id.
    pub(super) account: String,
    /// The format's name.
    pub(super) format: String,
    /// The columns' names; none: everything.
    pub(super) columns: Option<Vec<String>>,
    /// Whether cells are kept from being formulas.
    pub(super) for_spreadsheets: bool,
    /// A hash of the filters.
    pub(super) filters: String,
}

/// How far an export is.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct State {
    wanted: Wanted,
    /// The profiles in the file.
    profiles: u64,
    /// The id that leads to the next page; none before the first one.
    before: Option<String>,
    /// Whether the last page is in the file.
    whole: bool,
}

/// A file that is being written, locked, so that only one run does.
pub(super) struct Part(part::Part<State>);

impl Progress for State {
    fn difference(&self, begun: &Self) -> Option<&'static str> {
        let Wanted { account, format, columns, for_spreadsheets, filters } = &self.wanted;
        let begun = &begun.wanted;
        [
            (*account == begun.account, "it was begun for another account"),
            (*filters == begun.filters, "it was begun with other filters"),
            (*format == begun.format, "it was begun with another --format"),
            (*columns == begun.columns, "it was begun with other --columns"),
            (*for_spreadsheets == begun.for_spreadsheets, "it was begun with another choice of --for-spreadsheets"),
        ]
        .into_iter()
        .find_map(|(is_same, difference)| (!is_same).then_some(difference))
    }
}

impl Part {
    /// Begins a file, or opens one that an earlier run left.
    ///
    /// # Errors
    /// If it cannot be written, if another run writes it, or if it is no part of this export.
    pub(super) fn open(out: &Path, wanted: Wanted) -> Result<Self, Error> {
        part::Part::open(EXPORT, out, State { wanted, profiles: 0, before: None, whole: false }).map(Self)
    }

    /// Returns the number of profiles in it.
    pub(super) fn profiles(&self) -> u64 {
        self.0.progress().profiles
    }

    /// Returns the id that leads to the next page. There is none before the first page.
    pub(super) fn before(&self) -> Option<&str> {
        self.0.progress().before.as_deref()
    }

    /// Tells whether nothing was written yet.
    pub(super) fn is_new(&self) -> bool {
        self.0.is_empty() && self.before().is_none() && !self.is_whole()
    }

    /// Tells whether the last page is written.
    pub(super) fn is_whole(&self) -> bool {
        self.0.progress().whole
    }

    /// Adds a page: its lines, the number of profiles in them, and the id that leads to the next one, unless it is the last.
    ///
    /// # Errors
    /// If it cannot be written. Then no more may be added; a later run continues before this page.
    pub(super) fn add(&mut self, lines: &[u8], profiles: u64, before: Option<String>) -> Result<(), Error> {
        self.0.write(lines)?;
        let wanted = self.0.progress().wanted.clone();
        self.0.keep(State { wanted, profiles: self.profiles() + profiles, whole: before.is_none(), before })
    }

    /// Gives the file its name.
    ///
    /// # Errors
    /// If there is a file of this name by now, or the names can't be changed.
    pub(super) fn finish(self) -> Result<(), Error> {
        self.0.finish()
    }

    /// Removes a file in which nothing is.
    pub(super) fn discard(self) {
        self.0.discard();
    }
}
