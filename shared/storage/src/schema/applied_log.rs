//! The applied log of a profile: which items of batches are in it.
//!
//! A chunk of a batch may be applied more than once: its function may die, or an event may be delivered twice. By the applied log, the
//! second run sees which items are in the profile already. It does not write them again over what was written since, and counts each
//! as the first run did.

use std::fmt::{self, Write};
use std::str::FromStr;

use profiles_domain::{BatchId, Outcome};

/// Chunks whose entries a profile keeps. A chunk is applied again within minutes, and seldom do more than these reach one user by then.
const KEPT: usize = 4;
/// Runs of items in the text of an entry. It is part of the profile's item, which pays for it at every write.
const MAX_RUNS: usize = 200;
/// Items that a body of 16 MB can hold. A stored run of more is malformed.
const MAX_ITEMS: u32 = 16 * 1024 * 1024;

/// A chunk of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Chunk {
    pub(crate) batch: BatchId,
    pub(crate) number: u32,
}

/// The recorded result of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ItemResult {
    /// It was applied, or ignored.
    Done(Outcome),
    /// It was refused; the letter is that of its error.
    Failed(char),
}

/// The items of one chunk that are about a profile, by index, each with its result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AppliedEntry {
    pub(crate) chunk: Chunk,
    pub(crate) items: Vec<(u32, ItemResult)>,
}

/// The entries of a profile, the latest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct AppliedLog(Vec<AppliedEntry>);

impl AppliedLog {
    /// The result of an item, if it is recorded.
    pub(crate) fn result_of(&self, chunk: Chunk, index: u32) -> Option<ItemResult> {
        self.0.iter().filter(|entry| entry.chunk == chunk).find_map(|entry| {
            let place = entry.items.binary_search_by_key(&index, |(index, _)| *index).ok()?;
            entry.items.get(place).map(|(_, result)| *result)
        })
    }

    /// Each entry as text.
    pub(crate) fn entries(&self) -> Vec<String> {
        self.0.iter().map(ToString::to_string).collect()
    }

    /// Returns the log with more items of a chunk. An item that is recorded already keeps its result.
    pub(crate) fn with(&self, entry: &AppliedEntry) -> Self {
        let AppliedEntry { chunk, items } = entry;
        let (of_chunk, others): (Vec<_>, Vec<_>) = self.0.iter().cloned().partition(|entry| entry.chunk == *chunk);
        let mut all: Vec<_> = of_chunk.into_iter().flat_map(|entry| entry.items).chain(items.iter().copied()).collect();
        all.sort_by_key(|(index, _)| *index);
        all.dedup_by_key(|(index, _)| *index);
        Self([AppliedEntry { chunk: *chunk, items: all }].into_iter().chain(others).take(KEPT).collect())
    }

    /// Returns the log of the profile that two profiles are merged into.
    pub(crate) fn merged_with(&self, other: &Self) -> Self {
        other.0.iter().rev().fold(self.clone(), |all, entry| all.with(entry))
    }
}

/// Joins logs, and drops no entry.
impl FromIterator<AppliedLog> for AppliedLog {
    fn from_iter<All: IntoIterator<Item = Self>>(all: All) -> Self {
        Self(all.into_iter().flat_map(|log| log.0).collect())
    }
}

/// Writes the entries with a space between them.
impl fmt::Display for AppliedLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.entries().join(" "))
    }
}

/// Writes `<batch>#<chunk>#` and runs of indexes, each with the letter of its result: `0c,1-99u,120n`.
impl fmt::Display for AppliedEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}#", self.chunk.batch, self.chunk.number)?;
        let runs = self.items.chunk_by(|(before, was), (index, result)| before.checked_add(1) == Some(*index) && was == result);
        let mut runs: Vec<_> = runs.filter_map(|run| Some((run.first()?.0, run.last()?.0, run.first()?.1))).collect();
        if let Some(many) = runs.len().checked_sub(MAX_RUNS) {
            // The earliest become one run: none of them is written again, though one that changed nothing may be counted as updated.
            let earliest: Vec<_> = runs.drain(..=many).collect();
            if let (Some((first, ..)), Some((_, last, _))) = (earliest.first(), earliest.last()) {
                runs.insert(0, (*first, *last, ItemResult::Done(Outcome::Updated)));
            }
        }
        for (place, (first, last, result)) in runs.into_iter().enumerate() {
            write!(f, "{}{first}", if place == 0 { "" } else { "," })?;
            if last > first {
                write!(f, "-{last}")?;
            }
            f.write_char(letter(result))?;
        }
        Ok(())
    }
}

impl FromStr for AppliedLog {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        text.split(' ').map(str::parse).collect::<Result<_, _>>().map(Self)
    }
}

impl FromStr for AppliedEntry {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (batch, rest) = text.split_once('#').ok_or(())?;
        let (number, runs) = rest.split_once('#').ok_or(())?;
        let chunk = Chunk { batch: batch.parse().map_err(drop)?, number: number.parse().map_err(drop)? };
        let mut items = Vec::new();
        for run in runs.split(',') {
            let result = run.chars().last().and_then(result_of_letter).ok_or(())?;
            let indexes = run.strip_suffix(letter(result)).ok_or(())?;
            let (first, last) = indexes.split_once('-').unwrap_or((indexes, indexes));
            let (first, last): (u32, u32) = (first.parse().map_err(drop)?, last.parse().map_err(drop)?);
            if last.saturating_sub(first) > MAX_ITEMS {
                return Err(());
            }
            items.extend((first..=last).map(|index| (index, result)));
        }
        Ok(Self { chunk, items })
    }
}

