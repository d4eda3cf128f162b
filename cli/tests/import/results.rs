//! The result, and how rows become batches.

use std::fmt::Write;

use crate::command::Case;

#[test]
fn rows_that_failed_or_were_warned_of_are_in_the_result() {
    let csv = "uid,email,fails,warns\n1,,,\n\"=2,b\",b@x.co,Conflict: the email of the 2nd item belongs to another profile,\n,,,\n3,,,cut to 768 bytes\n,,x,\n4,,too bad,cut to 768 bytes\n";
    let case = Case::new(csv);
    let shown = case.fails(&[]);
    assert!(shown.contains("3 rows failed: see the column `message` of users.csv.import.csv"), "{shown}");
    assert_eq!(
        case.result(),
        [
            ["row", "uid", "email", "outcome", "message"],
            ["2", "=2,b", "b@x.co", "failed", "Conflict: the email of row 2 belongs to another profile"],
            ["4", "3", "", "warned", "`warns`: cut to 768 bytes"],
            ["5", "", "", "failed", "No identifier found for row 5. Pass your User ID"],
            ["6", "4", "", "failed", "too bad; `warns`: cut to 768 bytes"],
        ]
    );
    assert_eq!(case.files(), ["users.csv", "users.csv.import.csv"]);
}

#[test]
fn the_counts_are_printed() {
    let case = Case::new("uid,fails\n1,\n1,\n2,\n,\n");
    let shown = case.succeeds(&[]);
    assert_eq!(
        shown,
        "created                        2\nupdated                        1\nunchanged                      0\nignored                        0\n\
         blank                          1\nfailed                         0\nwith warnings                  0\nresult users.csv.import.csv\n"
    );
}

#[test]
fn a_result_that_is_there_is_not_overwritten() {
    let case = Case::new("uid\n1\n");
    case.succeeds(&[]);
    let shown = case.fails(&[]);
    assert!(shown.contains("is there already, and is not overwritten") && shown.contains("--result"), "{shown}");
    case.succeeds(&["--result", "again.csv"]);
    assert_eq!(case.server.batches().len(), 2);
}

#[test]
fn more_problems_than_fit_on_a_page_are_all_there() {
    let mut csv = "uid,warns,fails\n".to_owned();
    for row in 1..=2_500 {
        let (warns, fails) = (if row % 2 == 0 { "w" } else { "" }, if row % 3 == 0 { "f" } else { "" });
        let _ = writeln!(csv, "{row},{warns},{fails}");
    }
    let case = Case::new(csv);
    let output = case.run(&["--rows-in-batch", "2400"]);
    let shown = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(shown.contains("the API keeps 1000 warnings of some 5,000 rows"), "{shown}");
    let rows: Vec<usize> = case.result().iter().skip(1).map(|line| line[0].parse().unwrap()).collect();
    assert_eq!(rows, (1..=2_500).filter(|row| row % 2 == 0 || row % 3 == 0).collect::<Vec<_>>());
}

#[test]
fn a_batch_is_as_large_as_the_api_and_lambda_take() {
    // Letters that do not compress: the limit of what is sent counts.
    let mut seed = 7_u64;
    let mut random = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        seed >> 16
    };
    let mut csv = "uid,note\n".to_owned();
    for row in 0..9_500 {
        let _ = write!(csv, "{row},");
        for _ in 0..90 {
            let _ = write!(csv, "{:012x}", random() & 0xffff_ffff_ffff);
        }
        csv.push('\n');
    }
    // Letters that do: the limit of what is decoded counts.
    for row in 0..17_000 {
        let _ = writeln!(csv, "{row},{}", "x".repeat(1_000));
    }
    let case = Case::new(csv);
    case.succeeds(&[]);
    let batches = case.server.batches();
    assert_eq!(batches.iter().map(|batch| batch.items.len()).sum::<usize>(), 26_500);
    assert!(batches.len() <= 4, "{}", batches.len());
    assert!(batches[0].compressed > 4_000_000 || batches[0].body.len() > 16_000_000, "{}", batches[0].compressed);
    assert!(batches[1].body.len() > 15_900_000, "{}", batches[1].body.len());
}

#[test]
fn a_row_that_no_request_takes_fails_alone() {
    let case = Case::new(format!("uid,note\n1,a\n2,{}\n3,b\n", "x".repeat(1_100_000)));
    case.fails(&[]);
    assert_eq!(case.server.items().len(), 2);
    assert_eq!(case.result()[1], ["2", "2", "failed", "not sent: the row is larger than 1 MiB"]);
    assert_eq!(case.result().len(), 2);
}
