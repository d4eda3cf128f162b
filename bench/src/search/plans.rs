//! What a page costs by each of two plans, worked out from who fits.

use super::bare::Bare;
use super::share::Share;

/// Read units of a first page, without the second look at those who are shown.
pub(super) struct Costs {
    /// Profiles that the walk must look at: until one more than a page fits, or all.
    pub(super) looked_at: usize,
    /// Newest first by the index: half a unit for each profile, and the index.
    pub(super) walk: f64,
    /// All bytes of the account.
    pub(super) sweep: f64,
}

impl Costs {
    /// Works them out for a page of this many profiles.
    pub(super) fn of(bare: &Bare, share: Share, limit: usize) -> Self {
        let next = bare.profiles.iter().enumerate().filter(|(_, profile)| profile.is_in(share)).nth(limit);
        let looked_at = next.map_or(bare.profiles.len(), |(place, _)| place + 1);
        Self { looked_at, walk: looked_at as f64 / 2.0 + bare.of_index(looked_at), sweep: bare.computed() }
    }

    /// Returns the cheaper one.
    pub(super) fn cheaper(&self) -> f64 {
        self.walk.min(self.sweep)
    }
}
