//! `profiles import`.

use std::fmt::Write;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::batch::bodies::User;

/// Imports CSVs, each in a file that is deleted with this.
pub(super) struct Importer {
    binary: PathBuf,
    url: String,
    secret: String,
    directory: PathBuf,
}

impl Importer {
    /// Imports into this account of this server.
    pub(super) fn new(binary: PathBuf, url: &str, secret: &str) -> Self {
        let directory = std::env::temp_dir().join(format!("profiles-bench-{}", std::process::id()));
        fs::create_dir_all(&directory).expect("a directory for the CSV");
        Self { binary, url: url.to_owned(), secret: secret.to_owned(), directory }
    }

    /// Imports a row for each of these users, and returns how long the command took.
    pub(super) fn import(&self, users: &[User], plan: &str) -> Duration {
        let mut csv = "uid,plan\n".to_owned();
        for User { uid, .. } in users {
            let _ = writeln!(csv, "{uid},{plan}");
        }
        fs::write(self.directory.join("users.csv"), csv).expect("the CSV");
        let mut command = Command::new(&self.binary);
        command.args(["import", "--csv", "users.csv", "--url", &self.url]).current_dir(&self.directory);
        command.env("ACCOUNT_SECRET", &self.secret).env("NO_PROXY", "127.0.0.1").stdin(Stdio::null());
        let began = Instant::now();
        let output = command.output().unwrap_or_else(|error| panic!("{} does not start: {error}", self.binary.display()));
        let took = began.elapsed();
        let (shown, error) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        let created = format!("{:<22} {:>9}\n", "created", users.len());
        assert!(output.status.success() && shown.contains(&created), "the import failed:\n{shown}\n{error}");
        fs::remove_file(self.directory.join("users.csv.import.csv")).expect("the result is there");
        took
    }
}

impl Drop for Importer {
    fn drop(&mut self) {
        // There is no remedy for a failure here.
        let _ = fs::remove_dir_all(&self.directory);
    }
}
