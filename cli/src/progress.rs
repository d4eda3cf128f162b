//! How far a command is.

use indicatif::{ProgressBar, ProgressStyle};

/// A bar on standard error, where that is a terminal: so many of what `unit` names.
pub(crate) fn bar(length: u64, unit: &str) -> ProgressBar {
    let bar = ProgressBar::new(length);
    match ProgressStyle::with_template(&format!("{{bar:40}} {{pos}}/{{len}} {unit}, {{eta}} left  {{wide_msg}}")) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
