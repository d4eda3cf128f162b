//! How far an import is.

use serde::{Deserialize, Serialize};

use super::batch::{Empty, Extent};
use super::kind::{Kind, Missing};
use crate::part::Progress;

/// What is imported. An import is continued only with the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Wanted {
    /// The account's id.
    pub(super) account: String,
    /// A hash of the CSV.
    pub(super) csv: String,
    /// What each column becomes.
    pub(super) mapping: Vec<String>,
    /// What the rows are.
    pub(super) kind: Kind,
    /// What becomes of rows whose user or company does not exist.
    pub(super) on_model_missing: Missing,
    /// What an empty cell means.
    pub(super) empty: Empty,
}

/// How far an import is.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct State {
    pub(super) wanted: Wanted,
    /// A random text in the keys of the batches.
    pub(super) run: String,
    /// The batches whose rows have their outcome.
    pub(super) batches: u64,
    /// The byte at which the next batch begins.
    pub(super) at: u64,
    /// The rows that have their outcome.
    pub(super) counts: Counts,
    /// The batch that is perhaps sent.
    pub(super) under_way: Option<UnderWay>,
}

/// A batch that is perhaps sent.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct UnderWay {
    /// Its rows.
    pub(super) extent: Extent,
    /// Its id, once the API has accepted it.
    pub(super) id: Option<String>,
}

/// The number of rows with each outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Counts {
    pub(super) created: u64,
    pub(super) updated: u64,
    pub(super) unchanged: u64,
    pub(super) ignored: u64,
    pub(super) blank: u64,
    pub(super) failed: u64,
    /// The rows with warnings. Each is also one of the others.
    pub(super) warned: u64,
    /// The batches of which the API may not have kept all warnings.
    pub(super) cut_off: u64,
}

impl Counts {
    /// Returns the number of rows.
    pub(super) fn rows(&self) -> u64 {
        self.created + self.updated + self.unchanged + self.ignored + self.blank + self.failed
    }

    /// Adds the rows of a batch.
    pub(super) fn plus(self, other: Self) -> Self {
        Self {
            created: self.created + other.created,
            updated: self.updated + other.updated,
            unchanged: self.unchanged + other.unchanged,
            ignored: self.ignored + other.ignored,
            blank: self.blank + other.blank,
            failed: self.failed + other.failed,
            warned: self.warned + other.warned,
            cut_off: self.cut_off + other.cut_off,
        }
    }
}

impl State {
    /// Begins an import.
    pub(super) fn new(wanted: Wanted) -> Self {
        let run = format!("{:032x}", rand::random::<u128>());
        Self { wanted, run, batches: 0, at: 0, counts: Counts::default(), under_way: None }
    }

    /// Returns the `Idempotency-Key` of the batch that is under way.
    pub(super) fn key(&self) -> String {
        format!("import-{}-{}", self.run, self.batches)
    }

    /// Tells whether nothing was sent.
    pub(super) fn is_new(&self) -> bool {
        self.batches == 0 && self.under_way.is_none()
    }
}

impl Progress for State {
    fn difference(&self, begun: &Self) -> Option<&'static str> {
        let Wanted { account, csv, mapping, kind, on_model_missing, empty } = &self.wanted;
        let begun = &begun.wanted;
        [
            (*account == begun.account, "it was begun for another account"),
            (*csv == begun.csv, "it was begun with another CSV, or the CSV was changed since"),
            (*kind == begun.kind, "it was begun with another choice of --companies"),
            (*mapping == begun.mapping, "it was begun with another mapping of the columns"),
            (*on_model_missing == begun.on_model_missing, "it was begun with another --on-model-missing"),
            (*empty == begun.empty, "it was begun with another --empty"),
        ]
        .into_iter()
        .find_map(|(is_same, difference)| (!is_same).then_some(difference))
    }
}
