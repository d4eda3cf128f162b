//! The reading fits the vectors of names and values.

use std::collections::BTreeSet;

use profiles_tests::project_file;
use serde_json::Value as Vector;

use super::comparison::is;
use super::decimal::Decimal;
use super::json::Json;
use super::reading::times;
use super::reading::values::{Reader, Value};
use super::reading::{Warnings, identifiers, names};

fn vectors() -> Vector {
    serde_json::from_str(&project_file("shared/normalization/tests/cases.json")).unwrap()
}

fn read(name: &str, sent: &Json) -> (Value, BTreeSet<String>) {
    let mut warnings = Warnings::default();
    let now = times::read("2029-01-01T00:00:00Z").unwrap();
    (Reader { now, warnings: &mut warnings }.read(name, name, sent), warnings.must)
}

#[test]
fn the_reading_fits_the_vectors_of_names() {
    for pair in vectors()["names"].as_array().unwrap() {
        assert_eq!(names::normalized(pair[0].as_str().unwrap()).as_deref(), pair[1].as_str(), "{pair}");
    }
}

#[test]
fn the_reading_fits_the_vectors_of_values() {
    for vector in vectors()["values"].as_array().unwrap() {
        let json = |name: &str| match vector[format!("{name}_json")].as_str() {
            Some(text) => Json::parse(text).unwrap(),
            None => Json::parse(&vector[name].to_string()).unwrap(),
        };
        let (value, warnings) = read(vector["name"].as_str().unwrap(), &json("in"));
        let fits = match (&value, vector["compare"].as_str()) {
            (Value::TextOfNumber(number), Some(_)) => Decimal::parse(vector["out"].as_str().unwrap()).as_ref() == Some(number),
            (value, _) => is(value, &json("out")),
        };
        assert!(fits, "{vector}: {value:?}");
        assert_eq!(warnings.is_empty(), vector["warns"].as_u64().unwrap_or(0) == 0, "{vector}");
    }
}

#[test]
fn the_reading_fits_the_vectors_of_cutting() {
    for vector in vectors()["truncation"].as_array().unwrap() {
        let text = vector["repeat"].as_str().unwrap().repeat(vector["times"].as_u64().unwrap() as usize);
        let (value, warnings) = read("s", &Json::text(text));
        assert!(matches!(&value, Value::Text(cut) if cut.len() as u64 == vector["bytes_out"].as_u64().unwrap()), "{vector}");
        assert_eq!(warnings.len() as u64, vector["warns"].as_u64().unwrap(), "{vector}");
    }
}

#[test]
fn the_reading_has_one_form_of_an_address() {
    for spelled in ["Leon@xn--mnchen-3ya.example.", " leon@MU\u{308}NCHEN.example\u{feff}"] {
        assert_eq!(identifiers::address(spelled).as_deref(), Some("leon@münchen.example"));
    }
    for none in ["nobody", "@x.co", "k\u{200b}im@x.co", "kim@xn--zzzzzzzz999.example"] {
        assert_eq!(identifiers::address(none), None);
    }
}
