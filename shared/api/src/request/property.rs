//! The fields of a property: its kind, and what people read of it.

use profiles_domain::{Error, PropertyKind};
use profiles_storage::properties::PropertyEdit;

use super::{Parameter, Parameters};

/// All fields that a request may have to create or change a property.
pub(crate) const PROPERTY_FIELDS: [&str; 3] = ["kind", "name", "description"];

/// Bytes of the name that people read at most.
const MAX_NAME_BYTES: usize = 255;
/// Bytes of a description at most.
const MAX_DESCRIPTION_BYTES: usize = 1_024;

/// Reads the kind.
///
/// # Errors
/// If there is none.
pub(crate) fn read_property_kind(parameters: &Parameters<'_>) -> Result<PropertyKind, Error> {
    let sent = parameters.last_named("kind").and_then(Parameter::string);
    sent.and_then(|word| PropertyKind::from_word(&word)).ok_or_else(|| Error::invalid_field("kind", "`profile`, `company` or `event`"))
}

/// A property that is to be created.
pub(crate) struct NewProperty {
    pub(crate) kind: PropertyKind,
    /// Its normalized name.
    pub(crate) prop: String,
    /// Its name as people read it.
    pub(crate) name: String,
    pub(crate) description: Option<String>,
}

/// Reads a new property.
///
/// # Errors
/// A field that is missing or cannot be used.
pub(crate) fn read_property(parameters: &Parameters<'_>) -> Result<NewProperty, Error> {
    let kind = read_property_kind(parameters)?;
    let expected = "a string with a letter or digit, of at most 255 bytes, such as `User role`";
    let name = name(parameters)?.ok_or_else(|| Error::invalid_field("name", expected))?;
    let prop = profiles_normalization::name(&name).map_err(|_| Error::invalid_field("name", expected))?;
    if kind.has_field(&prop) {
        return Err(Error::invalid_field("name", "another name: this is a field that each of them has, and no property"));
    }
    Ok(NewProperty { kind, prop, name, description: description(parameters)?.flatten() })
}

/// Reads a change of a property.
///
/// # Errors
/// A field that cannot be used.
pub(crate) fn read_property_edit(parameters: &Parameters<'_>) -> Result<PropertyEdit, Error> {
    Ok(PropertyEdit { name: name(parameters)?, description: description(parameters)? })
}

fn name(parameters: &Parameters<'_>) -> Result<Option<String>, Error> {
    let Some(sent) = parameters.last_named("name") else { return Ok(None) };
    let name = sent.string().map(|name| name.trim().to_owned()).filter(|name| is_fit(name, MAX_NAME_BYTES) && !name.is_empty());
    name.map(Some).ok_or_else(|| Error::invalid_field("name", "a string that is not blank, of at most 255 bytes, such as `User role`"))
}

/// Reads the description, if it was sent; `Some(None)` if it was sent empty.
fn description(parameters: &Parameters<'_>) -> Result<Option<Option<String>>, Error> {
    let Some(sent) = parameters.last_named("description") else { return Ok(None) };
    if sent.is_null() {
        return Ok(Some(None));
    }
    let description = sent.string().map(|text| text.trim().to_owned()).filter(|text| is_fit(text, MAX_DESCRIPTION_BYTES));
    let description = description.ok_or_else(|| Error::invalid_field("description", "a string of at most 1024 bytes, or `null`"))?;
    Ok(Some(Some(description).filter(|text| !text.is_empty())))
}

fn is_fit(text: &str, bytes: usize) -> bool {
    text.len() <= bytes && !text.chars().any(|letter| letter.is_control() && letter != '\n')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    type Read = ((PropertyKind, String), String, Option<String>);

    fn read(json: &str) -> Result<Read, Error> {
        let NewProperty { kind, prop, name, description } = read_property(&Parameters::of_object(json).ok().unwrap())?;
        Ok(((kind, prop), name, description))
    }

    #[test]
    fn the_prop_is_the_normalized_name() {
        let read = |json| read(json).unwrap();
        let named = |kind, prop: &str| (kind, prop.to_owned());
        assert_eq!(
            read(r#"{"kind":"profile","name":" User Role ","description":"What they do"}"#),
            (named(PropertyKind::Profile, "user_role"), "User Role".to_owned(), Some("What they do".to_owned()))
        );
        let none = (named(PropertyKind::Company, "plan_value_dollars_usd"), "Plan value (dollars USD)".to_owned(), None);
        for json in [
            r#"{"kind":"company","name":"Plan value (dollars USD)"}"#,
            r#"{"Kind":"company","NAME":"Plan value (dollars USD)","description":null}"#,
            r#"{"kind":"company","name":"Plan value (dollars USD)","description":" "}"#,
        ] {
            assert_eq!(read(json), none, "{json}");
        }
    }

    #[test]
    fn whatever_is_wrong_is_named_by_its_field() {
        let long = format!(r#"{{"kind":"event","name":"{}"}}"#, "x".repeat(256));
        let long_text = format!(r#"{{"kind":"event","name":"a","description":"{}"}}"#, "x".repeat(1_025));
        for (json, expected) in [
            ("{}", "kind"),
            (r#"{"kind":"user","name":"a"}"#, "kind"),
            (r#"{"kind":"Profile","name":"a"}"#, "kind"),
            (r#"{"kind":null,"name":"a"}"#, "kind"),
            (r#"{"kind":["profile"],"name":"a"}"#, "kind"),
            (r#"{"kind":"profile"}"#, "name"),
            (r#"{"kind":"profile","name":null}"#, "name"),
            (r#"{"kind":"profile","name":" "}"#, "name"),
            (r#"{"kind":"profile","name":"!!"}"#, "name"),
            (r#"{"kind":"profile","name":5}"#, "name"),
            (r#"{"kind":"profile","name":"a\u0000"}"#, "name"),
            (r#"{"kind":"profile","name":"UID"}"#, "name"),
            (r#"{"kind":"profile","name":"Last seen at"}"#, "name"),
            (r#"{"kind":"company","name":"created at"}"#, "name"),
            (r#"{"kind":"event","name":"name"}"#, "name"),
            (long.as_str(), "name"),
            (r#"{"kind":"event","name":"a","description":5}"#, "description"),
            (r#"{"kind":"event","name":"a","description":{}}"#, "description"),
            (long_text.as_str(), "description"),
        ] {
            assert!(matches!(read(json), Err(Error::InvalidField { field, .. }) if field == expected), "{json}");
        }
    }

    #[test]
    fn a_change_has_only_what_was_sent() {
        let read = |json| read_property_edit(&Parameters::of_object(json).ok().unwrap()).unwrap();
        assert_eq!(read("{}"), PropertyEdit::default());
        assert_eq!(read(r#"{"name":"!!"}"#), PropertyEdit { name: Some("!!".to_owned()), description: None });
        assert_eq!(read(r#"{"description":null}"#), PropertyEdit { name: None, description: Some(None) });
        assert_eq!(read(r#"{"description":"a"}"#), PropertyEdit { name: None, description: Some(Some("a".to_owned())) });
    }

    proptest! {
        #[test]
        fn no_object_makes_it_panic(name in "(kind|name|description)", value in "(null|true|-?(0|[1-9][0-9]{0,39})|\"[a-z ]*\"|\\{\\}|\\[\\])") {
            let _ = read(&format!(r#"{{"kind":"profile","{name}":{value}}}"#));
        }
    }
}
