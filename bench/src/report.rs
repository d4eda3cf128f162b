//! The report: sections of text, then every goal with the figure that meets or misses it.

use std::fmt::Write;

/// What was found, in the order it is to be read.
#[derive(Default)]
pub(crate) struct Report {
    sections: String,
    goals: Vec<(bool, String)>,
}

impl Report {
    /// Adds a section.
    pub(crate) fn section(&mut self, title: &str, text: &str) {
        let _ = writeln!(self.sections, "{title}\n{}\n{}\n", "-".repeat(title.chars().count()), text.trim_end());
    }

    /// Adds a goal, and the figure.
    pub(crate) fn goal(&mut self, is_met: bool, text: String) {
        self.goals.push((is_met, text));
    }

    /// All of it.
    pub(crate) fn text(&self) -> String {
        let mut text = self.sections.clone();
        if !self.goals.is_empty() {
            text.push_str("Goals\n-----\n");
        }
        for (is_met, goal) in &self.goals {
            let _ = writeln!(text, "{}  {goal}", if *is_met { "met   " } else { "missed" });
        }
        text
    }
}
