//! The file of an export while it is written, and how far it is.
//!
//! `FILE.part` has the lines, and `FILE.part.state` says how many of its bytes count and which page comes next. The lines of a page are on
//! the disk before the state says so, and the state is replaced as a whole: whatever ends the process, the next one cuts off what does not
//! count, and asks for the same page again.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::search::error::Error;

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
#[derive(Debug, Serialize, Deserialize)]
struct State {
    wanted: Wanted,
    /// The bytes of the file that count.
    bytes: u64,
    /// The profiles in them.
    profiles: u64,
    /// The id that leads to the next page; none before the first one.
    before: Option<String>,
    /// Whether the last page is in them.
    whole: bool,
}

/// A file that is being written, locked, so that only one run does.
pub(super) struct Part {
    out: PathBuf,
    path: PathBuf,
    file: File,
    state: State,
}

impl Wanted {
    /// Names a difference, if there is one.
    fn difference(&self, other: &Self) -> Option<&'static str> {
        let Self { account, format, columns, for_spreadsheets, filters } = self;
        [
            (*account == other.account, "it was begun for another account"),
            (*filters == other.filters, "it was begun with other filters"),
            (*format == other.format, "it was begun with another --format"),
            (*columns == other.columns, "it was begun with other --columns"),
            (*for_spreadsheets == other.for_spreadsheets, "it was begun with another choice of --for-spreadsheets"),
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
        if fs::symlink_metadata(out).is_ok() {
            return Err(Error::Exists(out.to_owned()));
        }
        let path = with_suffix(out, ".part");
        let failed = |source| Error::File { path: path.clone(), source };
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(Error::InUse(path)),
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        let length = file.metadata().map_err(failed)?.len();
        let known = if length == 0 { None } else { Some(read_state(&path)?) };
        let other = |reason| Error::OtherExport { path: path.clone(), reason };
        let state = match known {
            Some(state) => {
                if let Some(reason) = wanted.difference(&state.wanted) {
                    return Err(other(reason));
                }
                if length < state.bytes {
                    return Err(other("it is shorter than it was"));
                }
                state
            }
            None => State { wanted, bytes: 0, profiles: 0, before: None, whole: false },
        };
        save(&path, &state)?;
        let mut part = Self { out: out.to_owned(), path, file, state };
        part.file.set_len(part.state.bytes).and_then(|()| part.file.seek(SeekFrom::End(0))).map_err(|source| part.failed(source))?;
        Ok(part)
    }

    /// Returns the number of profiles in it.
    pub(super) fn profiles(&self) -> u64 {
        self.state.profiles
    }

    /// Returns the id that leads to the next page. There is none before the first page.
    pub(super) fn before(&self) -> Option<&str> {
        self.state.before.as_deref()
    }

    /// Tells whether nothing was written yet.
    pub(super) fn is_new(&self) -> bool {
        self.state.bytes == 0 && self.state.before.is_none() && !self.state.whole
    }

    /// Tells whether the last page is written.
    pub(super) fn is_whole(&self) -> bool {
        self.state.whole
    }

    /// Adds a page: its lines, the number of profiles in them, and the id that leads to the next one, unless it is the last.
    ///
    /// # Errors
    /// If it cannot be written. Then no more may be added; a later run continues before this page.
    pub(super) fn add(&mut self, lines: &[u8], profiles: u64, before: Option<String>) -> Result<(), Error> {
        self.file.write_all(lines).and_then(|()| self.file.sync_data()).map_err(|source| self.failed(source))?;
        let state = State {
            wanted: self.state.wanted.clone(),
            bytes: self.state.bytes + lines.len() as u64,
            profiles: self.state.profiles + profiles,
            whole: before.is_none(),
            before,
        };
        save(&self.path, &state)?;
        self.state = state;
        Ok(())
    }

    /// Gives the file its name.
    ///
    /// # Errors
    /// If there is a file of this name by now, or the names can't be changed.
    pub(super) fn finish(self) -> Result<(), Error> {
        if fs::symlink_metadata(&self.out).is_ok() {
            return Err(Error::Exists(self.out));
        }
        fs::rename(&self.path, &self.out).map_err(|source| self.failed(source))?;
        // Without the file it says nothing.
        let _ = fs::remove_file(state_path(&self.path));
        Ok(())
    }

    /// Removes a file in which nothing is.
    pub(super) fn discard(self) {
        let _ = fs::remove_file(state_path(&self.path));
        let _ = fs::remove_file(&self.path);
    }

    fn failed(&self, source: io::Error) -> Error {
        Error::File { path: self.path.clone(), source }
    }
}

/// Writes the state beside its old one, and replaces that.
fn save(part: &Path, state: &State) -> Result<(), Error> {
    let path = state_path(part);
    let new = with_suffix(&path, ".new");
    let write = || -> io::Result<()> {
        let mut file = File::create(&new)?;
        file.write_all(&serde_json::to_vec(state)?)?;
        file.sync_data()?;
        fs::rename(&new, &path)
    };
    write().map_err(|source| Error::File { path: path.clone(), source })
}

fn read_state(path: &Path) -> Result<State, Error> {
    let other = |reason| Error::OtherExport { path: path.to_owned(), reason };
    let state_path = state_path(path);
    let text = match fs::read(&state_path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(other("the file that says how far it is, is missing")),
        Err(source) => return Err(Error::File { path: state_path, source }),
    };
    serde_json::from_slice(&text).map_err(|_| other("the file that says how far it is, is damaged"))
}

fn state_path(part: &Path) -> PathBuf {
    with_suffix(part, ".state")
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}
