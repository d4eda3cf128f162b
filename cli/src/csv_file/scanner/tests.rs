use std::io::Write;
use std::process::{Command, Stdio};

use csv::{ByteRecord, ReaderBuilder, WriterBuilder};
use proptest::prelude::*;

use super::*;

fn scan(csv: &[u8], identifier: usize, lenient: bool) -> Result<Scanned, Doubt> {
    let accepted = if lenient { Accepted::SparesIdentifiers } else { Accepted::Nothing };
    let care = Care { identifiers: vec![identifier], texts: vec![identifier], accepted, acceptable: accepted };
    let mut scanner = Scanner::new(&care);
    // Blocks may end anywhere.
    for block in csv.chunks(3) {
        scanner.feed(block)?;
    }
    scanner.end()
}

/// The kind and line of the doubt about a CSV with the identifier in its first cell.
#[track_caller]
fn doubt(csv: &str) -> (u64, Kind) {
    let doubt = scan(csv.as_bytes(), 0, false).expect_err(csv);
    (doubt.line, doubt.kind)
}

#[test]
fn each_kind_of_doubt_is_found_in_its_line() {
    let cells = |row, header| Kind::Cells { row, header };
    for (csv, line, kind) in [
        ("uid,name\nu1,\"Ann\nu2,Bob\nu3,Cat\nu4,Dan\n", 2, Kind::OpenQuote),
        ("uid,name\nu1,Ann\nu2,\"Bob", 3, Kind::OpenQuote),
        ("uid,\"name\nu1,Ann\n", 1, Kind::OpenQuote),
        ("uid,name\nu1,5\" pipe\n", 2, Kind::StrayQuote),
        ("uid,name\nu1, \"Ann\"\n", 2, Kind::StrayQuote),
        ("uid,name\nu1,\"Ann\" B\n", 2, Kind::TextAfterQuote { of_lines: false }),
        ("uid,name\nu1,\"Ann \\\"the\\\" B\"\n", 2, Kind::TextAfterQuote { of_lines: false }),
        ("uid,name\nu1,\"Ann\nu2,\"Bob\"\n", 3, Kind::TextAfterQuote { of_lines: true }),
        ("uid,name,x\nu1,\"Ann\nB\"ob,1\n", 3, Kind::TextAfterQuote { of_lines: true }),
        ("uid,name\nu1\n", 2, cells(1, 2)),
        ("uid,name\nu1,Ann\n\nu2,Bob,Cat\n", 4, cells(3, 2)),
        ("uid,name\nu1,Ann,\n", 2, cells(3, 2)),
        ("uid,name\nu1,\"A\nB\"\n   \n", 4, cells(1, 2)),
        ("uid,name\n\"u\n1\",Ann\n", 2, Kind::LineBreak),
        ("uid,name\n\"u\r1\",Ann\n", 2, Kind::LineBreak),
        ("uid\n\"u1\nu2\"\n", 2, Kind::LineBreak),
        ("uid,name\nu1,\"\nu2,\"\nu3,\"\nu4,\"\n", 2, Kind::HiddenRow),
        ("uid,name\nu1,\"Ann\nu2,Bob\"\n", 2, Kind::HiddenRow),
        ("uid,name,plan\nu1,\"Ann,gold\nu2,Bob\",gold\n", 2, Kind::HiddenRow),
        ("uid,name\nu1,A\rnn\n", 2, Kind::LineEnd),
        ("uid,name\ru1,Ann\nu2,Bob\n", 2, Kind::LineEnd),
        ("uid\r\r\nu1\r\r\n", 2, Kind::LineEnd),
        ("uid,name\nu1,A\0\n", 2, Kind::Nul),
        ("uid,name\nu1,\"A\0\"\n", 2, Kind::Nul),
        ("uid,name\nu1,Ann\n\u{feff}uid,name\nu2,Bob\n", 3, Kind::ByteOrderMark),
    ] {
        assert_eq!(doubt(csv), (line, kind), "{csv:?}");
    }
    assert_eq!(scan(b"uid,name\nu1,Ann\ncaf\xe9,B\n", 0, false).unwrap_err(), Doubt { line: 3, cell: 0, kind: Kind::NotUtf8 });
    assert_eq!(scan(b"uid,name\nu1,Ann\ncaf\xc3,B\n", 0, false).unwrap_err(), Doubt { line: 3, cell: 0, kind: Kind::NotUtf8 });
    assert_eq!(scan(b"name,uid\nAnn,\xc3", 1, false).unwrap_err().kind, Kind::NotUtf8);
}

