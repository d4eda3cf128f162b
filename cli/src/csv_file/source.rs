//! The bytes of a CSV: a file that is read several times and must not change meanwhile.

use std::ffi::OsString;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, stdin};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// The name of standard input on the command line.
const STANDARD_INPUT: &str = "-";

/// A CSV that is open. What can be read only once is copied into a temporary file first.
pub(crate) struct Source {
    file: File,
    path: PathBuf,
    state: State,
}

/// What changes when somebody writes a file.
#[derive(Clone, Copy, PartialEq, Eq)]
struct State {
    length: u64,
    written: Option<SystemTime>,
}

impl State {
    fn of(metadata: &Metadata) -> Self {
        Self { length: metadata.len(), written: metadata.modified().ok() }
    }
}

impl Source {
    /// Opens a file, a pipe, or with `-` standard input.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let file = if path == Path::new(STANDARD_INPUT) {
            copy(&mut stdin().lock())?
        } else {
            let mut file = File::open(path)?;
            if Self::is_file(path) { file } else { copy(&mut file)? }
        };
        let state = State::of(&file.metadata()?);
        Ok(Self { file, path: path.to_owned(), state })
    }

    /// Tells whether this is a file that can be read again, so that another one may be written beside it.
    pub(crate) fn is_file(path: &Path) -> bool {
        path != Path::new(STANDARD_INPUT) && fs::metadata(path).is_ok_and(|metadata| metadata.is_file())
    }

    /// Returns the path, for messages.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the bytes from the beginning. Several may be read at once.
    pub(crate) fn bytes(&self) -> io::Result<Bytes> {
        Ok(Bytes { file: self.file.try_clone()?, at: 0, state: self.state })
    }
}

/// The bytes of a file, as long as nobody writes it.
pub(crate) struct Bytes {
    file: File,
    /// The position of the next byte. The file's own is shared with others who read it.
    at: u64,
    state: State,
}

impl Seek for Bytes {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
            SeekFrom::End(by) => self.state.length.checked_add_signed(by),
        };
        self.at = at.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

impl Read for Bytes {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_at(buffer, self.at)?;
        self.at += read as u64;
        if State::of(&self.file.metadata()?) == self.state {
            Ok(read)
        } else {
            Err(io::Error::other("it was changed during the run; run the same command again, and leave the file as it is until the end"))
        }
    }
}

/// Copies the bytes into a file that only this process has.
fn copy(from: &mut impl Read) -> io::Result<File> {
    let path = std::env::temp_dir().join(format!("profiles-{:032x}", rand::random::<u128>()));
    let mut file = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(&path)?;
    // Without a name, it is gone however the process ends.
    fs::remove_file(&path)?;
    io::copy(from, &mut file)?;
    Ok(file)
}

/// Appends `suffix` to a path's file name.
pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}
