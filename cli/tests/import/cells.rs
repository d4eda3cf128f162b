//! What the cells of a CSV are to the API.

use serde_json::{Value, json};

use crate::command::Case;

/// Imports a CSV, and returns the items that the API got.
#[track_caller]
fn items(csv: &str, arguments: &[&str]) -> Vec<Value> {
    let case = Case::new(csv);
    case.succeeds(arguments);
    case.server.items()
}

#[test]
fn identifiers_are_never_read_as_numbers() {
    let uids = ["007", "1e5", "12345678901234567890", "18821.0", "0x1F", "1_000", "-0", "+49", " 7 ", "1,5", "true"];
    let csv = uids.iter().fold("uid,company_uid,id\n".to_owned(), |csv, uid| format!("{csv}\"{uid}\",\"{uid}\",\n"));
    let due: Vec<_> = uids.iter().map(|uid| json!({"uid": uid, "company_uid": uid})).collect();
    assert_eq!(items(&csv, &[]), due);
}

#[test]
fn every_other_cell_is_a_text_too_which_the_api_reads() {
    let due = json!({"uid": "1", "Seats": "12", "active": "true", "joined": "2029-04-07", "note": "null", "price": "1.10"});
    assert_eq!(items("uid,Seats,active,joined,note,price\n1,12,true,2029-04-07,null,1.10\n", &[]), [due]);
}

#[test]
fn quotes_line_breaks_and_all_letters_arrive() {
    let csv = "\u{feff}uid,\"Na\"\"me\"\r\n1,\"Kim \"\"K\"\" Lee\"\r\n2,\"a\r\nb\nc\td\"\r\n\r\n\"3\",é€𝄞 \\ /\r\n4,\u{200b}\u{7f}";
    let due = ["Kim \"K\" Lee", "a\r\nb\nc\td", "é€𝄞 \\ /", "\u{200b}\u{7f}"];
    let due: Vec<_> = (1..).zip(due).map(|(uid, name)| json!({"uid": uid.to_string(), "Na\"me": name})).collect();
    assert_eq!(items(csv, &[]), due);
}

#[test]
fn empty_cells_are_left_out_or_null() {
    let csv = "uid,email,plan,company.name\n1,,,\n2,\"\",\"\",Acme\n,a@x.co,gold,\n,,,\n";
    let map = ["--map", "uid=uid", "--map", "email=email", "--map", "plan=plan", "--map", "company.name=company.name"];
    let due = [json!({"uid": "1"}), json!({"uid": "2", "company": {"name": "Acme"}}), json!({"email": "a@x.co", "plan": "gold"})];
    assert_eq!(items(csv, &map), due);
    let due = [
        json!({"uid": "1", "plan": null, "company": {"name": null}}),
        json!({"uid": "2", "plan": null, "company": {"name": "Acme"}}),
        json!({"email": "a@x.co", "plan": "gold", "company": {"name": null}}),
    ];
    assert_eq!(items(csv, &[&map[..], &["--empty", "null"]].concat()), due);
}

#[test]
fn companies_go_where_companies_do() {
    let case = Case::new("Company ID,Name,created_at\n007,Acme,x\n");
    let shown = case.succeeds(&["--companies", "--map", "Company ID=uid", "--map", "Name=name"]);
    assert!(shown.contains("created                        1"), "{shown}");
    assert_eq!(case.server.items(), [json!({"uid": "007", "name": "Acme"})]);
    assert!(case.server.asked().iter().all(|asked| asked.target.starts_with("/v3/observe/hooks/companies/batch")));
    assert!(case.server.batches()[0].body.starts_with(r#"{"on_model_missing":"create","companies":["#));
    Case::new("email\na@x.co\n").refuses(&["--companies"], "becomes one of `id`, `uid`");
}

#[test]
fn only_who_exists_is_changed_if_told() {
    let case = Case::new("uid\n1\n");
    case.succeeds(&["--on-model-missing", "ignore"]);
    assert!(case.server.batches()[0].body.contains(r#""on_model_missing":"ignore""#));
}
