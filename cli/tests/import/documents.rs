//! The commands of the document.

use std::fs;
use std::process::Command;

use crate::command::Case;
use crate::support::SECRET;

const DOCUMENT: &str = include_str!("../../../docs/import.md");

#[test]
fn the_documents_commands_do_what_it_says() {
    let case = Case::new("User ID,Name,Plan\n1,Kim,gold\n");
    fs::write(case.path("companies.csv"), "Company ID,Name\n931,Acme\n").unwrap();
    let block = DOCUMENT.split("```").nth(1).unwrap();
    let commands: Vec<_> = block.lines().filter(|line| line.starts_with("profiles ")).collect();
    assert_eq!(commands.len(), 3, "{commands:?}");
    for command in commands {
        // A shell reads the quotes, as a reader's does.
        let script = format!("profiles() {{ \"$BINARY\" \"$@\" --url \"$URL\"; }}\n{command}");
        let mut shell = Command::new("sh");
        shell.args(["-c", &script]).env("BINARY", env!("CARGO_BIN_EXE_profiles")).env("URL", &case.server.url);
        let output = shell.env("ACCOUNT_SECRET", SECRET).current_dir(case.path("")).output().unwrap();
        assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
    }
    let items: Vec<_> = case.server.batches().into_iter().flat_map(|batch| batch.items).collect();
    assert_eq!(items, [r#"{"uid":"1","plan":"gold"}"#, r#"{"uid":"931","Name":"Acme"}"#]);
    assert_eq!(case.files(), ["companies.csv", "companies.csv.import.csv", "users.csv", "users.csv.import.csv"]);
}
