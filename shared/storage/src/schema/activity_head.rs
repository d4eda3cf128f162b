//! Activity heads: what each user did, summed up in one small item.
//!
//! A profile that has activities has a head beside its records. Each record is written together with the head, on condition that the
//! head's generation is the record's, so that nothing else is checked: neither its cost nor its conflicts depend on the profile's item.
//! A clear raises the head's generation, a forget and a merge close the head, each in the transaction that decides it, and also where there
//! is no head yet. So the sums are exact at any time.
//!
//! A head's key is its profile's: 16 partition keys an account, sorted by slot. It can be read in the order of profiles.

use std::cmp::{max, min};
use std::time::Duration;

use aws_sdk_dynamodb::types::builders::{PutBuilder, UpdateBuilder};
use aws_sdk_dynamodb::types::{AttributeValue, Put, Update};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use profiles_domain::{AccountId, Error, InteractionState, MAX_SUMMED, Model, ModelKind, ProfileId};
use profiles_normalization::{Timestamp, Value};
use sha2::{Digest, Sha256};

use super::attributes::{CLOSED_AT, EXPIRES_AT, GENERATION, REV, SUMMED};
use super::generation::Generation;
use super::keys;
use crate::dynamo::database::Database;
use crate::dynamo::item::{Attributes, Item, Key};
use crate::dynamo::read_many::Wanted;
use crate::dynamo::transaction::Transaction;
use crate::dynamo::value::{expiry, number, text};

/// How long a closed head stays: as long as other tombstones.
const CLOSED_TTL: Duration = Duration::from_hours(90 * 24);

/// An activity, as it is summed up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Summed {
    /// The code of its event, tour or Microsurvey. Its attributes begin with it.
    code: String,
    what: What,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum What {
    Event,
    Reached(InteractionState),
    /// A response, with the number of the button that was pressed.
    Responded(Option<String>),
}

impl Summed {
    /// An event of this name.
    pub(crate) fn event(name: &str) -> Self {
        Self { code: code("event", name), what: What::Event }
    }

    /// A state that an interaction reached.
    pub(crate) fn reached(model: &Model, state: InteractionState) -> Self {
        Self { code: code(model.kind.as_str(), &model.id), what: What::Reached(state) }
    }

    /// A response to a Microsurvey, with the value of its `button_order`.
    pub(crate) fn responded(survey: &Model, button: Option<&Value>) -> Self {
        let button = match button {
            Some(Value::Number(number)) => Some(number.as_str().to_owned()),
            _ => None,
        };
        Self { code: code(ModelKind::Survey.as_str(), &survey.id), what: What::Responded(button) }
    }

    /// The name of one of its attributes.
    fn attribute(&self, of: &str) -> String {
        let what = match &self.what {
            What::Event => "",
            What::Reached(InteractionState::Started) => "s",
            What::Reached(InteractionState::Completed) => "c",
            What::Reached(InteractionState::Exited) => "e",
            What::Reached(InteractionState::Snoozed) => "z",
            What::Responded(_) => "r",
        };
        format!("{}{what}{of}", self.code)
    }

    /// Adds it to the sums in a head that is about to be put.
    fn add_to(&self, head: &mut Item, now: Timestamp) {
        let mut own = Item::default();
        own.0.insert(SUMMED.to_owned(), AttributeValue::Ss(vec![self.code.clone()]));
        for time in [FIRST, LAST] {
            own.0.insert(self.attribute(time), millis(now));
        }
        match &self.what {
            What::Event => _ = own.0.insert(self.attribute(COUNT), number(1_u64)),
            What::Responded(Some(button)) => _ = own.0.insert(self.attribute(BUTTON), AttributeValue::N(button.clone())),
            What::Responded(None) | What::Reached(_) => {}
        }
        add_sums(head, &own);
    }
}

