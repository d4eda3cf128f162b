//! The traces that batches leave in the profiles they write.
//!
//! A chunk of a batch may be applied more than once: its function may die, or an event may be delivered twice. By its trace, the
//! second time sees which items are in the profile already. It does not write them again over what somebody else wrote meanwhile,
//! and counts each as the first time did.

use std::fmt::{self, Write};
use std::str::FromStr;

use profiles_domain::{BatchId, Outcome};

/// Chunks whose traces a profile keeps. A chunk is applied again within minutes, and seldom do so many reach one user by then.
const KEPT: usize = 4;

/// A chunk of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Chunk {
    pub(crate) batch: BatchId,
    pub(crate) number: u32,
}

/// What a write leaves: its items, and what each of them does.
#[derive(Clone)]
pub(crate) struct Left {
    pub(crate) chunk: Chunk,
    pub(crate) items: Vec<(u32, Outcome)>,
}

/// Which items of a chunk are in a profile, and what each of them did to it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Trace {
    chunk: Chunk,
    /// By index, each once.
    items: Vec<(u32, Outcome)>,
}

/// The traces in a profile, the latest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Traces(Vec<Trace>);

impl Traces {
    /// What an item did, if it was written.
    pub(crate) fn outcome(&self, chunk: Chunk, index: u32) -> Option<Outcome> {
        let trace = self.0.iter().find(|trace| trace.chunk == chunk)?;
        let place = trace.items.binary_search_by_key(&index, |(index, _)| *index).ok()?;
        trace.items.get(place).map(|(_, outcome)| *outcome)
    }

    /// The same after a write.
    pub(super) fn after(&self, left: &Left) -> Self {
        self.with(left.chunk, left.items.iter().copied())
    }

    /// The same with more items of a chunk.
    fn with(&self, chunk: Chunk, items: impl IntoIterator<Item = (u32, Outcome)>) -> Self {
        let (of_chunk, others): (Vec<_>, Vec<_>) = self.0.iter().cloned().partition(|trace| trace.chunk == chunk);
        let mut all: Vec<_> = of_chunk.into_iter().flat_map(|trace| trace.items).chain(items).collect();
        all.sort_by_key(|(index, _)| *index);
        all.dedup_by_key(|(index, _)| *index);
        Self([Trace { chunk, items: all }].into_iter().chain(others).take(KEPT).collect())
    }

    /// These and those of a profile that becomes one with it.
    pub(super) fn and(&self, others: &Self) -> Self {
        others.0.iter().rev().fold(self.clone(), |all, other| all.with(other.chunk, other.items.iter().copied()))
    }
}

/// Each trace as `<batch>#<chunk>#` and runs of indexes with what all of them did: `0c,1-99u,120n`.
impl fmt::Display for Traces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, trace) in self.0.iter().enumerate() {
            write!(f, "{}{}#{}#", if place == 0 { "" } else { " " }, trace.chunk.batch, trace.chunk.number)?;
            let runs = trace.items.chunk_by(|(before, was), (index, outcome)| before.checked_add(1) == Some(*index) && was == outcome);
            for (place, run) in runs.enumerate() {
                let (Some((first, outcome)), Some((last, _))) = (run.first(), run.last()) else { continue };
                write!(f, "{}{first}", if place == 0 { "" } else { "," })?;
                if last > first {
                    write!(f, "-{last}")?;
                }
                f.write_char(letter(*outcome))?;
            }
        }
        Ok(())
    }
}

