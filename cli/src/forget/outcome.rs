//! The outcome of a row, and its line in the result.

use csv::ByteRecord;

use super::identifier::By;

/// The end of the message of a failed row whose request may have been carried out. A later run reads it.
const MAYBE_DONE: &str = "; it may have been carried out";

/// The outcome of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The user is deleted. The line has both ids.
    Forgotten,
    /// There is no such user now. An earlier attempt without a response may have deleted the user.
    ForgottenOrNotFound,
    /// There is no such user, and was none at the first attempt.
    NotFound,
    /// The column is blank.
    Blank,
    /// An earlier row has the same identifier, and the outcome.
    Duplicate,
    /// The request was refused, or all attempts failed. A later run tries again.
    Failed,
    /// A request was sent, without a response so far. Only found if a run was interrupted.
    UnderWay,
    /// The API knows the user. Only in a dry run.
    Exists,
}

impl Outcome {
    const ALL: [Self; 8] = [
        Self::Exists,
        Self::Forgotten,
        Self::ForgottenOrNotFound,
        Self::NotFound,
        Self::Blank,
        Self::Duplicate,
        Self::Failed,
        Self::UnderWay,
    ];

    /// Returns its name in the result.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Forgotten => "forgotten",
            Self::ForgottenOrNotFound => "forgotten_or_not_found",
            Self::NotFound => "not_found",
            Self::Blank => "blank",
            Self::Duplicate => "duplicate",
            Self::Failed => "failed",
            Self::UnderWay => "under_way",
            Self::Exists => "exists",
        }
    }

    /// Tells whether a later run leaves the row as it is.
    pub(crate) fn is_settled(self) -> bool {
        !matches!(self, Self::Failed | Self::UnderWay)
    }

    fn named(name: &[u8]) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.name().as_bytes() == name)
    }
}

/// The outcome of a row, and the other cells of its line in the result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RowResult {
    /// The outcome.
    pub(crate) outcome: Outcome,
    /// The id of the deleted profile.
    pub(crate) profile_id: String,
    /// The id of the API's record of the deletion.
    pub(crate) deletion_id: String,
    /// The reason, if the outcome does not say it. One line.
    pub(crate) message: String,
}

impl RowResult {
    /// Makes the result for an outcome without ids.
    pub(crate) fn new(outcome: Outcome, message: impl Into<String>) -> Self {
        Self { outcome, profile_id: String::new(), deletion_id: String::new(), message: message.into() }
    }

    /// Makes the result of a failed row. `maybe_done` means that the request may have been carried out.
    pub(crate) fn failed(mut message: String, maybe_done: bool) -> Self {
        if maybe_done {
            message.push_str(MAYBE_DONE);
        }
        Self::new(Outcome::Failed, message)
    }

    /// Returns the row's line.
    pub(crate) fn line(&self, row: u64, cell: &[u8], url: &str) -> ByteRecord {
        let row = row.to_string();
        let ids = [self.profile_id.as_bytes(), self.deletion_id.as_bytes()];
        let [profile_id, deletion_id] = ids;
        [row.as_bytes(), cell, profile_id, deletion_id, self.outcome.name().as_bytes(), self.message.as_bytes(), url.as_bytes()]
            .into_iter()
            .collect()
    }
}

/// Returns the header of the result. The address is last and contains no line end, so a line that ends with it is complete.
pub(crate) fn header(by: By) -> [&'static str; 7] {
    ["row", by.name(), "profile_id", "deletion_id", "outcome", "message", "url"]
}

/// The part of a line that a later run needs.
pub(crate) struct Line<'a> {
    /// The number of the row in the CSV.
    pub(crate) row: u64,
    /// The bytes in the column.
    pub(crate) cell: &'a [u8],
    /// The outcome.
    pub(crate) outcome: Outcome,
    /// Whether the user may have been deleted without a response that says so.
    pub(crate) maybe_done: bool,
    /// The address of the deployment.
    pub(crate) url: &'a [u8],
}

impl<'a> Line<'a> {
    /// Reads a line of the result. Returns `None` if it is not a complete one.
    pub(crate) fn read(record: &'a ByteRecord) -> Option<Self> {
        let mut cells = record.iter();
        let mut cell = || cells.next();
        let (row, identifier, _, _, outcome, message, url) = (cell()?, cell()?, cell()?, cell()?, cell()?, cell()?, cell()?);
        let row = str::from_utf8(row).ok()?.parse().ok().filter(|row| *row > 0)?;
        let outcome = Outcome::named(outcome)?;
        let maybe_done = outcome == Outcome::UnderWay || message.ends_with(MAYBE_DONE.as_bytes());
        cells.next().is_none().then_some(Self { row, cell: identifier, outcome, maybe_done, url })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_as_it_was_written() {
        for outcome in Outcome::ALL {
            let record = RowResult::new(outcome, "why").line(7, b"a,\n\xff", "http://x");
            let line = Line::read(&record).unwrap();
            assert_eq!((line.row, line.cell, line.outcome, line.url), (7, &b"a,\n\xff"[..], outcome, &b"http://x"[..]));
            assert_eq!(line.maybe_done, outcome == Outcome::UnderWay);
        }
    }

    #[test]
    fn a_failure_that_may_have_been_none_is_known_later() {
        let record = RowResult::failed("504".to_owned(), true).line(1, b"a", "u");
        assert!(Line::read(&record).unwrap().maybe_done);
        let record = RowResult::failed("422".to_owned(), false).line(1, b"a", "u");
        assert!(!Line::read(&record).unwrap().maybe_done);
    }

    #[test]
    fn what_is_not_a_whole_line_is_none() {
        for cells in [&["1"][..], &["1", "a", "", "", "forgotten", ""], &["0", "a", "", "", "forgotten", "", "u"]] {
            assert!(Line::read(&ByteRecord::from(cells.to_vec())).is_none(), "{cells:?}");
        }
        for cells in [["x", "a", "", "", "failed", "", "u"], ["1", "a", "", "", "eaten", "", "u"]] {
            assert!(Line::read(&ByteRecord::from(cells.to_vec())).is_none(), "{cells:?}");
        }
    }
}
