use proptest::prelude::*;

use super::*;
use crate::request::form;

/// The names and values as JSON, and the mistake.
fn read(text: &str) -> (String, Option<String>) {
    let (entries, mistake) = nest(form::parse(text).unwrap());
    let members = entries.into_iter().map(|(name, value)| {
        let value = match value {
            Nested::Text(text) => serde_json::to_string(&text).unwrap(),
            Nested::Node(object) => object.json().unwrap().get().to_owned(),
        };
        format!("{name}:{value}")
    });
    (members.collect::<Vec<_>>().join(" "), mistake.map(|mistake| mistake.response().1))
}

#[test]
fn brackets_are_read_as_rack_reads_them() {
    for (form, expected) in [
        ("a=1&a=2&b", r#"a:"1" a:"2" b:"""#),
        ("tags[]=a&tags[]=b", r#"tags:["a","b"]"#),
        ("tags%5B%5D=a&x=1&tags%5B%5D=b", r#"tags:["a","b"] x:"1""#),
        ("company[uid]=931&company[name]=Acme", r#"company:{"uid":"931","name":"Acme"}"#),
        (
            "filters[][kind]=property&filters[][prop]=plan&filters[][kind]=event",
            r#"filters:[{"kind":"property","prop":"plan"},{"kind":"event"}]"#,
        ),
        ("x[][y][z]=1&x[][y][w]=2&x[][y][z]=3", r#"x:[{"y":{"z":"1","w":"2"}},{"y":{"z":"3"}}]"#),
        ("x[][y][]=1&x[][y][]=2&x[][z]=3", r#"x:[{"y":["1","2"],"z":"3"}]"#),
        ("x[][y]=1&x[]=2&x[][z]=3", r#"x:[{"y":"1"},"2",{"z":"3"}]"#),
        ("x[y][]=1&x[y][]=2", r#"x:{"y":["1","2"]}"#),
        ("x[][]=1&x[][]=2", r#"x:[["1"],["2"]]"#),
        ("x[y][][]=1", r#"x:{"y":[["1"]]}"#),
        ("x[][y][z]=1&x[][y]=2", r#"x:[{"y":{"z":"1"}},{"y":"2"}]"#),
        ("a[b]=1&a[b]=2", r#"a:{"b":"1","b":"2"}"#),
        ("a[0]=x&a[1]=y", r#"a:{"0":"x","1":"y"}"#),
        ("a[b c]=%22", r#"a:{"b c":"\""}"#),
        ("a[1][2][3][4][5]=x", r#"a:{"1":{"2":{"3":{"4":{"5":"x"}}}}}"#),
        ("a[]", r#"a:[""]"#),
        ("a[]=", r#"a:[""]"#),
        ("a[]=[1]&b=[x]", r#"a:["[1]"] b:"[x]""#),
    ] {
        assert_eq!(read(form), (expected.to_owned(), None), "{form}");
    }
}

#[test]
fn brackets_that_do_not_fit_are_said_by_their_name() {
    for name in ["a[", "a]", "[]", "[a]", "[", "]", "a[b", "a[b]c", "a[b]c[d]", "a[[b]]", "a[b]]", "a[][][b]", "a[][][]", "[a]b"] {
        let (_, mistake) = read(&format!("{name}=1&x=2"));
        assert!(
            mistake.as_ref().is_some_and(|text| text.starts_with(&format!("Unprocessable: the brackets of `{name}` don't fit"))),
            "{name} {mistake:?}"
        );
    }
    for (form, name) in [
        ("a=1&a[b]=2", "a[b]"),
        ("a[b]=2&a=1", "a"),
        ("a[]=1&a=2", "a"),
        ("a=1&a[]=2", "a[]"),
        ("a[]=1&a[b]=2", "a[b]"),
        ("a[b]=1&a[]=2", "a[]"),
        ("a[b]=1&a[b][c]=2", "a[b][c]"),
        ("a[b][c]=1&a[b]=2", "a[b]"),
        ("a[b][]=1&a[b][c]=2", "a[b][c]"),
        ("a[][b]=1&a[][b][c]=2", "a[][b][c]"),
    ] {
        let (_, mistake) = read(form);
        assert!(
            mistake.as_ref().is_some_and(|text| text.contains(&format!("Unprocessable: `{name}` conflicts with"))),
            "{form} {mistake:?}"
        );
    }
    let (_, mistake) = read("a[1][2][3][4][5][6]=x");
    assert_eq!(mistake.unwrap(), "Unprocessable: `a[1][2][3][4][5][6]` has more than 5 pairs of brackets, send JSON instead");
    // However long the name is, the message is not.
    assert!(read(&format!("{}=1", "[".repeat(10_000))).1.unwrap().len() < 250);
    assert!(read(&format!("a{}=1", "[]".repeat(100_000))).1.unwrap().len() < 250);
}

#[test]
fn many_names_take_no_quadratic_time() {
    // With quadratic time, each of these would take minutes.
    for pair in ["a[]=1&", "a[][b]=1&", "a[b]=1&", "a[][b][c][d][e]=1&", "a=1&", "a[][]=&"] {
        let form = pair.repeat(1 << 14);
        let (entries, mistake) = nest(form::parse(&form).unwrap());
        assert!(mistake.is_none() && !entries.is_empty());
    }
    for pattern in ["a[N]=1&", "aN[]=1&", "a[][N]=1&", "a[b][c][d][e][N]=1&", "a[N][]=1&"] {
        let form: String = (0..1 << 14).map(|number| pattern.replace('N', &number.to_string())).collect();
        let (entries, mistake) = nest(form::parse(&form).unwrap());
        assert!(mistake.is_none() && !entries.is_empty());
    }
}

proptest! {
    /// Either every value is in the result, or a mistake is named.
    #[test]
    fn no_value_is_lost_in_silence(names in proptest::collection::vec("[ab](\\[[ab]?\\]){0,4}|[ab\\[\\]]{0,5}", 0..8)) {
        let form: String = names.iter().enumerate().map(|(number, name)| format!("{name}=value{number}&")).collect();
        let (json, mistake) = read(&form);
        for number in 0..names.len() {
            prop_assert!(mistake.is_some() || json.contains(&format!("\"value{number}\"")), "{} {}", form, json);
        }
    }

    #[test]
    fn no_form_makes_it_panic(form in "[a\\[\\]=&]{0,40}") {
        let _ = read(&form);
    }
}
