//! Builds the server and the command.

use std::path::PathBuf;
use std::process::Command;

use crate::effort::Effort;
use crate::progress;
use crate::project::{beside_this_program, workspace};

/// Variables that cargo sets for this package, which make some build scripts run again.
const OURS: [&str; 5] = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_", "CARGO_PRIMARY_"];

/// The binaries.
pub(super) struct Binaries {
    pub(super) server: PathBuf,
    /// The admin command.
    pub(super) profiles: PathBuf,
}

impl Binaries {
    /// Builds them, optimized. A quick run takes those that `cargo build` left beside this program.
    pub(super) fn build(effort: Effort) -> Self {
        match effort {
            Effort::Full => Self::optimized(),
            Effort::Quick => Self { server: beside_this_program("server"), profiles: beside_this_program("profiles") },
        }
    }

    fn optimized() -> Self {
        progress::say("building the server and the command (minutes, the first time)");
        let target = workspace().join("target");
        let mut command = Command::new("cargo");
        command.args(["build", "--profile", "bench", "--package", "profiles_server", "--package", "profiles_cli", "--target-dir"]);
        for (name, _) in std::env::vars_os() {
            if OURS.iter().any(|prefix| name.to_string_lossy().starts_with(prefix)) {
                command.env_remove(name);
            }
        }
        let status = command.arg(&target).current_dir(workspace()).status().expect("cargo starts");
        assert!(status.success(), "`cargo build` failed; its text is above");
        // Where cargo puts what the profile `bench` makes.
        let binary = |name: &str| target.join("release").join(name);
        Self { server: binary("server"), profiles: binary("profiles") }
    }
}
