//! What is told of single items: why one failed, and what of one was not stored as sent.
//!
//! Notes are kept with the batch for days, so they hold no identifier and no value: an item is named by its place.

use std::collections::HashMap;

use http::StatusCode;
use profiles_domain::{Collision, Error as Domain};
use profiles_normalization::Warning;
use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};

use super::ordinal::ordinal;

/// What stands for the item's ordinal in a text.
const NTH: &str = "{nth}";

/// Different texts that a batch's notes may have. What takes more was made up to be different, not to be read.
const MAX_TEXTS: usize = 500;

/// What is told of an item; the same may be told of many.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum What {
    /// The item failed: an HTTP status and a message.
    Error(u16, String),
    /// Of the item, this property was cut, dropped or kept back.
    Warning(String, String),
}

impl What {
    /// The item is no JSON object.
    pub(crate) fn not_an_object() -> Self {
        Self::unprocessable(format!("the {NTH} item must be a JSON object, such as {{\"uid\": 18821}}"))
    }

    /// The item cannot be applied for this reason.
    pub(crate) fn of_error(error: &Domain) -> Self {
        let error_of = |status: StatusCode, text: String| Self::Error(status.as_u16(), text);
        match error {
            // As the original has it, word for word.
            Domain::NoIdentifier => error_of(
                StatusCode::UNPROCESSABLE_ENTITY,
                format!(
                    "No identifier found for the {NTH} item. Pass your User ID as the `uid` parameter or the Email address as the `email` parameter"
                ),
            ),
            Domain::ProfileNotFound(_) | Domain::ProfilesDiffer(..) => {
                error_of(StatusCode::NOT_FOUND, format!("Profile not found: no profile has the id of the {NTH} item"))
            }
            Domain::Conflict(collision) => error_of(StatusCode::CONFLICT, format!("Conflict: {}", collision_text(collision))),
            Domain::InvalidUid { field, reason } => Self::unprocessable(format!("`{field}` of the {NTH} item cannot be used: {reason}")),
            Domain::InvalidField { field, expected } => Self::unprocessable(format!("`{field}` of the {NTH} item must be {expected}")),
            Domain::CompaniesDiffer(one, other) => {
                Self::unprocessable(format!("`{one}` and `{other}` of the {NTH} item name different companies, send one of them"))
            }
            Domain::CompanyNotFound(_) => {
                Self::unprocessable(format!("no company has the `company_id` of the {NTH} item, send its `company_uid` to create it"))
            }
            Domain::ItemTooLarge => Self::unprocessable(format!(
                "the profile of the {NTH} item would be larger than 400 KB, the most that can be stored; send fewer or smaller properties"
            )),
            // Of these only a defect is ever an item's. What the database says of itself is tried again until it says no more of the kind.
            Domain::Unauthorized
            | Domain::TooManyDeliveries
            | Domain::KeyIsTaken
            | Domain::Unavailable
            | Domain::Contended
            | Domain::Denied(_)
            | Domain::Defect(_) => {
                error_of(StatusCode::INTERNAL_SERVER_ERROR, format!("Internal server error: the {NTH} item could not be applied"))
            }
        }
    }

    /// Something in the item was not stored as sent.
    pub(crate) fn of_warning(warning: Warning) -> Self {
        Self::Warning(warning.prop, warning.message)
    }

    fn unprocessable(text: String) -> Self {
        Self::Error(StatusCode::UNPROCESSABLE_ENTITY.as_u16(), format!("Unprocessable: {text}"))
    }

    /// The same without its particulars.
    fn in_general(&self) -> Self {
        match self {
            Self::Error(..) => Self::unprocessable(format!("the {NTH} item has a field that cannot be used")),
            Self::Warning(..) => Self::Warning("…".to_owned(), "not stored as sent".to_owned()),
        }
    }
}

