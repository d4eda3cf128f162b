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
/// Runs of items in the text of a trace. It is part of the profile's item, which pays for it at every write.
const MAX_RUNS: usize = 200;

/// A chunk of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Chunk {
    pub(crate) batch: BatchId,
    pub(crate) number: u32,
}

/// How an item ended, as its trace tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// It was applied, or left out.
    Done(Outcome),
    /// It was refused, for the reason that this letter stands for.
    Failed(char),
}

/// What a write leaves: its items, and those before it that were not written, each with how it ended.
#[derive(Clone)]
pub(crate) struct Left {
    pub(crate) chunk: Chunk,
    pub(crate) items: Vec<(u32, Ended)>,
}

/// How items of a chunk ended that are about a profile.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Trace {
    chunk: Chunk,
    /// By index, each once.
    items: Vec<(u32, Ended)>,
}

/// The traces in a profile, the latest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Traces(Vec<Trace>);

impl Traces {
    /// How an item ended, if that is known.
    pub(crate) fn ended(&self, chunk: Chunk, index: u32) -> Option<Ended> {
        self.0.iter().filter(|trace| trace.chunk == chunk).find_map(|trace| {
            let place = trace.items.binary_search_by_key(&index, |(index, _)| *index).ok()?;
            trace.items.get(place).map(|(_, ended)| *ended)
        })
    }

    /// Each trace as text.
    pub(crate) fn each(&self) -> Vec<String> {
        self.0.iter().map(ToString::to_string).collect()
    }

    /// The same after a write.
    pub(crate) fn after(&self, left: &Left) -> Self {
        self.with(left.chunk, left.items.iter().copied())
    }

    /// The same with more items of a chunk.
    fn with(&self, chunk: Chunk, items: impl IntoIterator<Item = (u32, Ended)>) -> Self {
        let (of_chunk, others): (Vec<_>, Vec<_>) = self.0.iter().cloned().partition(|trace| trace.chunk == chunk);
        let mut all: Vec<_> = of_chunk.into_iter().flat_map(|trace| trace.items).chain(items).collect();
        all.sort_by_key(|(index, _)| *index);
        all.dedup_by_key(|(index, _)| *index);
        Self([Trace { chunk, items: all }].into_iter().chain(others).take(KEPT).collect())
    }

    /// These and those of a profile that becomes one with it.
    pub(crate) fn and(&self, others: &Self) -> Self {
        others.0.iter().rev().fold(self.clone(), |all, other| all.with(other.chunk, other.items.iter().copied()))
    }
}

/// Those of several, none of which is dropped.
impl FromIterator<Traces> for Traces {
    fn from_iter<All: IntoIterator<Item = Self>>(all: All) -> Self {
        Self(all.into_iter().flat_map(|traces| traces.0).collect())
    }
}

impl fmt::Display for Traces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.each().join(" "))
    }
}

/// `<batch>#<chunk>#` and runs of indexes with how all of them ended: `0c,1-99u,120n`.
impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}#", self.chunk.batch, self.chunk.number)?;
        let runs = self.items.chunk_by(|(before, was), (index, ended)| before.checked_add(1) == Some(*index) && was == ended);
        let mut runs: Vec<_> = runs.filter_map(|run| Some((run.first()?.0, run.last()?.0, run.first()?.1))).collect();
        if let Some(many) = runs.len().checked_sub(MAX_RUNS) {
            // None of the earliest is written again, though one may be counted as updated that changed nothing.
            let earliest: Vec<_> = runs.drain(..=many).collect();
            if let (Some((first, ..)), Some((_, last, _))) = (earliest.first(), earliest.last()) {
                runs.insert(0, (*first, *last, Ended::Done(Outcome::Updated)));
            }
        }
        for (place, (first, last, ended)) in runs.into_iter().enumerate() {
            write!(f, "{}{first}", if place == 0 { "" } else { "," })?;
            if last > first {
                write!(f, "-{last}")?;
            }
            f.write_char(letter(ended))?;
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
                let ended = run.chars().last().and_then(ended).ok_or(())?;
                let indexes = run.strip_suffix(letter(ended)).ok_or(())?;
                let (first, last) = indexes.split_once('-').unwrap_or((indexes, indexes));
                let (first, last): (u32, u32) = (first.parse().map_err(drop)?, last.parse().map_err(drop)?);
                // No batch has more: what claims to is no trace.
                if last.saturating_sub(first) > MAX_ITEMS {
                    return Err(());
                }
                items.extend((first..=last).map(|index| (index, ended)));
            }
            Ok(Trace { chunk, items })
        };
        text.split(' ').map(trace).collect::<Result<_, _>>().map(Self)
    }
}

