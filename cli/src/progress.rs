//! The progress of a command, and its counts at the end.

use indicatif::{ProgressBar, ProgressStyle};

/// Makes a bar on standard error, which shows only on a terminal. `unit` names the things that are counted.
pub(crate) fn bar(length: u64, unit: &str) -> ProgressBar {
    let bar = ProgressBar::new(length);
    match ProgressStyle::with_template(&format!("{{bar:40}} {{pos}}/{{len}} {unit}, {{eta}} left  {{wide_msg}}")) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

/// Makes a counter on standard error, which shows only on a terminal. Nobody knows how many there will be.
pub(crate) fn counter(unit: &str) -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    match ProgressStyle::with_template(&format!("{{spinner}} {{pos}} {unit}  {{wide_msg}}")) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

/// Shows how many things were read. Their total is known only roughly.
pub(crate) fn advance(bar: &ProgressBar, read: u64, message: String) {
    bar.set_length(bar.length().unwrap_or_default().max(read));
    bar.set_position(read);
    bar.set_message(message);
}

/// Prints the counts of a command, and that a dry run changed nothing.
pub(crate) fn print_counts(counts: &[(&str, u64)], is_dry_run: bool) {
    for (name, count) in counts {
        println!("{name:<22} {count:>9}");
    }
    if is_dry_run {
        println!("nothing was changed");
    }
}
