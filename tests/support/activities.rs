//! The proof that what is recorded of users belongs to somebody, and that summaries are what it adds up to.

use std::collections::{BTreeMap, BTreeSet};

use profiles_domain::AccountId;

use crate::World;
use crate::invariants::{Item, text};

/// The counts of interactions and of summaries.
const COUNTS: [&str; 3] = ["started_count", "completed_count", "exited_count"];

/// What is recorded in one account at one time.
#[derive(Debug, Default)]
pub struct Recorded {
    profiles: Vec<Item>,
    /// What is known by keys is not among them.
    pub records: Vec<Item>,
    summaries: Vec<Item>,
    logs: Vec<Item>,
}

/// What summaries say of each tour and survey: started, completed and exited.
pub type Counts = BTreeMap<String, [i64; 3]>;

impl Recorded {
    /// Reads all of it.
    pub async fn read(world: &World, account: AccountId) -> Self {
        Self::of_all(world).await.remove(&account.to_string()).unwrap_or_default()
    }

    /// What is recorded in each account, by the account's id.
    pub async fn of_all(world: &World) -> BTreeMap<String, Self> {
        let mut all: BTreeMap<String, Self> = BTreeMap::new();
        let tables = &world.tables;
        for (table, part) in [
            (&tables.profiles, (|own| &mut own.profiles) as fn(&mut Self) -> &mut Vec<Item>),
            (&tables.activities, |own| &mut own.records),
            (&tables.summaries, |own| &mut own.summaries),
            (&tables.deletions, |own| &mut own.logs),
        ] {
            for item in world.items(table).await {
                let (account, _) = text(&item, "PK").unwrap().split_once('#').unwrap();
                // What is known by its key belongs to nobody.
                if text(&item, "SK") != Some("key") {
                    part(all.entry(account.to_owned()).or_default()).push(item);
                }
            }
        }
        all
    }

    /// How many records there are of a kind.
    #[must_use]
    pub fn count(&self, kind: &str) -> usize {
        self.records.iter().filter(|record| kind_of(record) == kind).count()
    }

    /// What the summaries say.
    #[must_use]
    pub fn summaries(&self) -> Counts {
        let mut counts = Counts::new();
        for part in &self.summaries {
            let (_, model) = text(part, "PK").unwrap().split_once('#').unwrap();
            let of_model = counts.entry(model.to_owned()).or_default();
            for (sum, count) in of_model.iter_mut().zip(counts_of(part)) {
                assert!(count >= 0, "a part of a summary is negative: {self:#?}");
                *sum += count;
            }
        }
        counts
    }

    /// Fails where a record is nobody's, a summary is not what the interactions add up to, a profile lists a delivery that isn't there
    /// or the other way round, or something is left to be removed.
    #[track_caller]
    pub fn audit(&self) {
        let mut homes = BTreeSet::new();
        let mut listed = BTreeSet::new();
        for profile in self.profiles.iter().filter(|item| item.contains_key("id")) {
            let generation: u32 = profile.get("GENERATION").map_or(0, |number| number.as_n().unwrap().parse().unwrap());
            homes.insert(format!("{}#{generation:08x}", text(profile, "id").unwrap()));
            homes.extend(profile.get("INHERITED").iter().flat_map(|homes| homes.as_ss().unwrap().clone()));
            let deliveries = profile.get("delivery_ids").map(|ids| ids.as_l().unwrap().as_slice()).unwrap_or_default();
            for id in deliveries {
                assert!(listed.insert(id.as_s().unwrap().clone()), "a delivery is listed twice: {self:#?}");
            }
        }
        let mut stored = BTreeSet::new();
        let mut sums = Counts::new();
        for record in &self.records {
            let (_, profile) = text(record, "PK").unwrap().split_once('#').unwrap();
            let (generation, _) = text(record, "SK").unwrap().split_once('#').unwrap();
            assert!(homes.contains(&format!("{profile}#{generation}")), "a record is nobody's: {record:#?} {self:#?}");
            match kind_of(record) {
                "delivery" => assert!(stored.insert(text(record, "id").unwrap().to_owned())),
                "interaction" => {
                    let model = format!("{}#{}", text(record, "model_kind").unwrap(), text(record, "model_id").unwrap());
                    let of_model = sums.entry(model).or_default();
                    of_model.iter_mut().zip(counts_of(record)).for_each(|(sum, count)| *sum += count);
                }
                _ => {}
            }
        }
        assert_eq!(listed, stored, "the lists of deliveries are not what is stored: {self:#?}");
        let (mut summaries, nothing) = (self.summaries(), [0, 0, 0]);
        summaries.retain(|_, counts| *counts != nothing);
        sums.retain(|_, counts| *counts != nothing);
        assert_eq!(summaries, sums, "summaries are not what is stored: {self:#?}");
        for log in &self.logs {
            assert!(log.contains_key("completed_at"), "something is left to be removed: {self:#?}");
            assert!(!["ALIASES", "COUNTED"].iter().any(|name| log.contains_key(*name)), "{log:#?}");
        }
    }
}

fn kind_of(record: &Item) -> &str {
    text(record, "SK").unwrap().split('#').nth(1).unwrap()
}

fn counts_of(item: &Item) -> [i64; 3] {
    COUNTS.map(|name| item.get(name).map_or(0, |count| count.as_n().unwrap().parse().unwrap()))
}
