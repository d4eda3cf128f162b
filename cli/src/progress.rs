//! The progress bar of a command.

use indicatif::{ProgressBar, ProgressStyle};

/// Makes a bar on standard error, which shows only on a terminal. `unit` names the things that are counted.
pub(crate) fn bar(length: u64, unit: &str) -> ProgressBar {
    let bar = ProgressBar::new(length);
    match ProgressStyle::with_template(&format!("{{bar:40}} {{pos}}/{{len}} {unit}, {{eta}} left  {{wide_msg}}")) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
