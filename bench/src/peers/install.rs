//! Installs the peers.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::project::workspace;

/// Installs a peer's tool into `.tools/` unless it is there, and returns its directory. An error says why the peer is left out.
pub(super) fn tool(language: &str, name: &str) -> Result<PathBuf, String> {
    let output = Command::new("python3")
        .arg("dev/install.py")
        .arg(name)
        .current_dir(workspace())
        .stdin(Stdio::null())
        // Its progress is for whoever watches; the report has standard output to itself.
        .stdout(std::io::stderr())
        .stderr(Stdio::piped())
        .output()
        .map_err(|error| format!("{language} is left out: python3 does not start: {error}"))?;
    if output.status.success() {
        return Ok(workspace().join(".tools").join(name));
    }
    Err(format!("{language} is left out. {}", String::from_utf8_lossy(&output.stderr).trim().trim_start_matches("error: ")))
}

/// Returns what a program says of its version.
pub(super) fn version(program: &Path) -> String {
    let output = Command::new(program).arg("--version").output();
    let said = output.unwrap_or_else(|error| panic!("{} does not start: {error}", program.display())).stdout;
    String::from_utf8_lossy(&said).trim().trim_start_matches("Python ").trim_start_matches('v').to_owned()
}
