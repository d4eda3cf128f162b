//! What columns become, and mappings that are refused before anything is sent.

use serde_json::json;

use crate::command::Case;

const CSV: &str = "User ID,Plan,Note\n1,gold,x\n";

#[test]
fn a_mapped_column_becomes_what_is_told_and_others_are_left_out() {
    let case = Case::new(CSV);
    case.succeeds(&["--map", "User ID=uid", "--map", "Plan=plan"]);
    assert_eq!(case.server.items(), [json!({"uid": "1", "plan": "gold"})]);
}

#[test]
fn with_map_all_the_others_keep_their_names() {
    let case = Case::new(CSV);
    case.succeeds(&["--map", "User ID=uid", "--map-all"]);
    assert_eq!(case.server.items(), [json!({"uid": "1", "Plan": "gold", "Note": "x"})]);
}

#[test]
fn a_dot_leads_into_a_hash_and_a_column_may_be_mapped_twice() {
    let case = Case::new("a=b,c\n1,2\n");
    let maps = ["a=b=uid", "a=b=Company.uid", "c=company.name", "c=traits . Plan"];
    case.succeeds(&maps.iter().flat_map(|map| ["--map", map]).collect::<Vec<_>>());
    assert_eq!(case.server.items(), [json!({"uid": "1", "Company": {"uid": "1", "name": "2"}, "traits": {"Plan": "2"}})]);
}

#[test]
fn columns_that_cannot_be_properties_are_left_out_and_named() {
    let case = Case::new(",uid,created_at,percent,***,ID,account_secret\n0,1,2,3,4,5,6\n");
    let output = case.run(&[]);
    let shown = String::from_utf8(output.stderr).unwrap();
    for column in [
        "column 1, ``, is left out: the name has no letter or digit",
        "column 3, `created_at`, is left out: only the service itself sets it",
        "column 4, `percent`,",
        "column 5, `***`,",
        "column 6, `ID`, is left out: only `id` is this API's own id. If it is yours, pass --map \"ID=uid\"",
        "column 7, `account_secret`,",
    ] {
        assert!(shown.contains(column), "{shown}");
    }
    assert_eq!(case.server.items(), [json!({"uid": "1"})]);
    // Of a company, these are properties.
    let case = Case::new("uid,percent,email\n1,2,3\n");
    case.succeeds(&["--companies"]);
    assert_eq!(case.server.items(), [json!({"uid": "1", "percent": "2", "email": "3"})]);
}

#[test]
fn a_mapping_that_cannot_be_meant_is_refused() {
    for (csv, maps, why) in [
        (CSV, &["Plan"][..], "`Plan` is no mapping"),
        (CSV, &["user id=uid"], "has no column `user id`. Its columns are `User ID`, `Plan`, `Note`. Name one of them in --map"),
        (CSV, &["=uid"], "has no column ``"),
        ("a;b\n1;2\n", &["a=uid"], "It seems to have semicolons"),
        ("a,a,b\n1,2,3\n", &["a=uid"], "has 2 columns named `a`"),
        (CSV, &["User ID=uid", "Plan="], "no column can become ``: the name has no letter or digit"),
        (CSV, &["User ID=uid", "Plan=a..b"], "no column can become `a..b`"),
        (CSV, &["User ID=uid", "Plan=updatedAt"], "no column can become `updatedAt`: only the service itself sets it"),
        (CSV, &["User ID=uid", "Plan=account_secret"], "it is no property"),
        (CSV, &["User ID=Id"], "only `id` is this API's own id"),
        (CSV, &["User ID=uid", "Plan=planName", "Note=plan_name"], "the columns `Plan` and `Note` would both become `plan_name`"),
        (CSV, &["User ID=uid", "Plan=company", "Note=company.name"], "would both become `company.name`"),
        (CSV, &["Plan=plan"], "no column of users.csv becomes one of `id`, `uid`, `email`"),
        (CSV, &["User ID=traits.uid"], "becomes one of `id`, `uid`, `email`"),
    ] {
        let arguments: Vec<_> = maps.iter().flat_map(|map| ["--map", map]).collect();
        Case::new(csv).refuses(&arguments, why);
    }
    for (csv, why) in [
        ("User ID,Plan\n1,2\n", "Its columns are `User ID`, `Plan`. Pass the one that identifies the rows"),
        ("uid,First Name,firstName\n1,2,3\n", "the columns `First Name` and `firstName` would both become `first_name`"),
        ("uid,plan,plan\n1,2,3\n", "would both become `plan`"),
        ("ID,name\n1,2\n", "no column of users.csv becomes one of"),
        ("uid;plan\n1;2\n", "It seems to have semicolons"),
    ] {
        Case::new(csv).refuses(&[], why);
    }
}

#[test]
fn a_dry_run_says_what_becomes_of_each_column() {
    let case = Case::new(CSV);
    let shown = case.succeeds(&["--dry-run", "--map", "User ID=uid", "--map-all"]);
    assert_eq!(
        shown,
        "column 1, `User ID`: uid\ncolumn 2, `Plan`: plan\ncolumn 3, `Note`: note\nrows                           1\nnothing was sent\n"
    );
    assert!(case.server.asked().is_empty());
    assert_eq!(case.files(), ["users.csv"]);
}
