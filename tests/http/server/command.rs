//! The admin command against a server.

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::{env, fs, process};

use super::Server;
use crate::child_process::ROOT;

/// A directory of its own, removed at the end.
pub(super) struct Directory(pub(super) PathBuf);

impl Directory {
    pub(super) fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let directory = env::temp_dir().join(format!("profiles-tests-command-{}-{number}", process::id()));
        fs::create_dir_all(&directory).unwrap();
        Self(directory)
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The command with these arguments, in this directory.
pub(super) fn command(server: &Server, directory: &Directory, arguments: &[&str]) -> Command {
    let mut command = Command::new(format!("{ROOT}/target/debug/profiles"));
    command.args(arguments).args(["--url", &server.address()]).current_dir(&directory.0);
    command.env("ACCOUNT_SECRET", &server.secret).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs a command that succeeds, and returns its standard output.
#[track_caller]
pub(super) fn run(mut command: Command) -> String {
    let Output { status, stdout, stderr } = command.output().unwrap();
    assert!(status.success(), "{}", String::from_utf8_lossy(&stderr));
    String::from_utf8(stdout).unwrap()
}
