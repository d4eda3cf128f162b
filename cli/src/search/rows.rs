//! Profiles or companies as lines: of JSON, of a CSV, or of a table.

use std::borrow::Cow;
use std::collections::BTreeMap;

use clap::ValueEnum;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::columns::{Column, Columns};
use super::query::Kind;
use super::table;

/// The form of the lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Columns side by side, to read.
    Table,
    /// A JSON object in each line.
    Jsonl,
    /// Comma-separated values, the names in the first line.
    Csv,
}

impl Format {
    /// Returns its name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Jsonl => "jsonl",
            Self::Csv => "csv",
        }
    }
}

/// Writes profiles as lines.
pub(crate) struct Rows {
    /// The form.
    pub(crate) format: Format,
    /// The columns; without any, JSON has everything.
    pub(crate) columns: Option<Columns>,
    /// Whether cells are kept from being formulas.
    pub(crate) for_spreadsheets: bool,
}

/// The error of what is no profile.
#[derive(Debug, thiserror::Error)]
#[error("it is no object with an `id`")]
pub(crate) struct NotAProfile;

/// The properties of a profile, or what is in one of them.
type Members<'a> = BTreeMap<String, &'a RawValue>;

impl Rows {
    /// Adds the line with the columns' names, if there is one.
    pub(crate) fn header(&self, out: &mut Vec<u8>) {
        if self.format == Format::Csv {
            let columns = self.columns();
            csv_line(columns.names(), out);
        }
    }

    /// Adds a line for each profile. A table has its header in each page, as each has its own widths.
    ///
    /// # Errors
    /// If one is no JSON object with an id.
    pub(crate) fn add(&self, profiles: &[Box<RawValue>], out: &mut Vec<u8>) -> Result<(), NotAProfile> {
        if let (Format::Jsonl, None) = (self.format, &self.columns) {
            for profile in profiles {
                members(profile)?;
                // Line ends in JSON are between its parts only.
                out.extend(profile.get().bytes().map(|byte| if matches!(byte, b'\n' | b'\r') { b' ' } else { byte }));
                out.push(b'\n');
            }
            return Ok(());
        }
        let columns = self.columns();
        let mut lines = Vec::new();
        for profile in profiles {
            let members = members(profile)?;
            match self.format {
                Format::Jsonl => json_line(&members, &columns, out),
                Format::Csv => csv_line(columns.iter().map(|column| self.cell(find(&members, column))), out),
                Format::Table => lines.push(columns.iter().map(|column| text(find(&members, column)).into_owned()).collect()),
            }
        }
        if self.format == Format::Table && !lines.is_empty() {
            table::write(columns.names(), &lines, out);
        }
        Ok(())
    }

    fn columns(&self) -> Cow<'_, Columns> {
        self.columns.as_ref().map_or_else(|| Cow::Owned(Columns::usual(Kind::Profiles)), Cow::Borrowed)
    }

    /// Returns the text of a cell in a CSV.
    fn cell<'a>(&self, value: Option<&'a RawValue>) -> Cow<'a, str> {
        let cell = text(value);
        // A number is none of a spreadsheet's formulas, though it may begin with `-`.
        let is_text = value.is_some_and(|value| value.get().starts_with('"'));
        if self.for_spreadsheets && is_text && cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']) {
            return format!("'{cell}").into();
        }
        cell
    }
}

/// Reads a profile's properties. There is an id among them.
fn members(profile: &RawValue) -> Result<Members<'_>, NotAProfile> {
    let members: Members<'_> = serde_json::from_str(profile.get()).map_err(|_| NotAProfile)?;
    if members.contains_key("id") { Ok(members) } else { Err(NotAProfile) }
}

fn find<'a>(members: &Members<'a>, column: &Column) -> Option<&'a RawValue> {
    let (first, more) = column.path.split_first()?;
    let mut found = *members.get(first)?;
    for name in more {
        found = *serde_json::from_str::<Members<'a>>(found.get()).ok()?.get(name)?;
    }
    Some(found)
}

/// Returns a value as text: a string as it is, nothing for `null` and for what is not there, and anything else as JSON.
fn text(value: Option<&RawValue>) -> Cow<'_, str> {
    /// Borrows where nothing is escaped.
    #[derive(Deserialize)]
    struct Text<'a>(#[serde(borrow)] Cow<'a, str>);
    match value.map(RawValue::get) {
        None | Some("null") => "".into(),
        Some(json) => serde_json::from_str(json).map_or(json.into(), |Text(text)| text),
    }
}

