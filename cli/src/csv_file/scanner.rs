//! Looks for doubts in the bytes of a CSV.
//!
//! The crate `csv` reads anything as a CSV. What has no doubt here is read in the same way by every reader, also by a strict one.

use super::doubt::{Doubt, Kind};
use super::utf8::Utf8;

const BYTE_ORDER_MARK: [u8; 3] = *b"\xef\xbb\xbf";

/// The place of the next byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Before the first cell of a row.
    Row,
    /// Before another cell.
    Cell,
    /// In a cell without quotes.
    Plain,
    /// In a cell with quotes.
    Quoted,
    /// After a quote in a cell with quotes: it ends the cell, or another quote follows.
    Quote,
}

/// What matters in a CSV.
#[derive(Clone, Debug, Default)]
pub(crate) struct Care {
    /// The cells that identify a user or company. Each has one line.
    pub(crate) identifiers: Vec<usize>,
    /// The cells that must be UTF-8.
    pub(crate) texts: Vec<usize>,
    /// The doubts that are passed over.
    pub(crate) accepted: Accepted,
    /// The doubts that a command can be told to pass over.
    pub(crate) acceptable: Accepted,
}

/// Doubts that are passed over. Those in the header never are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Accepted {
    /// None.
    #[default]
    Nothing,
    /// All that are certainly not about an identifier.
    SparesIdentifiers,
    /// Quoted cells of several lines, none of an identifier, of which one reads as a row of its own.
    CellsOfSeveralLines,
}

impl Care {
    /// Tells whether a doubt is passed over.
    fn accepts(&self, doubt: Doubt) -> bool {
        match self.accepted {
            Accepted::Nothing => false,
            Accepted::SparesIdentifiers => doubt.spares(&self.identifiers),
            Accepted::CellsOfSeveralLines => doubt.kind == Kind::HiddenRow && doubt.spares(&self.identifiers),
        }
    }

    /// Tells whether the command could be told to pass over a doubt in this way, and was not.
    pub(super) fn could_accept(&self, way: Accepted, doubt: Doubt) -> bool {
        let told = Self { accepted: way, ..self.clone() };
        self.acceptable == way && !self.accepts(doubt) && told.accepts(doubt)
    }
}

/// Scans a CSV, block by block.
pub(crate) struct Scanner {
    /// What matters in the rows; none while only the header is scanned.
    care: Option<Care>,
    place: Place,
    /// The cells of the header, once it is read.
    columns: Option<usize>,
    rows: u64,
    line: u64,
    row_line: u64,
    cell: usize,
    quote_line: u64,
    after_carriage_return: bool,
    /// Whether lines end with a carriage return alone, once a line has ended.
    carriage_returns: Option<bool>,
    /// The number of bytes of a byte order mark so far, at the beginning of the file and of a row.
    mark_of_file: Option<usize>,
    mark_of_row: Option<usize>,
    utf8: Utf8,
    part: Part,
    /// The first line of this row that reads as a row of its own.
    hidden_row: Option<Doubt>,
}

/// What a scan found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Scanned {
    /// Whether there is a row.
    pub(crate) has_header: bool,
    /// The number of rows below the header.
    pub(crate) rows: u64,
}

/// The part of the text between two line breaks, as far as it is read.
#[derive(Default)]
struct Part {
    commas: usize,
    /// Its commas in the quoted cell that was begun last.
    commas_of_cell: usize,
    /// Its commas in quoted cells of several lines.
    commas_of_lines: usize,
    /// The last of its quoted cells of several lines, and the line in which that begins.
    cell_of_lines: Option<(usize, u64)>,
}

impl Scanner {
    /// Scans only the header. Every doubt counts.
    pub(crate) fn of_header() -> Self {
        Self {
            care: None,
            place: Place::Row,
            columns: None,
            rows: 0,
            line: 1,
            row_line: 1,
            cell: 0,
            quote_line: 1,
            after_carriage_return: false,
            carriage_returns: None,
            mark_of_file: Some(0),
            mark_of_row: Some(0),
            utf8: Utf8::default(),
            part: Part::default(),
            hidden_row: None,
        }
    }

    /// Scans a CSV in which this matters.
    pub(crate) fn new(care: &Care) -> Self {
        Self { care: Some(care.clone()), ..Self::of_header() }
    }

    /// Tells whether the header is all that is scanned, and has been read.
    pub(crate) fn is_done(&self) -> bool {
        self.care.is_none() && self.columns.is_some()
    }

    /// Scans the next bytes.
    pub(crate) fn feed(&mut self, bytes: &[u8]) -> Result<(), Doubt> {
        for byte in bytes {
            if self.is_done() {
                break;
            }
            self.byte(*byte)?;
        }
        Ok(())
    }

    /// Ends the scan.
    pub(crate) fn end(mut self) -> Result<Scanned, Doubt> {
        if std::mem::take(&mut self.after_carriage_return) {
            self.line_end(true)?;
        }
        match self.place {
            // The byte that showed the end of the header may be the first of a row.
            _ if self.is_done() => {}
            Place::Row => {}
            Place::Quoted => return Err(Doubt { line: self.quote_line, cell: self.cell, kind: Kind::OpenQuote }),
            Place::Cell | Place::Plain | Place::Quote => {
                self.check_utf8(b'\n')?;
                self.row_end()?;
            }
        }
        Ok(Scanned { has_header: self.columns.is_some(), rows: self.rows })
    }

