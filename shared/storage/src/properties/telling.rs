//! Telling the registry: reads what it has, and writes the rest, as much as possible in one transaction.
//!
//! Most of what is news to an instance was told by others. So all of it is read first, and mostly nothing is left to write. What is written
//! takes place only while the owners of its values are there.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use profiles_domain::{AccountId, Error};
use profiles_normalization::Timestamp;

use super::item::{self, LAST_SEEN_AT, PROP};
use super::known::{InRegistry, KNOWN_FOR, Known};
use super::lesson::{Lesson, Lessons, Owner, Prop};
use super::plan::{Plan, count_new, room};
use crate::dynamo::database::Database;
use crate::dynamo::item::{Item, Key};
use crate::dynamo::read_many::Wanted;
use crate::dynamo::transaction::{Action, Committed, Refusals, Transaction};
use crate::schema::keys;

/// Tells the registry.
pub(super) struct Telling<'a> {
    database: &'a Database,
    known: &'a Known,
    account: AccountId,
    /// What is left to tell.
    lessons: Lessons,
    /// What the registry has.
    stored: BTreeMap<Prop, Item>,
    /// The number of properties that can come to be, if that is known.
    room: Option<u64>,
    now: Timestamp,
}

/// A transaction, and its parts.
#[derive(Default)]
struct Group {
    transaction: Transaction,
    properties: Vec<(Prop, Action, Plan)>,
    owners: HashMap<Owner, Action>,
    /// The properties that come to be by it.
    first: u64,
}

impl<'a> Telling<'a> {
    pub(super) fn new(database: &'a Database, known: &'a Known, account: AccountId, lessons: Lessons, now: Timestamp) -> Self {
        Self { database, known, account, lessons, stored: BTreeMap::new(), room: None, now }
    }

    /// Tells everything.
    pub(super) async fn run(mut self) -> Result<(), Error> {
        let all = self.lessons.props().cloned().collect();
        self.read(all).await?;
        let mut retries = self.database.race_retries();
        loop {
            let mut group = self.next_group()?;
            if group.properties.is_empty() {
                return Ok(());
            }
            retries.wait_for_next().await?;
            let counted = match group.first {
                0 => None,
                first => Some(group.transaction.add(count_new(self.database, self.account, first))?),
            };
            match self.database.commit(std::mem::take(&mut group.transaction)).await? {
                Committed::Done => {
                    retries.begin_again();
                    for (prop, _, plan) in group.properties {
                        self.settle(prop, plan.after, plan.known_until());
                    }
                }
                Committed::Refused(refused) => self.learn_from(refused, group, counted).await?,
            }
        }
    }

    fn key(&self, (kind, prop): &Prop) -> Key {
        keys::property(self.account, *kind, keys::slot_of_property(self.account, *kind, prop))
    }

    async fn read(&mut self, props: Vec<Prop>) -> Result<(), Error> {
        let mut wanted = Wanted::default();
        props.iter().for_each(|prop| wanted.add(&self.database.tables.properties, self.key(prop)));
        let mut found = self.database.get_many(wanted).await?;
        for prop in props {
            let stored = found.take(&self.key(&prop));
            self.stored.insert(prop, stored);
        }
        Ok(())
    }

    /// The next transaction. What needs none is settled.
    fn next_group(&mut self) -> Result<Group, Error> {
        loop {
            // No transaction has room for more.
            let some: Vec<_> = self.lessons.0.iter().take(100).map(|(prop, lesson)| (prop.clone(), lesson.clone())).collect();
            let is_last = some.is_empty();
            let mut group = Group::default();
            for (prop, lesson) in some {
                if !self.add_to(&mut group, prop, &lesson)? {
                    break;
                }
            }
            if is_last || !group.properties.is_empty() {
                return Ok(group);
            }
        }
    }

    /// Adds what is written of a property. False: there is no room for it.
    fn add_to(&mut self, group: &mut Group, prop: Prop, lesson: &Lesson) -> Result<bool, Error> {
        let stored = self.stored.get(&prop).cloned().unwrap_or_default();
        let is_another = stored.text(PROP).is_some_and(|stored| stored != prop.1);
        let Some(plan) = Plan::of(lesson, &stored, self.now).filter(|_| !is_another) else {
            self.settle_stored(prop, &stored, is_another);
            return Ok(true);
        };
        if plan.is_first && self.room.is_some_and(|room| room <= group.first) {
            self.lessons.0.remove(&prop);
            self.known.remember_unlisted(self.account, prop, self.now);
            return Ok(true);
        }
        let mut owners: Vec<Owner> = Vec::new();
        for owner in &plan.owners {
            if !group.owners.contains_key(owner) && !owners.contains(owner) {
                owners.push(*owner);
            }
        }
        // One action is for the property, and one for the item that counts.
        if group.transaction.room() < owners.len().saturating_add(2) {
            return Ok(false);
        }
        for owner in owners {
            let checked = group.transaction.add(owner.check(self.database, self.account))?;
            group.owners.insert(owner, checked);
        }
        let action = match plan.is_first {
            true => group.transaction.add(plan.put(self.database, self.account, &prop, self.now))?,
            false => group.transaction.add(plan.update(self.database, self.account, &prop, &stored, self.now))?,
        };
        group.first = group.first.saturating_add(u64::from(plan.is_first));
        group.properties.push((prop, action, plan));
        Ok(true)
    }

    /// Remembers what the registry has of a property of which nothing is left to tell.
    fn settle_stored(&mut self, prop: Prop, stored: &Item, is_another: bool) {
        if is_another {
            // The hashes of two properties are the same, which hardly ever happens.
            self.lessons.0.remove(&prop);
            self.known.remember_unlisted(self.account, prop, self.now);
            return;
        }
        let values = item::values_of(stored);
        let is_cut = item::time_of(stored, item::TRUNCATED_AT).is_some_and(|at| at.until(self.now) < KNOWN_FOR);
        let known = InRegistry::new(item::types_of(stored), is_cut, values.iter().map(|stored| &stored.value));
        let until = item::time_of(stored, LAST_SEEN_AT).unwrap_or(self.now).plus(KNOWN_FOR);
        self.settle(prop, known, until);
    }

    fn settle(&mut self, prop: Prop, known: InRegistry, until: Timestamp) {
        self.lessons.0.remove(&prop);
        let time = self.now.until(until).min(KNOWN_FOR).max(Duration::ZERO);
        self.known.remember(self.account, prop, known, self.now, time);
    }

    /// Takes note of why a transaction was refused.
    async fn learn_from(&mut self, mut refused: Refusals, group: Group, counted: Option<Action>) -> Result<(), Error> {
        if refused.is_empty() {
            // Another one was quicker, and may have told it.
            return self.read(group.properties.into_iter().map(|(prop, ..)| prop).collect()).await;
        }
        for (owner, action) in group.owners {
            if refused.has(action) {
                self.lessons.drop_samples_of(owner);
            }
        }
        for (prop, action, _) in group.properties {
            if let Some(stored) = refused.take(action) {
                self.stored.insert(prop, stored);
            }
        }
        if let Some(counter) = counted.and_then(|action| refused.take(action)) {
            self.room = Some(room(&counter));
        }
        Ok(())
    }
}
