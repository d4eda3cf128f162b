//! Activity heads: what each user did, summed up in one small item.
//!
//! A profile that has activities has a head beside its records. Each record is written together with the head, on condition that the
//! head's generation is the record's, so that nothing else is checked: neither its cost nor its conflicts depend on the profile's item.
//! A clear raises the head's generation, a forget and a merge close the head, each in the transaction that decides it, and also where there
//! is no head yet. So the sums are exact at any time.
//!
//! A head's key is its profile's: 16 partition keys an account, sorted by slot. It can be read in the order of profiles.

use std::collections::BTreeSet;
use std::time::Duration;

use aws_sdk_dynamodb::types::builders::{PutBuilder, UpdateBuilder};
use aws_sdk_dynamodb::types::{AttributeValue, Put, Update};
use profiles_domain::{AccountId, Error, MAX_SUMMED, Model, ProfileId};
use profiles_normalization::Timestamp;

use super::attributes::{CLOSED_AT, EXPIRES_AT, GENERATION, INHERITED, PK, REV, SK, SUMMED};
use super::generation::Generation;
use super::keys;
use super::revision::unchanged;
use super::sums::{Answered, Summed, add_sums, interacted, is_sum};
use crate::dynamo::database::Database;
use crate::dynamo::item::{Attributes, Item};
use crate::dynamo::read_many::Wanted;
use crate::dynamo::transaction::Transaction;
use crate::dynamo::value::{expiry, number, text};

/// How long a closed head stays: as long as other tombstones.
const CLOSED_TTL: Duration = Duration::from_hours(90 * 24);

/// Whether a head takes records of this generation. One that is not there takes those of the first.
pub(crate) fn is_of(head: &Item, generation: Generation) -> bool {
    !head.0.contains_key(CLOSED_AT) && head.number(GENERATION).unwrap_or(0) == generation.number
}

/// An activity that is added to a head, if there is one, and the generations that the head must name as inherited, if that matters.
pub(crate) type Addition<'a> = (Option<&'a Summed>, Option<&'a [String]>);

/// Whether a head names these generations as inherited.
pub(crate) fn inherits(head: &Item, inherited: &[String]) -> bool {
    let set = |names: &[String]| names.iter().cloned().collect::<BTreeSet<_>>();
    set(head.set(INHERITED)) == set(inherited)
}

/// The heads of two profiles of which one is merged into the other.
pub(crate) struct United {
    /// Whether the activity that is recorded at once is in the sums.
    pub(crate) is_summed: bool,
    /// Tours and Microsurveys that both users interacted with, by their codes.
    pub(crate) common: BTreeSet<String>,
    /// Whether one of the heads is full: there may be further ones.
    pub(crate) may_have_more: bool,
    /// The generations that records of the surviving profile are in.
    pub(crate) mine: Vec<Generation>,
    /// The generations that records of the merged profile are in.
    pub(crate) theirs: Vec<Generation>,
}

/// The activity heads of an account.
#[derive(Clone, Copy)]
pub(crate) struct ActivityHeads<'a> {
    pub(crate) database: &'a Database,
    pub(crate) account: AccountId,
}