/// Items that a body of 16 MB can hold.
const MAX_ITEMS: u32 = 16 * 1024 * 1024;

/// The letters of outcomes. Those of failures are others.
const OUTCOMES: [(Outcome, char); 4] =
    [(Outcome::Created, 'c'), (Outcome::Updated, 'u'), (Outcome::Unchanged, 'n'), (Outcome::Ignored, 'i')];

fn letter(ended: Ended) -> char {
    match ended {
        Ended::Failed(letter) => letter,
        Ended::Done(done) => OUTCOMES.into_iter().find(|(outcome, _)| *outcome == done).map_or('u', |(_, letter)| letter),
    }
}

fn ended(letter: char) -> Option<Ended> {
    match OUTCOMES.into_iter().find(|(_, known)| *known == letter) {
        Some((outcome, _)) => Some(Ended::Done(outcome)),
        None => letter.is_ascii_uppercase().then_some(Ended::Failed(letter)),
    }
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
        let updated = (1..100).map(|index| (index, Ended::Done(Outcome::Updated)));
        let traces = Traces::default().with(chunk(1, 0), [(7, Ended::Done(Outcome::Unchanged))]).with(
            chunk(2, 13),
            updated.chain([(120, Ended::Failed('E')), (0, Ended::Done(Outcome::Created)), (264_999, Ended::Done(Outcome::Unchanged))]),
        );
        assert_eq!(traces.to_string(), "000000020000000000000008#13#0c,1-99u,120E,264999n 000000010000000000000008#0#7n");
        assert_eq!(traces.to_string().parse(), Ok(traces));
        for text in ["", "#", "000000020000000000000008#0#", "000000020000000000000008#0#1", "000000020000000000000008#0#0-4294967295u"] {
            assert_eq!(text.parse::<Traces>(), Err(()), "{text}");
        }
    }

    #[test]
    fn what_was_written_is_known_by_its_chunk_and_index() {
        let traces = Traces::default()
            .with(chunk(1, 0), [(5, Ended::Done(Outcome::Created))])
            .with(chunk(1, 0), [(3, Ended::Done(Outcome::Updated))]);
        assert_eq!(traces.ended(chunk(1, 0), 5), Some(Ended::Done(Outcome::Created)));
        assert_eq!(traces.ended(chunk(1, 0), 3), Some(Ended::Done(Outcome::Updated)));
        for (chunk, index) in [(chunk(1, 0), 4), (chunk(1, 1), 5), (chunk(2, 0), 5)] {
            assert_eq!(traces.ended(chunk, index), None);
        }
    }

    #[test]
    fn only_the_latest_chunks_are_kept_and_those_of_a_merged_profile_too() {
        let all = (0..6).fold(Traces::default(), |traces, number| traces.with(chunk(number, 0), [(1, Ended::Done(Outcome::Updated))]));
        let known = |traces: &Traces| (0..6).filter(|number| traces.ended(chunk(*number, 0), 1).is_some()).collect::<Vec<_>>();
        assert_eq!(known(&all), [2, 3, 4, 5]);
        let one = Traces::default().with(chunk(0, 0), [(1, Ended::Done(Outcome::Updated))]);
        let other = Traces::default()
            .with(chunk(1, 0), [(1, Ended::Done(Outcome::Created))])
            .with(chunk(0, 0), [(2, Ended::Done(Outcome::Updated))]);
        let both = one.and(&other);
        assert_eq!(known(&both), [0, 1]);
        assert_eq!(both.ended(chunk(0, 0), 2), Some(Ended::Done(Outcome::Updated)));
    }

    #[test]
    fn a_trace_is_bounded_and_forgets_of_no_item_that_it_is_done() {
        let each = (0..5_000).map(|index| (index, Ended::Done(if index % 2 == 0 { Outcome::Updated } else { Outcome::Unchanged })));
        let text = Traces::default().with(chunk(1, 0), each).to_string();
        assert!(text.len() < 2_000, "{} bytes", text.len());
        let traces: Traces = text.parse().unwrap();
        assert!((0..5_000).all(|index| traces.ended(chunk(1, 0), index).is_some()));
        assert_eq!(traces.ended(chunk(1, 0), 4_999), Some(Ended::Done(Outcome::Unchanged)));
        assert_eq!(traces.to_string(), text);
    }
}
