//! The problems of single items of a batch: errors of failed items, and warnings of values that were not stored as sent.
//!
//! Problems are kept with the batch for days, so they hold no identifier and no value: an item is named by its index.

use std::collections::HashMap;

use http::StatusCode;
use profiles_domain::{Collision, Error as Domain};
use profiles_normalization::Warning;
use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};

use super::ordinal::ordinal;

/// The placeholder of the item's ordinal in a text.
const NTH: &str = "{nth}";

/// The text of the original, word for word.
const NO_IDENTIFIER: &str =
    "No identifier found for the {nth} item. Pass your User ID as the `uid` parameter or the Email address as the `email` parameter";

/// The same of a company.
const NO_COMPANY_IDENTIFIER: &str = "No identifier found for the {nth} item. Pass your Company ID as the `uid` parameter";

/// Different texts that the problems of a chunk may have. More of them were made up to be different, not to be read.
const MAX_TEXTS: usize = 500;

/// The text of a problem, which many items may share.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum ProblemText {
    /// The item failed: an HTTP status and a message.
    Error(u16, String),
    /// This property of the item was cut, dropped or ignored.
    Warning(String, String),
}

impl ProblemText {
    /// The error of an item that is not a JSON object.
    pub(crate) fn not_an_object() -> Self {
        Self::unprocessable(format!("the {NTH} item must be a JSON object, such as {{\"uid\": 18821}}"))
    }

    /// The text of this error.
    pub(crate) fn of_error(error: &Domain) -> Self {
        let error_of = |status: StatusCode, text: String| Self::Error(status.as_u16(), text);
        match error {
            Domain::NoIdentifier => error_of(StatusCode::UNPROCESSABLE_ENTITY, NO_IDENTIFIER.to_owned()),
            Domain::NoUsableIdentifier(unusable) => {
                error_of(StatusCode::UNPROCESSABLE_ENTITY, format!("{NO_IDENTIFIER}{}", unusable.in_brackets()))
            }
            Domain::NoCompanyIdentifier(unusable) => {
                error_of(StatusCode::UNPROCESSABLE_ENTITY, format!("{NO_COMPANY_IDENTIFIER}{}", unusable.in_brackets()))
            }
            Domain::ProfileNotFound(_) | Domain::ProfilesDiffer(..) => {
                error_of(StatusCode::NOT_FOUND, format!("Profile not found: no profile has the id of the {NTH} item"))
            }
            Domain::NoCompany(_) => error_of(StatusCode::NOT_FOUND, format!("Company not found: no company has the id of the {NTH} item")),
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
            Domain::CompanyTooLarge => Self::unprocessable(format!(
                "the company of the {NTH} item would be larger than 400 KB, the most that can be stored; send fewer or smaller properties"
            )),
            // Of these, an item only ever has a defect. An error of the database itself is tried again until it is over.
            Domain::Unauthorized
            | Domain::TooManyDeliveries(_)
            | Domain::DeliveryWasShown
            | Domain::KeyIsTaken
            | Domain::TooManySearches { .. }
            | Domain::SearchTooLong
            | Domain::Unavailable
            | Domain::Contended
            | Domain::Denied(_)
            | Domain::Defect(_) => {
                error_of(StatusCode::INTERNAL_SERVER_ERROR, format!("Internal server error: the {NTH} item could not be applied"))
            }
        }
    }

    /// The text of this warning.
    pub(crate) fn of_warning(warning: Warning) -> Self {
        let Warning { prop, message } = warning.without_value();
        Self::Warning(prop, message)
    }

    fn unprocessable(text: String) -> Self {
        Self::Error(StatusCode::UNPROCESSABLE_ENTITY.as_u16(), format!("Unprocessable: {text}"))
    }

    /// The text without particulars.
    fn generic(&self) -> Self {
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

/// A problem of one item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Problem<'a> {
    /// The item's index in the batch, from 0.
    pub(crate) index: u32,
    text: &'a ProblemText,
}

impl Problem<'_> {
    /// True if the item failed.
    pub(crate) fn is_error(&self) -> bool {
        matches!(self.text, ProblemText::Error(..))
    }
}

impl Serialize for Problem<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(3))?;
        match self.text {
            ProblemText::Error(code, text) => {
                map.serialize_entry("code", code)?;
                map.serialize_entry("index", &self.index)?;
                map.serialize_entry("message", &text.replace(NTH, &ordinal(self.index)))?;
            }
            ProblemText::Warning(prop, message) => {
                map.serialize_entry("index", &self.index)?;
                map.serialize_entry("prop", prop)?;
                map.serialize_entry("message", message)?;
            }
        }
        map.end()
    }
}

/// The problems of a batch or of one of its chunks: each text once, and runs of items that share it. A body of nothing but mistakes has
/// millions of problems.
#[derive(Clone, Debug, Default)]
pub(crate) struct Problems {
    texts: Vec<ProblemText>,
    known: HashMap<ProblemText, usize>,
    runs: Vec<Run>,
}

/// The first of consecutive items, their number, and the index of their text.
type Run = (u32, u32, usize);

/// Problems as they are stored. The first item of a run is counted from the first item of the run before.
#[derive(Serialize, Deserialize)]
struct Packed {
    texts: Vec<ProblemText>,
    runs: Vec<Run>,
}

impl Problems {
    /// Adds a problem.
    pub(crate) fn add(&mut self, index: u32, text: ProblemText) {
        let text = self.index_of(text);
        match self.runs.last_mut() {
            Some((first, count, of)) if *of == text && first.checked_add(*count) == Some(index) => *count += 1,
            _ => self.runs.push((index, 1, text)),
        }
    }

