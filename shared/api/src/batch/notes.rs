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

/// What is told of one item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Note {
    /// The item's place in the batch, from 0.
    pub(crate) index: u32,
    what: What,
}

/// The same may be told of many items.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
enum What {
    /// The item failed: an HTTP status and a message.
    Error(u16, String),
    /// Of the item, this property was cut, dropped or kept back.
    Warning(String, String),
}

impl Note {
    /// The item is no JSON object.
    pub(crate) fn not_an_object(index: u32) -> Self {
        Self::error(
            index,
            StatusCode::UNPROCESSABLE_ENTITY,
            format!("Unprocessable: the {NTH} item must be a JSON object, such as {{\"uid\": 18821}}"),
        )
    }

    /// The item cannot be applied for this reason.
    pub(crate) fn of_error(index: u32, error: &Domain) -> Self {
        let unprocessable = |text: String| (StatusCode::UNPROCESSABLE_ENTITY, format!("Unprocessable: {text}"));
        let (status, text) = match error {
            // As the original has it, word for word.
            Domain::NoIdentifier => (
                StatusCode::UNPROCESSABLE_ENTITY,
                format!(
                    "No identifier found for the {NTH} item. Pass your User ID as the `uid` parameter or the Email address as the `email` parameter"
                ),
            ),
            Domain::ProfileNotFound(_) | Domain::ProfilesDiffer(..) => {
                (StatusCode::NOT_FOUND, format!("Profile not found: no profile has the id of the {NTH} item"))
            }
            Domain::Conflict(collision) => (StatusCode::CONFLICT, format!("Conflict: {}", collision_text(collision))),
            Domain::InvalidUid { field, reason } => unprocessable(format!("`{field}` of the {NTH} item cannot be used: {reason}")),
            Domain::InvalidField { field, expected } => unprocessable(format!("`{field}` of the {NTH} item must be {expected}")),
            Domain::CompaniesDiffer(one, other) => {
                unprocessable(format!("`{one}` and `{other}` of the {NTH} item name different companies, send one of them"))
            }
            Domain::CompanyNotFound(_) => {
                unprocessable(format!("no company has the `company_id` of the {NTH} item, send its `company_uid` to create it"))
            }
            Domain::ItemTooLarge => unprocessable(format!(
                "the profile of the {NTH} item would be larger than 400 KB, the most that can be stored; send fewer or smaller properties"
            )),
            // Of these, the first is never an item's, and the second is tried again until it is none.
            Domain::Unauthorized | Domain::Unavailable | Domain::Defect(_) => {
                (StatusCode::INTERNAL_SERVER_ERROR, format!("Internal server error: the {NTH} item could not be applied"))
            }
        };
        Self::error(index, status, text)
    }

    /// Something in the item was not stored as sent.
    pub(crate) fn of_warning(index: u32, warning: Warning) -> Self {
        Self { index, what: What::Warning(warning.prop, warning.message) }
    }

    fn error(index: u32, status: StatusCode, text: String) -> Self {
        Self { index, what: What::Error(status.as_u16(), text) }
    }

    /// Whether the item failed.
    pub(crate) fn is_error(&self) -> bool {
        matches!(self.what, What::Error(..))
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

impl Serialize for Note {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(3))?;
        match &self.what {
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

/// Notes as they are stored: each text once, and for each note how far its index is from the one before, and which text it has.
#[derive(Default, Serialize, Deserialize)]
struct Packed {
    texts: Vec<What>,
    notes: Vec<(u32, usize)>,
}

/// Notes as few bytes; `None` when there are none. A quarter of a million failed items take some ten kilobytes.
pub(crate) fn pack(mut notes: Vec<Note>) -> Result<Option<Vec<u8>>, Domain> {
    if notes.is_empty() {
        return Ok(None);
    }
    notes.sort_by_key(|note| note.index);
    let mut packed = Packed::default();
    let mut known: HashMap<What, usize> = HashMap::new();
    let mut last = 0;
    for Note { index, what } in notes {
        let next = packed.texts.len();
        let text = *known.entry(what.clone()).or_insert(next);
        if text == next {
            packed.texts.push(what);
        }
        packed.notes.push((index - last, text));
        last = index;
    }
    let bytes = serde_json::to_vec(&packed).ok().and_then(|json| zstd::encode_all(json.as_slice(), 3).ok());
    bytes.map(Some).ok_or_else(|| Domain::Defect("notes cannot be packed".into()))
}

/// The notes that were packed.
pub(crate) fn unpack(bytes: &[u8]) -> Result<Vec<Note>, Domain> {
    let unpacked = zstd::decode_all(bytes).ok().and_then(|json| serde_json::from_slice::<Packed>(&json).ok());
    let packed = unpacked.ok_or_else(|| Domain::Defect("stored notes are none".into()))?;
    let mut index = 0_u32;
    let mut notes = Vec::with_capacity(packed.notes.len());
    for (distance, text) in packed.notes {
        index = index.saturating_add(distance);
        let what = packed.texts.get(text).ok_or_else(|| Domain::Defect("a stored note has no text".into()))?;
        notes.push(Note { index, what: what.clone() });
    }
    Ok(notes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use profiles_domain::{Email, Uid};
    use proptest::prelude::*;

    #[test]
    fn an_item_without_identifier_is_told_as_documented() {
        let note = serde_json::to_string(&Note::of_error(4429, &Domain::NoIdentifier)).unwrap();
        let expected = r#"{"code":422,"index":4429,"message":"No identifier found for the 4430th item. Pass your User ID as the `uid` parameter or the Email address as the `email` parameter"}"#;
        assert_eq!(note, expected);
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
            let text = serde_json::to_string(&Note::of_error(1, &Domain::Conflict(collision))).unwrap();
            assert!(!text.contains("secret") && !text.contains("chmln"), "{text}");
            assert!(text.contains("2nd item") && text.contains("Conflict: "), "{text}");
        }
    }

    #[test]
    fn a_quarter_of_a_million_failed_items_fit_into_one_stored_item() {
        let notes =
            |every: u32| (0..265_000).filter(move |index| index % every == 0).map(|index| Note::of_error(index, &Domain::NoIdentifier));
        for notes in [notes(1).collect::<Vec<_>>(), notes(3).chain((0..265_000).filter(|i| i % 7 == 1).map(Note::not_an_object)).collect()]
        {
            assert!(pack(notes).unwrap().unwrap().len() < 100_000);
        }
    }

    proptest! {
        #[test]
        fn notes_are_unpacked_as_they_were_packed(indexes in proptest::collection::vec((0_u32..300_000, 0_u8..3), 1..50)) {
            let mut notes: Vec<Note> = indexes.into_iter().map(|(index, kind)| match kind {
                0 => Note::not_an_object(index),
                1 => Note::of_error(index, &Domain::NoIdentifier),
                _ => Note::of_warning(index, Warning { prop: "plan".into(), message: "cut".into() }),
            }).collect();
            notes.sort_by_key(|note| note.index);
            prop_assert_eq!(unpack(&pack(notes.clone()).unwrap().unwrap()).unwrap(), notes);
        }

        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>) {
            let _ = unpack(&bytes);
        }
    }
}
