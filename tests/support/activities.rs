//! Checks the invariants of activities: every record belongs to a profile, the summaries count the users
//! who reached a state, and activity heads are the sums of the records.

use std::collections::{BTreeMap, BTreeSet};

use profiles_domain::AccountId;

use crate::World;
use crate::invariants::{Item, text};

/// The counts in a summary.
const COUNTS: [&str; 3] = ["started_count", "completed_count", "exited_count"];
/// The times in an interaction that say that its user counts there.
const REACHED: [&str; 3] = ["started_at", "completed_at", "exited_at"];

/// The activities of one account at one moment.
#[derive(Debug, Default)]
pub struct Activities {
    pub(crate) profiles: Vec<Item>,
    /// All records, without those of idempotency keys.
    pub records: Vec<Item>,
    /// The activity heads.
    pub heads: Vec<Item>,
    /// The pointers of responses and interactions.
    pub pointers: Vec<Item>,
    summaries: Vec<Item>,
    journals: Vec<Item>,
}

/// The users of each tour and survey: those who started, completed and exited.
pub type Counts = BTreeMap<String, [i64; 3]>;

impl Activities {
    /// Reads the activities of one account.
    pub async fn read(world: &World, account: AccountId) -> Self {
        Self::read_all(world).await.remove(&account.to_string()).unwrap_or_default()
    }

    /// Reads the activities of every account. Returns them for each account's id.
    pub async fn read_all(world: &World) -> BTreeMap<String, Self> {
        let mut all: BTreeMap<String, Self> = BTreeMap::new();
        let tables = &world.tables;
        for (table, part) in [
            (&tables.profiles, (|own| &mut own.profiles) as fn(&mut Self) -> &mut Vec<Item>),
            (&tables.activities, |own| &mut own.records),
            (&tables.summaries, |own| &mut own.summaries),
            (&tables.deletions, |own| &mut own.journals),
        ] {
            for item in world.items(table).await {
                let (account, _) = text(&item, "PK").unwrap().split_once('#').unwrap();
                let own = all.entry(account.to_owned()).or_default();
                match text(&item, "SK") {
                    // The record of an idempotency key belongs to no profile.
                    Some("key") => {}
                    Some("pointer") => own.pointers.push(item),
                    // What is known of a tour is not a part of its counts.
                    _ if table == &tables.summaries && text(&item, "SK") != Some("sums") => {}
                    _ if is_head(&item) => own.heads.push(item),
                    _ => part(own).push(item),
                }
            }
        }
        all
    }

    /// Counts the records of a kind.
    #[must_use]
    pub fn count(&self, kind: &str) -> usize {
        self.records.iter().filter(|record| kind_of(record) == kind).count()
    }

    /// Returns the records of a profile, in all its generations.
    pub(crate) fn records_of(&self, profile: &Item) -> impl Iterator<Item = &Item> {
        let generations = generations_of(profile);
        self.records.iter().filter(move |record| generations.contains(&generation_of(record)))
    }

    /// Returns the sums in the summaries.
    #[must_use]
    pub fn summaries(&self) -> Counts {
        let mut counts = Counts::new();
        for part in &self.summaries {
            let (_, model) = text(part, "PK").unwrap().split_once('#').unwrap();
            let (model, _) = model.rsplit_once('#').unwrap();
            let of_model = counts.entry(model.to_owned()).or_default();
            for (sum, count) in of_model.iter_mut().zip(counts_of(part)) {
                assert!(count >= 0, "a part of a summary is negative: {self:#?}");
                *sum += count;
            }
        }
        counts
    }

