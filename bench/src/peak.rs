//! The peak of memory of a process that does one thing.

use std::io::Write;
use std::process::{Command, Stdio};

/// The most bytes that a process had in memory.
#[derive(Clone, Copy)]
pub(crate) struct Peak {
    /// Before it began.
    pub(crate) before: u64,
    /// At its end.
    pub(crate) all: u64,
}

impl Peak {
    /// Runs this program with these arguments and this input. Returns `None` where the system does not say.
    pub(crate) fn of_process(arguments: &[&str], input: &str) -> Option<Self> {
        let mut process = Command::new(std::env::current_exe().expect("this program's path"))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("this program starts");
        process.stdin.take().expect("a pipe").write_all(input.as_bytes()).expect("the process reads");
        let output = process.wait_with_output().expect("the process ends");
        assert!(output.status.success(), "{} in a process of its own failed", arguments[0]);
        let printed = String::from_utf8(output.stdout).expect("text");
        let mut numbers = printed.split_whitespace().map(|bytes| bytes.parse().expect("a number of bytes"));
        Some(Self { before: numbers.next()?, all: numbers.next()? })
    }

    /// Prints the peaks of this process, for the one that started it.
    pub(crate) fn print(before: Option<u64>) {
        if let Some((before, all)) = before.zip(so_far()) {
            println!("{before} {all}");
        }
    }
}

/// Returns the most bytes that this process had in memory so far.
pub(crate) fn so_far() -> Option<u64> {
    of_process("self")
}

/// Returns the most bytes that the process of this id had in memory so far, as Linux counts them.
pub(crate) fn of_process(id: &str) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kilobytes * 1024)
}

/// Writes bytes as megabytes.
pub(crate) fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1024.0 / 1024.0)
}
