//! Normalization, by the Criterion benchmark of its crate.

use std::process::{Command, Stdio};

use crate::{progress, workspace};

/// Bytes a second and allocations a property, a line each sample.
pub(crate) fn measure() -> String {
    progress::say("normalization: building and running its Criterion benchmark (20 seconds when built)");
    let output = Command::new("cargo")
        .args(["bench", "--quiet", "--package", "profiles_normalization", "--bench", "normalize"])
        .current_dir(workspace())
        .stderr(Stdio::inherit())
        .output()
        .expect("cargo starts");
    assert!(output.status.success(), "the benchmark of normalization failed");
    summary(&String::from_utf8_lossy(&output.stdout))
}

/// A line for each sample, from what the benchmark prints: the sample, its allocations, and `thrpt: [low middle high]`.
fn summary(printed: &str) -> String {
    let mut lines = Vec::new();
    let (mut sample, mut allocations) = ("", "");
    for line in printed.lines().map(str::trim) {
        if line.starts_with("profile of ") && line.ends_with(" bytes") {
            sample = line;
        } else if let Some(count) = line.strip_prefix("allocations per property: ") {
            allocations = count;
        } else if let Some(interval) = line.strip_prefix("thrpt:").filter(|_| !sample.is_empty()) {
            let words: Vec<_> = interval.trim().trim_matches(['[', ']']).split(' ').collect();
            // Without an interval that can be read, the line as it is says more than nothing.
            let middle = words.get(2..4).map_or_else(|| interval.to_owned(), |middle| middle.join(" "));
            lines.push(format!("{sample}: {middle}, {allocations} allocations a property"));
            sample = "";
        }
    }
    assert!(!lines.is_empty(), "the benchmark of normalization printed nothing that is known here:\n{printed}");
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_of_the_first_interval_counts() {
        let printed = "profile of 8 properties, 244 bytes\nallocations per property: 3.1\nnormalize/profile of 8 properties\n  \
            time:   [1.0 µs 2.0 µs 3.0 µs]\n  thrpt:  [81.0 MiB/s 82.5 MiB/s 83.0 MiB/s]\nchange:\n  thrpt:  [-1.0% +0.0% +1.0%]\n";
        assert_eq!(summary(printed), "profile of 8 properties, 244 bytes: 82.5 MiB/s, 3.1 allocations a property");
    }
}