    fn byte(&mut self, byte: u8) -> Result<(), Doubt> {
        // Whether a carriage return ends a line alone is known only now.
        if self.after_carriage_return {
            self.after_carriage_return = false;
            if byte == b'\n' {
                return self.line_end(false);
            }
            self.line_end(true)?;
        }
        if self.skips_mark(byte) {
            return Ok(());
        }
        self.check_mark(byte)?;
        self.check_utf8(byte)?;
        match byte {
            b'\r' => {
                self.after_carriage_return = true;
                Ok(())
            }
            b'\n' => self.line_end(false),
            b'"' => self.quote(),
            b',' => {
                self.comma();
                Ok(())
            }
            _ => self.text(byte),
        }
    }

    fn text(&mut self, byte: u8) -> Result<(), Doubt> {
        match self.place {
            Place::Row | Place::Cell => self.place = Place::Plain,
            // The crate `csv` goes on as in a cell without quotes.
            Place::Quote => {
                self.place = Place::Plain;
                self.doubt(Kind::TextAfterQuote { of_lines: self.quote_line != self.line })?;
            }
            Place::Plain | Place::Quoted => {}
        }
        if byte == 0 { self.doubt(Kind::Nul) } else { Ok(()) }
    }

    fn quote(&mut self) -> Result<(), Doubt> {
        match self.place {
            Place::Row | Place::Cell => {
                self.place = Place::Quoted;
                self.quote_line = self.line;
                self.part.commas_of_cell = 0;
                Ok(())
            }
            Place::Plain => self.doubt(Kind::StrayQuote),
            Place::Quoted => {
                self.place = Place::Quote;
                Ok(())
            }
            Place::Quote => {
                self.place = Place::Quoted;
                Ok(())
            }
        }
    }

    fn comma(&mut self) {
        self.part.commas += 1;
        if self.place != Place::Quoted {
            self.place = Place::Cell;
            self.cell += 1;
        } else if self.quote_line == self.line {
            self.part.commas_of_cell += 1;
        } else {
            self.part.commas_of_lines += 1;
        }
    }

    fn line_end(&mut self, is_carriage_return: bool) -> Result<(), Doubt> {
        if self.place == Place::Quoted {
            if self.columns.is_some() && self.care.as_ref().is_some_and(|care| care.identifiers.contains(&self.cell)) {
                self.doubt(Kind::LineBreak)?;
            }
            let this = Some((self.cell, self.quote_line));
            self.part.cell_of_lines = this;
            self.part.commas_of_lines += self.part.commas_of_cell;
            self.look_for_hidden_row();
            self.line += 1;
            self.part = Part { cell_of_lines: this, ..Part::default() };
            return Ok(());
        }
        if *self.carriage_returns.get_or_insert(is_carriage_return) != is_carriage_return {
            self.doubt(Kind::LineEnd)?;
        }
        if self.place != Place::Row {
            self.row_end()?;
        }
        self.line += 1;
        self.part = Part::default();
        self.row_line = self.line;
        self.mark_of_row = Some(0);
        Ok(())
    }

    fn row_end(&mut self) -> Result<(), Doubt> {
        self.look_for_hidden_row();
        // Only now it is certain that the cell ends.
        self.hidden_row.take().map_or(Ok(()), |doubt| self.judge(doubt))?;
        let row = self.cell + 1;
        match self.columns {
            None => self.columns = Some(row),
            Some(header) => {
                self.rows += 1;
                if row != header {
                    self.judge(Doubt { line: self.row_line, cell: self.cell, kind: Kind::Cells { row, header } })?;
                }
            }
        }
        (self.place, self.cell) = (Place::Row, 0);
        Ok(())
    }

    /// Looks at a line that a quoted cell begins or ends in, or that lies within one. If it has a row's number of commas, some of them
    /// within the quotes, then two quotes that were not meant to be a pair may have made it part of a cell.
    fn look_for_hidden_row(&mut self) {
        if let (Some((cell, line)), Some(columns)) = (self.part.cell_of_lines, self.columns)
            && self.part.commas_of_lines > 0
            && self.part.commas + 1 == columns
        {
            self.hidden_row.get_or_insert(Doubt { line, cell, kind: Kind::HiddenRow });
        }
    }

    /// Skips a byte order mark at the beginning of the file.
    fn skips_mark(&mut self, byte: u8) -> bool {
        let Some(bytes) = self.mark_of_file else { return false };
        if BYTE_ORDER_MARK.get(bytes) == Some(&byte) {
            self.mark_of_file = Some(bytes + 1);
            return true;
        }
        self.mark_of_file = None;
        // Fewer bytes than a mark has are text.
        if (1..BYTE_ORDER_MARK.len()).contains(&bytes) {
            self.place = Place::Plain;
        }
        false
    }

    fn check_mark(&mut self, byte: u8) -> Result<(), Doubt> {
        let Some(bytes) = self.mark_of_row.take() else { return Ok(()) };
        if BYTE_ORDER_MARK.get(bytes) == Some(&byte) {
            if bytes + 1 == BYTE_ORDER_MARK.len() {
                return self.doubt(Kind::ByteOrderMark);
            }
            self.mark_of_row = Some(bytes + 1);
        }
        Ok(())
    }

    fn check_utf8(&mut self, byte: u8) -> Result<(), Doubt> {
        let fits = self.utf8.take(byte);
        let matters = !fits && self.columns.is_some() && self.care.as_ref().is_some_and(|care| care.texts.contains(&self.cell));
        if matters { self.doubt(Kind::NotUtf8) } else { Ok(()) }
    }

    fn doubt(&self, kind: Kind) -> Result<(), Doubt> {
        self.judge(Doubt { line: self.line, cell: self.cell, kind })
    }

    fn judge(&self, doubt: Doubt) -> Result<(), Doubt> {
        let accepted = self.columns.is_some() && self.care.as_ref().is_some_and(|care| care.accepts(doubt));
        if accepted { Ok(()) } else { Err(doubt) }
    }
}

#[cfg(test)]
mod tests;
