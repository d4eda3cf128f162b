//! Checks the documents: links resolve, no table row stands twice, and the README stays short.

use std::collections::{HashMap, HashSet};
use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};
use std::{fs, iter};

const README_LINES: usize = 180;
/// Shorter rows say little and may be alike: `| event | |`.
const ROW_BYTES: usize = 60;

/// Every document, by its path from the project's directory.
fn documents() -> HashMap<PathBuf, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut documents = HashMap::new();
    let mut directories = vec![root.to_owned()];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let entry = entry.unwrap();
            let (path, name) = (entry.path(), entry.file_name());
            let is_built = name == "target" || name.to_str().is_some_and(|name| name.starts_with('.'));
            if entry.file_type().unwrap().is_dir() && !is_built {
                directories.push(path);
            } else if path.extension() == Some(OsStr::new("md")) {
                documents.insert(path.strip_prefix(root).unwrap().to_owned(), fs::read_to_string(path).unwrap());
            }
        }
    }
    documents
}

/// The lines outside of code blocks.
fn prose(text: &str) -> impl Iterator<Item = &str> {
    let mut is_code = false;
    text.lines().filter(move |line| {
        let is_fence = line.trim_start().starts_with("```");
        is_code ^= is_fence;
        !is_code && !is_fence
    })
}

/// The anchors that GitHub gives a document's headings.
fn anchors(text: &str) -> HashSet<String> {
    let mut seen: HashMap<String, usize> = HashMap::new();
    let headings = prose(text).filter_map(|line| line.trim_start_matches('#').strip_prefix(' ').filter(|_| line.starts_with('#')));
    headings
        .map(|heading| {
            let letters = heading.to_lowercase();
            let kept = letters.chars().filter(|letter| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '_'));
            let anchor: String = kept.map(|letter| if letter == ' ' { '-' } else { letter }).collect();
            let before = seen.entry(anchor.clone()).or_default();
            *before += 1;
            if *before == 1 { anchor } else { format!("{anchor}-{}", *before - 1) }
        })
        .collect()
}

/// The targets of a document's links.
fn links(text: &str) -> impl Iterator<Item = &str> {
    prose(text).flat_map(|line| {
        let mut rest = line;
        iter::from_fn(move || {
            let (_, after) = rest.split_once("](")?;
            let (target, after) = after.split_once(')')?;
            rest = after;
            Some(target)
        })
    })
}

/// The path that a link leads to from a document. `..` goes up.
fn joined(document: &Path, target: &str) -> PathBuf {
    let mut path = document.parent().unwrap().to_owned();
    for component in Path::new(target).components() {
        if component == Component::ParentDir {
            path.pop();
        } else {
            path.push(component)
        };
    }
    path
}

#[test]
fn every_link_between_documents_leads_somewhere() {
    let documents = documents();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut broken = Vec::new();
    let mut checked = 0;
    for (document, text) in &documents {
        for link in links(text).filter(|link| !link.contains("://")) {
            let (target, anchor) = link.split_once('#').map_or((link, None), |(target, anchor)| (target, Some(anchor)));
            let path = if target.is_empty() { document.clone() } else { joined(document, target) };
            let exists = root.join(&path).exists();
            let has_anchor = anchor.is_none_or(|anchor| documents.get(&path).is_some_and(|text| anchors(text).contains(anchor)));
            if !exists || !has_anchor {
                broken.push(format!("{}: {link}", document.display()));
            }
            checked += 1;
        }
    }
    assert!(checked > 50, "{checked}");
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn no_row_of_a_table_stands_twice() {
    let documents = documents();
    let mut rows: HashMap<&str, &Path> = HashMap::new();
    for (document, text) in &documents {
        for row in prose(text).filter(|line| line.starts_with('|') && line.len() > ROW_BYTES && !line.starts_with("|--")) {
            let other = rows.insert(row, document);
            assert_eq!(other, None, "{}: {row}", document.display());
        }
    }
}

#[test]
fn the_readme_is_short() {
    let lines = documents()[Path::new("README.md")].lines().count();
    assert!(lines <= README_LINES, "README.md has {lines} lines, over {README_LINES}: what is not for newcomers belongs into docs/");
}