impl ActivityHeads<'_> {
    /// The action that adds an activity to the sums of a profile, on condition that this is its generation, that there is room, and that no
    /// other profile was merged into it meanwhile, if that matters. Without an activity, it only holds the condition.
    pub(crate) fn add(self, generation: Generation, (summed, inherited): Addition<'_>, now: Timestamp) -> UpdateBuilder {
        let (mut condition, mut values) = condition(generation);
        values.insert(":one".to_owned(), number(1_u64));
        match inherited {
            None => {}
            Some([]) => condition.push_str(&format!(" AND attribute_not_exists({INHERITED})")),
            Some(inherited) => {
                condition.push_str(&format!(" AND {INHERITED} = :inherited"));
                values.insert(":inherited".to_owned(), AttributeValue::Ss(inherited.to_vec()));
            }
        }
        let mut update =
            Update::builder().table_name(&self.database.tables.activities).set_key(Some(keys::head(self.account, generation.profile)));
        let mut expression = format!("ADD {REV} :one");
        if let Some(summed) = summed {
            condition.push_str(&format!(" AND (attribute_not_exists({SUMMED}) OR contains({SUMMED}, :code) OR size({SUMMED}) < :most)"));
            values.extend([(":code".to_owned(), text(summed.code())), (":most".to_owned(), number(MAX_SUMMED as u64))]);
            (update, expression) = summed.add(update, &expression, &mut values, now);
        }
        update.update_expression(expression).condition_expression(condition).set_expression_attribute_values(Some(values))
    }

    /// The action that puts the sums of a user's responses to a Microsurvey in place of those in the head, if that is as it was seen.
    pub(crate) fn answered(self, generation: Generation, seen: &Item, survey: &Model, answered: Answered) -> PutBuilder {
        let mut head =
            Item(seen.0.iter().filter(|(name, _)| *name != PK && *name != SK).map(|(name, value)| (name.clone(), value.clone())).collect());
        answered.replace_in(&mut head, survey);
        head.0.insert(REV.to_owned(), number(seen.next_revision()));
        as_seen(self.put(generation.profile, head), seen)
    }

    /// The action that begins a generation, which has no activities yet. The profile's own item decides, in the same transaction.
    pub(crate) fn raise(self, generation: Generation) -> PutBuilder {
        self.put(generation.profile, of_generation(generation, 0))
    }

    /// The action that closes the head of a profile that is forgotten, or merged into another one. It takes no record any more.
    pub(crate) fn close(self, profile: ProfileId, at: Timestamp) -> PutBuilder {
        let mut closed = Item::default();
        closed.0.extend([(CLOSED_AT.to_owned(), text(at)), (EXPIRES_AT.to_owned(), expiry(at, CLOSED_TTL))]);
        self.put(profile, closed)
    }

    /// Adds the actions that unite the heads of two profiles while one is merged into the other: `survivor` and `merged` are their
    /// generations, which the transaction makes sure of. Also adds an activity of the survivor to the sums. Both heads are read before, and
    /// the actions depend on them.
    pub(crate) async fn unite(
        self,
        transaction: &mut Transaction,
        (survivor, merged): (Generation, Generation),
        summed: Option<&Summed>,
        now: Timestamp,
    ) -> Result<United, Error> {
        let mut wanted = Wanted::default();
        for generation in [survivor, merged] {
            wanted.add(&self.database.tables.activities, keys::head(self.account, generation.profile));
        }
        let heads = self.database.get_many(wanted).await?;
        let head = |generation: Generation| heads.get(&keys::head(self.account, generation.profile));
        let (mine, theirs) = (head(survivor), head(merged));
        let (of_mine, of_theirs) = (sums(&mine, survivor), sums(&theirs, merged));
        let (generations_of_mine, generations_of_theirs) = (generations(&mine, survivor), generations(&theirs, merged));
        let common = interacted(&of_mine).intersection(&interacted(&of_theirs)).cloned().collect();
        let mut united = of_generation(survivor, mine.next_revision());
        add_sums(&mut united, &of_mine);
        add_sums(&mut united, &of_theirs);
        let has_room = |summed: &&Summed| {
            let codes = united.set(SUMMED);
            codes.len() < MAX_SUMMED || codes.iter().any(|code| code == summed.code())
        };
        let counted = summed.filter(has_room);
        if let Some(summed) = counted {
            summed.add_to(&mut united, now);
        }
        if !of_theirs.0.is_empty() {
            let inherited = generations_of_mine.iter().skip(1).chain(&generations_of_theirs);
            united.0.insert(INHERITED.to_owned(), AttributeValue::Ss(inherited.map(ToString::to_string).collect()));
        } else if let Some(inherited) = mine.0.get(INHERITED).filter(|_| is_of(&mine, survivor)) {
            united.0.insert(INHERITED.to_owned(), inherited.clone());
        }
        if !of_theirs.0.is_empty() || summed.is_some() {
            transaction.add(as_seen(self.put(survivor.profile, united), &mine))?;
        }
        transaction.add(as_seen(self.close(merged.profile, now), &theirs))?;
        let is_full = |sums: &Item| sums.set(SUMMED).len() >= MAX_SUMMED;
        Ok(United {
            is_summed: counted.is_some(),
            common,
            may_have_more: !of_theirs.0.is_empty() && (is_full(&of_mine) || is_full(&of_theirs)),
            mine: generations_of_mine,
            theirs: generations_of_theirs,
        })
    }

    /// Makes a head agree with its profile, which decides. They only differ where tables were restored to different times, or where the
    /// profile is older than heads: without this, none of its activities could be recorded. The sums begin anew.
    pub(crate) async fn reconcile(self, generation: Generation, seen: &Item) -> Result<(), Error> {
        let mut transaction = Transaction::default();
        transaction.add(generation.check(self.database, self.account))?;
        transaction.add(as_seen(self.put(generation.profile, of_generation(generation, seen.next_revision())), seen))?;
        // If it is refused, the profile or its head changed meanwhile.
        if self.database.commit(transaction).await?.is_done() {
            tracing::warn!("an activity head differed from its profile, and begins anew");
        }
        Ok(())
    }

    /// Closes the head of a profile that is not there, if it is open: a restore may leave one.
    pub(crate) async fn close_if_open(self, profile: ProfileId, at: Timestamp) -> Result<(), Error> {
        let table = &self.database.tables.activities;
        let head = self.database.get(table, keys::head(self.account, profile)).await?;
        if head.0.is_empty() || head.0.contains_key(CLOSED_AT) {
            return Ok(());
        }
        let mut transaction = Transaction::default();
        transaction.add(self.close(profile, at))?;
        self.database.commit(transaction).await.map(drop)
    }

    fn put(self, profile: ProfileId, head: Item) -> PutBuilder {
        let item = head.0.into_iter().chain(keys::head(self.account, profile)).collect();
        Put::builder().table_name(&self.database.tables.activities).set_item(Some(item))
    }
}

