//! Takes JSON objects and arrays apart, one level at a time.
//!
//! Members stay text and never become a tree: long integers stay exact, the order and repetitions of names stay visible,
//! and nesting of any depth is skipped without recursion.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::Error;
use serde_json::value::RawValue;

/// The members of a JSON object, in the order sent, repeated names included. Names are decoded, values are left as
/// their JSON text.
///
/// # Errors
/// If the text is not one JSON object. The error's text holds none of the content.
pub fn entries(object: &str) -> Result<Vec<(Cow<'_, str>, &RawValue)>, Error> {
    let mut found = Vec::new();
    each_member(object, |name, value| {
        found.push((name, value));
        Ok(())
    })?;
    Ok(found)
}

/// Calls `visit` with each member of a JSON object, up to the first error.
///
/// # Errors
/// That error, or that the text is not one JSON object.
pub fn each_member<'a>(object: &'a str, visit: impl FnMut(Cow<'a, str>, &'a RawValue) -> Result<(), Error>) -> Result<(), Error> {
    // Checked here, because the library's own message about a wrong type repeats the value.
    if !object.trim_start().starts_with('{') {
        return Err(Error::custom("expected a JSON object"));
    }
    let mut json = serde_json::Deserializer::from_str(object);
    json.deserialize_map(Members(visit))?;
    json.end()
}

/// Calls `visit` with each item of a JSON array, up to the first error.
///
/// # Errors
/// That error, or that the text is not one JSON array.
pub fn each_item<'a>(array: &'a str, visit: impl FnMut(&'a RawValue) -> Result<(), Error>) -> Result<(), Error> {
    let mut json = serde_json::Deserializer::from_str(array);
    json.deserialize_seq(Items(visit))?;
    json.end()
}

struct Members<F>(F);

impl<'a, F> Visitor<'a> for Members<F>
where
    F: FnMut(Cow<'a, str>, &'a RawValue) -> Result<(), Error>,
{
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'a>>(mut self, mut members: A) -> Result<(), A::Error> {
        while let Some((Name(name), value)) = members.next_entry()? {
            (self.0)(name, value).map_err(A::Error::custom)?;
        }
        Ok(())
    }
}

struct Items<F>(F);

impl<'a, F> Visitor<'a> for Items<F>
where
    F: FnMut(&'a RawValue) -> Result<(), Error>,
{
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON array")
    }

    fn visit_seq<A: SeqAccess<'a>>(mut self, mut items: A) -> Result<(), A::Error> {
        while let Some(item) = items.next_element()? {
            (self.0)(item).map_err(A::Error::custom)?;
        }
        Ok(())
    }
}

/// A member's name, borrowed from the text if it has no escapes. (A plain `Cow` is always copied.)
struct Name<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NameVisitor;

        impl<'de> Visitor<'de> for NameVisitor {
            type Value = Name<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a name")
            }

            fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Borrowed(name)))
            }

            fn visit_str<E>(self, name: &str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Owned(name.to_owned())))
            }
        }

        deserializer.deserialize_str(NameVisitor)
    }
}
