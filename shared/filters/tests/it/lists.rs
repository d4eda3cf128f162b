//! Lists as they come out of a query with numbers in brackets: objects whose keys are `0`, `1`, …, and everything in them a string.

use profiles_filters::{Filters, GroupOp};

use crate::support::{filters, now};

#[test]
fn filters_of_a_query_are_those_of_a_body() {
    let of_query = r#" {"0":{"kind":"property","prop":"plan","op":"gt","value":"4"},
        "1":{"kind":"group","filters_op":"or","filters":{"0":{"prop":"role","op":"in-v","value":{"0":"admin","1":"7"}},
            "1":{"prop":"last_seen_at","op":"lt-d","value":"7.5"}}},
        "2":{"kind":"event","prop":"paid","mod":"gte","range":"3","cond":"gt-d","int":"30"},
        "3":{"kind":"survey","value":"12","mod":"eq","range":"0"},
        "4":{"prop":"vip","op":"eq","value":"true"},
        "5":{"prop":"uid","op":"eq","value":"123"}} "#;
    let of_body = r#" [{"prop":"plan","op":"gt","value":4},
        {"kind":"group","filters_op":"or","filters":[{"prop":"role","op":"in-v","value":["admin",7]},
            {"prop":"last_seen_at","op":"lt-d","value":7.5}]},
        {"kind":"event","prop":"paid","mod":"gte","range":3,"cond":"gt-d","int":30},
        {"kind":"survey","value":12,"mod":"eq","range":0},
        {"prop":"vip","op":"eq","value":true},
        {"prop":"uid","op":"eq","value":123}] "#;
    assert!(filters(of_query) == filters(of_body));
}

#[test]
fn a_list_of_a_query_can_be_long() {
    let members: Vec<_> = (0..100).map(|number| format!(r#""{number}":{{"prop":"x","op":"ex"}}"#)).collect();
    let tree = Filters::parse(&format!("{{{}}}", members.join(",")), GroupOp::Or, now()).unwrap();
    assert_eq!((tree.group.filters.len(), tree.group.op), (100, GroupOp::Or));
}
