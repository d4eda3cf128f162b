//! What a process writes. It goes into files, for a pipe that nobody reads stops the writer, and a reader takes time of the processor.

use std::fs::File;
use std::io::{self, Read, Seek};
use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};

static NUMBER: AtomicUsize = AtomicUsize::new(0);

/// Standard output and standard error of a process.
pub(super) struct Output([(&'static str, File); 2]);

impl Output {
    /// Makes both, empty.
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self([("standard output", nameless_file()?), ("standard error", nameless_file()?)]))
    }

    /// Returns them for a process to start.
    pub(super) fn for_process(&self) -> io::Result<[Stdio; 2]> {
        let [(_, output), (_, error)] = &self.0;
        Ok([output.try_clone()?.into(), error.try_clone()?.into()])
    }

    /// Returns what a process wrote, which has ended.
    pub(super) fn text(&mut self) -> String {
        let mut text = String::new();
        for (name, file) in &mut self.0 {
            let mut bytes = Vec::new();
            // What can be read of it is shown.
            let _ = file.rewind().and_then(|()| file.read_to_end(&mut bytes));
            match String::from_utf8_lossy(&bytes).trim_end() {
                "" => text.push_str(&format!("\nIt wrote nothing to {name}.")),
                written => text.push_str(&format!("\nIt wrote to {name}:\n{written}")),
            }
        }
        text
    }
}

/// Makes a file without a name, so that nothing of it is left when it is closed.
fn nameless_file() -> io::Result<File> {
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let path = std::env::temp_dir().join(format!("profiles-bench-{}-{number}", std::process::id()));
    let file = File::options().read(true).write(true).create_new(true).open(&path)?;
    std::fs::remove_file(path)?;
    Ok(file)
}