fn collision_text(collision: &Collision) -> String {
    match collision {
        Collision::UidIsSet(_) => format!("the profile of the {NTH} item has another uid, and a uid never changes"),
        Collision::UidIsTaken(_) => format!("the uid of the {NTH} item belongs to another profile"),
        Collision::EmailIsTaken(_) => format!("the email of the {NTH} item belongs to another profile"),
        Collision::SlotIsTaken(_) => {
            format!("the uid of the {NTH} item cannot be stored, since another uid of this account has the same hash")
        }
        Collision::CompanySlotIsTaken(_) => {
            format!("the company_uid of the {NTH} item cannot be stored, since another one of this account has the same hash")
        }
    }
}

/// What is told of one item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Note<'a> {
    /// The item's place in the batch, from 0.
    pub(crate) index: u32,
    what: &'a What,
}

impl Note<'_> {
    /// Whether the item failed.
    pub(crate) fn is_error(&self) -> bool {
        matches!(self.what, What::Error(..))
    }
}

impl Serialize for Note<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(3))?;
        match self.what {
            What::Error(code, text) => {
                map.serialize_entry("code", code)?;
                map.serialize_entry("index", &self.index)?;
                map.serialize_entry("message", &text.replace(NTH, &ordinal(self.index)))?;
            }
            What::Warning(prop, message) => {
                map.serialize_entry("index", &self.index)?;
                map.serialize_entry("prop", prop)?;
                map.serialize_entry("message", message)?;
            }
        }
        map.end()
    }
}

/// The notes of a batch, or of a part of it: each text once, and runs of items of which it is told. A body of nothing but mistakes
/// has millions of them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Notes {
    texts: Vec<What>,
    known: HashMap<What, usize>,
    runs: Vec<Run>,
}

/// The first of consecutive items, their number, and the text.
type Run = (u32, u32, usize);

/// Notes as they are stored. A run begins so far after the one before it began.
#[derive(Serialize, Deserialize)]
struct Packed {
    texts: Vec<What>,
    runs: Vec<Run>,
}

impl Notes {
    /// Adds a note.
    pub(crate) fn add(&mut self, index: u32, what: What) {
        let text = self.text(what);
        match self.runs.last_mut() {
            Some((first, count, of)) if *of == text && first.checked_add(*count) == Some(index) => *count += 1,
            _ => self.runs.push((index, 1, text)),
        }
    }

    fn text(&mut self, what: What) -> usize {
        if let Some(known) = self.known.get(&what) {
            return *known;
        }
        // Two more, at the most, for all that there is no room for.
        let what = if self.texts.len() < MAX_TEXTS { what } else { what.in_general() };
        let next = self.texts.len();
        let text = *self.known.entry(what.clone()).or_insert(next);
        if text == next {
            self.texts.push(what);
        }
        text
    }

    /// How many of them are errors.
    pub(crate) fn errors(&self) -> u32 {
        let errors = self.runs.iter().filter(|(.., text)| matches!(self.texts.get(*text), Some(What::Error(..))));
        errors.fold(0, |sum, (_, count, _)| sum.saturating_add(*count))
    }