#[test]
fn what_programs_write_is_in_no_doubt() {
    for (csv, identifier, rows) in [
        ("", 0, 0),
        ("uid", 0, 0),
        ("uid\n", 0, 0),
        ("\u{feff}\"uid\",name\r\nu1,\"Ann, \"\"B\"\"\"\r\n", 0, 1),
        ("uid,name\ru1,Ann\ru2,Bob\r", 0, 2),
        ("uid,name\nu1,\"Dear Ann\nthanks\nbye\"\nu2,\"a\r\nb\"\n", 0, 2),
        ("uid,name,note\n\"a,1\",\"Line\r\nbreak\",x\n", 0, 1),
        ("note,uid\n\"Dear Ann\nbye\",u1\n", 1, 1),
        ("\"uid\n\",name\nu1,Ann\n", 0, 1),
        ("uid,name\n\n\nu1,\n,\n\"\",\"\"\n", 0, 3),
        ("uid\nu1\n\"\"\nu2", 0, 3),
        ("uid,name\nu1,\u{feff}Ann\n", 0, 1),
    ] {
        assert_eq!(scan(csv.as_bytes(), identifier, false), Ok(Scanned { has_header: !csv.is_empty(), rows }), "{csv:?}");
    }
    // Bytes of another encoding in another column say nothing about the identifier.
    assert!(scan(b"uid,name\nu1,caf\xe9\n\xc3\xa9,\xc3\n", 0, false).is_ok());
}

#[test]
fn a_header_is_scanned_alone() {
    for csv in ["uid,name", "uid,name\n\"", "uid,name\r\"u1\n", "uid,name\r\n\"u1", "\n\nuid,name\nu1\n"] {
        let mut scanner = Scanner::of_header();
        scanner.feed(csv.as_bytes()).unwrap();
        assert_eq!(scanner.end(), Ok(Scanned { has_header: true, rows: 0 }), "{csv:?}");
    }
}

#[test]
fn a_doubt_that_spares_the_identifier_can_be_accepted_and_no_other() {
    let accepted = |csv: &[u8], identifier| scan(csv, identifier, true).is_ok();
    for csv in ["uid,name\nu1,5\" pipe\n", "uid,name\nu1,\"Ann\" B\n", "uid,name\nu1,\"Ann\nu2,Bob\"\n", "uid,name\nu1,A\0\n"] {
        assert!(accepted(csv.as_bytes(), 0) && !accepted(csv.as_bytes(), 1), "{csv:?}");
    }
    for csv in ["uid,name\nu1\n", "uid,name\nu1,Ann,Bob\n"] {
        assert!(accepted(csv.as_bytes(), 0), "{csv:?}");
    }
    // A comma without quotes moves all that is behind it.
    for csv in ["name,uid\nDoe, Dee,u1\n", "name,uid,note\nDoe, Dee,u1,\n", "name,uid,note\nAnn u1,x\n"] {
        assert!(!accepted(csv.as_bytes(), 1), "{csv:?}");
    }
    for csv in [
        "uid,name\nu1,\"Ann\nu2,Bob\n",
        "uid,name\nu1,\"Ann\nu2,\"Bob\"\n",
        "uid,name\n\"u\n1\",Ann\n",
        "uid,name\nu1,A\rnn\n",
        "uid,name\nu1,x\n\u{feff}uid,name\n",
        "uid,na\"me\nu1,Ann\n",
    ] {
        assert!(!accepted(csv.as_bytes(), 0), "{csv:?}");
    }
}

#[test]
fn cells_of_several_lines_can_be_accepted_and_no_other_doubt() {
    let scan = |csv: &str, accepted| {
        let care = Care { identifiers: vec![0, 2], texts: vec![0, 1, 2], accepted, acceptable: Accepted::CellsOfSeveralLines };
        let mut scanner = Scanner::new(&care);
        scanner.feed(csv.as_bytes())?;
        scanner.end()
    };
    let letter = "uid,note,email\nu1,\"Dear Ann,\nthanks, bye, Bob\",a@x.co\n";
    assert_eq!(scan(letter, Accepted::Nothing).unwrap_err().kind, Kind::HiddenRow);
    assert!(scan(letter, Accepted::CellsOfSeveralLines).is_ok());
    for csv in ["uid,note,email\nu1,5\" pipe,\n", "uid,note,email\nu1,a\n", "uid,note,email\nu1,,\"a\nb\"\n", "uid,note,email\nu1,\0,\n"] {
        assert!(scan(csv, Accepted::CellsOfSeveralLines).is_err(), "{csv:?}");
    }
}

/// The first cells of all rows below the header, as the crate `csv` reads them.
fn read(csv: &[u8]) -> Vec<Vec<u8>> {
    let mut reader = ReaderBuilder::new().flexible(true).from_reader(csv);
    let cells = reader.byte_records().map(|record| record.unwrap().get(0).unwrap_or_default().to_owned());
    cells.collect()
}