// What an attribute of a head says, by its last letter.
/// How often.
const COUNT: &str = "n";
/// When first, in Unix milliseconds.
const FIRST: &str = "f";
/// When last, in Unix milliseconds.
const LAST: &str = "l";
/// The button of the last response.
const BUTTON: &str = "b";

/// The code of a name: 48 bits of its hash. Names are long, and each write pays for the head's size.
fn code(kind: &str, name: &str) -> String {
    let hash: [u8; 32] = Sha256::digest(format!("{kind}#{name}")).into();
    let (begin, _) = hash.split_at(6);
    BASE64_URL_SAFE_NO_PAD.encode(begin)
}

fn millis(now: Timestamp) -> AttributeValue {
    AttributeValue::N(now.unix_millis().to_string())
}

/// Whether a head takes records of this generation. One that is not there takes those of the first.
pub(crate) fn is_of(head: &Item, generation: Generation) -> bool {
    !head.0.contains_key(CLOSED_AT) && head.number(GENERATION).unwrap_or(0) == generation.number
}

/// The activity heads of an account.
#[derive(Clone, Copy)]
pub(crate) struct ActivityHeads<'a> {
    pub(crate) database: &'a Database,
    pub(crate) account: AccountId,
}

impl ActivityHeads<'_> {
    /// The action that adds an activity to the sums of a profile, on condition that this is its generation and that there is room. Without an
    /// activity, it only holds the condition.
    pub(crate) fn add(self, generation: Generation, summed: Option<&Summed>, now: Timestamp) -> UpdateBuilder {
        let (mut condition, mut values) = condition(generation);
        values.insert(":one".to_owned(), number(1_u64));
        let mut update =
            Update::builder().table_name(&self.database.tables.activities).set_key(Some(keys::head(self.account, generation.profile)));
        let mut add = format!("ADD {REV} :one");
        let mut set = String::new();
        if let Some(summed) = summed {
            condition.push_str(&format!(" AND (attribute_not_exists({SUMMED}) OR contains({SUMMED}, :code) OR size({SUMMED}) < :most)"));
            values.extend([
                (":code".to_owned(), text(&summed.code)),
                (":codes".to_owned(), AttributeValue::Ss(vec![summed.code.clone()])),
                (":most".to_owned(), number(MAX_SUMMED as u64)),
                (":now".to_owned(), millis(now)),
            ]);
            set.push_str("SET #first = if_not_exists(#first, :now), #last = :now ");
            update = update
                .expression_attribute_names("#first", summed.attribute(FIRST))
                .expression_attribute_names("#last", summed.attribute(LAST));
            add.push_str(&format!(", {SUMMED} :codes"));
            match &summed.what {
                What::Event => {
                    update = update.expression_attribute_names("#count", summed.attribute(COUNT));
                    add.push_str(", #count :one");
                }
                What::Responded(button) => {
                    update = update.expression_attribute_names("#button", summed.attribute(BUTTON));
                    match button {
                        Some(button) => {
                            values.insert(":button".to_owned(), AttributeValue::N(button.clone()));
                            set.push_str(", #button = :button ");
                        }
                        None => add.push_str(" REMOVE #button"),
                    }
                }
                What::Reached(_) => {}
            }
        }
        update.update_expression(format!("{set}{add}")).condition_expression(condition).set_expression_attribute_values(Some(values))
    }

    /// The action that begins a generation, which has no activities yet. The profile's own item decides, in the same transaction.
    pub(crate) fn raise(self, generation: Generation) -> PutBuilder {
        self.put(generation.profile, self.of_generation(generation))
    }

    /// The action that closes the head of a profile that is forgotten, or merged into another one. It takes no record any more.
    pub(crate) fn close(self, profile: ProfileId, at: Timestamp) -> PutBuilder {
        let mut closed = Item::default();
        closed.0.extend([(CLOSED_AT.to_owned(), text(at)), (EXPIRES_AT.to_owned(), expiry(at, CLOSED_TTL))]);
        self.put(profile, closed)
    }

    /// Adds the actions that unite the heads of two profiles while one is merged into the other: `survivor` and `merged` are their
    /// generations, which the transaction makes sure of. Also adds an activity of the survivor to the sums. Both heads are read before, and
    /// the actions depend on them. Returns whether the activity is in the sums.
    pub(crate) async fn unite(
        self,
        transaction: &mut Transaction,
        (survivor, merged): (Generation, Generation),
        summed: Option<&Summed>,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let mut wanted = Wanted::default();
        for generation in [survivor, merged] {
            wanted.add(&self.database.tables.activities, keys::head(self.account, generation.profile));
        }
        let heads = self.database.get_many(wanted).await?;
        let head = |generation: Generation| heads.get(&keys::head(self.account, generation.profile));
        let (mine, theirs) = (head(survivor), head(merged));
        let mut united = self.of_generation(survivor);
        united.0.insert(REV.to_owned(), number(mine.next_revision()));
        add_sums(&mut united, &sums(&mine, survivor));
        let of_theirs = sums(&theirs, merged);
        add_sums(&mut united, &of_theirs);
        let has_room = |summed: &&Summed| united.set(SUMMED).contains(&summed.code) || united.set(SUMMED).len() < MAX_SUMMED;
        let counted = summed.filter(has_room);
        if let Some(summed) = counted {
            summed.add_to(&mut united, now);
        }
        if !of_theirs.0.is_empty() || summed.is_some() {
            transaction.add(as_seen(self.put(survivor.profile, united), &mine))?;
        }
        transaction.add(as_seen(self.close(merged.profile, now), &theirs))?;
        Ok(counted.is_some())
    }

    /// Makes a head agree with its profile, which decides. They only differ where tables were restored to different times, or where the
    /// profile is older than heads: without this, none of its activities could be recorded. The sums begin anew.
    pub(crate) async fn reconcile(self, generation: Generation, seen: &Item) -> Result<(), Error> {
        let mut transaction = Transaction::default();
        transaction.add(generation.check(self.database, self.account))?;
        let mut head = self.of_generation(generation);
        head.0.insert(REV.to_owned(), number(seen.next_revision()));
        transaction.add(as_seen(self.put(generation.profile, head), seen))?;
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

    /// A head of this generation without sums.
    fn of_generation(self, generation: Generation) -> Item {
        let mut head = Item::default();
        head.0.insert(REV.to_owned(), number(0_u64));
        if generation.number > 0 {
            head.0.insert(GENERATION.to_owned(), number(generation.number));
        }
        head
    }

    fn put(self, profile: ProfileId, head: Item) -> PutBuilder {
        let key: Key = keys::head(self.account, profile);
        Put::builder()
            .table_name(&self.database.tables.activities)
            .set_item(Some(head.0.into_iter().filter(|(name, _)| !key.contains_key(name)).chain(key.clone()).collect()))
    }
}

