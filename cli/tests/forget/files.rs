//! CSV files of every kind, and their results.

use std::fs;

use crate::command::{Case, by_uid, pairs};

#[test]
fn each_row_has_its_outcome() {
    let case = Case::new("uid,name\nu1,Ann\nghost,Ben\n,Cy\nu1,Dee\n   ,Eve\nu2,Flo\n", ["u1", "u2"]);
    let shown = case.succeeds(&by_uid(&[]));
    let outcomes = [("u1", "forgotten"), ("ghost", "not_found"), ("", "blank"), ("u1", "duplicate"), ("   ", "blank"), ("u2", "forgotten")];
    assert_eq!(case.outcomes(), pairs(&outcomes));
    let lines = case.lines();
    assert!(lines[0].ids.0.len() == 24 && lines[0].ids.1 == "6b038e7b8108a6cd6c650a69", "{lines:?}");
    assert_eq!(lines[3].message, "see the outcome of row 1");
    for (outcome, count) in [("forgotten", "2"), ("not_found", "1"), ("blank", "2"), ("duplicate", "1"), ("failed", "0")] {
        assert!(shown.lines().any(|line| line.split_whitespace().eq([outcome, count])), "{shown}");
    }
    let asked = case.server.asked();
    assert!(asked.iter().all(|asked| asked.method == "DELETE" && asked.target.starts_with("/v3/edit/profiles/forget?uid=")));
    assert_eq!(asked.len(), 3);
}

#[test]
fn a_csv_as_programs_write_it_is_understood() {
    let csv = b"\xef\xbb\xbf\"User ID\",Name,Note\r\n\"a,1\",\"Line\r\nbreak\",x\r\n\r\nb2,caf\xe9 \xff,\r\n\"say \"\"c\"\"\",,\r\n d ,long,\r\n\xc3\xa9/?&%+#,,\r\n";
    let users = ["a,1", "b2", "say \"c\"", " d ", "é/?&%+#"];
    let case = Case::new(csv, users);
    case.succeeds(&["--column", "User ID", "--by", "uid"]);
    assert_eq!(case.outcomes(), pairs(&users.map(|user| (user, "forgotten"))));
}

#[test]
fn uids_are_compared_as_they_are_and_addresses_as_the_api_does() {
    let case = Case::new("uid\na\nA\n a\na\n", ["a", "A", " a"]);
    case.succeeds(&by_uid(&[]));
    assert_eq!(
        case.outcomes().into_iter().map(|(_, outcome)| outcome).collect::<Vec<_>>(),
        ["forgotten"; 3].into_iter().chain(["duplicate"]).collect::<Vec<_>>()
    );

    let case = Case::new("mail\nLeon@Chmln.co\n\" leon@chmln.CO \"\nno address\n", ["leon@chmln.co"]);
    assert!(case.fails(&["--column", "mail", "--by", "email"]).contains("1 rows failed"));
    let outcomes = [("Leon@Chmln.co", "forgotten"), (" leon@chmln.CO ", "duplicate"), ("no address", "failed")];
    assert_eq!(case.outcomes(), pairs(&outcomes));
    assert_eq!(case.server.asked()[0].target, "/v3/edit/profiles/forget?email=leon%40chmln%2Eco");
}

#[test]
fn what_no_user_can_be_called_is_not_asked() {
    let case = Case::new([b"uid\n".as_slice(), &[b'x'; 769], b"\n"].concat(), [""]);
    case.fails(&by_uid(&[]));
    let messages: Vec<_> = case.lines().into_iter().map(|line| line.message).collect();
    assert_eq!(messages, ["not sent: it is longer than 768 bytes"]);
    assert!(case.server.asked().is_empty());
}

#[test]
fn the_column_must_be_there_once() {
    let case = Case::new("id,name,name\n1,a,b\n", ["1"]);
    let shown = case.fails(&by_uid(&[]));
    assert!(shown.contains("has no column `uid`. Its columns are `id`, `name`, `name`"), "{shown}");
    assert!(case.fails(&["--column", "name", "--by", "uid"]).contains("has 2 columns named `name`"));
    for separator in [";", "\t"] {
        let shown = Case::new(format!("uid{separator}name\n1{separator}a\n"), ["1"]).fails(&by_uid(&[]));
        assert!(shown.contains("save it with commas"), "{shown}");
    }
    assert!(Case::new("", ["1"]).fails(&by_uid(&[])).contains("is empty"));
    assert!(Case::new(b"\xff\xfeu\0i\0d\0\n\0", ["1"]).fails(&by_uid(&[])).contains("UTF-16"));
    assert!(!case.result().exists() && case.server.asked().is_empty());
}

#[test]
fn a_csv_without_rows_is_done_at_once() {
    let case = Case::new("uid\n", [""]);
    case.succeeds(&by_uid(&[]));
    assert_eq!(fs::read_to_string(case.result()).unwrap(), "row,uid,profile_id,deletion_id,outcome,message,url\n");
}

#[test]
fn the_result_of_something_else_is_refused_and_kept() {
    let case = Case::new("uid,other,mail\na,x,a@x.co\nb,y,b@x.co\n", ["a", "b"]);
    case.succeeds(&by_uid(&[]));
    let kept = fs::read(case.result()).unwrap();
    let asked = case.server.asked().len();
    let refused = |arguments: &[&str], why: &str| {
        let shown = case.fails(arguments);
        assert!(shown.contains(why) && shown.contains("--result"), "{shown}");
        assert_eq!(fs::read(case.result()).unwrap(), kept);
        assert_eq!(case.server.asked().len(), asked);
    };
    refused(&["--column", "other", "--by", "uid"], "row 1 has a different uid there");
    refused(&["--column", "mail", "--by", "email"], "it was written with --by uid");
    refused(&by_uid(&["--url", "http://127.0.0.1:1"]), "it is for http://127.0.0.1");
    let input = fs::read(case.path("users.csv")).unwrap();
    let own = case.path("users.csv");
    assert!(case.fails(&by_uid(&["--result", own.to_str().unwrap()])).contains("its first line is not the header of a result"));
    assert_eq!(fs::read(&own).unwrap(), input);
    fs::write(&own, "uid,other,mail\na,x,a@x.co\n").unwrap();
    refused(&by_uid(&[]), "it has a row 2, but the CSV has only 1");
    fs::write(&own, "uid,other,mail\na,x,a@x.co\nc,y,b@x.co\n").unwrap();
    refused(&by_uid(&[]), "row 2 has a different uid there");
}

#[test]
fn a_dry_run_deletes_and_writes_nothing() {
    let case = Case::new("uid\na\nghost\n\"\"\na\nb\n", ["a", "b"]);
    let shown = case.succeeds(&by_uid(&["--dry-run"]));
    for (outcome, count) in [("exists", "2"), ("not_found", "1"), ("blank", "1"), ("duplicate", "1"), ("failed", "0")] {
        assert!(shown.lines().any(|line| line.split_whitespace().eq([outcome, count])), "{shown}");
    }
    assert!(!case.result().exists() && case.server.forgotten().is_empty());
    let mut targets: Vec<_> = case.server.asked().into_iter().map(|asked| format!("{} {}", asked.method, asked.target)).collect();
    targets.sort();
    assert_eq!(targets, ["a", "b", "ghost"].map(|uid| format!("GET /v3/analyze/profile?uid={uid}&expand[profile]=min")));
}
