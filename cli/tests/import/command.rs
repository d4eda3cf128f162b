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

impl Case {
    pub(crate) fn new(csv: impl AsRef<[u8]>) -> Self {
        let directory = Directory::new("import");
        fs::write(directory.0.join("users.csv"), csv).unwrap();
        Self { directory, server: Server::start() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.0.join(name)
    }

    /// Returns the names of the files, sorted.
    pub(crate) fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.directory.0).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// Makes the command with the usual arguments and these.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = command::profiles();
        command.arg("import").current_dir(&self.directory.0);
        if !arguments.contains(&"--csv") {
            command.args(["--csv", "users.csv"]);
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

    /// Checks that a run is refused for this reason before anything is sent or written.
    #[track_caller]
    pub(crate) fn refuses(&self, arguments: &[&str], why: &str) {
        let shown = self.fails(arguments);
        assert!(shown.contains(why), "{shown}");
        assert!(self.server.asked().is_empty());
        assert_eq!(self.files(), ["users.csv"]);
    }

    /// Returns the lines of the result, which must not contain the secret.
    #[track_caller]
    pub(crate) fn result(&self) -> Vec<Vec<String>> {
        let text = fs::read_to_string(self.path("users.csv.import.csv")).unwrap();
        assert!(!text.contains(SECRET), "the secret is never written");
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
        reader.records().map(|record| record.unwrap().iter().map(ToOwned::to_owned).collect()).collect()
    }
}
