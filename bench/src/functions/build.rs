//! Building the functions as a deployment does.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{progress, workspace};

const FUNCTIONS: [&str; 3] = ["upsert", "retrieve", "root"];
/// What the template deploys to, unless told otherwise.
const DEPLOYED: &str = "aarch64";

/// The functions, built.
pub(crate) struct Built {
    /// What `binaries` run on, in the template's words.
    pub(super) architecture: &'static str,
    /// Why that is not what is deployed by default, if so.
    pub(super) why_not_deployed: Option<String>,
    /// Each function's name and binary.
    pub(super) binaries: Vec<(&'static str, PathBuf)>,
    /// `upsert` for this machine.
    pub(super) native: PathBuf,
}

/// Builds them: all for what is deployed, where this machine can, and `upsert` for the machine itself, which must run it.
pub(crate) fn build() -> Built {
    let native = std::env::consts::ARCH;
    let deployed = if can_build(DEPLOYED) { DEPLOYED } else { native };
    let binaries = build_for(deployed, &FUNCTIONS);
    let native_upsert = if native == deployed { binaries[0].clone() } else { build_for(native, &FUNCTIONS[..1]).remove(0) };
    Built {
        architecture: if deployed == "aarch64" { "arm64" } else { "x86_64" },
        why_not_deployed: (deployed != DEPLOYED)
            .then(|| format!("(Not for arm64, since Rust's target is missing here: rustup target add {DEPLOYED}-unknown-linux-gnu)")),
        binaries: FUNCTIONS.into_iter().zip(binaries).collect(),
        native: native_upsert,
    }
}

/// Whether the compiler has this architecture's standard library.
fn can_build(architecture: &str) -> bool {
    let output = Command::new("rustc").args(["--print", "sysroot"]).current_dir(workspace()).output().expect("rustc starts");
    let sysroot = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    Path::new(&sysroot).join(format!("lib/rustlib/{architecture}-unknown-linux-gnu/lib")).is_dir()
}

fn build_for(architecture: &str, functions: &[&str]) -> Vec<PathBuf> {
    progress::say(&format!("building {} for {architecture} (minutes, the first time)", functions.join(", ")));
    // A place of its own: elsewhere, builds for one architecture overwrite those for another.
    let directory = workspace().join("target/bench").join(architecture);
    let mut command = Command::new("cargo");
    command.args(["lambda", "build", "--release", "--lambda-dir"]).arg(&directory);
    command.arg(if architecture == "aarch64" { "--arm64" } else { "--x86-64" });
    for function in functions {
        command.args(["--bin", function]);
    }
    let status = command.current_dir(workspace()).status().expect("cargo starts");
    assert!(status.success(), "`cargo lambda build` failed");
    functions.iter().map(|function| directory.join(function).join("bootstrap")).collect()
}
