//! How much is measured.

/// How much is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effort {
    /// As much as makes the figures mean something.
    Full,
    /// Everything once, to see that it works. The figures mean nothing.
    Quick,
}

impl Effort {
    /// The first in a full run, the second in a quick one.
    pub(crate) fn choose<T>(self, full: T, quick: T) -> T {
        match self {
            Self::Full => full,
            Self::Quick => quick,
        }
    }
}
