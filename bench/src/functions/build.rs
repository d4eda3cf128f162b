//! Builds the functions as a deployment does.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::effort::Effort;
use crate::progress;
use crate::project::{beside_this_program, workspace};

/// The functions whose size is measured: the two that most requests wait for, the smallest and the largest of the API, and the one that
/// carries the pages. Each takes a minute to build.
pub(super) const MEASURED: [&str; 5] = ["upsert", "retrieve", "root", "batch_worker", "console"];
/// The function whose start is measured in its steps.
pub(super) const STARTED: &str = "upsert";
/// Functions whose first answers are compared: the one with the pages must start about as fast as the smallest of the API.
pub(super) const COMPARED: [&str; 2] = ["root", "console"];
/// The architecture that the template deploys by default.
const DEPLOYED: &str = "aarch64";

/// The functions, built.
pub(super) struct Built {
    /// The way in which they were built, and the architecture.
    pub(super) how: String,
    /// Each function's name and binary.
    pub(super) binaries: [(&'static str, PathBuf); MEASURED.len()],
    /// The function to start, built for this machine.
    pub(super) started: PathBuf,
    /// The functions to compare, built for this machine.
    pub(super) compared: [PathBuf; COMPARED.len()],
}

/// Builds the functions that are measured. A quick run takes those that `cargo build` left beside this program.
pub(super) fn build(effort: Effort) -> Built {
    match effort {
        Effort::Full => for_deployment(),
        Effort::Quick => built_by_cargo(),
    }
}

/// Builds the function to start, for this machine.
pub(crate) fn build_started(effort: Effort) -> PathBuf {
    match effort {
        Effort::Full => build_for(std::env::consts::ARCH, &[STARTED]).join(STARTED).join("bootstrap"),
        Effort::Quick => beside_this_program(STARTED),
    }
}

/// Builds for the architecture that is deployed, if this machine can, and the function to start for the machine itself.
fn for_deployment() -> Built {
    let native = std::env::consts::ARCH;
    let deployed = if can_build(DEPLOYED) { DEPLOYED } else { native };
    let directory = build_for(deployed, &MEASURED);
    let architecture = if deployed == "aarch64" { "arm64" } else { "x86_64" };
    let mut how = format!("Built by `cargo lambda build --release` for {architecture}.");
    if deployed != DEPLOYED {
        how.push_str(&format!("\nNot for arm64, because the compiler lacks it: rustup target add {DEPLOYED}-unknown-linux-gnu"));
    }
    let binary = |directory: &Path, name: &str| directory.join(name).join("bootstrap");
    let binaries = MEASURED.map(|name| (name, binary(&directory, name)));
    let directory = build_for(native, &[&[STARTED][..], &COMPARED].concat());
    Built { how, binaries, started: binary(&directory, STARTED), compared: COMPARED.map(|name| binary(&directory, name)) }
}

fn built_by_cargo() -> Built {
    Built {
        how: "Built by `cargo build`: not what is deployed.".to_owned(),
        binaries: MEASURED.map(|name| (name, beside_this_program(name))),
        started: beside_this_program(STARTED),
        compared: COMPARED.map(beside_this_program),
    }
}

/// Returns whether the compiler has this architecture's standard library.
fn can_build(architecture: &str) -> bool {
    let output = Command::new("rustc").args(["--print", "sysroot"]).current_dir(workspace()).output().expect("rustc starts");
    let sysroot = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    Path::new(&sysroot).join(format!("lib/rustlib/{architecture}-unknown-linux-gnu/lib")).is_dir()
}

/// Builds these functions, and returns the directory with one directory for each.
fn build_for(architecture: &str, functions: &[&str]) -> PathBuf {
    progress::say(&format!("building {} for {architecture} (minutes, the first time)", functions.join(", ")));
    // A directory of its own: elsewhere, builds for one architecture overwrite those for another.
    let directory = workspace().join("target/bench").join(architecture);
    let mut command = Command::new("cargo");
    command.args(["lambda", "build", "--release", "--lambda-dir"]).arg(&directory);
    command.arg(if architecture == "aarch64" { "--arm64" } else { "--x86-64" });
    for function in functions {
        command.args(["--bin", function]);
    }
    let status = command.current_dir(workspace()).status().expect("cargo starts");
    assert!(status.success(), "`cargo lambda build` failed; its text is above");
    directory
}
