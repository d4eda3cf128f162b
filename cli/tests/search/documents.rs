//! The commands and filters of the document.

use std::process::Command;

use crate::command::Case;
use crate::support::SECRET;

const DOCUMENT: &str = include_str!("../../../docs/export.md");

#[test]
fn the_documents_commands_do_what_it_says() {
    let case = Case::new(60);
    let block = DOCUMENT.split("```").nth(1).unwrap();
    let commands: Vec<_> = block.lines().filter(|line| line.starts_with("profiles ")).collect();
    assert_eq!(commands.len(), 5, "{commands:?}");
    for command in commands {
        // A shell reads the quotes, as a reader's does.
        let script = format!("profiles() {{ \"$BINARY\" \"$@\" --url \"$URL\"; }}\n{command}");
        let mut shell = Command::new("sh");
        shell.args(["-c", &script]).env("BINARY", env!("CARGO_BIN_EXE_profiles")).env("URL", &case.server.url);
        let output = shell.env("ACCOUNT_SECRET", SECRET).current_dir(case.path("")).output().unwrap();
        assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
    }
    assert_eq!(case.files(), ["admins.csv", "companies.csv", "everybody.jsonl"]);
    assert_eq!(case.text("admins.csv").lines().next(), Some("uid,email,company.name"));
}

#[test]
fn the_documents_filters_can_be_read() {
    let (_, section) = DOCUMENT.split_once("| filter | fits whoever |").unwrap();
    let rows = section.lines().skip(2).take_while(|line| line.starts_with('|'));
    let cells = rows.map(|row| row.split('|').nth(1).unwrap());
    let codes = cells.flat_map(|cell| cell.split('`').skip(1).step_by(2));
    let filters: Vec<_> = codes.filter(|code| code.contains(char::is_alphabetic)).collect();
    assert!(filters.len() >= 20, "{filters:?}");
    let case = Case::new(1);
    let arguments = filters.iter().flat_map(|filter| ["--filter", filter]);
    case.succeeds(&["count"].into_iter().chain(arguments).collect::<Vec<_>>());
    assert_eq!(case.server.asked()[0].body["filters"].as_array().unwrap().len(), filters.len());
}
