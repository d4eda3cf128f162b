//! The trace that a batch leaves in each profile it writes.
//!
//! A chunk of a batch may be applied more than once: its function may die, or an event may be delivered twice. By the trace, the
//! second time sees what the first one wrote: it does not write it again over what somebody else wrote meanwhile, and it counts
//! each item as the first one did.

use std::fmt;
use std::str::FromStr;

use profiles_domain::{BatchId, Counts};

/// Which items of which batch a profile has, and how they are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Trace {
    /// The batch.
    pub(crate) batch: BatchId,
    /// The chunk of the batch. Others may hold items of the same profile, by another identifier.
    pub(crate) chunk: u32,
    /// The last of the items.
    pub(crate) index: u32,
    /// What became of them.
    pub(crate) counts: Counts,
}

impl Trace {
    /// Whether whoever left this trace had already written what `other` is about.
    pub(super) fn covers(&self, other: &Self) -> bool {
        (self.batch, self.chunk) == (other.batch, other.chunk) && self.index >= other.index
    }

    /// The least and the greatest text that a trace has which covers this one.
    pub(super) fn range(&self) -> (String, String) {
        let Self { batch, chunk, index, .. } = self;
        (format!("{batch}#{chunk:03}#{index:08}"), format!("{batch}#{chunk:03}#~"))
    }
}

/// Of fixed width up to the counts, so that texts of one chunk sort by their index.
impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Counts { created, updated, unchanged, .. } = self.counts;
        write!(f, "{}#{created},{updated},{unchanged}", self.range().0)
    }
}

impl FromStr for Trace {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut parts = text.split('#');
        let mut part = || parts.next().ok_or(());
        let (batch, chunk, index, counts) = (part()?, part()?, part()?, part()?);
        let mut counts = counts.split(',').map(|count| count.parse().map_err(|_| ()));
        let mut count = || counts.next().ok_or(())?;
        Ok(Self {
            batch: batch.parse().map_err(|_| ())?,
            chunk: chunk.parse().map_err(|_| ())?,
            index: index.parse().map_err(|_| ())?,
            counts: Counts { created: count()?, updated: count()?, unchanged: count()?, ..Counts::default() },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use profiles_domain::Slot;

    fn trace(chunk: u32, index: u32) -> Trace {
        let counts = Counts { created: 1, updated: 98, unchanged: 1, ..Counts::default() };
        Trace { batch: BatchId::new(7, Slot::from_random(8)), chunk, index, counts }
    }

    #[test]
    fn a_trace_is_read_as_it_was_written() {
        assert_eq!(trace(3, 264_999).to_string().parse(), Ok(trace(3, 264_999)));
        for text in ["", "#", "00000007000000000000000800#003#1#1,1", "x#1#1#1,1,1"] {
            assert_eq!(text.parse::<Trace>(), Err(()), "{text}");
        }
    }

    #[test]
    fn the_texts_in_its_range_are_those_that_cover_it() {
        let (from, to) = trace(3, 500).range();
        for (chunk, index) in [(3, 500), (3, 501), (3, 99_999_999), (3, 499), (2, 500), (4, 500)] {
            let other = trace(chunk, index);
            let text = other.to_string();
            assert_eq!(from <= text && text <= to, other.covers(&trace(3, 500)), "{text}");
        }
    }
}
