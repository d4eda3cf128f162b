//! What the partitions took and refused, and the decision about each call.

use std::collections::{BTreeMap, HashMap, HashSet};

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use tokio::time::Instant;

use super::item::Item;
use super::place::Place;
use super::ranges::{Layout, Ranges};
use super::read::Read;
use super::write::{ItemName, Write};
use crate::wire::{cancelled, refusal};

/// The units that a partition takes in a second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Units {
    /// Write units.
    pub writes: f64,
    /// Read units.
    pub reads: f64,
}

pub(super) struct State {
    layout: Layout,
    /// When all units were used up; `None`: never.
    used_up: Option<Instant>,
    /// `None`: any number of units.
    pub(super) units: Option<Units>,
    tables: HashMap<String, Ranges>,
    /// The items as they are stored, as far as they were written since the beginning.
    items: HashMap<ItemName, Item>,
    /// The items of transactions under way.
    pub(super) busy: HashSet<ItemName>,
    pub(super) written: BTreeMap<String, f64>,
    pub(super) refused: BTreeMap<String, usize>,
    pub(super) conflicts: usize,
}

/// What the database gets of a call. The rest is left unprocessed.
#[derive(Default)]
pub(super) struct Passed {
    pub(super) writes: Vec<Write>,
    pub(super) reads: Vec<Read>,
}

/// The decision about a call.
pub(super) enum Decision {
    Passed(Passed),
    Refused(Box<HttpResponse>),
}

impl Decision {
    fn refused(code: &str) -> Self {
        Self::Refused(Box::new(refusal(400, code)))
    }

    fn throttled() -> Self {
        Self::refused("ThrottlingException")
    }
}

impl State {
    pub(super) fn new(layout: Layout, units: Option<Units>) -> Self {
        Self {
            layout,
            used_up: None,
            units,
            tables: HashMap::new(),
            items: HashMap::new(),
            busy: HashSet::new(),
            written: BTreeMap::new(),
            refused: BTreeMap::new(),
            conflicts: 0,
        }
    }

    /// Begins anew: with other units, of which none is to spare, and with partitions as those of new tables. Only the items stay.
    pub(super) fn begin(&mut self, units: Units) {
        let items = std::mem::take(&mut self.items);
        *self = Self { items, used_up: Some(Instant::now()), ..Self::new(self.layout, Some(units)) };
    }

    /// Returns the partitions of a table or index.
    pub(super) fn count(&self, table_or_index: &str) -> usize {
        self.tables.get(table_or_index).map_or(0, Ranges::count)
    }

    pub(super) fn decide(&mut self, operation: &str, writes: Vec<Write>, reads: Vec<Read>) -> Decision {
        match operation {
            "TransactWriteItems" => self.decide_together(writes),
            "BatchWriteItem" | "BatchGetItem" => self.decide_each(writes, reads),
            _ => self.decide_one(writes, reads),
        }
    }

    /// Decides about a call of one write or one read, or of none.
    fn decide_one(&mut self, writes: Vec<Write>, reads: Vec<Read>) -> Decision {
        if writes.iter().any(|write| self.busy.contains(&write.item)) {
            self.conflicts += 1;
            return Decision::refused("TransactionConflictException");
        }
        let has_room = writes.iter().all(|write| self.take(write, false)) && reads.iter().all(|read| self.take_read(read));
        if has_room { Decision::Passed(Passed { writes, reads }) } else { Decision::throttled() }
    }

    /// Decides about a call of many writes or reads, each of which may be left unprocessed. When all are, the call is refused.
    fn decide_each(&mut self, mut writes: Vec<Write>, mut reads: Vec<Read>) -> Decision {
        writes.retain(|write| self.take(write, false));
        reads.retain(|read| self.take_read(read));
        if writes.is_empty() && reads.is_empty() { Decision::throttled() } else { Decision::Passed(Passed { writes, reads }) }
    }

