use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use super::part::{Part, Wanted};
use crate::part::Error;

/// A directory of its own, removed at the end.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("profiles-part-{}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn open(&self) -> Result<Part, Error> {
        Part::open(&self.path("out.csv"), wanted())
    }

    fn names(&self) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(&self.0).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn wanted() -> Wanted {
    Wanted {
        account: "6b038e3f13ac32cf4b01f1eb".to_owned(),
        format: "csv".to_owned(),
        columns: Some(vec!["id".to_owned(), "uid".to_owned()]),
        for_spreadsheets: false,
        filters: "00".to_owned(),
    }
}

/// Adds all pages from where the part is, and finishes it.
fn complete(mut part: Part) {
    for (before, lines, next) in [(None, "id,uid\n3,c\n", Some("3")), (Some("3"), "2,b\n", Some("2")), (Some("2"), "1,a\n", None)] {
        if !part.is_whole() && part.before() == before {
            part.add(lines.as_bytes(), 1, next.map(ToOwned::to_owned)).unwrap();
        }
    }
    assert!(part.is_whole());
    assert_eq!(part.profiles(), 3);
    part.finish().unwrap();
}

const WHOLE: &str = "id,uid\n3,c\n2,b\n1,a\n";

#[test]
fn a_part_that_was_left_anywhere_becomes_whole() {
    // After so many pages, with so many bytes of the next one.
    for pages in 0..=3 {
        for more in ["", "2", "2,b\n", "garbage of a page that does not count\n"] {
            let scratch = Scratch::new();
            let mut part = scratch.open().unwrap();
            assert!(part.is_new());
            for (lines, next) in [("id,uid\n3,c\n", Some("3")), ("2,b\n", Some("2")), ("1,a\n", None)].into_iter().take(pages) {
                part.add(lines.as_bytes(), 1, next.map(ToOwned::to_owned)).unwrap();
            }
            drop(part);
            let path = scratch.path("out.csv.part");
            fs::write(&path, [fs::read(&path).unwrap(), more.as_bytes().to_vec()].concat()).unwrap();
            // A state that was being written, too.
            fs::write(scratch.path("out.csv.part.state.new"), "{\"wan").unwrap();
            let part = scratch.open().unwrap();
            assert_eq!(part.profiles(), pages as u64);
            assert_eq!(part.is_new(), pages == 0);
            complete(part);
            assert_eq!(fs::read_to_string(scratch.path("out.csv")).unwrap(), WHOLE, "{pages} pages and {more:?}");
            assert_eq!(scratch.names(), ["out.csv"]);
        }
    }
}

#[test]
fn a_state_without_a_part_says_nothing() {
    let scratch = Scratch::new();
    let mut part = scratch.open().unwrap();
    part.add(b"id,uid\n9,z\n", 1, Some("9".to_owned())).unwrap();
    drop(part);
    fs::remove_file(scratch.path("out.csv.part")).unwrap();
    complete(scratch.open().unwrap());
    assert_eq!(fs::read_to_string(scratch.path("out.csv")).unwrap(), WHOLE);
}

#[test]
fn a_file_that_is_no_part_of_the_export_is_left_as_it_is() {
    let scratch = Scratch::new();
    let mut part = scratch.open().unwrap();
    assert!(matches!(scratch.open(), Err(Error::InUse { .. })));
    part.add(b"id,uid\n3,c\n", 1, Some("3".to_owned())).unwrap();
    drop(part);
    let begun = wanted();
    for (other, says) in [
        (Wanted { account: "6b038e3f13ac32cf4b01f1ec".to_owned(), ..begun.clone() }, "another account"),
        (Wanted { filters: "01".to_owned(), ..begun.clone() }, "other filters"),
        (Wanted { format: "jsonl".to_owned(), ..begun.clone() }, "another --format"),
        (Wanted { columns: None, ..begun.clone() }, "other --columns"),
        (Wanted { columns: Some(vec!["uid".to_owned(), "id".to_owned()]), ..begun.clone() }, "other --columns"),
        (Wanted { for_spreadsheets: true, ..begun.clone() }, "--for-spreadsheets"),
    ] {
        let error = Part::open(&scratch.path("out.csv"), other).map(|_| ()).unwrap_err().to_string();
        assert!(error.contains(says) && error.contains("out.csv.part"), "{error}");
    }
    for (name, text, says) in [
        ("out.csv.part", "id,uid\n", "shorter than it was"),
        ("out.csv.part.state", "{}", "is damaged"),
        ("out.csv.part.state", "", "is damaged"),
    ] {
        let path = scratch.path(name);
        let kept = fs::read(&path).unwrap();
        fs::write(&path, text).unwrap();
        let error = scratch.open().map(|_| ()).unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
        fs::write(&path, kept).unwrap();
    }
    fs::remove_file(scratch.path("out.csv.part.state")).unwrap();
    let error = scratch.open().map(|_| ()).unwrap_err().to_string();
    assert!(error.contains("is missing"), "{error}");
    assert_eq!(fs::read_to_string(scratch.path("out.csv.part")).unwrap(), "id,uid\n3,c\n");
}

#[test]
fn a_whole_file_is_not_overwritten() {
    let scratch = Scratch::new();
    let part = scratch.open().unwrap();
    fs::write(scratch.path("out.csv"), "mine").unwrap();
    assert!(matches!(scratch.open(), Err(Error::Exists { .. })));
    assert!(matches!(part.finish(), Err(Error::Exists { .. })));
    assert_eq!(fs::read_to_string(scratch.path("out.csv")).unwrap(), "mine");
}