    /// Panics if a record belongs to no profile's current generation, a summary or activity head is not the sum of the records, the
    /// deliveries that profiles list are not those that are stored, or a deletion is unfinished.
    #[track_caller]
    pub fn check_invariants(&self) {
        let mut current = BTreeSet::new();
        let mut listed = BTreeMap::new();
        for profile in self.profiles.iter().filter(|item| item.contains_key("id")) {
            current.extend(generations_of(profile));
            let deliveries = profile.get("delivery_ids").map(|ids| ids.as_l().unwrap().as_slice()).unwrap_or_default();
            for entry in deliveries {
                let entry = entry.as_s().unwrap();
                let (id, until) = entry.split_once('#').map_or((entry.as_str(), None), |(id, until)| (id, Some(until.to_owned())));
                assert!(listed.insert(id.to_owned(), until).is_none(), "a delivery is listed twice: {self:#?}");
            }
        }
        let mut stored = BTreeMap::new();
        let mut sums = Counts::new();
        let mut pointed = 0;
        for record in &self.records {
            assert!(current.contains(&generation_of(record)), "a record is nobody's: {record:#?} {self:#?}");
            match kind_of(record) {
                "delivery" => {
                    // One that was shown is in no list and no index.
                    let is_pending = !record.contains_key("at");
                    for key in ["MODEL", "PENDING", "BY_CREATION"] {
                        assert_eq!(record.contains_key(key), is_pending, "{record:#?}");
                    }
                    let until = text(record, "until").map(str::to_owned);
                    let is_new = !is_pending || stored.insert(text(record, "id").unwrap().to_owned(), until).is_none();
                    assert!(is_new, "a delivery is stored twice: {self:#?}");
                }
                "interaction" | "response" => {
                    let points_here = |pointer: &&Item| {
                        let profile = text(record, "PK").unwrap().split_once('#').unwrap().1;
                        text(pointer, "PROFILE") == Some(profile) && text(pointer, "RECORD_KEY") == text(record, "SK")
                    };
                    let pointers: Vec<_> = self.pointers.iter().filter(points_here).collect();
                    let key = format!("#{}#{}", kind_of(record), text(record, "id").unwrap());
                    assert!(pointers.len() == 1 && text(pointers[0], "PK").unwrap().ends_with(&key), "not found by its id: {record:#?}");
                    pointed += 1;
                }
                _ => {}
            }
        }
        let leading = self.pointers.iter().filter(|pointer| !pointer.contains_key("DELETED_AT")).count();
        assert_eq!(leading, pointed, "a pointer leads nowhere: {self:#?}");
        for profile in self.profiles.iter().filter(|item| item.contains_key("id")) {
            let mut models = BTreeSet::new();
            for record in self.records_of(profile).filter(|record| kind_of(record) == "interaction") {
                let model = format!("{}#{}", text(record, "model_kind").unwrap(), text(record, "model_id").unwrap());
                assert!(models.insert(model.clone()), "a user has two interactions with {model}: {self:#?}");
                let of_model = sums.entry(model).or_default();
                of_model.iter_mut().zip(REACHED).for_each(|(sum, reached)| *sum += i64::from(record.contains_key(reached)));
            }
        }
        self.check_heads();
        assert_eq!(listed, stored, "the lists of deliveries are not what is stored: {self:#?}");
        let (mut summaries, nothing) = (self.summaries(), [0, 0, 0]);
        summaries.retain(|_, counts| *counts != nothing);
        sums.retain(|_, counts| *counts != nothing);
        assert_eq!(summaries, sums, "summaries are not what is stored: {self:#?}");
        for journal in &self.journals {
            assert!(journal.contains_key("completed_at"), "something is left to be removed: {self:#?}");
            assert!(!["ALIASES", "COUNTED"].iter().any(|name| journal.contains_key(*name)), "{journal:#?}");
        }
    }
}

/// Returns whether an item of the table of activities is an activity head.
#[must_use]
pub fn is_head(item: &Item) -> bool {
    text(item, "PK").is_some_and(|key| key.split('#').nth(1) == Some("head"))
}

/// Returns the current generations of a profile: its own, and those of profiles merged into it.
#[must_use]
pub fn generations_of(profile: &Item) -> BTreeSet<String> {
    let number: u32 = profile.get("GENERATION").map_or(0, |number| number.as_n().unwrap().parse().unwrap());
    let inherited = profile.get("INHERITED").map(|inherited| inherited.as_ss().unwrap().clone()).unwrap_or_default();
    inherited.into_iter().chain([format!("{}#{number:08x}", text(profile, "id").unwrap())]).collect()
}

/// Returns the generation that a record is in.
#[must_use]
pub fn generation_of(record: &Item) -> String {
    let (_, profile) = text(record, "PK").unwrap().split_once('#').unwrap();
    let (number, _) = text(record, "SK").unwrap().split_once('#').unwrap();
    format!("{profile}#{number}")
}

/// Returns the kind of a record, such as `event`.
#[must_use]
pub fn kind_of(record: &Item) -> &str {
    text(record, "SK").unwrap().split('#').nth(1).unwrap()
}

fn counts_of(item: &Item) -> [i64; 3] {
    COUNTS.map(|name| item.get(name).map_or(0, |count| count.as_n().unwrap().parse().unwrap()))
}
