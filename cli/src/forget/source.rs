//! The bytes of a CSV: a file that is read several times and must not change meanwhile.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, stdin};
use std::os::unix::fs::OpenOptionsExt;
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

    /// Returns the bytes from the beginning. Only the last that were asked for may be read.
    pub(crate) fn bytes(&self) -> io::Result<Bytes> {
        let mut file = self.file.try_clone()?;
        file.seek(SeekFrom::Start(0))?;
        Ok(Bytes { file, state: self.state })
    }
}

/// The bytes of a file, as long as nobody writes it.
pub(crate) struct Bytes {
    file: File,
    state: State,
}

impl Read for Bytes {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
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
