use proptest::prelude::*;
use serde_json::{Value, json};

use super::parse;

fn property(prop: &str, op: &str, value: Value) -> Value {
    json!({"kind": "property", "prop": prop, "op": op, "value": value})
}

#[track_caller]
fn assert_read(text: &str, filter: &Value) {
    assert_eq!(parse(text).as_ref(), Ok(filter), "{text}");
}

#[test]
fn a_property_is_compared_with_a_value() {
    for (text, prop, op, value) in [
        ("role=admin", "role", "eq", json!("admin")),
        ("role = admin", "role", "eq", json!("admin")),
        ("  role=admin  ", "role", "eq", json!("admin")),
        ("role!=admin", "role", "ne", json!("admin")),
        ("invited_users_count>=3", "invited_users_count", "gte", json!("3")),
        ("invited_users_count>4", "invited_users_count", "gt", json!("4")),
        ("invited_users_count <= 3", "invited_users_count", "lte", json!("3")),
        ("browser_tz<-8", "browser_tz", "lt", json!("-8")),
        ("browser_tz>-4", "browser_tz", "gt", json!("-4")),
        ("email~@acme.co", "email", "in", json!("@acme.co")),
        ("email!~@acme.co", "email", "nin", json!("@acme.co")),
        ("name~*kim", "name", "in-i", json!("kim")),
        ("name!~*kim", "name", "nin-i", json!("kim")),
        ("email^=kim", "email", "sw", json!("kim")),
        ("tags has vip", "tags", "in-a", json!("vip")),
        ("tags lacks vip", "tags", "nin-a", json!("vip")),
        ("tags has \"very important\"", "tags", "in-a", json!("very important")),
        ("company.name=Acme Inc.", "company.name", "eq", json!("Acme Inc.")),
        ("company.name=Acme, Inc.", "company.name", "eq", json!("Acme, Inc.")),
        ("traits.plan=gold", "traits.plan", "eq", json!("gold")),
        ("plan=true", "plan", "eq", json!("true")),
        ("plan=null", "plan", "eq", Value::Null),
        ("plan=\"null\"", "plan", "eq", json!("null")),
        ("plan!=null", "plan", "ne", Value::Null),
        ("plan=\"\"", "plan", "eq", json!("")),
        ("plan=''", "plan", "eq", json!("")),
        ("uid=00123", "uid", "eq", json!("00123")),
        ("app_version=1.10", "app_version", "eq", json!("1.10")),
        ("created_at>=2029-04-07T12:18:00Z", "created_at", "gte", json!("2029-04-07T12:18:00Z")),
        ("url=https://x.example/?a=b", "url", "eq", json!("https://x.example/?a=b")),
        ("in=in", "in", "eq", json!("in")),
        ("has has has", "has", "in-a", json!("has")),
        ("Größe=ß", "Größe", "eq", json!("ß")),
        ("user-role=a", "user-role", "eq", json!("a")),
        ("\"Plan Name\"=gold", "Plan Name", "eq", json!("gold")),
        ("'event:x'=1", "event:x", "eq", json!("1")),
        ("tagline=\" two  blanks \"", "tagline", "eq", json!(" two  blanks ")),
        (r#"tagline="say \"so\" \\""#, "tagline", "eq", json!(r#"say "so" \"#)),
        (r"tagline='say \so'", "tagline", "eq", json!(r"say \so")),
        ("tagline=\"=x\"", "tagline", "eq", json!("=x")),
        ("tagline=it's", "tagline", "eq", json!("it's")),
        ("tagline=admin within 30d", "tagline", "eq", json!("admin within 30d")),
    ] {
        assert_read(text, &property(prop, op, value));
    }
}

#[test]
fn a_property_is_one_of_several_or_is_there() {
    for (text, filter) in [
        ("role in admin,owner", property("role", "in-v", json!(["admin", "owner"]))),
        ("role in admin , \"a, b\",'c'", property("role", "in-v", json!(["admin", "a, b", "c"]))),
        ("role in admin", property("role", "in-v", json!(["admin"]))),
        ("role in null,\"null\"", property("role", "in-v", json!([null, "null"]))),
        ("role not in admin,owner", property("role", "nin-v", json!(["admin", "owner"]))),
        ("role  not   in super user,owner", property("role", "nin-v", json!(["super user", "owner"]))),
        ("plan?", json!({"kind": "property", "prop": "plan", "op": "ex"})),
        ("plan ?", json!({"kind": "property", "prop": "plan", "op": "ex"})),
        ("!plan?", json!({"kind": "property", "prop": "plan", "op": "nx"})),
        ("! plan?", json!({"kind": "property", "prop": "plan", "op": "nx"})),
        ("!\"Plan Name\"?", json!({"kind": "property", "prop": "Plan Name", "op": "nx"})),
        ("company.plan?", json!({"kind": "property", "prop": "company.plan", "op": "ex"})),
    ] {
        assert_read(text, &filter);
    }
}

#[test]
fn less_than_so_many_days_ago_is_newer() {
    for (text, prop, op, value) in [
        ("last_seen_at<30d", "last_seen_at", "gt-d", json!(30)),
        ("last_seen_at>30d", "last_seen_at", "lt-d", json!(30)),
        ("last_seen_at < 0.5d", "last_seen_at", "gt-d", json!(0.5)),
        ("last_seen_at>007d", "last_seen_at", "lt-d", json!(7)),
        // Only a number of days, and only without quotes.
        ("size>\"30d\"", "size", "gt", json!("30d")),
        ("size>30 d", "size", "gt", json!("30 d")),
        ("size>-30d", "size", "gt", json!("-30d")),
        ("size>d", "size", "gt", json!("d")),
        ("size>.5d", "size", "gt", json!(".5d")),
        ("size=30d", "size", "eq", json!("30d")),
    ] {
        assert_read(text, &property(prop, op, value));
    }
}

#[test]
fn a_user_did_something() {
    const ID: &str = "5f3c4232c712de665632a6d5";
    for (text, filter) in [
        ("event:report_exported", json!({"kind": "event", "value": "report_exported"})),
        ("!event:report_exported", json!({"kind": "event", "value": "report_exported", "op": "nx"})),
        ("event:report_exported>=3", json!({"kind": "event", "value": "report_exported", "mod": "gte", "range": 3})),
        ("event:report_exported = 3", json!({"kind": "event", "value": "report_exported", "mod": "eq", "range": 3})),
        ("event:Imported Leads<2", json!({"kind": "event", "value": "Imported Leads", "mod": "lt", "range": 2})),
        ("event:Imported Leads within 30d", json!({"kind": "event", "value": "Imported Leads", "cond": "gt-d", "int": 30})),
        ("event: Imported Leads  before 0.5d ", json!({"kind": "event", "value": "Imported Leads", "cond": "lt-d", "int": 0.5})),
        ("event:\"seen within\" within 30d", json!({"kind": "event", "value": "seen within", "cond": "gt-d", "int": 30})),
        ("event:\"a>=3\">=3", json!({"kind": "event", "value": "a>=3", "mod": "gte", "range": 3})),
        ("!event:a>=3 within 30d", json!({"kind": "event", "value": "a", "op": "nx", "mod": "gte", "range": 3, "cond": "gt-d", "int": 30})),
        (&format!("tour:{ID}"), json!({"kind": "tour", "value": ID})),
        (&format!("tour:{ID} completed"), json!({"kind": "tour", "value": ID, "range": "completed"})),
        (&format!("tour:{ID} exited within 3d"), json!({"kind": "tour", "value": ID, "range": "exited", "cond": "gt-d", "int": 3})),
        (&format!("tour:{ID} before 3d"), json!({"kind": "tour", "value": ID, "cond": "lt-d", "int": 3})),
        (&format!("!tour:{ID}  snoozed"), json!({"kind": "tour", "value": ID, "op": "nx", "range": "snoozed"})),
        (&format!("survey:{ID}"), json!({"kind": "survey", "value": ID})),
        (&format!("survey:{ID}>=9"), json!({"kind": "survey", "value": ID, "mod": "gte", "range": 9})),
        (
            &format!("survey:{ID} <= 2 before 7d"),
            json!({"kind": "survey", "value": ID, "mod": "lte", "range": 2, "cond": "lt-d", "int": 7}),
        ),
        (&format!("!survey:{ID}"), json!({"kind": "survey", "value": ID, "op": "nx"})),
    ] {
        assert_read(text, &filter);
    }
}

#[test]
fn an_error_names_the_part_and_what_would_do() {
    for (text, parts) in [
        ("", &["it is empty", "leave it out"][..]),
        ("  ", &["it is empty"]),
        ("role", &["no operator follows `role`", "`role?`"]),
        ("!role", &["no operator follows `role`"]),
        ("=admin", &["no name of a property stands before `=admin`", "`role=admin`"]),
        ("\"\"=admin", &["no name of a property"]),
        ("?", &["no name of a property"]),
        ("role=", &["no value follows `=`", "`\"\"`"]),
        ("role>=  ", &["no value follows `>=`"]),
        ("role==admin", &["`=admin` after `=`", "quotes"]),
        ("role=~admin", &["`~admin` after `=`"]),
        ("role=>3", &["`>3` after `=`"]),
        ("role<>3", &["`>3` after `<`"]),
        ("role admin", &["no operator stands between `role` and `admin`"]),
        ("Plan Name=gold", &["between `Plan` and `Name=gold`", "a name with blanks is put into quotes"]),
        ("role is admin", &["between `role` and `is admin`"]),
        ("role not admin", &["between `role` and"]),
        ("!role=admin", &["`!` stands only before `role?`", "`!=`"]),
        ("!role in a,b", &["`!` stands only before", "`not in`"]),
        ("role in", &["no value follows `in`", "admin,owner"]),
        ("role in a,,b", &["a value of the list is empty at `,b`"]),
        ("role in a,", &["a value of the list is empty"]),
        ("role in \"a\" b", &["`b` follows a value in quotes"]),
        ("role=\"admin", &["the quote in `\"admin` is not closed"]),
        ("role='admin", &["is not closed"]),
        ("role=\"admin\" x", &["`x` follows the closing quote"]),
        (r#"role="C:\dir""#, &[r"write `\\` for a backslash"]),
        ("plan? x", &["`x` follows `?`"]),
        ("last_seen_at<=30d", &["`<=` can't be used with days", "`<30d`"]),
        ("last_seen_at>=30d", &["`>30d`"]),
        ("segment:5f3c", &["`segment:` is no kind of filter", "`event:`, `tour:` or `survey:`"]),
        ("(role=admin)", &["no parentheses", "`--any`"]),
        ("event:", &["no name follows `event:`"]),
        ("event:\"\"", &["no name follows `event:`"]),
        ("event:within 30d", &["no name follows `event:`"]),
        ("event:a>=", &["no number follows `>=`"]),
        ("event:a>=many", &["`many` after `>=` is no number"]),
        ("event:a>=-1", &["`-1` after `>=`"]),
        ("event:a>=1.5", &["`1.5` after `>=`"]),
        ("event:a>=99999999999999999999999", &["is no number"]),
        ("event:a!=3", &["`!=3` does not belong there", "`>=3`"]),
        ("event:a>=3 30d", &["`30d` does not belong there", "`within 30d`"]),
        ("event:a within", &["no number of days follows `within`"]),
        ("event:a within 30", &["`30` after `within` is no number of days", "`within 30d`"]),
        ("event:a within 30d x", &["`x` does not belong there"]),
        ("tour:", &["no id follows `tour:`"]),
        ("tour:5f finished", &["`finished` does not belong there", "`completed`"]),
        ("tour:5f>=3", &["`>=3` does not belong there"]),
        ("survey:>=9", &["no id follows `survey:`"]),
        ("survey:5f completed", &["`completed` does not belong there", "button"]),
    ] {
        let error = parse(text).expect_err(text).to_string();
        assert!(parts.iter().all(|part| error.contains(part)), "{text}: {error}");
        assert!(error.starts_with(&format!("the filter `{}` can't be read: ", text.trim())), "{error}");
    }
}

#[test]
fn an_error_is_one_short_line() {
    let long = format!("role{}", "x y\n".repeat(10_000));
    let error = parse(&long).unwrap_err().to_string();
    assert!(error.len() < 600 && !error.contains('\n'), "{error}");
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in ".*") {
        let _ = parse(&text);
    }

    #[test]
    fn any_text_of_the_language_is_read_or_refused(text in "(!|event:|tour:|survey:|within |before |not |in |has |[0-9]d|[a=!<>~*^?:,\"'\\\\ é(]){0,12}") {
        if let Ok(filter) = parse(&text) {
            prop_assert!(filter["kind"].is_string(), "{}", filter);
        }
    }

    #[test]
    fn any_value_may_stand_in_quotes(value in ".*") {
        let quoted = value.replace('\\', r"\\").replace('"', "\\\"");
        prop_assert_eq!(parse(&format!("role=\"{quoted}\"")), Ok(property("role", "eq", json!(value))));
        prop_assert_eq!(parse(&format!("role in \"{quoted}\",x")), Ok(property("role", "in-v", json!([value, "x"]))));
    }

    #[test]
    fn any_name_may_stand_in_quotes(name in ".*[a-z].*") {
        let quoted = name.replace('\\', r"\\").replace('"', "\\\"");
        prop_assert_eq!(parse(&format!("\"{quoted}\"=x")), Ok(property(&name, "eq", json!("x"))));
        prop_assert_eq!(parse(&format!("event:\"{quoted}\"")), Ok(json!({"kind": "event", "value": name})));
    }
}
