//! The result file: the outcome of each row, from which a later run continues.
//!
//! During a run, lines are only added: `under_way` before a request is sent, and the outcome after it. The last line of a row counts.
//! When every row has its outcome, the file is replaced atomically by one with a single line for each row, in their order.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use csv::{ByteRecord, Writer};

use super::error::Error;
use super::identifier::By;
use super::input::Input;
use super::lines::Lines;
use super::outcome::{Line, Outcome, RowResult, header};

/// The result file, open and locked, so that only one run writes it.
pub(crate) struct Results {
    file: File,
    path: PathBuf,
    by: By,
    url: String,
    /// The file's length in bytes.
    end: u64,
    /// The file's result of each row, from the first on.
    known: Vec<Option<Known>>,
}

/// The state of a row in the file.
#[derive(Clone, Copy)]
pub(crate) struct Known {
    /// Its outcome so far.
    pub(crate) outcome: Outcome,
    /// Whether the user may have been deleted without a response that says so.
    pub(crate) maybe_done: bool,
    /// The position of the line.
    at: u64,
}

impl Results {
    /// Opens or creates the result for a CSV of `rows` rows. Removes a last line that was cut off.
    ///
    /// # Errors
    /// If another run has it open, if it can't be read and written, or if it is not the result for this CSV.
    pub(crate) fn open(path: &Path, by: By, url: &str, rows: u64) -> Result<Self, Error> {
        let unusable = |source| Error::Result { path: path.to_owned(), source };
        let file = OpenOptions::new().read(true).append(true).create(true).open(path).map_err(unusable)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(Error::InUse(path.to_owned())),
            Err(TryLockError::Error(error)) => return Err(unusable(error)),
        }
        let mut results = Self {
            file,
            path: path.to_owned(),
            by,
            url: url.to_owned(),
            end: 0,
            known: Vec::with_capacity(usize::try_from(rows).unwrap_or_default()),
        };
        if results.begin()? {
            results.load(rows)?;
        }
        Ok(results)
    }

    /// Returns the state of a row, if the file has it.
    pub(crate) fn known(&self, row: u64) -> Option<Known> {
        self.known.get(index(row)?).copied().flatten()
    }

    /// Checks that the file's rows have the identifiers of the CSV's rows.
    ///
    /// # Errors
    /// If they differ: then the file is the result for another CSV or column.
    pub(crate) fn check(&self, mut input: Input<'_>) -> Result<(), Error> {
        if self.known.is_empty() {
            return Ok(());
        }
        let mut lines = self.lines()?;
        while let Some(row) = input.next()? {
            let Some(known) = self.known(row.number) else { continue };
            let record = lines.at(known.at).map_err(|error| self.unreadable(error))?;
            if record.and_then(Line::read).is_none_or(|line| line.cell != row.cell) {
                return Err(self.foreign(format!("row {} has a different {} there", row.number, self.by.name())));
            }
        }
        Ok(())
    }

    /// Adds a line. It is in the file even if this process is killed right after.
    ///
    /// # Errors
    /// If it can't be written. Then no more lines may be added; a later run repairs the file.
    pub(crate) fn add(&mut self, row: u64, cell: &[u8], result: &RowResult) -> Result<(), Error> {
        let at = self.end;
        self.append(&result.line(row, cell, &self.url))?;
        self.keep(row, Known { outcome: result.outcome, maybe_done: false, at });
        Ok(())
    }

    /// Replaces all lines by one for each row.
    ///
    /// # Errors
    /// If the new file can't be written. Then the old one stays, and a later run can continue from it.
    pub(crate) fn finish(self) -> Result<(), Error> {
        let mut name = self.path.clone().into_os_string();
        name.push(".new");
        let new = PathBuf::from(name);
        self.write_in_order(&new)?;
        std::fs::rename(&new, &self.path).map_err(|source| self.unusable(source))
    }

    fn write_in_order(&self, new: &Path) -> Result<(), Error> {
        let unusable = |source| Error::Result { path: new.to_owned(), source };
        let unwritable = |error: csv::Error| unusable(error.into());
        let file = File::create(new).map_err(unusable)?;
        // With the permissions of the old one, so that nobody else can read it.
        file.set_permissions(self.file.metadata().map_err(unusable)?.permissions()).map_err(unusable)?;
        let mut writer = Writer::from_writer(BufWriter::new(file));
        writer.write_record(header(self.by)).map_err(unwritable)?;
        let mut lines = self.lines()?;
        for known in self.known.iter().flatten() {
            let line = lines.at(known.at).map_err(|error| self.unreadable(error))?;
            let line = line.ok_or_else(|| self.unusable(io::ErrorKind::UnexpectedEof.into()))?;
            writer.write_byte_record(line).map_err(unwritable)?;
        }
        let buffer = writer.into_inner().map_err(|error| unusable(io::Error::other(error.to_string())))?;
        let file = buffer.into_inner().map_err(|error| unusable(error.into_error()))?;
        // The new name must not reach the disk before the lines.
        file.sync_all().map_err(unusable)
    }

    /// Writes the header into a new file, or again into one that ends within it. Returns whether there is more.
    fn begin(&mut self) -> Result<bool, Error> {
        let header = ByteRecord::from(header(self.by).to_vec());
        let bytes = to_bytes(&header).map_err(|source| self.unusable(source))?;
        let mut there = Vec::new();
        let most = bytes.len() as u64;
        (&self.file).take(most).read_to_end(&mut there).map_err(|source| self.unusable(source))?;
        if there.len() < bytes.len() && bytes.starts_with(&there) {
            self.cut(0)?;
            self.append(&header)?;
            return Ok(false);
        }
        Ok(true)
    }

    /// Reads the lines of an earlier run.
    fn load(&mut self, rows: u64) -> Result<(), Error> {
        let length = self.file.metadata().map_err(|source| self.unusable(source))?.len();
        let mut lines = self.lines()?;
        let is_ended = self.is_ended()?;
        let first = lines.next().map_err(|error| self.unreadable(error))?;
        self.check_header(first)?;
        loop {
            let at = lines.position();
            let Some(record) = lines.next().map_err(|error| self.unreadable(error))? else { break };
            let (number, line) = (record.position().map_or(0, csv::Position::line), Line::read(record));
            let known = match line {
                // In a line without its end, only the whole address shows that nothing is missing.
                Some(line) if line.url == self.url.as_bytes() => {
                    if line.row > rows {
                        return Err(self.foreign(format!("it has a row {}, but the CSV has only {rows}", line.row)));
                    }
                    Some((line.row, Known { outcome: line.outcome, maybe_done: line.maybe_done, at }))
                }
                Some(line) if is_ended || !self.url.as_bytes().starts_with(line.url) => {
                    return Err(self.foreign(format!("it is for {}, not {}", String::from_utf8_lossy(line.url), self.url)));
                }
                _ => None,
            };
            match known {
                Some((row, known)) => self.keep(row, known),
                None if lines.position() >= length => return self.cut(at),
                None => return Err(self.foreign(format!("its line {number} is damaged"))),
            }
        }
        self.end = length;
        if is_ended { Ok(()) } else { self.write(b"\n") }
    }

    fn check_header(&self, first: Option<&ByteRecord>) -> Result<(), Error> {
        let is_header_by = |by| first.is_some_and(|record| record.iter().eq(header(by).map(str::as_bytes)));
        match [By::Uid, By::Email].into_iter().find(|by| is_header_by(*by)) {
            Some(by) if by == self.by => Ok(()),
            Some(by) => Err(self.foreign(format!("it was written with --by {}", by.name()))),
            None => Err(self.foreign("its first line is not the header of a result".to_owned())),
        }
    }

    /// Tells whether the last byte ends a line.
    fn is_ended(&self) -> Result<bool, Error> {
        let mut last = [0];
        (&self.file).seek(SeekFrom::End(-1)).map_err(|source| self.unusable(source))?;
        (&self.file).read_exact(&mut last).map_err(|source| self.unusable(source))?;
        Ok(last == *b"\n")
    }

    /// Cuts the file off at this byte.
    fn cut(&mut self, at: u64) -> Result<(), Error> {
        self.end = at;
        self.file.set_len(at).map_err(|source| self.unusable(source))
    }

    fn append(&mut self, record: &ByteRecord) -> Result<(), Error> {
        let bytes = to_bytes(record).map_err(|source| self.unusable(source))?;
        self.write(&bytes)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.file.write_all(bytes).map_err(|source| self.unusable(source))?;
        self.end += bytes.len() as u64;
        Ok(())
    }

    fn keep(&mut self, row: u64, known: Known) {
        let Some(index) = index(row) else { return };
        if index >= self.known.len() {
            self.known.resize(index + 1, None);
        }
        if let Some(slot) = self.known.get_mut(index) {
            *slot = Some(known);
        }
    }

    fn lines(&self) -> Result<Lines, Error> {
        Lines::open(&self.path).map_err(|error| self.unreadable(error))
    }

    fn unusable(&self, source: io::Error) -> Error {
        Error::Result { path: self.path.clone(), source }
    }

    fn unreadable(&self, error: csv::Error) -> Error {
        self.unusable(error.into())
    }

    fn foreign(&self, reason: String) -> Error {
        Error::OtherResult { path: self.path.clone(), reason }
    }
}