/// Adds the condition that the head is as it was seen. A closed one has no revision.
fn as_seen(put: PutBuilder, seen: &Item) -> PutBuilder {
    match seen.revision() {
        Some(revision) => put.condition_expression(format!("{REV} = :seen")).expression_attribute_values(":seen", number(revision)),
        None => put.condition_expression(format!("attribute_not_exists({REV})")),
    }
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

/// Whether an attribute of a head is one of its sums.
fn is_sum(name: &str) -> bool {
    name == SUMMED || name.ends_with(|last: char| last.is_ascii_lowercase())
}

/// Adds sums to those of a head.
fn add_sums(head: &mut Item, more: &Item) {
    let codes: std::collections::BTreeSet<_> = head.set(SUMMED).iter().chain(more.set(SUMMED)).cloned().collect();
    if !codes.is_empty() {
        head.0.insert(SUMMED.to_owned(), AttributeValue::Ss(codes.into_iter().collect()));
    }
    for (name, value) in &more.0 {
        let known: Option<i64> = head.number(name);
        let Some((of, added)) = name.split_at_checked(name.len().saturating_sub(1)).zip(more.number::<i64>(name)) else { continue };
        let united = match (of.1, known) {
            (COUNT, Some(known)) => known.saturating_add(added).to_string(),
            (FIRST, Some(known)) => min(known, added).to_string(),
            (LAST, Some(known)) => max(known, added).to_string(),
            // Below, with the time that it belongs to.
            (BUTTON, _) => continue,
            _ => added.to_string(),
        };
        if of.1 == LAST && known.is_none_or(|known| known <= added) {
            let button = format!("{}{BUTTON}", of.0);
            head.0.remove(&button);
            head.0.extend(more.0.get_key_value(&button).map(|(name, value)| (name.clone(), value.clone())));
        }
        debug_assert!(matches!(value, AttributeValue::N(_)), "a sum is a number");
        head.0.insert(name.clone(), AttributeValue::N(united));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use profiles_normalization::Number;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_unix_millis(millis).unwrap()
    }

    fn survey() -> Model {
        Model { kind: ModelKind::Survey, id: "s1".to_owned() }
    }

    fn head(activities: &[(Summed, i64)]) -> Item {
        let mut head = Item::default();
        activities.iter().for_each(|(summed, millis)| summed.add_to(&mut head, at(*millis)));
        head
    }

    fn response(button: Option<&str>) -> Summed {
        let button = button.map(|button| Value::Number(Number::parse(button).unwrap()));
        Summed::responded(&survey(), button.as_ref())
    }

    #[test]
    fn names_of_each_kind_have_codes_of_their_own() {
        let tour = Model { kind: ModelKind::Tour, id: "s1".to_owned() };
        let codes = [
            Summed::event("s1").code,
            Summed::reached(&tour, InteractionState::Started).code,
            Summed::reached(&survey(), InteractionState::Started).code,
        ];
        assert!(codes.iter().all(|code| code.len() == 8 && code.is_ascii()));
        assert_eq!(codes.iter().collect::<std::collections::BTreeSet<_>>().len(), 3);
        assert_eq!(response(None).code, codes[2]);
    }

    #[test]
    fn no_attribute_of_a_sum_is_an_internal_one() {
        for internal in [crate::dynamo::item::PK, crate::dynamo::item::SK, REV, GENERATION, CLOSED_AT, EXPIRES_AT] {
            assert!(!is_sum(internal), "{internal}");
        }
        let all = head(&[(Summed::event("a"), 1), (response(Some("2")), 2), (Summed::reached(&survey(), InteractionState::Exited), 3)]);
        assert!(all.0.keys().all(|name| is_sum(name)), "{all:?}");
    }

    #[test]
    fn sums_are_the_same_in_whatever_parts_they_are_united() {
        let all: Vec<_> = [
            (Summed::event("a"), 5),
            (Summed::event("a"), 2),
            (Summed::event("b"), 3),
            (response(Some("1")), 4),
            (response(Some("0")), 7),
            (Summed::reached(&survey(), InteractionState::Completed), 6),
            (response(None), 8),
            (Summed::event("a"), 9),
        ]
        .into();
        for end in 1..=all.len() {
            let whole = head(&all[..end]);
            for cut in 0..=end {
                let mut united = head(&all[..cut]);
                add_sums(&mut united, &head(&all[cut..end]));
                assert_eq!(united, whole, "{cut} of {end}");
            }
        }
        let event = Summed::event("a");
        let whole = head(&all);
        assert_eq!([COUNT, FIRST, LAST].map(|of| whole.number::<i64>(&event.attribute(of))), [Some(3), Some(2), Some(9)]);
        // The last response pressed no button.
        assert_eq!(whole.number::<u64>(&response(None).attribute(BUTTON)), None);
        assert_eq!(head(&all[..5]).number::<u64>(&response(None).attribute(BUTTON)), Some(0));
    }
}
