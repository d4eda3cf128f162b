//! A hash of a request's fields that does not depend on their order, or on how JSON spells them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use super::{Parameter, Parameters, SECRET};

/// Levels of a value that are read. Deeper ones count as they are spelled, which bounds the work.
const MAX_LEVELS: usize = 16;

type Hash = [u8; 32];

/// Returns the hash of all fields except the secret: the same request may be sent with another one. Of names that become the same, the last
/// counts, as where they are read. A text of a form or query is the string of the same characters.
pub(crate) fn hash_of(parameters: &Parameters<'_>) -> Hash {
    let mut fields = BTreeMap::new();
    for (sent, value) in parameters.iter() {
        let name = match profiles_normalization::name(sent) {
            Ok(name) if name == SECRET => continue,
            // Only `id` in this spelling is the service's own id.
            Ok(name) if name == "id" && sent != "id" => continue,
            Ok(name) => name,
            // Nothing is stored under such a name.
            Err(_) => continue,
        };
        fields.insert(name, value);
    }
    let members = fields.into_iter().map(|(name, value)| {
        let value = match value {
            Parameter::Json(raw) => hash_of_value(raw.get(), MAX_LEVELS),
            Parameter::Text(text) => tagged(b's', [text.as_bytes()]),
        };
        (name, value)
    });
    hash_of_members(members)
}

/// Hashes JSON text.
fn hash_of_value(json: &str, levels: usize) -> Hash {
    let Some(levels) = levels.checked_sub(1) else { return tagged(b'?', [json.as_bytes()]) };
    let hash = match json.as_bytes().first() {
        Some(b'"') => serde_json::from_str::<Cow<'_, str>>(json).ok().map(|text| tagged(b's', [text.as_bytes()])),
        Some(b'-' | b'0'..=b'9') => Some(tagged(b'n', [decimal(json).as_bytes()])),
        Some(b'[') => serde_json::from_str::<Vec<&RawValue>>(json).ok().map(|items| {
            let items: Vec<_> = items.into_iter().map(|item| hash_of_value(item.get(), levels)).collect();
            tagged(b'[', items.iter().map(<[u8; 32]>::as_slice))
        }),
        Some(b'{') => profiles_normalization::entries(json).ok().map(|mut members| {
            // Names that become the same are stored as one, the last of them, so their order is kept.
            members.sort_by_cached_key(|(name, _)| profiles_normalization::name(name).map_err(|_| name.clone().into_owned()));
            hash_of_members(members.into_iter().map(|(name, value)| (name, hash_of_value(value.get(), levels))))
        }),
        _ => None,
    };
    hash.unwrap_or_else(|| tagged(b'?', [json.as_bytes()]))
}

