//! How a table or an index is divided into partitions, and how a hot partition splits.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

use super::Units;
use super::bucket::Bucket;
use super::place::Position;

/// How tables and indexes are divided into partitions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// Each partition key is a partition, and stays one.
    Keys,
    /// As DynamoDB does it: a new table or index has four partitions, and a partition that was refused calls for this long splits where it
    /// halves what it takes. So even one partition key may become many, but no item is ever divided, and no split helps where each entry
    /// comes behind all others.
    Splitting(Duration),
}

/// The partitions of a new table on demand.
const AT_FIRST: u64 = 4;
/// A partition that refused nothing for this long is not hot.
const COOL: Duration = Duration::from_secs(2);
/// The smallest part of what a partition takes for which it is worth a split.
const WORTH: f64 = 0.15;
/// Fewer calls say nothing.
const ENOUGH: usize = 10;

/// The partitions of a table or index, each by the position at which it begins.
pub(super) struct Ranges {
    layout: Layout,
    /// When all units were used up; `None`: never.
    used_up: Option<Instant>,
    partitions: BTreeMap<Position, Partition>,
}

/// A range of items that takes a number of units a second.
pub(super) struct Partition {
    pub(super) writes: Bucket,
    pub(super) reads: Bucket,
    hot: Option<Hot>,
}

/// What a partition took since it became hot.
struct Hot {
    since: Instant,
    refused_at: Instant,
    taken: Vec<Position>,
}

impl Ranges {
    pub(super) fn new(layout: Layout, used_up: Option<Instant>) -> Self {
        Self { layout, used_up, partitions: BTreeMap::new() }
    }

    pub(super) fn count(&self) -> usize {
        self.partitions.len()
    }

    /// Returns the partition that holds this position.
    pub(super) fn at(&mut self, position: &Position, units: Units, now: Instant) -> &mut Partition {
        let first = self.partitions.is_empty();
        let begins: Vec<u64> = match self.layout {
            Layout::Keys => vec![position.0],
            Layout::Splitting(_) if first => (0..AT_FIRST).map(|number| number * (u64::MAX / AT_FIRST)).collect(),
            Layout::Splitting(_) => Vec::new(),
        };
        for begin in begins {
            let used_up = self.used_up;
            self.partitions.entry((begin, String::new())).or_insert_with(|| Partition::new(units, used_up, now));
        }
        self.partitions.range_mut(..=position.clone()).next_back().unwrap().1
    }

    /// Notes that the partition at this position took something.
    pub(super) fn took(&mut self, position: &Position, units: Units, now: Instant) {
        if let Some(hot) = &mut self.at(position, units, now).hot {
            hot.taken.push(position.clone());
        }
    }

    /// Notes that the partition at this position refused something. It splits if it has been hot for long, and that helps.
    pub(super) fn refused(&mut self, position: &Position, units: Units, now: Instant) {
        let Layout::Splitting(after) = self.layout else { return };
        let partition = self.at(position, units, now);
        let hot = partition.hot.take().filter(|hot| now.duration_since(hot.refused_at) < COOL);
        let mut hot = hot.unwrap_or_else(|| Hot { since: now, refused_at: now, taken: Vec::new() });
        hot.refused_at = now;
        if now.duration_since(hot.since) < after {
            partition.hot = Some(hot);
            return;
        }
        let begin = self.partitions.range(..=position.clone()).next_back().unwrap().0;
        if let Some(middle) = split(&hot.taken, begin) {
            self.partitions.insert(middle, Partition::new(units, Some(now), now));
        }
    }
}

impl Partition {
    fn new(units: Units, used_up: Option<Instant>, now: Instant) -> Self {
        let bucket = |units| {
            let mut bucket = Bucket::full(units, used_up.unwrap_or(now));
            bucket.take(if used_up.is_some() { units } else { 0.0 });
            bucket
        };
        Self { writes: bucket(units.writes), reads: bucket(units.reads), hot: None }
    }
}

/// Returns the position at which a partition splits, by the positions that it took, in this order: such that both parts take some of what
/// comes next.
fn split(taken: &[Position], begin: &Position) -> Option<Position> {
    if taken.len() < ENOUGH {
        return None;
    }
    let (earlier, later) = taken.split_at(taken.len() / 2);
    let mut sorted = earlier.to_vec();
    sorted.sort();
    // Where the middle is one item that the partition begins with, what comes behind that item.
    let middle = sorted[sorted.len() / 2..].iter().find(|position| *position > begin)?;
    let part = later.iter().filter(|position| *position >= middle).count() as f64 / later.len() as f64;
    (WORTH..=1.0 - WORTH).contains(&part).then(|| middle.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNITS: Units = Units { writes: 10.0, reads: 30.0 };

    /// Offers writes twice as fast as a partition takes them, each at the next of these positions. Returns the partitions in the end.
    fn offer(mut next: impl FnMut(u64) -> Position) -> usize {
        let begin = Instant::now();
        let mut ranges = Ranges::new(Layout::Splitting(Duration::from_secs(5)), None);
        for number in 0..2_000 {
            let (position, now) = (next(number), begin + Duration::from_millis(50 * number));
            let writes = &mut ranges.at(&position, UNITS, now).writes;
            if writes.has_room_for(1.0, UNITS.writes, now) {
                writes.take(1.0);
                ranges.took(&position, UNITS, now);
            } else {
                ranges.refused(&position, UNITS, now);
            }
        }
        ranges.count()
    }

    #[test]
    fn a_hot_partition_splits_where_that_helps() {
        assert!(offer(|number| (1, format!("{:04x}", number * 40_503 % 65_536))) > 4, "one key, in any order");
        assert_eq!(offer(|number| (number << 62, number.to_string())), 4, "enough keys");
        assert_eq!(offer(|number| (1, format!("{number:08}"))), 4, "one key, each behind the last");
        assert_eq!(offer(|_| (1, "the same".to_owned())), 4, "one item");
    }
}
