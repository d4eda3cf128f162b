//! The registry of properties: what is known of each property that was sent.

use profiles_normalization::{Timestamp, Value};

use crate::{Id, SYSTEM_PROPERTIES, observed_names};

/// Properties of an account that are listed at most.
pub const MAX_PROPERTIES: u64 = 10_000;
/// Values of a property that are shown at most.
pub const MAX_SAMPLES: usize = 5;
/// Characters of a value that are shown at most.
pub const MAX_SAMPLE_CHARACTERS: usize = 255;

/// The id of a property.
pub type PropertyId = Id<Property>;

/// A property that was sent, or created.
#[derive(Clone, PartialEq)]
pub struct Property {
    /// Its id.
    pub id: PropertyId,
    /// What it is a property of.
    pub kind: PropertyKind,
    /// Its normalized name.
    pub prop: String,
    /// The name that people read.
    pub name: String,
    /// A description, if it was given one.
    pub description: Option<String>,
    /// The types of its values.
    pub types: PropertyTypes,
    /// Some of its values, the latest first.
    pub values: Vec<Value>,
    /// When it was last sent, within the hour; canonical text, as all times here.
    pub last_seen_at: Option<String>,
    /// When a value of it was last cut, within the hour.
    pub truncated_at: Option<String>,
    /// The time of its creation.
    pub created_at: String,
    /// When its name, its description or its types last changed.
    pub updated_at: String,
}

/// The kinds of property.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PropertyKind {
    /// Of profiles.
    Profile,
    /// Of companies.
    Company,
    /// Of events.
    Event,
}

impl PropertyKind {
    /// All values.
    pub const ALL: [Self; 3] = [Self::Profile, Self::Company, Self::Event];

    /// The API's word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Profile => "profile",
            Self::Company => "company",
            Self::Event => "event",
        }
    }

    /// Parses the API's word; `None` for any other.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.as_str() == word)
    }

    /// Whether this is a field that every profile, company or event has. Such a field is not listed.
    #[must_use]
    pub fn has_field(self, prop: &str) -> bool {
        let identifies = matches!(prop, "id" | "uid");
        match self {
            Self::Profile => {
                let of_company = matches!(prop, "company" | "company_id" | "company_uid");
                let is_set_here = SYSTEM_PROPERTIES.contains(&prop) || observed_names().any(|name| name == prop);
                identifies || of_company || prop == "email" || is_set_here
            }
            Self::Company => identifies || matches!(prop, "created_at" | "updated_at"),
            Self::Event => identifies || matches!(prop, "email" | "name"),
        }
    }
}

/// The types of values, by the API's words. Each has a bit in [`PropertyTypes`].
const TYPES: [&str; 8] = ["string", "integer", "float", "boolean", "timestamp", "array", "hash", "null"];

/// Types of values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PropertyTypes(u8);

impl PropertyTypes {
    /// All types.
    pub const ALL: Self = Self(u8::MAX);

    /// The type of a value.
    #[must_use]
    pub fn of(value: &Value) -> Self {
        Self::from_words([match value {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(number) if number.is_integer() => "integer",
            Value::Number(_) => "float",
            Value::String(text) if Timestamp::parse_canonical(text).is_some() => "timestamp",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Hash(_) => "hash",
        }])
    }