fn hash_of_members(members: impl Iterator<Item = (impl AsRef<str>, Hash)>) -> Hash {
    let mut hash = Sha256::new();
    hash.update(b"{");
    for (name, value) in members {
        let name = name.as_ref();
        hash.update(u64::try_from(name.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(name);
        hash.update(value);
    }
    hash.finalize().into()
}

/// Hashes parts of fixed length, or a single one, under the kind of the value.
fn tagged<'p>(kind: u8, parts: impl IntoIterator<Item = &'p [u8]>) -> Hash {
    let mut hash = Sha256::new();
    hash.update([kind]);
    for part in parts {
        hash.update(part);
    }
    hash.finalize().into()
}

/// Writes a JSON number without a fraction, a trailing zero and a leading zero: `1.50e3`, `1500` and `15e2` are all `15e2`.
fn decimal(json: &str) -> Cow<'_, str> {
    let (mantissa, exponent) = json.split_once(['e', 'E']).unwrap_or((json, "0"));
    let (sign, mantissa) = mantissa.strip_prefix('-').map_or(("", mantissa), |mantissa| ("-", mantissa));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all = [whole, fraction].concat();
    let digits = all.trim_start_matches('0').trim_end_matches('0');
    if digits.is_empty() {
        return Cow::Borrowed("0");
    }
    // An exponent that is too large for this is not written in two ways by anybody.
    let Some(exponent) = exponent.strip_prefix('+').unwrap_or(exponent).parse::<i64>().ok() else { return Cow::Borrowed(json) };
    let moved = |count: usize| i64::try_from(count).ok();
    let zeros = all.len() - all.trim_end_matches('0').len();
    let exponent = moved(zeros).zip(moved(fraction.len())).and_then(|(zeros, places)| exponent.checked_add(zeros)?.checked_sub(places));
    exponent.map_or(Cow::Borrowed(json), |exponent| Cow::Owned(format!("{sign}{digits}e{exponent}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn hash(json: &str) -> Hash {
        hash_of(&Parameters::of_object(json).ok().unwrap())
    }

    #[test]
    fn the_same_fields_are_the_same_however_json_spells_them() {
        let one = hash(r#"{"uid":1,"name":"a/é","n":1,"tags":["x",{"b":1,"a":[true,null]}]}"#);
        for same in [
            r#"{"name":"a/é","tags":["x",{"a":[true,null],"b":1}],"n":1,"uid":1}"#,
            r#"{"uid":1.0,"name":"a\/\u00e9","n":1e0,"tags":["\u0078",{"b":10e-1,"a":[true,null]}]}"#,
            " {\n\"uid\" : 1 , \"name\":\"a/\\u00E9\", \"n\":1.000, \"tags\": [ \"x\" , { \"b\" : 0.1E+1, \"\\u0061\":[ true , null ] } ] } ",
            r#"{"account_secret":"s","uid":1,"name":"a/é","n":1,"tags":["x",{"b":1,"a":[true,null]}]}"#,
            r#"{"uid":2,"n":5,"Name":"","uid":1,"name":"a/é","N":1,"tags":["x",{"b":1,"a":[true,null]}]}"#,
            r#"{"ID":5,"!":5,"uid":1,"name":"a/é","n":1,"tags":["x",{"b":1,"a":[true,null]}]}"#,
        ] {
            assert_eq!(hash(same), one, "{same}");
        }
        for other in [
            r#"{"uid":1,"name":"a/é","n":1,"tags":[{"b":1,"a":[true,null]},"x"]}"#,
            r#"{"uid":1,"name":"a/é","n":1,"tags":["x",{"b":1,"a":[null,true]}]}"#,
            r#"{"uid":1,"name":"a/é","n":1,"tags":["x",{"b":1,"a":[true,null],"c":null}]}"#,
            r#"{"uid":1,"name":"a/é","n":-1,"tags":["x",{"b":1,"a":[true,null]}]}"#,
            r#"{"uid":1,"name":"a/é","n":"1","tags":["x",{"b":1,"a":[true,null]}]}"#,
            r#"{"uid":1,"name":"a/e","n":1,"tags":["x",{"b":1,"a":[true,null]}]}"#,
            r#"{"uid":1,"id":"5","name":"a/é","n":1,"tags":["x",{"b":1,"a":[true,null]}]}"#,
            "{}",
        ] {
            assert_ne!(hash(other), one, "{other}");
        }
    }

    #[test]
    fn numbers_are_equal_if_their_decimals_are() {
        for (one, same) in [
            ("0", "-0.00e9"),
            ("100", "1e2"),
            ("0.5", "5E-1"),
            ("-1.50", "-15e-1"),
            ("12345678901234567890123", "12345678901234567890123.0"),
            ("1e400", "10e399"),
        ] {
            assert_eq!(decimal(one), decimal(same), "{one} {same}");
        }
        for (one, other) in [
            ("1", "-1"),
            ("1", "10"),
            ("9007199254740992", "9007199254740993"),
            ("12345678901234567890123", "12345678901234567890124"),
            ("0.1", "0.10000000000000001"),
            ("1e400", "1e401"),
            ("1e99999999999999999999", "1e99999999999999999998"),
            ("1e9223372036854775807", "10e9223372036854775807"),
        ] {
            assert_ne!(decimal(one), decimal(other), "{one} {other}");
        }
    }

    #[test]
    fn which_of_two_equal_names_is_the_last_makes_a_difference() {
        assert_ne!(hash(r#"{"p":{"aB":1,"a_b":2}}"#), hash(r#"{"p":{"a_b":2,"aB":1}}"#));
        assert_ne!(hash(r#"{"aB":1,"a_b":2}"#), hash(r#"{"a_b":2,"aB":1}"#));
        assert_ne!(hash(r#"{"p":{"a":1,"a":2}}"#), hash(r#"{"p":{"a":2,"a":1}}"#));
    }

    #[test]
    fn a_form_or_query_is_the_same_as_its_strings_in_json() {
        let of =
            |query: &str, body: &str| hash_of(&Parameters::of_query(query).ok().unwrap().then(Parameters::of_object(body).ok().unwrap()));
        let json = of("", r#"{"uid":"1","name":"a b","tags":["x","y"],"company":{"uid":"9"}}"#);
        assert_eq!(of("company[uid]=9&tags[]=x&uid=1&tags%5B%5D=y&name=a+b", "{}"), json);
        assert_eq!(of("tags[]=x&uid=1&tags[]=y&name=overruled", r#"{"company":{"uid":"9"},"name":"a b"}"#), json);
        assert_ne!(of("company[uid]=9&tags[]=y&uid=1&tags[]=x&name=a+b", "{}"), json);
    }

    #[test]
    fn what_is_nested_very_deep_takes_no_quadratic_time() {
        for (open, close) in [("[", "]"), (r#"{"a":"#, "}")] {
            let deep = format!(r#"{{"a":{}1{}}}"#, open.repeat(20_000), close.repeat(20_000));
            assert_eq!(hash(&deep), hash(&deep));
        }
    }

    proptest! {
        #[test]
        fn order_and_spelling_make_no_difference(members in proptest::collection::btree_map("[a-z]{1,4}", "[a-zé\"/]{0,4}", 0..6), number: i32) {
            let escaped = |text: &str| text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect::<String>();
            let one: Vec<_> = members.iter().map(|(name, text)| format!("{}:[{},{number}]", serde_json::json!(name), serde_json::json!(text))).collect();
            let two: Vec<_> = members.iter().rev().map(|(name, text)| format!(" \"{}\" : [ \"{}\" , {number}.0 ] ", escaped(name), escaped(text))).collect();
            prop_assert_eq!(hash(&format!("{{{}}}", one.join(","))), hash(&format!("{{{}}}", two.join(","))));
        }

        #[test]
        fn decimals_are_those_of_the_numbers(number: i64, zeros in 0..4_usize, places in 0..18_i64) {
            let own = |json: String| decimal(&json).into_owned();
            let plain = own(number.to_string());
            prop_assert_eq!(&plain, &own(format!("{number}.{}", "0".repeat(zeros + 1))));
            prop_assert_eq!(&plain, &own(format!("{number}{}e-{zeros}", "0".repeat(zeros))));
            prop_assert_ne!(&plain, &own(format!("{}e{places}", i128::from(number) * 10 + 1)));
        }
    }
}
