//! Warnings to the client about data that was changed or left out.

use serde::Serialize;

use crate::{MAX_VALUE_BYTES, NameError, Number};

/// Bytes of a dropped name that a warning repeats at most.
const MAX_ECHO_BYTES: usize = 64;
/// The beginning of the only message that goes on with a value.
const READ_AS: &str = "read as the number ";

/// A warning that something was cut, dropped or replaced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// The property's normalized name, with its path if it is inside of hashes (`traits.plan`). For a dropped name: the name
    /// as sent, at most its first 64 bytes.
    pub prop: String,
    /// A description in English. It never holds the value, except for the number that a string was read as.
    pub message: String,
}

impl Warning {
    /// The warning that a property is left out because of its name; `sent` is the name before normalization.
    pub fn dropped(sent: &str, reason: NameError) -> Self {
        Self::about(sent, &format!("dropped: {reason}"))
    }

    /// A warning with this message about a field; `sent` is its name before normalization.
    pub fn about(sent: &str, message: &str) -> Self {
        Self { prop: shortened(sent), message: message.to_owned() }
    }

    /// The same warning without any value, for places where no value may be kept.
    pub fn without_value(self) -> Self {
        if !self.message.starts_with(READ_AS) {
            return self;
        }
        Self { message: "read as a number, which is written otherwise".to_owned(), ..self }
    }

    /// Whether a value was cut.
    #[must_use]
    pub fn is_of_cut(&self) -> bool {
        self.message.ends_with(&cut_to())
    }

    /// The warning that several fields have one name when normalized, so that only the last value is kept; `name` is the
    /// normalized name.
    pub fn repeated(name: &str) -> Self {
        Self { prop: name.to_owned(), message: "sent more than once: the last value is kept".to_owned() }
    }
}

/// What every message that a value was cut ends with, and no other does.
pub(crate) fn cut_to() -> String {
    format!("cut to {MAX_VALUE_BYTES} bytes")
}

fn shortened(sent: &str) -> String {
    let end = sent.floor_char_boundary(MAX_ECHO_BYTES);
    match sent.get(..end) {
        Some(head) if head.len() < sent.len() => format!("{head}…"),
        _ => sent.to_owned(),
    }
}

/// The path of a value: its normalized name, and the hashes around it. It becomes text only for a warning.
#[derive(Clone, Copy)]
pub(crate) struct Place<'p> {
    /// The normalized name of the value itself, or of the array it is in.
    pub(crate) name: &'p str,
    /// The hash it is in.
    pub(crate) parent: Option<&'p Place<'p>>,
}

impl Place<'_> {
    /// A warning about the value at this place.
    pub(crate) fn warning(&self, message: impl Into<String>) -> Warning {
        within(self.parent, Warning { prop: self.name.to_owned(), message: message.into() })
    }

    /// The warning that the string at this place was read as a number, which is written otherwise.
    pub(crate) fn read_as(&self, number: &Number) -> Warning {
        self.warning(format!("{READ_AS}{}", number.as_str()))
    }
}

/// The same warning, about a name inside the hash at `parent`.
pub(crate) fn within(mut parent: Option<&Place<'_>>, mut warning: Warning) -> Warning {
    while let Some(place) = parent {
        warning.prop = format!("{}.{}", place.name, warning.prop);
        parent = place.parent;
    }
    warning
}
