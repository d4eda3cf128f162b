//! Shows progress on standard error, so that standard output has the report alone.

use indicatif::{ProgressBar, ProgressStyle};

/// Says what begins.
pub(crate) fn say(what: &str) {
    eprintln!("-> {what}");
}

/// Says what begins, and shows a bar of this length if standard error is a terminal.
pub(crate) fn bar(what: &str, length: u64) -> ProgressBar {
    say(what);
    let style = ProgressStyle::with_template("   {bar:40} {pos}/{len}, {eta} left").expect("a valid template");
    ProgressBar::new(length).with_style(style)
}
