//! The units that a partition has room for.

use tokio::time::Instant;

/// The units that a partition can take now. They grow with time, up to those of one second.
pub(super) struct Bucket {
    units: f64,
    at: Instant,
}

impl Bucket {
    /// The bucket of a partition that nothing was written to for a second.
    pub(super) fn full(units_a_second: f64, now: Instant) -> Self {
        Self { units: units_a_second, at: now }
    }

    /// Returns whether there is room. A write of more units than those of a second takes place when nothing else did for a second.
    pub(super) fn has_room_for(&mut self, units: f64, units_a_second: f64, now: Instant) -> bool {
        let more = now.duration_since(self.at).as_secs_f64() * units_a_second;
        self.units = (self.units + more).min(units_a_second);
        self.at = now;
        self.units >= units.min(units_a_second)
    }

    /// Takes units. More than there are is made up for later.
    pub(super) fn take(&mut self, units: f64) {
        self.units -= units;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn no_second_takes_more_than_its_units_and_what_is_larger_waits_for_a_full_one() {
        let begin = Instant::now();
        let mut bucket = Bucket::full(1000.0, begin);
        let mut at = |millis, units| {
            let has_room = bucket.has_room_for(units, 1000.0, begin + Duration::from_millis(millis));
            if has_room {
                bucket.take(units);
            }
            has_room
        };
        assert!(at(0, 1000.0) && !at(0, 1.0) && at(1, 1.0) && !at(1, 1.0));
        // Unused units are kept for a second.
        assert!(at(60_000, 1000.0) && !at(60_000, 1.0));
        assert!(!at(60_999, 3000.0) && at(61_000, 3000.0) && !at(62_999, 1.0) && at(63_001, 1.0));
    }
}
