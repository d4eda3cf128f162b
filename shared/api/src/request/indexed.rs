//! Lists whose places are numbers in brackets, as many libraries write them: `filters[0][prop]=plan&filters[1][prop]=role`.

use std::borrow::Cow;

use serde_json::value::RawValue;

/// Levels of lists in lists that are looked at: brackets go no deeper.
const MAX_LEVELS: usize = 5;

/// Makes an array of an object whose names are the numbers of places, and of the members of this name in it. Other JSON stays as it is.
pub(crate) fn list_of_indexed<'a>(name: &str, json: &'a str) -> Cow<'a, str> {
    list(name, json, MAX_LEVELS)
}

fn list<'a>(name: &str, json: &'a str, levels: usize) -> Cow<'a, str> {
    let Some(items) = items(json).filter(|_| levels > 0) else { return Cow::Borrowed(json) };
    let items: Vec<_> = items.into_iter().map(|item| item_with_lists(name, item, levels - 1)).collect();
    Cow::Owned(format!("[{}]", items.join(",")))
}

/// The members of an object whose names are numbers, in their order.
fn items(json: &str) -> Option<Vec<&str>> {
    if !json.starts_with('{') {
        return None;
    }
    let entries = profiles_normalization::entries(json).ok()?;
    let numbered = entries.into_iter().map(|(name, raw)| Some((number(&name)?, raw.get())));
    let mut numbered = numbered.collect::<Option<Vec<(u32, &str)>>>().filter(|numbered| !numbered.is_empty())?;
    numbered.sort_by_key(|(number, _)| *number);
    Some(numbered.into_iter().map(|(_, raw)| raw).collect())
}

fn number(name: &str) -> Option<u32> {
    if name.bytes().all(|byte| byte.is_ascii_digit()) { name.parse().ok() } else { None }
}

fn item_with_lists<'a>(name: &str, item: &'a str, levels: usize) -> Cow<'a, str> {
    let Some(entries) = Some(item).filter(|item| item.starts_with('{')).and_then(|item| profiles_normalization::entries(item).ok()) else {
        return Cow::Borrowed(item);
    };
    if !entries.iter().any(|(known, raw)| known == name && items(raw.get()).is_some()) {
        return Cow::Borrowed(item);
    }
    let members = entries.iter().map(|(known, raw): &(Cow<'_, str>, &RawValue)| {
        let value = if known == name { list(name, raw.get(), levels) } else { Cow::Borrowed(raw.get()) };
        format!("{}:{value}", serde_json::Value::from(known.as_ref()))
    });
    Cow::Owned(format!("{{{}}}", members.collect::<Vec<_>>().join(",")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_of_places_make_a_list_in_their_order() {
        for (json, expected) in [
            (r#"{"0":{"prop":"a"},"1":{"prop":"b"}}"#, r#"[{"prop":"a"},{"prop":"b"}]"#),
            (r#"{"10":1,"9":2,"2":3}"#, "[3,2,1]"),
            (
                r#"{"0":{"kind":"group","filters":{"1":{"prop":"b"},"0":{"prop":"a"}}}}"#,
                r#"[{"kind":"group","filters":[{"prop":"a"},{"prop":"b"}]}]"#,
            ),
            (r#"{"0":{"prop":"a","value":{"0":1}}}"#, r#"[{"prop":"a","value":{"0":1}}]"#),
        ] {
            assert_eq!(list_of_indexed("filters", json), expected);
        }
    }

    #[test]
    fn other_json_stays_as_it_is() {
        for json in ["[]", "{}", "7", r#""0""#, r#"{"a":1}"#, r#"{"0":1,"a":2}"#, r#"{"-1":1}"#, r#"{"":1}"#, r#"[{"filters":{"0":1}}]"#] {
            assert_eq!(list_of_indexed("filters", json), json);
        }
    }

    proptest! {
        #[test]
        fn nothing_makes_it_panic(text in r#"[\[\]{}",:0-3fa]{0,60}"#) {
            let _ = list_of_indexed("f", &text);
        }
    }
}
