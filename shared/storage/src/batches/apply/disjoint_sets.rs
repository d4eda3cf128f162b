//! Disjoint sets of places.

/// Disjoint sets of places, each known by its first.
pub(super) struct DisjointSets(Vec<usize>);

impl DisjointSets {
    /// Puts each of these many places in a set of its own.
    pub(super) fn new(places: usize) -> Self {
        Self((0..places).collect())
    }

    /// The first place of the set that a place is in.
    pub(super) fn first(&mut self, mut place: usize) -> usize {
        while let Some(up) = self.0.get(place).copied().filter(|up| *up != place) {
            // Halves the path for the next search.
            let above = self.0.get(up).copied().unwrap_or(up);
            if let Some(slot) = self.0.get_mut(place) {
                *slot = above;
            }
            place = up;
        }
        place
    }

    /// Unites the sets that two places are in.
    pub(super) fn unite(&mut self, one: usize, other: usize) {
        let (one, other) = (self.first(one), self.first(other));
        if let Some(slot) = self.0.get_mut(one.max(other)) {
            *slot = one.min(other);
        }
    }
}