/// A head of this generation without sums.
fn of_generation(generation: Generation, revision: u64) -> Item {
    let mut head = Item::default();
    head.0.insert(REV.to_owned(), number(revision));
    if generation.number > 0 {
        head.0.insert(GENERATION.to_owned(), number(generation.number));
    }
    head
}

/// Adds the condition that the head is as it was seen. A closed one has no revision.
fn as_seen(put: PutBuilder, seen: &Item) -> PutBuilder {
    let (condition, values) = unchanged(seen);
    put.condition_expression(condition).set_expression_attribute_values(values)
}

/// The generations that a user's records are in, by the head: the current one, then those inherited.
pub(crate) fn generations(head: &Item, current: Generation) -> Vec<Generation> {
    let inherited = Generation::inherited(head).filter(|_| is_of(head, current));
    [current].into_iter().chain(inherited).collect()
}

/// The sums of a generation in a head.
fn sums(head: &Item, generation: Generation) -> Item {
    let own = head.0.iter().filter(|(name, _)| is_of(head, generation) && is_sum(name));
    Item(own.map(|(name, value)| (name.clone(), value.clone())).collect())
}

/// The condition that a head takes records of this generation, and its values.
fn condition(generation: Generation) -> (String, Attributes) {
    if generation.number == 0 {
        return (format!("attribute_not_exists({CLOSED_AT}) AND attribute_not_exists({GENERATION})"), Attributes::new());
    }
    let values = Attributes::from([(":generation".to_owned(), number(generation.number))]);
    (format!("attribute_not_exists({CLOSED_AT}) AND {GENERATION} = :generation"), values)
}