    /// All of them, in the order of the items if they were added so or packed since.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Note<'_>> {
        self.runs.iter().flat_map(|(first, count, text)| {
            let what = self.texts.get(*text);
            (0..*count).filter_map(move |place| Some(Note { index: first.checked_add(place)?, what: what? }))
        })
    }

    /// All of them as few bytes; `None` when there are none.
    pub(crate) fn pack(mut self) -> Result<Option<Vec<u8>>, Domain> {
        if self.runs.is_empty() {
            return Ok(None);
        }
        // Of one item, the notes stay in their order.
        self.runs.sort_by_key(|(first, ..)| *first);
        let mut last = 0;
        for (first, ..) in &mut self.runs {
            let begins = *first;
            *first = begins.saturating_sub(last);
            last = begins;
        }
        let packed = Packed { texts: self.texts, runs: self.runs };
        let write = || {
            let mut encoder = zstd::Encoder::new(Vec::new(), 3).ok()?;
            serde_json::to_writer(&mut encoder, &packed).ok()?;
            encoder.finish().ok()
        };
        write().map(Some).ok_or_else(|| Domain::Defect("notes cannot be packed".into()))
    }

    /// Those that were packed.
    pub(crate) fn unpack(bytes: &[u8]) -> Result<Self, Domain> {
        let unpacked =
            zstd::Decoder::new(bytes).ok().and_then(|json| serde_json::from_reader::<_, Packed>(std::io::BufReader::new(json)).ok());
        let Packed { texts, mut runs } = unpacked.ok_or_else(|| Domain::Defect("stored notes are none".into()))?;
        let mut begins = 0_u32;
        for (first, ..) in &mut runs {
            begins = begins.saturating_add(*first);
            *first = begins;
        }
        let known = texts.iter().cloned().zip(0..).collect();
        Ok(Self { texts, known, runs })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use profiles_domain::{Email, Uid};
    use proptest::prelude::*;

    fn shown(index: u32, what: What) -> String {
        let mut notes = Notes::default();
        notes.add(index, what);
        serde_json::to_string(&notes.iter().next()).unwrap()
    }

    #[test]
    fn an_item_without_identifier_is_told_as_documented() {
        let expected = r#"{"code":422,"index":4429,"message":"No identifier found for the 4430th item. Pass your User ID as the `uid` parameter or the Email address as the `email` parameter"}"#;
        assert_eq!(shown(4429, What::of_error(&Domain::NoIdentifier)), expected);
    }

    #[test]
    fn no_note_holds_an_identifier() {
        let uid = Uid::new("18821-secret").unwrap();
        let email = Email::new("leon@chmln.co").unwrap();
        for collision in [
            Collision::UidIsSet(uid.clone()),
            Collision::UidIsTaken(uid.clone()),
            Collision::EmailIsTaken(email),
            Collision::SlotIsTaken(uid.clone()),
            Collision::CompanySlotIsTaken(uid),
        ] {
            let text = shown(1, What::of_error(&Domain::Conflict(collision)));
            assert!(!text.contains("secret") && !text.contains("chmln"), "{text}");
            assert!(text.contains("2nd item") && text.contains("Conflict: "), "{text}");
        }
    }

    #[test]
    fn millions_of_mistakes_take_little_memory_and_less_when_packed() {
        let mut notes = Notes::default();
        for index in 0..1_000_000 {
            notes.add(index, if index % 1_000 == 0 { What::of_error(&Domain::NoIdentifier) } else { What::not_an_object() });
        }
        assert_eq!(notes.errors(), 1_000_000);
        assert_eq!(notes.runs.len(), 2_000);
        assert!(notes.pack().unwrap().unwrap().len() < 10_000);
    }

    #[test]
    fn more_kinds_of_notes_than_anyone_reads_are_told_in_general() {
        let mut notes = Notes::default();
        for index in 0..2_000 {
            notes.add(2 * index, What::of_error(&Domain::InvalidField { field: format!("f{index}"), expected: "a number" }));
            notes.add(2 * index + 1, What::of_warning(Warning { prop: format!("p{index}"), message: "cut".into() }));
        }
        assert_eq!(notes.texts.len(), MAX_TEXTS + 2);
        let last = serde_json::to_string(&notes.iter().nth(3_998)).unwrap();
        assert_eq!(last, r#"{"code":422,"index":3998,"message":"Unprocessable: the 3999th item has a field that cannot be used"}"#);
    }

    proptest! {
        #[test]
        fn notes_are_unpacked_as_they_were_packed(indexes in proptest::collection::vec((0_u32..300, 0_u8..3), 1..90)) {
            let mut notes = Notes::default();
            for (index, kind) in indexes {
                notes.add(index, match kind {
                    0 => What::not_an_object(),
                    1 => What::of_error(&Domain::NoIdentifier),
                    _ => What::of_warning(Warning { prop: "plan".into(), message: "cut".into() }),
                });
            }
            let unpacked = Notes::unpack(&notes.clone().pack().unwrap().unwrap()).unwrap();
            notes.runs.sort_by_key(|(first, ..)| *first);
            prop_assert_eq!(unpacked.iter().collect::<Vec<_>>(), notes.iter().collect::<Vec<_>>());
            prop_assert_eq!(unpacked.errors(), notes.errors());
        }

        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>) {
            let _ = Notes::unpack(&bytes);
        }
    }
}
