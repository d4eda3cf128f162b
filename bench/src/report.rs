//! The report: printed and written section by section, so that a section that fails takes nothing else with it.

use std::fmt::Write as _;
use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use crate::effort::Effort;

/// The findings of a section.
pub(crate) struct Findings {
    title: &'static str,
    effort: Effort,
    text: String,
    goals: Vec<Goal>,
    failure: Option<String>,
}

struct Goal {
    is_met: bool,
    text: String,
}

impl Findings {
    /// Starts the findings of a section.
    pub(crate) fn new(title: &'static str, effort: Effort) -> Self {
        Self { title, effort, text: String::new(), goals: Vec::new(), failure: None }
    }

    /// Adds a line, or several.
    pub(crate) fn say(&mut self, text: &str) {
        self.text.push_str(text);
        self.text.push('\n');
    }

    /// Adds a goal and its figure. A quick run judges none: its figures mean nothing.
    pub(crate) fn goal(&mut self, is_met: bool, text: String) {
        if self.effort == Effort::Full {
            self.goals.push(Goal { is_met, text });
        }
    }

    /// Sets the reason for which the section ended early.
    pub(crate) fn fail(&mut self, why: String) {
        self.failure = Some(why);
    }

    fn to_text(&self) -> String {
        let mut text = format!("{}\n{}\n{}", self.title, "-".repeat(self.title.chars().count()), self.text);
        if !self.goals.is_empty() {
            text.push('\n');
        }
        for Goal { is_met, text: goal } in &self.goals {
            let _ = writeln!(text, "{}  {goal}", if *is_met { "met   " } else { "missed" });
        }
        if let Some(why) = &self.failure {
            let _ = writeln!(text, "\nFAILED: {why}");
        }
        text
    }
}

/// The report so far: on standard output, and in a file if it has one.
pub(crate) struct Report {
    file: Option<File>,
    failed: Vec<&'static str>,
    missed: Vec<String>,
    met: usize,
}

impl Report {
    /// Starts a report on standard output alone.
    pub(crate) fn printed() -> Self {
        Self { file: None, failed: Vec::new(), missed: Vec::new(), met: 0 }
    }

    /// Starts a report that this file gets, too.
    pub(crate) fn written(path: &Path) -> Self {
        let directory = path.parent().unwrap_or(path);
        let file = std::fs::create_dir_all(directory).and_then(|()| File::create(path));
        Self { file: Some(file.unwrap_or_else(|error| panic!("{} cannot be written: {error}", path.display()))), ..Self::printed() }
    }

    /// Adds what a section found.
    pub(crate) fn add(&mut self, mut findings: Findings) {
        if findings.text.is_empty() && findings.failure.is_none() {
            findings.fail("it found nothing".to_owned());
        }
        self.write(&findings.to_text());
        if findings.failure.is_some() {
            self.failed.push(findings.title);
        }
        for Goal { is_met, text } in findings.goals {
            if is_met { self.met += 1 } else { self.missed.push(text) }
        }
    }

    /// Sums up the goals and the failures. The exit code tells whether all sections ran to their end.
    pub(crate) fn end(mut self) -> ExitCode {
        let mut text = String::new();
        if self.met + self.missed.len() > 0 {
            let _ = writeln!(text, "Goals: {} met, {} missed", self.met, self.missed.len());
        }
        for goal in &self.missed {
            let _ = writeln!(text, "missed  {goal}");
        }
        if !self.failed.is_empty() {
            let _ = writeln!(text, "Failed: {}", self.failed.join(", "));
        }
        if !text.is_empty() {
            self.write(&text);
        }
        if self.failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }

    fn write(&mut self, text: &str) {
        println!("{text}");
        if let Some(file) = &mut self.file {
            writeln!(file, "{text}").expect("the report's file takes it");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_that_fails_keeps_what_it_found() {
        let mut findings = Findings::new("Sizes", Effort::Full);
        findings.say("upsert 5 MB");
        findings.goal(true, "upsert is small".to_owned());
        findings.fail("retrieve is not there".to_owned());
        assert_eq!(findings.to_text(), "Sizes\n-----\nupsert 5 MB\n\nmet     upsert is small\n\nFAILED: retrieve is not there\n");
    }

    #[test]
    fn a_section_that_finds_nothing_has_failed_and_a_missed_goal_is_no_failure() {
        let mut report = Report::printed();
        let mut slow = Findings::new("Slow", Effort::Full);
        slow.say("2 s");
        slow.goal(false, "under a second".to_owned());
        report.add(slow);
        assert_eq!((report.failed.len(), report.missed.len()), (0, 1));
        report.add(Findings::new("Empty", Effort::Full));
        assert_eq!(report.failed, ["Empty"]);
        assert_eq!(report.end(), ExitCode::FAILURE);
    }
}