fn index(row: u64) -> Option<usize> {
    usize::try_from(row.checked_sub(1)?).ok()
}

fn to_bytes(record: &ByteRecord) -> io::Result<Vec<u8>> {
    let mut writer = Writer::from_writer(Vec::new());
    writer.write_byte_record(record)?;
    writer.into_inner().map_err(|error| io::Error::other(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "http://127.0.0.1:9000";

    /// A file of its own, removed at the end.
    struct Scratch(PathBuf);

    impl Scratch {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("profiles-{}-{name}.csv", std::process::id()));
            let _ = std::fs::remove_file(&path);
            Self(path)
        }

        fn open(&self) -> Result<Results, Error> {
            Results::open(&self.0, By::Uid, URL, 9)
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            let _ = std::fs::remove_file(&self.0);
        }
    }

    /// The rows and outcomes in the file.
    fn outcomes(results: &Results) -> Vec<(u64, Outcome)> {
        (1..=9).filter_map(|row| Some((row, results.known(row)?.outcome))).collect()
    }

    #[test]
    fn of_a_file_cut_off_anywhere_every_whole_line_counts() {
        let scratch = Scratch::new("cut-off");
        let mut ends = Vec::new();
        let mut results = scratch.open().unwrap();
        for (row, cell) in [(2, "a"), (1, "b\nc,\"\n"), (3, "")] {
            results.add(row, cell.as_bytes(), &RowResult::failed("why, \"so\"".to_owned(), true)).unwrap();
            ends.push((results.end, row));
        }
        drop(results);
        let whole = std::fs::read(&scratch.0).unwrap();
        for length in 0..=whole.len() {
            std::fs::write(&scratch.0, &whole[..length]).unwrap();
            let mut results = scratch.open().unwrap();
            // The line's end alone may be missing.
            let mut rows: Vec<_> = ends.iter().filter(|(end, _)| *end <= length as u64 + 1).map(|(_, row)| *row).collect();
            rows.sort_unstable();
            assert_eq!(outcomes(&results), rows.iter().map(|row| (*row, Outcome::Failed)).collect::<Vec<_>>(), "cut off at {length}");
            results.add(9, b"next", &RowResult::new(Outcome::NotFound, "")).unwrap();
            drop(results);
            rows.push(9);
            let again = scratch.open().unwrap();
            assert_eq!(outcomes(&again).into_iter().map(|(row, _)| row).collect::<Vec<_>>(), rows, "gone on from {length}");
            assert_eq!(again.end, std::fs::metadata(&scratch.0).unwrap().len());
        }
    }

    #[test]
    fn the_last_line_of_a_row_counts_and_is_kept_in_the_order_of_rows() {
        let scratch = Scratch::new("order");
        let mut results = scratch.open().unwrap();
        for (row, cell, outcome) in [
            (1, b"a", Outcome::UnderWay),
            (2, b"b", Outcome::UnderWay),
            (2, b"b", Outcome::Forgotten),
            (3, b"c", Outcome::Blank),
            (1, b"a", Outcome::NotFound),
        ] {
            results.add(row, cell, &RowResult::new(outcome, "")).unwrap();
        }
        results.finish().unwrap();
        let due = [(1, Outcome::NotFound), (2, Outcome::Forgotten), (3, Outcome::Blank)];
        assert_eq!(outcomes(&scratch.open().unwrap()), due);
        let text = std::fs::read_to_string(&scratch.0).unwrap();
        assert_eq!(text.lines().count(), 4);
        assert!(text.lines().skip(1).map(|line| line.split_once(',').unwrap().0).eq(["1", "2", "3"]), "{text}");
    }

    #[test]
    fn a_spreadsheet_program_may_have_saved_it() {
        let scratch = Scratch::new("saved");
        let text = format!("row,uid,profile_id,deletion_id,outcome,message,url\r\n1,a,,,not_found,,{URL}\r\n2,b,,,blank,,{URL}\r\n");
        std::fs::write(&scratch.0, text).unwrap();
        let mut results = scratch.open().unwrap();
        results.add(3, b"c", &RowResult::new(Outcome::Forgotten, "")).unwrap();
        results.finish().unwrap();
        let due = [(1, Outcome::NotFound), (2, Outcome::Blank), (3, Outcome::Forgotten)];
        assert_eq!(outcomes(&scratch.open().unwrap()), due);
    }
}