/// The letters of outcomes. Those of failures are in upper case.
const OUTCOMES: [(Outcome, char); 4] =
    [(Outcome::Created, 'c'), (Outcome::Updated, 'u'), (Outcome::Unchanged, 'n'), (Outcome::Ignored, 'i')];

fn letter(result: ItemResult) -> char {
    match result {
        ItemResult::Failed(letter) => letter,
        ItemResult::Done(done) => OUTCOMES.into_iter().find(|(outcome, _)| *outcome == done).map_or('u', |(_, letter)| letter),
    }
}

fn result_of_letter(letter: char) -> Option<ItemResult> {
    match OUTCOMES.into_iter().find(|(_, known)| *known == letter) {
        Some((outcome, _)) => Some(ItemResult::Done(outcome)),
        None => letter.is_ascii_uppercase().then_some(ItemResult::Failed(letter)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use profiles_domain::Slot;

    fn with(log: AppliedLog, chunk: Chunk, items: impl IntoIterator<Item = (u32, ItemResult)>) -> AppliedLog {
        log.with(&AppliedEntry { chunk, items: items.into_iter().collect() })
    }

    fn chunk(batch: u32, number: u32) -> Chunk {
        Chunk { batch: BatchId::new(batch, Slot::from_random(8)), number }
    }

    const UPDATED: ItemResult = ItemResult::Done(Outcome::Updated);
    const CREATED: ItemResult = ItemResult::Done(Outcome::Created);
    const UNCHANGED: ItemResult = ItemResult::Done(Outcome::Unchanged);

    #[test]
    fn a_log_is_read_as_it_was_written() {
        let log = with(AppliedLog::default(), chunk(1, 0), [(7, UNCHANGED)]);
        let updated = (1..100).map(|index| (index, UPDATED));
        let log = with(log, chunk(2, 13), updated.chain([(120, ItemResult::Failed('E')), (0, CREATED), (264_999, UNCHANGED)]));
        assert_eq!(log.to_string(), "000000020000000000000008#13#0c,1-99u,120E,264999n 000000010000000000000008#0#7n");
        assert_eq!(log.to_string().parse(), Ok(log));
        for text in ["", "#", "000000020000000000000008#0#", "000000020000000000000008#0#1", "000000020000000000000008#0#0-4294967295u"] {
            assert_eq!(text.parse::<AppliedLog>(), Err(()), "{text}");
        }
    }

    #[test]
    fn what_was_written_is_known_by_its_chunk_and_index() {
        let log = with(with(AppliedLog::default(), chunk(1, 0), [(5, CREATED)]), chunk(1, 0), [(3, UPDATED)]);
        assert_eq!(log.result_of(chunk(1, 0), 5), Some(CREATED));
        assert_eq!(log.result_of(chunk(1, 0), 3), Some(UPDATED));
        for (chunk, index) in [(chunk(1, 0), 4), (chunk(1, 1), 5), (chunk(2, 0), 5)] {
            assert_eq!(log.result_of(chunk, index), None);
        }
        assert_eq!(with(log, chunk(1, 0), [(5, UPDATED)]).result_of(chunk(1, 0), 5), Some(CREATED));
    }

    #[test]
    fn only_the_latest_chunks_are_kept_and_those_of_a_merged_profile_too() {
        let all = (0..6).fold(AppliedLog::default(), |log, number| with(log, chunk(number, 0), [(1, UPDATED)]));
        let known = |log: &AppliedLog| (0..6).filter(|number| log.result_of(chunk(*number, 0), 1).is_some()).collect::<Vec<_>>();
        assert_eq!(known(&all), [2, 3, 4, 5]);
        let one = with(AppliedLog::default(), chunk(0, 0), [(1, UPDATED)]);
        let other = with(with(AppliedLog::default(), chunk(1, 0), [(1, CREATED)]), chunk(0, 0), [(2, UPDATED)]);
        let both = one.merged_with(&other);
        assert_eq!(known(&both), [0, 1]);
        assert_eq!(both.result_of(chunk(0, 0), 2), Some(UPDATED));
    }

    #[test]
    fn a_log_is_bounded_and_loses_no_item() {
        let each = (0..5_000).map(|index| (index, if index % 2 == 0 { UPDATED } else { UNCHANGED }));
        let text = with(AppliedLog::default(), chunk(1, 0), each).to_string();
        assert!(text.len() < 2_000, "{} bytes", text.len());
        let log: AppliedLog = text.parse().unwrap();
        assert!((0..5_000).all(|index| log.result_of(chunk(1, 0), index).is_some()));
        assert_eq!(log.result_of(chunk(1, 0), 4_999), Some(UNCHANGED));
        assert_eq!(log.to_string(), text);
    }
}
