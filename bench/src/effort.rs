//! Full and quick runs.

/// A full or a quick run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effort {
    /// Enough rounds for figures that mean something.
    Full,
    /// Everything once, to see that it works. The figures mean nothing.
    Quick,
}

impl Effort {
    /// Returns the first in a full run, the second in a quick one.
    pub(crate) fn choose<T>(self, full: T, quick: T) -> T {
        match self {
            Self::Full => full,
            Self::Quick => quick,
        }
    }
}
