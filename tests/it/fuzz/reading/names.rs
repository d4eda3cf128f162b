//! Names of properties.

use super::unicode::{composed, is_mark};

/// A letter or anything else, with the marks that belong to it.
struct Cluster {
    base: char,
    marks: String,
}

/// Returns the form in which a name is stored. `None` for a name that is dropped.
pub(crate) fn normalized(sent: &str) -> Option<String> {
    let mut clusters: Vec<Cluster> = Vec::new();
    for char in composed(sent).chars() {
        match clusters.last_mut() {
            Some(cluster) if is_mark(char) => cluster.marks.push(char),
            // A mark that follows nothing goes.
            None if is_mark(char) => {}
            _ => clusters.push(Cluster { base: char, marks: String::new() }),
        }
    }
    let mut name = String::new();
    for (index, Cluster { base, marks }) in clusters.iter().enumerate() {
        if !base.is_alphanumeric() {
            name.push('_');
            continue;
        }
        let before = index.checked_sub(1).map(|before| clusters[before].base);
        let after = clusters.get(index + 1).map(|cluster| cluster.base);
        let ends_a_word = before.is_some_and(|before| before.is_lowercase() || before.is_numeric());
        let begins_a_run = before.is_some_and(char::is_uppercase) && after.is_some_and(char::is_lowercase);
        if base.is_uppercase() && (ends_a_word || begins_a_run) {
            name.push('_');
        }
        name.extend(base.to_lowercase());
        name.push_str(marks);
    }
    // A lower case letter may have marks of its own.
    let name = composed(&name);
    let name = name.split('_').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("_");
    (1..=255).contains(&name.len()).then_some(name)
}

/// Returns whether whole numbers under this name may be Unix times.
pub(super) fn is_of_a_time(name: &str) -> bool {
    let last = name.rsplit('_').next().unwrap_or(name);
    ["at", "time", "timestamp", "date", "on"].contains(&last) || ["created", "updated"].contains(&name)
}

/// Returns whether strings under this name stay as they are where a number would be written otherwise.
pub(super) fn is_of_a_version(name: &str) -> bool {
    name.rsplit('_').next() == Some("version")
}
