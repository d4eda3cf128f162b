//! What `search` and `count` print.

use std::process::Stdio;

use serde_json::json;

use crate::command::Case;
use crate::server::{Server, Trouble, id, profiles};

#[test]
fn a_search_prints_no_more_than_the_limit() {
    let case = Case::new(1234);
    let lines = |arguments: &[&str]| case.succeeds(&[&["search", "--format", "jsonl", "--columns", "uid"], arguments].concat());
    let expected = |count: usize| (0..count).map(|n| format!("{{\"uid\":\"u{}\"}}\n", 1233 - n)).collect::<String>();
    assert_eq!(lines(&[]), expected(50));
    assert_eq!(lines(&["--limit", "1"]), expected(1));
    assert_eq!(lines(&["--limit", "501"]), expected(501));
    assert_eq!(lines(&["--limit", "1234"]), expected(1234));
    assert_eq!(lines(&["--limit", "9000000000"]), expected(1234));
    let limits: Vec<_> = case.server.asked().iter().map(|asked| asked.body["limit"].as_u64().unwrap()).collect();
    assert_eq!(limits, [50, 1, 500, 1, 500, 500, 234, 500, 500, 500]);
    let output = case.run(&["search", "--limit", "0"]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn it_says_if_there_are_more() {
    let case = Case::new(51);
    for (limit, more) in [("50", true), ("51", false), ("52", false)] {
        let output = case.run(&["search", "--limit", limit]);
        assert!(output.status.success());
        assert_eq!(String::from_utf8_lossy(&output.stderr).contains("there are more"), more, "{limit}");
    }
}

#[test]
fn a_table_has_columns_side_by_side() {
    let case = Case::new(2);
    let columns = ["search", "--columns", "uid,name,company.name,seats"];
    assert_eq!(
        case.succeeds(&columns),
        "uid  name         company.name  seats\n\
         u1   Kim, \"1\"  é  Acme          1\n\
         u0   Kim, \"0\"  é  Acme          0\n"
    );
    let usual = case.succeeds(&["search"]);
    assert!(
        usual.lines().next().unwrap().split_whitespace().eq(["id", "uid", "email", "created_at", "updated_at", "company_id"]),
        "{usual}"
    );
    assert!(usual.contains(&id(1)) && usual.contains("u1@example.com"), "{usual}");
    assert_eq!(
        case.succeeds(&["search", "--format", "csv", "--columns", "uid,name"]),
        "uid,name\nu1,\"Kim, \"\"1\"\"\n é\"\nu0,\"Kim, \"\"0\"\"\n é\"\n"
    );
    assert_eq!(Case::new(0).succeeds(&["search"]), "");
}

#[test]
fn a_reader_who_has_seen_enough_ends_it_quietly() {
    let case = Case::of(Server::start(&profiles(3000)));
    let mut child = case.command(&["search", "--limit", "3000"]).stdout(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_count_is_a_number() {
    assert_eq!(Case::new(7).succeeds(&["count", "--filter", "role=admin"]), "7\n");
}

#[test]
fn companies_are_found_counted_and_exported_by_their_own_properties() {
    let case = Case::new(600);
    assert_eq!(case.succeeds(&["search", "--companies", "--limit", "1", "--columns", "uid,seats"]), "uid   seats\nu599  599\n");
    let usual = case.succeeds(&["search", "--companies", "--limit", "1"]);
    assert!(usual.lines().next().unwrap().split_whitespace().eq(["id", "uid", "name", "created_at", "updated_at"]), "{usual}");
    assert_eq!(case.succeeds(&["count", "--companies", "--filter", "seats>=3"]), "600\n");
    case.succeeds(&["export", "--companies", "--out", "all.csv", "--columns", "uid,name", "--any", "--filter", "plan=gold"]);
    assert_eq!(case.text("all.csv").lines().filter(|line| line.starts_with('u')).count(), 601);
    let asked = case.server.asked();
    let at = |path: &str| asked.iter().filter(|asked| asked.path == path).map(|asked| asked.body.clone()).collect::<Vec<_>>();
    assert_eq!(
        at("/v3/analyze/companies/count"),
        [json!({"filters": [{"kind": "property", "prop": "seats", "op": "gte", "value": "3"}], "filters_op": "and"})]
    );
    let pages = at("/v3/analyze/companies");
    assert_eq!(pages[0], json!({"filters_op": "and", "limit": 1, "expand": {"company": "all"}}));
    assert_eq!(pages[2]["expand"], json!({"company": "min"}));
    assert_eq!(pages[2]["filters"], json!([{"kind": "property", "prop": "plan", "op": "eq", "value": "gold"}]));
    assert!(asked.iter().all(|asked| !asked.path.contains("profiles")));
}

#[test]
fn an_export_of_companies_goes_on_with_no_export_of_profiles() {
    let case = Case::new(1200);
    case.server.trouble([Trouble::Nothing, Trouble::Answer(403, "", "{}".to_owned())]);
    assert!(!case.run(&["export", "--companies", "--out", "all.jsonl"]).status.success());
    let output = case.run(&["export", "--out", "all.jsonl"]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("is not the beginning of this export"), "{output:?}");
    case.succeeds(&["export", "--companies", "--out", "all.jsonl"]);
    assert_eq!(case.text("all.jsonl").lines().count(), 1200);
}