    fn index_of(&mut self, text: ProblemText) -> usize {
        if let Some(known) = self.known.get(&text) {
            return *known;
        }
        // At most two generic texts serve all for which there is no room.
        let text = if self.texts.len() < MAX_TEXTS { text } else { text.generic() };
        let next = self.texts.len();
        let index = *self.known.entry(text.clone()).or_insert(next);
        if index == next {
            self.texts.push(text);
        }
        index
    }

    /// The number of errors.
    pub(crate) fn errors(&self) -> u32 {
        let errors = self.runs.iter().filter(|(.., text)| matches!(self.texts.get(*text), Some(ProblemText::Error(..))));
        errors.fold(0, |sum, (_, count, _)| sum.saturating_add(*count))
    }

    /// All problems, in the order of the items if they were added in that order or unpacked.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Problem<'_>> {
        self.runs.iter().flat_map(|(first, count, text)| {
            let text = self.texts.get(*text);
            (0..*count).filter_map(move |place| Some(Problem { index: first.checked_add(place)?, text: text? }))
        })
    }

    /// Packs the problems into few bytes; `None` if there are none.
    pub(crate) fn pack(mut self) -> Result<Option<Vec<u8>>, Domain> {
        if self.runs.is_empty() {
            return Ok(None);
        }
        // A stable sort: the problems of one item keep their order.
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
        write().map(Some).ok_or_else(|| Domain::Defect("problems cannot be packed".into()))
    }

    /// Unpacks problems.
    pub(crate) fn unpack(bytes: &[u8]) -> Result<Self, Domain> {
        let unpacked =
            zstd::Decoder::new(bytes).ok().and_then(|json| serde_json::from_reader::<_, Packed>(std::io::BufReader::new(json)).ok());
        let Packed { texts, mut runs } = unpacked.ok_or_else(|| Domain::Defect("stored problems cannot be unpacked".into()))?;
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

    fn shown(index: u32, text: ProblemText) -> String {
        let mut problems = Problems::default();
        problems.add(index, text);
        serde_json::to_string(&problems.iter().next()).unwrap()
    }

    #[test]
    fn an_item_without_identifier_has_the_documented_error() {
        let expected = r#"{"code":422,"index":4429,"message":"No identifier found for the 4430th item. Pass your User ID as the `uid` parameter or the Email address as the `email` parameter"}"#;
        assert_eq!(shown(4429, ProblemText::of_error(&Domain::NoIdentifier)), expected);
    }

    #[test]
    fn no_problem_holds_an_identifier() {
        let uid = Uid::new("18821-secret").unwrap();
        let email = Email::new("leon@chmln.co").unwrap();
        for collision in [
            Collision::UidIsSet(uid.clone()),
            Collision::UidIsTaken(uid.clone()),
            Collision::EmailIsTaken(email),
            Collision::SlotIsTaken(uid.clone()),
            Collision::CompanySlotIsTaken(uid),
        ] {
            let text = shown(1, ProblemText::of_error(&Domain::Conflict(collision)));
            assert!(!text.contains("secret") && !text.contains("chmln"), "{text}");
            assert!(text.contains("2nd item") && text.contains("Conflict: "), "{text}");
        }
    }

    #[test]
    fn millions_of_mistakes_take_little_memory_and_less_when_packed() {
        let mut problems = Problems::default();
        for index in 0..1_000_000 {
            problems
                .add(index, if index % 1_000 == 0 { ProblemText::of_error(&Domain::NoIdentifier) } else { ProblemText::not_an_object() });
        }
        assert_eq!(problems.errors(), 1_000_000);
        assert_eq!(problems.runs.len(), 2_000);
        assert!(problems.pack().unwrap().unwrap().len() < 10_000);
    }

    #[test]
    fn more_kinds_of_problems_than_anyone_reads_have_a_generic_text() {
        let mut problems = Problems::default();
        for index in 0..2_000 {
            problems.add(2 * index, ProblemText::of_error(&Domain::InvalidField { field: format!("f{index}"), expected: "a number" }));
            problems.add(2 * index + 1, ProblemText::of_warning(Warning { prop: format!("p{index}"), message: "cut".into() }));
        }
        assert_eq!(problems.texts.len(), MAX_TEXTS + 2);
        let last = serde_json::to_string(&problems.iter().nth(3_998)).unwrap();
        assert_eq!(last, r#"{"code":422,"index":3998,"message":"Unprocessable: the 3999th item has a field that cannot be used"}"#);
    }

    proptest! {
        #[test]
        fn problems_are_unpacked_as_they_were_packed(indexes in proptest::collection::vec((0_u32..300, 0_u8..3), 1..90)) {
            let mut problems = Problems::default();
            for (index, kind) in indexes {
                problems.add(index, match kind {
                    0 => ProblemText::not_an_object(),
                    1 => ProblemText::of_error(&Domain::NoIdentifier),
                    _ => ProblemText::of_warning(Warning { prop: "plan".into(), message: "cut".into() }),
                });
            }
            let unpacked = Problems::unpack(&problems.clone().pack().unwrap().unwrap()).unwrap();
            problems.runs.sort_by_key(|(first, ..)| *first);
            prop_assert_eq!(unpacked.iter().collect::<Vec<_>>(), problems.iter().collect::<Vec<_>>());
            prop_assert_eq!(unpacked.errors(), problems.errors());
        }

        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>) {
            let _ = Problems::unpack(&bytes);
        }
    }
}