fn csv_line(cells: impl IntoIterator<Item = impl AsRef<str>>, out: &mut Vec<u8>) {
    let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(out);
    // Into memory, which has no errors.
    let _ = writer.write_record(cells.into_iter().map(|cell| cell.as_ref().as_bytes().to_vec()));
    let _ = writer.flush();
}

/// Adds an object with the columns that the profile has.
fn json_line(members: &Members<'_>, columns: &Columns, out: &mut Vec<u8>) {
    let mut separator = b'{';
    for column in columns.iter() {
        if let Some(value) = find(members, column) {
            out.push(separator);
            // A text is always JSON.
            out.extend(serde_json::to_vec(&column.name).unwrap_or_default());
            out.push(b':');
            out.extend(value.get().bytes().map(|byte| if matches!(byte, b'\n' | b'\r') { b' ' } else { byte }));
            separator = b',';
        }
    }
    if separator == b'{' {
        out.push(b'{');
    }
    out.extend(b"}\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(format: Format, columns: Option<&str>, for_spreadsheets: bool, profiles: &[&str]) -> String {
        let columns = columns.map(|text| Columns::parse(text).unwrap());
        let rows = Rows { format, columns, for_spreadsheets };
        let profiles: Vec<_> = profiles.iter().map(|text| RawValue::from_string((*text).to_owned()).unwrap()).collect();
        let mut out = Vec::new();
        rows.header(&mut out);
        rows.add(&profiles, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_line_of_json_is_what_the_api_sent() {
        let profile = "{\"id\":\"a\",\n\"n\":12345678901234567890123456789,\"t\":\"x\\ny\"}";
        assert_eq!(lines(Format::Jsonl, None, false, &[profile]), format!("{}\n", profile.replace('\n', " ")));
        assert_eq!(lines(Format::Jsonl, Some("n,gone,id,t.x"), false, &[profile]), "{\"n\":12345678901234567890123456789,\"id\":\"a\"}\n");
        assert_eq!(lines(Format::Jsonl, Some("gone"), false, &[profile]), "{}\n");
    }

    #[test]
    fn a_csv_has_a_cell_for_each_column() {
        let profile =
            r#"{"id":"a","name":"Kim \"K\" é, Lee\n2","n":-4,"ok":true,"no":null,"tags":["a",1],"company":{"name":"Acme","x":{"y":1}}}"#;
        assert_eq!(
            lines(Format::Csv, Some("id,name,n,ok,no,gone,tags,company.name,company.x,company.x.y,name.z"), false, &[profile]),
            "id,name,n,ok,no,gone,tags,company.name,company.x,company.x.y,name.z\n\
             a,\"Kim \"\"K\"\" é, Lee\n2\",-4,true,,,\"[\"\"a\"\",1]\",Acme,\"{\"\"y\"\":1}\",1,\n"
        );
        assert!(lines(Format::Csv, None, false, &[]).starts_with("id,uid,email,created_at,updated_at,company_id\n"));
    }

    #[test]
    fn a_cell_for_spreadsheets_is_no_formula() {
        let profile = r#"{"id":"a","a":"=1+1","b":"+49 30","c":"-x","d":"@x","e":-4,"f":"a=b","g":"\t=1","h":"'=1","i":["=1"]}"#;
        let columns = Some("a,b,c,d,e,f,g,h,i");
        let cells = |for_spreadsheets| lines(Format::Csv, columns, for_spreadsheets, &[profile]).lines().nth(1).unwrap().to_owned();
        assert_eq!(cells(false), "=1+1,+49 30,-x,@x,-4,a=b,\t=1,'=1,\"[\"\"=1\"\"]\"");
        assert_eq!(cells(true), "'=1+1,'+49 30,'-x,'@x,-4,a=b,'\t=1,'=1,\"[\"\"=1\"\"]\"");
    }

    #[test]
    fn what_has_no_id_is_no_profile() {
        for text in ["{}", "[]", "1", "{\"uid\":1}"] {
            let rows = Rows { format: Format::Jsonl, columns: None, for_spreadsheets: false };
            assert!(rows.add(&[RawValue::from_string(text.to_owned()).unwrap()], &mut Vec::new()).is_err(), "{text}");
        }
    }
}
