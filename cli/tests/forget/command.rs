//! Runs the command on files of a directory of its own.

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Output};

use crate::server::Server;
use crate::support::SECRET;
use crate::support::command::{self, Directory};

/// A CSV, its result, and the API. The directory is removed at the end.
pub(crate) struct Case {
    directory: Directory,
    pub(crate) server: Server,
}

/// A line of the result.
#[derive(Debug, PartialEq)]
pub(crate) struct Line {
    pub(crate) row: u64,
    pub(crate) name: String,
    pub(crate) ids: (String, String),
    pub(crate) outcome: String,
    pub(crate) message: String,
}

impl Case {
    pub(crate) fn new(csv: impl AsRef<[u8]>, users: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let directory = Directory::new("forget");
        fs::write(directory.0.join("users.csv"), csv).unwrap();
        Self { directory, server: Server::start(users) }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.0.join(name)
    }

    pub(crate) fn result(&self) -> PathBuf {
        self.path("users.csv.result.csv")
    }

    /// Makes the command with the usual arguments and these.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = command::profiles();
        command.arg("forget");
        if !arguments.contains(&"--csv") {
            command.arg("--csv").arg(self.path("users.csv"));
        }
        if !arguments.contains(&"--url") {
            command.args(["--url", &self.server.url]);
        }
        command.args(["--first-wait-ms", "1"]).args(arguments);
        command
    }

    pub(crate) fn start(&self, arguments: &[&str]) -> Child {
        self.command(arguments).spawn().unwrap()
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        command::run(self.command(arguments))
    }

    /// Returns standard output of a run in which no row failed.
    #[track_caller]
    pub(crate) fn succeeds(&self, arguments: &[&str]) -> String {
        command::succeeded(self.run(arguments))
    }

    /// Returns standard error of a run that fails.
    #[track_caller]
    pub(crate) fn fails(&self, arguments: &[&str]) -> String {
        command::failed(self.run(arguments))
    }

    /// Returns the lines of the result, which must not contain the secret.
    #[track_caller]
    pub(crate) fn lines(&self) -> Vec<Line> {
        let text = fs::read(self.result()).unwrap();
        assert!(!String::from_utf8_lossy(&text).contains(SECRET), "the secret is never written");
        let mut reader = csv::Reader::from_reader(text.as_slice());
        let lines = reader.byte_records().map(|record| {
            let record = record.unwrap();
            let cell = |index| String::from_utf8_lossy(&record[index]).into_owned();
            assert_eq!(cell(6), self.server.url);
            Line { row: cell(0).parse().unwrap(), name: cell(1), ids: (cell(2), cell(3)), outcome: cell(4), message: cell(5) }
        });
        lines.collect()
    }

    /// Returns the identifiers and outcomes of the result, which must have each row of the CSV once, in order.
    #[track_caller]
    pub(crate) fn outcomes(&self) -> Vec<(String, String)> {
        let lines = self.lines();
        assert!(lines.iter().map(|line| line.row).eq(1..=lines.len() as u64), "each row has one line");
        lines.into_iter().map(|line| (line.name, line.outcome)).collect()
    }
}

/// Makes pairs as `Case::outcomes` returns them.
pub(crate) fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, outcome)| ((*name).to_owned(), (*outcome).to_owned())).collect()
}

pub(crate) const BY_UID: [&str; 4] = ["--column", "uid", "--by", "uid"];

/// Makes the arguments for a column `uid` with uids, followed by these.
pub(crate) fn by_uid<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&BY_UID, more].concat()
}
