//! What became of a row, and the line that says so.

use csv::ByteRecord;

use super::identifier::By;

/// Ends the message of a row that failed although the API may have done what it was asked. Read again by a later run.
const MAYBE_DONE: &str = "; it may have been carried out";

/// What became of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Deleted; the line has both ids.
    Forgotten,
    /// Nobody is called so now. An attempt before, which got no answer, may have deleted the user.
    ForgottenOrNotFound,
    /// Nobody is called so, and nobody was when this was first asked.
    NotFound,
    /// The column is blank.
    Blank,
    /// An earlier row has the same identifier; whatever becomes of the user stands there.
    Duplicate,
    /// Refused, or tried in vain. A later run tries it again.
    Failed,
    /// Asked, and not answered yet. Only found where a run was cut off.
    UnderWay,
    /// The API knows the user. Only counted, in a dry run.
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

    /// What it is called in the result.
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

    /// Whether a later run leaves the row alone.
    pub(crate) fn is_settled(self) -> bool {
        !matches!(self, Self::Failed | Self::UnderWay)
    }

    fn named(name: &[u8]) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.name().as_bytes() == name)
    }
}

/// An outcome with what is told beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    /// What became of the row.
    pub(crate) outcome: Outcome,
    /// The profile that was deleted.
    pub(crate) profile_id: String,
    /// The API's record of the deletion.
    pub(crate) deletion_id: String,
    /// Why, where the outcome alone does not say it. One line.
    pub(crate) message: String,
}

impl Told {
    /// An outcome without ids.
    pub(crate) fn new(outcome: Outcome, message: impl Into<String>) -> Self {
        Self { outcome, profile_id: String::new(), deletion_id: String::new(), message: message.into() }
    }

    /// A row that failed; `maybe_done` if the API may have done what it was asked.
    pub(crate) fn failed(mut message: String, maybe_done: bool) -> Self {
        if maybe_done {
            message.push_str(MAYBE_DONE);
        }
        Self::new(Outcome::Failed, message)
    }

    /// The line of the result.
    pub(crate) fn line(&self, row: u64, cell: &[u8], url: &str) -> ByteRecord {
        let row = row.to_string();
        let ids = [self.profile_id.as_bytes(), self.deletion_id.as_bytes()];
        let [profile_id, deletion_id] = ids;
        [row.as_bytes(), cell, profile_id, deletion_id, self.outcome.name().as_bytes(), self.message.as_bytes(), url.as_bytes()]
            .into_iter()
            .collect()
    }
}

/// The header of the result. The address stands last and has no line end, so that a line that ends with it is whole.
pub(crate) fn header(by: By) -> [&'static str; 7] {
    ["row", by.name(), "profile_id", "deletion_id", "outcome", "message", "url"]
}

/// What a later run needs of a line.
pub(crate) struct Line<'a> {
    /// The row of the CSV.
    pub(crate) row: u64,
    /// What the column held.
    pub(crate) cell: &'a [u8],
    /// What became of it.
    pub(crate) outcome: Outcome,
    /// Whether the user may have been deleted without an answer that said so.
    pub(crate) maybe_done: bool,
    /// Which deployment was asked.
    pub(crate) url: &'a [u8],
}

impl<'a> Line<'a> {
    /// Reads a line of the result; nothing if it is none, or only a part of one.
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
            let record = Told::new(outcome, "why").line(7, b"a,\n\xff", "http://x");
            let line = Line::read(&record).unwrap();
            assert_eq!((line.row, line.cell, line.outcome, line.url), (7, &b"a,\n\xff"[..], outcome, &b"http://x"[..]));
            assert_eq!(line.maybe_done, outcome == Outcome::UnderWay);
        }
    }

    #[test]
    fn a_failure_that_may_have_been_none_is_known_later() {
        let record = Told::failed("504".to_owned(), true).line(1, b"a", "u");
        assert!(Line::read(&record).unwrap().maybe_done);
        let record = Told::failed("422".to_owned(), false).line(1, b"a", "u");
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