    /// The types that these words name.
    #[must_use]
    pub fn from_words<'a>(words: impl IntoIterator<Item = &'a str>) -> Self {
        let bit = |word| TYPES.iter().position(|known| *known == word).map_or(0, |place| 1_u8 << place);
        Self(words.into_iter().fold(0, |bits, word| bits | bit(word)))
    }

    /// The API's words for them.
    pub fn words(self) -> impl Iterator<Item = &'static str> {
        TYPES.into_iter().enumerate().filter(move |(place, _)| self.0 & (1 << place) != 0).map(|(_, word)| word)
    }

    /// These and others.
    #[must_use]
    pub fn and(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    /// These without others.
    #[must_use]
    pub fn without(self, others: Self) -> Self {
        Self(self.0 & !others.0)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// The value as it is shown among the values of its property: a text, or an array or a hash as JSON text, is cut. `null` shows nothing.
#[must_use]
pub fn sample(value: &Value) -> Option<Value> {
    let cut = |text: &str| Value::String(text.chars().take(MAX_SAMPLE_CHARACTERS).collect());
    match value {
        Value::Null => None,
        Value::Bool(_) | Value::Number(_) => Some(value.clone()),
        Value::String(text) => Some(cut(text)),
        Value::Array(_) | Value::Hash(_) => {
            let json = value.to_json();
            Some(if json.chars().nth(MAX_SAMPLE_CHARACTERS).is_some() { cut(&json) } else { value.clone() })
        }
    }
}

/// The name of a property that was given none: `user_role` is "User Role".
#[must_use]
pub fn display_name(prop: &str) -> String {
    let word = |word: &str| {
        let mut letters = word.chars();
        letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect::<String>()
    };
    prop.split('_').map(word).collect::<Vec<_>>().join(" ")
}

// Values are private data and must not reach a log.
impl std::fmt::Debug for Property {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Property").field("id", &self.id).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use profiles_normalization::Number;
    use proptest::prelude::*;

    fn number(text: &str) -> Value {
        Value::Number(Number::parse(text).unwrap())
    }

    fn string(text: &str) -> Value {
        Value::String(text.to_owned())
    }

    #[test]
    fn each_value_has_one_type() {
        for (value, expected) in [
            (Value::Null, "null"),
            (Value::Bool(false), "boolean"),
            (number("18821"), "integer"),
            (number("-0.5"), "float"),
            (string(""), "string"),
            (string("2029-04-07"), "string"),
            (string("2029-04-07T12:18:00.000Z"), "timestamp"),
            (Value::Array(Vec::new()), "array"),
            (Value::Hash([].into()), "hash"),
        ] {
            assert_eq!(PropertyTypes::of(&value).words().collect::<Vec<_>>(), [expected]);
        }
        let both = PropertyTypes::from_words(["float", "string", "other"]);
        assert_eq!(both.words().collect::<Vec<_>>(), ["string", "float"]);
        assert_eq!(both.without(PropertyTypes::of(&string(""))).words().collect::<Vec<_>>(), ["float"]);
        assert!(both.without(PropertyTypes::ALL).is_empty() && both.and(PropertyTypes::ALL) == PropertyTypes::ALL);
    }

    #[test]
    fn a_name_is_made_of_the_words_of_the_prop() {
        for (prop, expected) in [
            ("user_role", "User Role"),
            ("plan", "Plan"),
            ("plan_2_cost", "Plan 2 Cost"),
            ("ärger_über_alles", "Ärger Über Alles"),
            ("เสื่อ", "เสื่อ"),
            ("ß", "SS"),
        ] {
            assert_eq!(display_name(prop), expected);
        }
    }

    #[test]
    fn fields_that_all_have_are_told_from_properties() {
        for (kind, fields, property) in [
            (PropertyKind::Profile, ["id", "uid", "email", "percent", "browser_k", "company"], "name"),
            (PropertyKind::Company, ["id", "uid", "created_at", "updated_at", "id", "uid"], "email"),
            (PropertyKind::Event, ["id", "uid", "email", "name", "id", "uid"], "created_at"),
        ] {
            assert!(fields.iter().all(|field| kind.has_field(field)) && !kind.has_field(property), "{kind:?}");
        }
    }

    proptest! {
        #[test]
        fn no_sample_is_longer_than_shown(text: String, times in 0_usize..400) {
            let long = text.repeat(times).chars().take(2_000).collect::<String>();
            let nested = Value::Hash([("a".to_owned(), Value::Array(vec![string(&long); 3]))].into());
            for value in [string(&long), Value::Array(vec![string(&long)]), nested] {
                let shown = match sample(&value).unwrap() {
                    Value::String(text) => text.chars().count(),
                    other => other.to_json().chars().count(),
                };
                prop_assert!(shown <= MAX_SAMPLE_CHARACTERS);
            }
        }
    }
}
