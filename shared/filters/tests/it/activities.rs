//! Filters of what a user did.

use profiles_domain::InteractionState;
use profiles_filters::{Activity, ActivityFilter, Comparison, Filter, Window};
use profiles_normalization::Number;

use crate::support::{ago, filters, person};

fn activity(members: &str) -> ActivityFilter {
    match filters(&format!("[{{{members}}}]")).group.filters.remove(0) {
        Filter::Activity(0, filter) => filter,
        _ => panic!("{members}"),
    }
}

fn event(name: &str) -> Activity {
    Activity::Event(name.to_owned(), None)
}

#[test]
fn an_event_is_named_by_either_member() {
    for members in [
        r#""prop":"Paid Bill""#,
        r#""value":"paidBill""#,
        r#""prop":null,"value":"paid-bill""#,
        r#""prop":"paid_bill","value":null,"op":null"#,
        r#""prop":"paid_bill","value":"Paid Bill","op":"ex""#,
    ] {
        let filter = activity(&format!(r#""kind":"event",{members}"#));
        assert!(filter.activity == event("paid_bill") && filter.window.is_none() && !filter.negated, "{members}");
    }
    assert!(activity(r#""kind":"event","prop":"x","op":"nx""#).negated);
}

#[test]
fn how_often() {
    for (word, comparison) in [
        ("gt", Comparison::Greater),
        ("gte", Comparison::GreaterOrEqual),
        ("lt", Comparison::Less),
        ("lte", Comparison::LessOrEqual),
        ("eq", Comparison::Equal),
    ] {
        for (range, number) in [("3", 3), (r#"" 3 ""#, 3), ("3.0", 3), ("30e-1", 3), ("0", 0), ("-0", 0)] {
            let filter = activity(&format!(r#""kind":"event","prop":"x","mod":"{word}","range":{range}"#));
            assert!(filter.activity == Activity::Event("x".into(), Some((comparison, number.into()))), "{word} {range}");
            let filter = activity(&format!(r#""kind":"survey","value":"V","mod":"{word}","range":{range}"#));
            assert!(filter.activity == Activity::Survey("V".into(), Some((comparison, number.into()))), "{word} {range}");
        }
    }
    let many = activity(r#""kind":"event","prop":"x","mod":"lt","range":1e40"#);
    assert!(many.activity == Activity::Event("x".into(), Number::parse("1e40").map(|many| (Comparison::Less, many))));
}

#[test]
fn a_tour_or_survey_is_named_by_its_id() {
    for (sent, id) in [(r#""T-1 x""#, "T-1 x"), ("123", "123"), ("123.0", "123"), (r#"" ""#, " "), (r#""\u00e9""#, "é")] {
        assert!(activity(&format!(r#""kind":"tour","value":{sent}"#)).activity == Activity::Tour(id.into(), None));
        assert!(activity(&format!(r#""kind":"survey","value":{sent}"#)).activity == Activity::Survey(id.into(), None));
    }
    let longest = "é".repeat(127) + "a";
    assert!(activity(&format!(r#""kind":"tour","value":"{longest}""#)).activity == Activity::Tour(longest, None));
    for state in InteractionState::ALL {
        let filter = activity(&format!(r#""kind":"tour","value":"T","range":"{}","op":"nx""#, state.as_str()));
        assert!(filter.activity == Activity::Tour("T".into(), Some(state)) && filter.negated);
    }
}

#[test]
fn newer_or_older_than_so_many_days() {
    for kind in [r#""kind":"event","prop":"x""#, r#""kind":"tour","value":"T""#, r#""kind":"survey","value":"V""#] {
        let window = |cond: &str, int: &str| activity(&format!(r#"{kind},"cond":"{cond}","int":{int}"#)).window;
        assert!(matches!(window("gt-d", "3"), Some(Window::After(time)) if time.to_string() == ago(3 * 86_400_000)));
        assert!(matches!(window("lt-d", r#""0.5""#), Some(Window::Before(time)) if time.to_string() == ago(43_200_000)));
        assert!(matches!(window("lt-d", "36500"), Some(Window::Before(_))));
    }
}

#[test]
fn the_caller_says_which_activities_fit() {
    let tree = filters(r#"[{"kind":"event","prop":"a"},{"kind":"event","prop":"b","op":"nx"}]"#);
    let mut record = person("{}");
    assert!(!tree.fit(&record));
    record.did = vec![0];
    assert!(tree.fit(&record));
    record.did = vec![0, 1];
    assert!(!tree.fit(&record));
}

#[test]
fn comparisons_hold_for_their_orders() {
    use std::cmp::Ordering::{Equal, Greater, Less};
    for (comparison, holds) in [
        (Comparison::Greater, [false, false, true]),
        (Comparison::GreaterOrEqual, [false, true, true]),
        (Comparison::Less, [true, false, false]),
        (Comparison::LessOrEqual, [true, true, false]),
        (Comparison::Equal, [false, true, false]),
    ] {
        assert_eq!([Less, Equal, Greater].map(|order| comparison.holds(order)), holds);
    }
}
