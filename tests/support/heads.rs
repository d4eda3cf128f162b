//! What an activity head must hold, computed from the records that it sums up.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use profiles_normalization::Timestamp;
use sha2::{Digest, Sha256};

use crate::activities::Activities;
use crate::invariants::{Item, text};

/// The states of an interaction, with their letters in a head.
const STATES: [(&str, &str); 4] = [("started", "s"), ("completed", "c"), ("exited", "e"), ("snoozed", "z")];

/// The sums that are to be in a head: each number may be one of several, because requests may arrive in another order than their times.
type Sums = BTreeMap<String, BTreeSet<i64>>;

/// Returns the code of an event, tour or Microsurvey: the attributes of its sums begin with it.
#[must_use]
pub fn code(kind: &str, name: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(&Sha256::digest(format!("{kind}#{name}"))[..6])
}

/// Returns the sums in a head: all its attributes that are numbers and are not internal.
#[must_use]
pub fn sums_of(head: &Item) -> BTreeMap<String, i64> {
    let sums = head.iter().filter(|(name, _)| name.ends_with(|last: char| last.is_ascii_lowercase()));
    sums.map(|(name, value)| (name.clone(), value.as_n().unwrap().parse().unwrap())).collect()
}

impl Activities {
    /// Panics if a profile's head differs from its records, or the head of no profile is open.
    #[track_caller]
    pub(crate) fn check_heads(&self) {
        let mut heads: BTreeMap<String, &Item> = self.heads.iter().map(|head| (id_of(head), head)).collect();
        for profile in self.profiles.iter().filter(|item| item.contains_key("id")) {
            let id = text(profile, "id").unwrap();
            let of_profile: Vec<_> = self.records_of(profile).collect();
            let Some(head) = heads.remove(id) else {
                assert!(of_profile.iter().all(|record| is_delivery(record)), "{id} has no head: {self:#?}");
                continue;
            };
            assert!(!head.contains_key("CLOSED_AT") && !head.contains_key("EXPIRES_AT"), "the head of {id} is closed: {self:#?}");
            assert_eq!(head.get("GENERATION"), profile.get("GENERATION"), "the head of {id} is of another generation: {self:#?}");
            let expected = expected(&of_profile);
            let sums = sums_of(head);
            // Only the last of several responses tells whether there is a button, and which one that was is not known here.
            let certain = |name: &&String| !name.ends_with('b');
            let (found, wanted): (Vec<_>, Vec<_>) = (sums.keys().filter(certain).collect(), expected.keys().filter(certain).collect());
            assert_eq!(found, wanted, "the sums of {id}: {self:#?}");
            for (name, sum) in &sums {
                let may_be = &expected[name];
                assert!(may_be.is_empty() || may_be.contains(sum), "{name} of {id} is {sum} instead of {may_be:?}: {self:#?}");
            }
            let codes: BTreeSet<_> =
                head.get("SUMMED").map(|names| names.as_ss().unwrap().clone()).unwrap_or_default().into_iter().collect();
            assert_eq!(codes, expected.keys().map(|name| name[..8].to_owned()).collect(), "the names of {id}: {self:#?}");
        }
        for (id, head) in heads {
            assert!(head.contains_key("CLOSED_AT"), "the head of {id}, which is not there, is open: {self:#?}");
            assert!(sums_of(head).is_empty() && !head.contains_key("SUMMED"), "a closed head has sums: {head:#?}");
        }
    }
}

/// Returns the id of the profile that a head is of.
fn id_of(head: &Item) -> String {
    let (slot, seconds) = text(head, "SK").unwrap().split_once('#').unwrap();
    format!("{seconds}{slot}")
}

/// Returns whether a record is a delivery or the key of one: those are written with the profile, not with its head.
fn is_delivery(record: &Item) -> bool {
    matches!(text(record, "SK").unwrap().split('#').nth(1), Some("delivery" | "delivery_key"))
}

/// Returns the sums of these records.
fn expected(records: &[&Item]) -> Sums {
    let mut sums = Sums::new();
    let mut counts: BTreeMap<String, i64> = BTreeMap::new();
    let millis = |record: &Item, name: &str| Timestamp::parse_canonical(text(record, name).unwrap()).unwrap().unix_millis();
    for record in records {
        let kind = text(record, "SK").unwrap().split('#').nth(1).unwrap();
        let mut times = |code: &str, first: &str, last: &str| {
            for (letter, name) in [("f", first), ("l", last)] {
                sums.entry(format!("{code}{letter}")).or_default().insert(millis(record, name));
            }
        };
        match kind {
            "event" => {
                let code = code("event", text(record, "name").unwrap());
                times(&code, "created_at", "created_at");
                *counts.entry(format!("{code}n")).or_default() += 1;
            }
            "response" => {
                let code = format!("{}r", code("survey", text(record, "model_id").unwrap()));
                times(&code, "created_at", "updated_at");
                let button = record["properties"].as_m().unwrap().get("button_order").and_then(|button| button.as_n().ok());
                if let Some(button) = button {
                    sums.entry(format!("{code}b")).or_default().insert(button.parse().unwrap());
                }
            }
            "interaction" => {
                let code = code(text(record, "model_kind").unwrap(), text(record, "model_id").unwrap());
                for (state, letter) in STATES.iter().filter(|(state, _)| record.contains_key(&format!("{state}_at"))) {
                    times(&format!("{code}{letter}"), &format!("{state}_at"), &format!("last_{state}_at"));
                }
            }
            _ => {}
        }
    }
    sums.extend(counts.into_iter().map(|(name, count)| (name, BTreeSet::from([count]))));
    sums
}
