//! `profiles forget` with a CSV, against the functions.

use std::env;
use std::fs;

use crate::child_process::ChildProcess;
use crate::local_api::local_api;

const USERS: usize = 40;

#[test]
fn the_users_of_a_csv_are_forgotten_and_each_row_has_one_result() {
    let api = local_api();
    let account = api.account();
    for n in 0..USERS {
        account.upsert(&format!(r#"{{"uid":"csv, {n}","email":"csv{n}@example.com","plan":"gold"}}"#)).id();
    }
    // As a spreadsheet saves it: a byte order mark, lines that end in CR LF, quotation marks around a comma.
    let mut csv = "\u{feff}Plan,User ID\r\n".to_owned();
    for n in 0..USERS {
        csv.push_str(&format!("gold,\"csv, {n}\"\r\n"));
    }
    csv.push_str("gold,\r\ngold,nobody\r\ngold,\"csv, 7\"\r\n");
    let path = env::temp_dir().join(format!("profiles-tests-csv-{}.csv", std::process::id()));
    let result = path.with_extension("csv.result.csv");
    fs::write(&path, csv).unwrap();
    let (csv, address) = (path.to_str().unwrap(), api.address());
    let forget = |more: &[&str]| {
        let command = ["cargo", "run", "--quiet", "--bin", "profiles", "--", "forget", "--csv", csv, "--column", "User ID", "--by", "uid"];
        let command = [&command[..], &["--url", address, "--at-once", "2"], more].concat();
        let mut run = ChildProcess::start(&command, &[("ACCOUNT_SECRET", &account.secret)]).unwrap();
        assert!(run.wait().success(), "{}", run.output.text());
        assert!(!run.output.text().contains(&account.secret));
    };

    forget(&["--dry-run"]);
    assert_eq!(account.retrieve("uid=csv,%207").status, 200);
    forget(&[]);
    let results = fs::read_to_string(&result).unwrap();
    let outcomes: Vec<_> = results.lines().skip(1).collect();
    assert_eq!(outcomes.len(), USERS + 3, "{results}");
    for (n, line) in outcomes[..USERS].iter().enumerate() {
        assert!(line.starts_with(&format!("{},\"csv, {n}\",", n + 1)) && line.contains(",forgotten,"), "{line}");
        assert_eq!(account.send("GET", &format!("/v3/analyze/profile?email=csv{n}@example.com"), "").status, 404);
        let deletion = line.split(',').nth(4).unwrap();
        let answer = account.send("GET", &format!("/v3/edit/deletions/{deletion}"), "").body;
        assert_eq!(answer["deletion"]["state"], "completed", "{answer}");
    }
    for (line, outcome) in outcomes[USERS..].iter().zip(["blank", "not_found", "duplicate"]) {
        assert!(line.contains(&format!(",{outcome},")), "{line}");
    }
    // A second run changes nothing.
    forget(&[]);
    assert_eq!(fs::read_to_string(&result).unwrap(), results);
    let _ = (fs::remove_file(&path), fs::remove_file(&result));
}