    /// Decides about a transaction. DynamoDB prepares it in each item, and then commits it. If one item cannot take part, the others were
    /// prepared in vain.
    fn decide_together(&mut self, writes: Vec<Write>) -> Decision {
        if writes.iter().any(|write| self.busy.contains(&write.item)) {
            self.conflicts += 1;
            let reasons: Vec<_> =
                writes.iter().map(|write| if self.busy.contains(&write.item) { "TransactionConflict" } else { "None" }).collect();
            return Decision::Refused(Box::new(cancelled(&reasons)));
        }
        let reasons: Vec<_> = writes.iter().map(|write| if self.take(write, true) { "None" } else { "ThrottlingError" }).collect();
        if reasons.contains(&"ThrottlingError") {
            for (write, _) in writes.iter().zip(&reasons).filter(|(_, reason)| **reason == "None") {
                self.give_back(write, true);
            }
            return Decision::Refused(Box::new(cancelled(&reasons)));
        }
        Decision::Passed(Passed { writes, ..Passed::default() })
    }

    fn ranges(&mut self, place: &Place) -> &mut Ranges {
        let (layout, used_up) = (self.layout, self.used_up);
        self.tables.entry(place.table_or_index.clone()).or_insert_with(|| Ranges::new(layout, used_up))
    }

    /// Takes the units of a write from its partitions. False: one of them has no room, and none was taken.
    fn take(&mut self, write: &Write, is_transaction: bool) -> bool {
        let now = Instant::now();
        let taken = write.units(self.items.get(&write.item), is_transaction);
        if let Some(units) = self.units {
            for (place, taken) in &taken {
                let (position, ranges) = (place.position(), self.ranges(place));
                if !ranges.at(&position, units, now).writes.has_room_for(*taken, units.writes, now) {
                    ranges.refused(&position, units, now);
                    *self.refused.entry(place.table_or_index.clone()).or_default() += 1;
                    return false;
                }
            }
        }
        for (place, taken) in taken {
            *self.written.entry(place.table_or_index.clone()).or_default() += taken;
            if let Some(units) = self.units {
                let (position, ranges) = (place.position(), self.ranges(&place));
                ranges.at(&position, units, now).writes.take(taken);
                ranges.took(&position, units, now);
            }
        }
        true
    }

    /// Takes the units of a read from its partition. False: it has no room.
    fn take_read(&mut self, read: &Read) -> bool {
        let Some(units) = self.units.filter(|units| units.reads.is_finite()) else { return true };
        let (now, taken) = (Instant::now(), read.units(self.items.get(&read.item)));
        let (position, ranges) = (read.place.position(), self.ranges(&read.place));
        let reads = &mut ranges.at(&position, units, now).reads;
        let has_room = reads.has_room_for(taken, units.reads, now);
        if has_room {
            reads.take(taken);
            ranges.took(&position, units, now);
        } else {
            ranges.refused(&position, units, now);
            *self.refused.entry(format!("reads of {}", read.place.table_or_index)).or_default() += 1;
        }
        has_room
    }

    /// Gives back the units of a write that did not take place: those of indexes, and half of those of a transaction, which was prepared.
    pub(super) fn give_back(&mut self, write: &Write, is_transaction: bool) {
        let now = Instant::now();
        for (place, taken) in write.units(self.items.get(&write.item), is_transaction) {
            let back = match (place.is_index(), is_transaction) {
                (true, _) => taken,
                (false, true) => taken / 2.0,
                (false, false) => 0.0,
            };
            *self.written.entry(place.table_or_index.clone()).or_default() -= back;
            if let Some(units) = self.units {
                self.ranges(&place).at(&place.position(), units, now).writes.take(-back);
            }
        }
    }

    /// Stores the items of writes that took place.
    pub(super) fn store(&mut self, writes: &[Write]) {
        for write in writes {
            match write.applied(self.items.get(&write.item)) {
                Some(item) => _ = self.items.insert(write.item.clone(), item),
                None => _ = self.items.remove(&write.item),
            }
        }
    }
}
