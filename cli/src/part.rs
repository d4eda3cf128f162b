//! The file of a command's result while it is written, and how far it is.
//!
//! `FILE.part` has the lines, and `FILE.part.state` says how many of its bytes count and where to go on. Lines are on the disk before the
//! state says so, and the state is replaced as a whole: whatever ends the process, the next one cuts off what does not count.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::csv_file::beside;

/// The reason why a file can't be written or gone on with. Each text says what to do.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("{path} can't be written")]
    File { path: PathBuf, source: io::Error },
    #[error("{path} is there already, and is not overwritten: move it away, or name another file with {option}")]
    Exists { path: PathBuf, option: &'static str },
    #[error("{path} is being written by another run of this command: wait until it has ended, or name another file with {option}")]
    InUse { path: PathBuf, option: &'static str },
    #[error(
        "{path} is not the beginning of this {what}: {reason}. Name another file with {option}, or remove {path} and {path}.state to begin anew"
    )]
    Other { path: PathBuf, option: &'static str, what: &'static str, reason: &'static str },
}

/// What a command writes, for messages.
#[derive(Clone, Copy)]
pub(crate) struct Kind {
    /// What it is.
    pub(crate) what: &'static str,
    /// The option that names the file.
    pub(crate) option: &'static str,
}

/// How far a command is.
pub(crate) trait Progress: Serialize + DeserializeOwned {
    /// Names the difference to what an earlier run began, if there is one that forbids to go on.
    fn difference(&self, begun: &Self) -> Option<&'static str>;
}

#[derive(Serialize, Deserialize)]
struct State<P> {
    #[serde(flatten)]
    progress: P,
    /// The bytes of the file that count.
    bytes: u64,
}

/// A file that is being written, locked, so that only one run does.
pub(crate) struct Part<P> {
    kind: Kind,
    out: PathBuf,
    path: PathBuf,
    file: File,
    state: State<P>,
}

impl<P: Progress> Part<P> {
    /// Begins a file, or opens one that an earlier run left.
    ///
    /// # Errors
    /// If it cannot be written, if another run writes it, or if it was begun for something else.
    pub(crate) fn open(kind: Kind, out: &Path, fresh: P) -> Result<Self, Error> {
        let Kind { what, option } = kind;
        if fs::symlink_metadata(out).is_ok() {
            return Err(Error::Exists { path: out.to_owned(), option });
        }
        let path = beside(out, ".part");
        let failed = |source| Error::File { path: path.clone(), source };
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(Error::InUse { path, option }),
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        let length = file.metadata().map_err(failed)?.len();
        let other = |reason| Error::Other { path: path.clone(), option, what, reason };
        let state = match read_state::<P>(&path, length)? {
            Known::Nothing => State { progress: fresh, bytes: 0 },
            Known::Missing => return Err(other("the file that says how far it is, is missing")),
            Known::Damaged => return Err(other("the file that says how far it is, is damaged")),
            Known::State(state) => {
                if let Some(reason) = fresh.difference(&state.progress) {
                    return Err(other(reason));
                }
                if length < state.bytes {
                    return Err(other("it is shorter than it was"));
                }
                state
            }
        };
        let mut part = Self { kind, out: out.to_owned(), path, file, state };
        part.save()?;
        part.file.set_len(part.state.bytes).and_then(|()| part.file.seek(SeekFrom::End(0))).map_err(|source| part.failed(source))?;
        Ok(part)
    }

    /// Returns how far it is.
    pub(crate) fn progress(&self) -> &P {
        &self.state.progress
    }

    /// Tells whether nothing is in it.
    pub(crate) fn is_empty(&self) -> bool {
        self.state.bytes == 0
    }

    /// Writes lines, which count from the next [`keep`](Self::keep) on.
    ///
    /// # Errors
    /// If they can't be written. Then no more may be; a later run cuts them off.
    pub(crate) fn write(&mut self, lines: &[u8]) -> Result<(), Error> {
        self.file.write_all(lines).map_err(|source| self.failed(source))
    }

    /// Makes all that was written count, and stores how far the command is.
    ///
    /// # Errors
    /// If it can't be written. Then no more may be; a later run goes on from what was kept before.
    pub(crate) fn keep(&mut self, progress: P) -> Result<(), Error> {
        self.file.sync_data().map_err(|source| self.failed(source))?;
        let bytes = self.file.stream_position().map_err(|source| self.failed(source))?;
        self.state = State { progress, bytes };
        self.save()
    }

    /// Gives the file its name.
    ///
    /// # Errors
    /// If there is a file of this name by now, or the names can't be changed.
    pub(crate) fn finish(self) -> Result<(), Error> {
        if fs::symlink_metadata(&self.out).is_ok() {
            return Err(Error::Exists { path: self.out, option: self.kind.option });
        }
        fs::rename(&self.path, &self.out).map_err(|source| self.failed(source))?;
        // Without the file it says nothing.
        let _ = fs::remove_file(state_path(&self.path));
        Ok(())
    }

    /// Removes a file in which nothing is.
    pub(crate) fn discard(self) {
        let _ = fs::remove_file(state_path(&self.path));
        let _ = fs::remove_file(&self.path);
    }

    /// Writes the state beside its old one, and replaces that.
    fn save(&self) -> Result<(), Error> {
        let path = state_path(&self.path);
        let new = beside(&path, ".new");
        let write = || -> io::Result<()> {
            let mut file = File::create(&new)?;
            file.write_all(&serde_json::to_vec(&self.state)?)?;
            file.sync_data()?;
            fs::rename(&new, &path)
        };
        write().map_err(|source| Error::File { path: path.clone(), source })
    }

    fn failed(&self, source: io::Error) -> Error {
        Error::File { path: self.path.clone(), source }
    }
}

/// What is known of a file from an earlier run.
enum Known<P> {
    /// It is new.
    Nothing,
    State(State<P>),
    Missing,
    Damaged,
}

/// Reads the state of a file of this length. An empty file is a new one.
fn read_state<P: Progress>(part: &Path, length: u64) -> Result<Known<P>, Error> {
    if length == 0 {
        return Ok(Known::Nothing);
    }
    let path = state_path(part);
    match fs::read(&path) {
        Ok(text) => Ok(serde_json::from_slice(&text).map_or(Known::Damaged, Known::State)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Known::Missing),
        Err(source) => Err(Error::File { path, source }),
    }
}

fn state_path(part: &Path) -> PathBuf {
    beside(part, ".state")
}