impl FromStr for Traces {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let trace = |text: &str| {
            let (batch, rest) = text.split_once('#').ok_or(())?;
            let (number, runs) = rest.split_once('#').ok_or(())?;
            let chunk = Chunk { batch: batch.parse().map_err(drop)?, number: number.parse().map_err(drop)? };
            let mut items = Vec::new();
            for run in runs.split(',') {
                let outcome = run.chars().last().and_then(outcome).ok_or(())?;
                let indexes = run.strip_suffix(letter(outcome)).ok_or(())?;
                let (first, last) = indexes.split_once('-').unwrap_or((indexes, indexes));
                let (first, last): (u32, u32) = (first.parse().map_err(drop)?, last.parse().map_err(drop)?);
                // No batch has more: what claims to is no trace.
                if last.saturating_sub(first) > MAX_ITEMS {
                    return Err(());
                }
                items.extend((first..=last).map(|index| (index, outcome)));
            }
            Ok(Trace { chunk, items })
        };
        text.split(' ').map(trace).collect::<Result<_, _>>().map(Self)
    }
}

/// Items that a body of 16 MB can hold.
const MAX_ITEMS: u32 = 16 * 1024 * 1024;

fn letter(outcome: Outcome) -> char {
    match outcome {
        Outcome::Created => 'c',
        Outcome::Updated => 'u',
        Outcome::Unchanged => 'n',
        Outcome::Ignored => 'i',
    }
}

fn outcome(letter_of_it: char) -> Option<Outcome> {
    [Outcome::Created, Outcome::Updated, Outcome::Unchanged, Outcome::Ignored].into_iter().find(|known| letter(*known) == letter_of_it)
}

#[cfg(test)]
mod tests {
    use super::*;
    use profiles_domain::Slot;

    fn chunk(batch: u32, number: u32) -> Chunk {
        Chunk { batch: BatchId::new(batch, Slot::from_random(8)), number }
    }

    #[test]
    fn traces_are_read_as_they_were_written() {
        let updated = (1..100).map(|index| (index, Outcome::Updated));
        let traces = Traces::default()
            .with(chunk(1, 0), [(7, Outcome::Unchanged)])
            .with(chunk(2, 13), updated.chain([(120, Outcome::Unchanged), (0, Outcome::Created), (264_999, Outcome::Unchanged)]));
        assert_eq!(traces.to_string(), "000000020000000000000008#13#0c,1-99u,120n,264999n 000000010000000000000008#0#7n");
        assert_eq!(traces.to_string().parse(), Ok(traces));
        for text in ["", "#", "000000020000000000000008#0#", "000000020000000000000008#0#1", "000000020000000000000008#0#0-4294967295u"] {
            assert_eq!(text.parse::<Traces>(), Err(()), "{text}");
        }
    }

    #[test]
    fn what_was_written_is_known_by_its_chunk_and_index() {
        let traces = Traces::default().with(chunk(1, 0), [(5, Outcome::Created)]).with(chunk(1, 0), [(3, Outcome::Updated)]);
        assert_eq!(traces.outcome(chunk(1, 0), 5), Some(Outcome::Created));
        assert_eq!(traces.outcome(chunk(1, 0), 3), Some(Outcome::Updated));
        for (chunk, index) in [(chunk(1, 0), 4), (chunk(1, 1), 5), (chunk(2, 0), 5)] {
            assert_eq!(traces.outcome(chunk, index), None);
        }
    }

    #[test]
    fn only_the_latest_chunks_are_kept_and_those_of_a_merged_profile_too() {
        let all = (0..6).fold(Traces::default(), |traces, number| traces.with(chunk(number, 0), [(1, Outcome::Updated)]));
        let known = |traces: &Traces| (0..6).filter(|number| traces.outcome(chunk(*number, 0), 1).is_some()).collect::<Vec<_>>();
        assert_eq!(known(&all), [2, 3, 4, 5]);
        let one = Traces::default().with(chunk(0, 0), [(1, Outcome::Updated)]);
        let other = Traces::default().with(chunk(1, 0), [(1, Outcome::Created)]).with(chunk(0, 0), [(2, Outcome::Updated)]);
        let both = one.and(&other);
        assert_eq!(known(&both), [0, 1]);
        assert_eq!(both.outcome(chunk(0, 0), 2), Some(Outcome::Updated));
    }
}
