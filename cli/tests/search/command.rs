//! Runs the command on files of a directory of its own.

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Output};

use crate::server::{Server, profiles};
use crate::support::command::{self, Directory};

/// A directory, and the API. The directory is removed at the end.
pub(crate) struct Case {
    directory: Directory,
    pub(crate) server: Server,
}

impl Case {
    /// An API with this many profiles.
    pub(crate) fn new(count: usize) -> Self {
        Self::of(Server::start(&profiles(count)))
    }

    pub(crate) fn of(server: Server) -> Self {
        Self { directory: Directory::new("search"), server }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.0.join(name)
    }

    /// Returns the text of a file.
    #[track_caller]
    pub(crate) fn text(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Returns the names of the files, sorted.
    pub(crate) fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.directory.0).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// Makes the command with these arguments and the usual ones. Names of files are in the directory.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = command::profiles();
        command.args(arguments);
        if !arguments.contains(&"--url") {
            command.args(["--url", &self.server.url]);
        }
        command.args(["--first-wait-ms", "1"]).current_dir(&self.directory.0);
        command
    }

    pub(crate) fn start(&self, arguments: &[&str]) -> Child {
        self.command(arguments).spawn().unwrap()
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        let output = command::run(self.command(arguments));
        assert!(!String::from_utf8_lossy(&output.stderr).contains("@example.com"), "users are only in the output");
        output
    }

    /// Returns standard output of a run that succeeds.
    #[track_caller]
    pub(crate) fn succeeds(&self, arguments: &[&str]) -> String {
        command::succeeded(self.run(arguments))
    }

    /// Returns standard error of a run that fails.
    #[track_caller]
    pub(crate) fn fails(&self, arguments: &[&str]) -> String {
        command::failed(self.run(arguments))
    }
}