/// Writes rows of two cells below a header.
fn write(rows: &[(String, String)], is_crlf: bool) -> Vec<u8> {
    let terminator = if is_crlf { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') };
    let mut writer = WriterBuilder::new().terminator(terminator).from_writer(Vec::new());
    writer.write_record(["uid", "name"]).unwrap();
    for (uid, name) in rows {
        writer.write_record([uid, name]).unwrap();
    }
    writer.into_inner().unwrap()
}

fn rows() -> impl Strategy<Value = Vec<(String, String)>> {
    // A name of several lines has no commas, so that none of its lines reads as a row.
    proptest::collection::vec(("[a-c,\"é ]{0,5}", "[a-c,\"é ]{0,5}|[a\"\r\n]{0,5}"), 0..5)
}

proptest! {
    #[test]
    fn what_the_crate_writes_is_never_in_doubt(rows in rows(), is_crlf: bool) {
        let csv = write(&rows, is_crlf);
        prop_assert_eq!(scan(&csv, 0, false), Ok(Scanned { has_header: true, rows: rows.len() as u64 }), "{:?}", String::from_utf8_lossy(&csv));
        prop_assert!(read(&csv).iter().zip(&rows).all(|(cell, (uid, _))| cell == uid.as_bytes()));
    }

    /// Quotes come in pairs, so that one of them more or less is always found.
    #[test]
    fn a_quote_that_is_lost_or_added_is_always_found(rows in rows(), is_crlf: bool, lenient_of_last: bool) {
        let csv = write(&rows, is_crlf);
        for at in 0..=csv.len() {
            let mut changed = csv.clone();
            if csv.get(at) == Some(&b'"') {
                changed.remove(at);
                prop_assert!(scan(&changed, 0, false).is_err(), "{:?}", String::from_utf8_lossy(&changed));
                changed.insert(at, b'"');
            }
            changed.insert(at, b'"');
            prop_assert!(scan(&changed, 0, false).is_err(), "{:?}", String::from_utf8_lossy(&changed));
            // If it is accepted, it is not about the identifiers.
            if lenient_of_last && scan(&changed, 0, true).is_ok() {
                prop_assert!(read(&changed).len() <= rows.len());
            }
        }
    }

    #[test]
    fn no_bytes_make_it_panic(csv: Vec<u8>, identifier in 0..3_usize, lenient: bool) {
        let _ = scan(&csv, identifier, lenient);
    }
}

/// Reads CSVs in hexadecimal, a line each, and prints the first cells of all rows below the header, or `refused`.
const PYTHON: &str = r#"
import csv, io, sys
for line in sys.stdin:
    text = bytes.fromhex(line).decode("utf-8-sig", "surrogateescape")
    try:
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), strict=True) if row]
        print(",".join(row[0].encode("utf-8", "surrogateescape").hex() for row in rows[1:]))
    except csv.Error:
        print("refused")
"#;

/// What passes is read by the crate as by Python's own, strict reader.
#[test]
fn what_is_in_no_doubt_names_the_same_users_to_a_strict_reader() {
    let pieces = ["u", ",", ",", "\"", "\"", "\"\"", "\n", "\n", "\r\n", "\r", "é", "\u{feff}", " ", ";", "u1,\"a\"\n", "u2,b\n"];
    let random = |mut seed: u64| {
        let mut csv = if seed.is_multiple_of(2) { b"uid,name\n".to_vec() } else { Vec::new() };
        for _ in 0..seed % 13 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let piece = usize::try_from(seed >> 33).unwrap_or_default() % pieces.len();
            csv.extend_from_slice(pieces.get(piece).unwrap_or(&"").as_bytes());
        }
        csv
    };
    let mut csvs: Vec<_> = (1..60_000_u64).map(|seed| random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15))).collect();
    csvs.retain(|csv| scan(csv, 0, false).is_ok_and(|scanned| scanned.has_header));
    assert!(csvs.len() > 3_000, "{}", csvs.len());
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let mut python = Command::new("python3").args(["-c", PYTHON]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdin = python.stdin.take().unwrap();
    let lines: String = csvs.iter().map(|csv| hex(csv) + "\n").collect();
    let writing = std::thread::spawn(move || stdin.write_all(lines.as_bytes()));
    let output = python.wait_with_output().unwrap();
    writing.join().unwrap().unwrap();
    let strict = String::from_utf8(output.stdout).unwrap();
    assert_eq!(strict.lines().count(), csvs.len());
    for (csv, strict) in csvs.iter().zip(strict.lines()) {
        let text = String::from_utf8_lossy(csv);
        assert_eq!(read(csv).iter().map(|cell| hex(cell)).collect::<Vec<_>>().join(","), strict, "{text:?}");
        let rows =
            ReaderBuilder::new().flexible(true).from_reader(csv.as_slice()).byte_records().map(Result::unwrap).collect::<Vec<ByteRecord>>();
        assert_eq!(scan(csv, 0, false).unwrap().rows, rows.len() as u64, "{text:?}");
    }
}
