//! Doubts about a CSV: places where its bytes may not mean what a reader of CSVs makes of them.

use std::fmt;

/// A place in a CSV that is in doubt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Doubt {
    /// The line in the file. The first is 1.
    pub(crate) line: u64,
    /// The index of the cell in its row.
    pub(crate) cell: usize,
    /// What is in doubt.
    pub(crate) kind: Kind,
}

/// The kind of a doubt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A cell begins with a quote and never ends. It holds all rows below.
    OpenQuote,
    /// A quote inside a cell that does not begin with one.
    StrayQuote,
    /// Text after the quote that ends a cell.
    TextAfterQuote {
        /// Whether the quoted text has a line break: then it may be rows.
        of_lines: bool,
    },
    /// A row of another length than the header.
    Cells { row: usize, header: usize },
    /// A line break in the identifier.
    LineBreak,
    /// A quoted cell with a line that reads as a row of its own.
    HiddenRow,
    /// A line end of another kind than the lines before have.
    LineEnd,
    /// A NUL byte.
    Nul,
    /// A cell that matters and is not UTF-8.
    NotUtf8,
    /// A byte order mark that is not at the beginning of the file.
    ByteOrderMark,
}

impl Doubt {
    /// Tells whether the doubt is certainly about another cell than those of identifiers.
    pub(crate) fn spares(&self, identifiers: &[usize]) -> bool {
        match self.kind {
            Kind::StrayQuote | Kind::TextAfterQuote { of_lines: false } | Kind::HiddenRow | Kind::Nul => !identifiers.contains(&self.cell),
            // Cells that are missing or too many may have moved every cell but the first.
            Kind::Cells { .. } => identifiers == [0],
            Kind::OpenQuote
            | Kind::TextAfterQuote { of_lines: true }
            | Kind::LineBreak
            | Kind::LineEnd
            | Kind::NotUtf8
            | Kind::ByteOrderMark => false,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OpenQuote => {
                out.write_str("the quote that begins a cell here is never closed, so all rows below it would be part of that cell")
            }
            Self::StrayQuote => out.write_str("there is a quote inside a cell that does not begin with one"),
            Self::TextAfterQuote { of_lines: false } => out.write_str("there is text after the quote that ends a cell"),
            Self::TextAfterQuote { of_lines: true } => {
                out.write_str("there is text after the quote that ends a cell of several lines, so rows may be part of that cell")
            }
            Self::Cells { row, header } => {
                write!(
                    out,
                    "the row has {row} cells and the header {header}, perhaps because a comma lacks its quotes, or a quote is missing"
                )
            }
            Self::LineBreak => out.write_str("there is a line break inside the identifier, perhaps because a quote is missing"),
            Self::HiddenRow => {
                out.write_str("the quoted cell that begins here has several lines, and one of them reads as a row of its own")
            }
            Self::LineEnd => out.write_str("the line ends with another character than the lines before it"),
            Self::Nul => out.write_str("there is a NUL byte, perhaps because the file is not in UTF-8"),
            Self::NotUtf8 => out.write_str("the cell is not UTF-8, save the CSV as UTF-8"),
            Self::ByteOrderMark => out.write_str("there is a byte order mark in the middle of the file, perhaps because files were joined"),
        }
    }
}
