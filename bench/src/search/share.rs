//! Filters that fit a known share of the profiles, at whatever time they were created.

use serde_json::{Value, json};

/// A filter that fits a share of the profiles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Share {
    /// 1 in 2.
    Half,
    /// 1 in 50.
    Fiftieth,
    /// 1 in 100.
    Hundredth,
    /// 1 in 5,000.
    Rare,
    /// None.
    Nobody,
}

impl Share {
    /// Those of which some profile fits.
    pub(super) const SOME: [Self; 4] = [Self::Half, Self::Fiftieth, Self::Hundredth, Self::Rare];

    /// Returns its name in the report.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Half => "1 in 2",
            Self::Fiftieth => "1 in 50",
            Self::Hundredth => "1 in 100",
            Self::Rare => "1 in 5,000",
            Self::Nobody => "none",
        }
    }

    /// Returns the property that says who fits.
    pub(super) fn property(self) -> &'static str {
        match self {
            Self::Half => "in_half",
            Self::Fiftieth => "in_fiftieth",
            Self::Hundredth => "in_hundredth",
            Self::Rare => "in_rare",
            Self::Nobody => "in_nothing",
        }
    }

    /// Whether the profile with this number fits.
    pub(super) fn has(self, number: usize) -> bool {
        match self {
            Self::Half => number.is_multiple_of(2),
            Self::Fiftieth => number.is_multiple_of(50),
            Self::Hundredth => number.is_multiple_of(100),
            Self::Rare => number.is_multiple_of(5_000),
            Self::Nobody => false,
        }
    }

    /// Writes the filter.
    pub(super) fn filters(self) -> Value {
        json!([{"prop": self.property(), "op": "eq", "value": "yes"}])
    }
}
