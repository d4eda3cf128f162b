//! What is written of a property: only what the registry does not have yet.

use aws_sdk_dynamodb::types::builders::{PutBuilder, UpdateBuilder};
use aws_sdk_dynamodb::types::{AttributeValue, Put, Update};
use profiles_domain::{AccountId, MAX_PROPERTIES, MAX_SAMPLES, PropertyId, PropertyTypes, display_name};
use profiles_normalization::Timestamp;

use super::item::{
    self, DESCRIPTION, KIND, LAST_SEEN_AT, LISTED, NAME, OWNERS, PROP, StoredValue, TRUNCATED_AT, TYPES, VALUES, attributes_of, types_of,
    values_of,
};
use super::known::{InRegistry, KNOWN_FOR};
use super::lesson::{Lesson, Owner, Prop};
use crate::dynamo::database::Database;
use crate::dynamo::item::Item;
use crate::dynamo::value::{number, text};
use crate::schema::attributes::{CREATED_AT, ID, PK, REV, UPDATED_AT};
use crate::schema::keys;

/// What is written of one property.
pub(super) struct Plan {
    /// Whether it is the first sighting.
    pub(super) is_first: bool,
    /// Types that the registry does not have.
    types: PropertyTypes,
    /// Whether the time of the last cut is set.
    is_cut: bool,
    /// All values from now on, if there are new ones.
    values: Option<Vec<StoredValue>>,
    /// The owners of the new ones.
    pub(super) owners: Vec<Owner>,
    /// The time that the registry has from then on.
    seen_at: Timestamp,
    /// What the registry has then.
    pub(super) after: InRegistry,
}

impl Plan {
    /// What is written of a property that is `stored`, or is not; `None` when the registry has it all.
    pub(super) fn of(lesson: &Lesson, stored: &Item, now: Timestamp) -> Option<Self> {
        let is_recent = |name| item::time_of(stored, name).is_some_and(|at| at.until(now) < KNOWN_FOR);
        let (is_first, is_recently_seen) = (stored.0.is_empty(), is_recent(LAST_SEEN_AT));
        let types = lesson.types.without(types_of(stored));
        let is_cut = lesson.is_cut && !is_recent(TRUNCATED_AT);
        let known = values_of(stored);
        let takes_values = known.len() < MAX_SAMPLES || !is_recently_seen;
        let samples = lesson.samples.iter().filter(|sample| takes_values && !known.iter().any(|stored| stored.value == sample.value));
        let samples: Vec<_> = samples.collect();
        if !is_first && is_recently_seen && types.is_empty() && !is_cut && samples.is_empty() {
            return None;
        }
        let owners = samples.iter().map(|sample| sample.owner).collect();
        let has_new = !samples.is_empty();
        let all: Vec<_> = samples.into_iter().map(StoredValue::from).chain(known).take(MAX_SAMPLES).collect();
        let has_cut = is_cut || is_recent(TRUNCATED_AT);
        let after = InRegistry::new(types_of(stored).and(types), has_cut, all.iter().map(|stored| &stored.value));
        let seen_at = item::time_of(stored, LAST_SEEN_AT).map_or(now, |before| before.max(now));
        Some(Self { is_first, types, is_cut, values: has_new.then_some(all), owners, seen_at, after })
    }

    /// The action of a first sighting, on condition that it is one.
    pub(super) fn put(&self, database: &Database, account: AccountId, (kind, prop): &Prop, now: Timestamp) -> PutBuilder {
        let values = self.values.as_deref().unwrap_or_default();
        let more = [(LAST_SEEN_AT, Some(text(self.seen_at))), (TYPES, words(self.types)), (TRUNCATED_AT, self.is_cut.then(|| text(now)))];
        let put = new_property(database, account, (*kind, prop.clone()), (display_name(prop), None), now);
        let (values, owners) = attributes_of(values);
        let more = more.into_iter().chain([(VALUES, Some(values)), (OWNERS, owners)]);
        more.fold(put, |put, (name, value)| match value {
            Some(value) => put.item(name, value),
            None => put,
        })
    }

    /// The action that adds to what is stored. Where it sets values, it takes place only on those that were seen.
    pub(super) fn update(
        &self,
        database: &Database,
        account: AccountId,
        (kind, prop): &Prop,
        stored: &Item,
        now: Timestamp,
    ) -> UpdateBuilder {
        let slot = keys::slot_of_property(account, *kind, prop);
        let mut set = format!("{LAST_SEEN_AT} = :seen_at");
        let (mut remove, mut add) = (String::new(), Vec::new());
        let mut condition = format!("attribute_exists({PK})");
        let mut update = Update::builder()
            .table_name(&database.tables.properties)
            .set_key(Some(keys::property(account, *kind, slot)))
            .expression_attribute_values(":seen_at", text(self.seen_at));
        if let Some(types) = words(self.types) {
            set.push_str(&format!(", {UPDATED_AT} = :now"));
            add.push("#types :types".to_owned());
            update = update.expression_attribute_names("#types", TYPES).expression_attribute_values(":types", types);
        }
        if self.is_cut {
            set.push_str(&format!(", {TRUNCATED_AT} = :now"));
        }
        if !self.types.is_empty() || self.is_cut {
            update = update.expression_attribute_values(":now", text(now));
        }
        if let Some(values) = &self.values {
            let (values, owners) = attributes_of(values);
            set.push_str(", #values = :values");
            add.push(format!("{REV} :one"));
            update = update
                .expression_attribute_names("#values", VALUES)
                .expression_attribute_values(":values", values)
                .expression_attribute_values(":one", number(1_u64))
                .expression_attribute_values(":seen", number(stored.revision().unwrap_or(0)));
            match owners {
                Some(owners) => {
                    set.push_str(&format!(", {OWNERS} = :owners"));
                    update = update.expression_attribute_values(":owners", owners);
                }
                None => remove = format!(" REMOVE {OWNERS}"),
            }
            condition.push_str(&format!(" AND {REV} = :seen"));
        }
        let add = if add.is_empty() { String::new() } else { format!(" ADD {}", add.join(", ")) };
        update.update_expression(format!("SET {set}{remove}{add}")).condition_expression(condition)
    }

    /// When the registry is to be told of the property again.
    pub(super) fn known_until(&self) -> Timestamp {
        self.seen_at.plus(KNOWN_FOR)
    }
}

/// The action that makes a property, on condition that it is not there.
pub(super) fn new_property(
    database: &Database,
    account: AccountId,
    (kind, prop): Prop,
    (name, description): (String, Option<String>),
    now: Timestamp,
) -> PutBuilder {
    let slot = keys::slot_of_property(account, kind, &prop);
    let put = Put::builder()
        .table_name(&database.tables.properties)
        .set_item(Some(keys::property(account, kind, slot)))
        .item(ID, text(PropertyId::created_at(now, slot)))
        .item(KIND, text(kind.as_str()))
        .item(PROP, text(prop))
        .item(NAME, text(name))
        .item(CREATED_AT, text(now))
        .item(UPDATED_AT, text(now))
        .item(REV, number(1_u64))
        .condition_expression(format!("attribute_not_exists({PK})"));
    match description {
        Some(description) => put.item(DESCRIPTION, text(description)),
        None => put,
    }
}

/// The action that counts so many new properties of an account, on condition that there is room for them.
pub(super) fn count_new(database: &Database, account: AccountId, new: u64) -> UpdateBuilder {
    Update::builder()
        .table_name(&database.tables.properties)
        .set_key(Some(keys::number_of_properties(account)))
        .update_expression(format!("ADD {LISTED} :new"))
        .condition_expression(format!("attribute_not_exists({LISTED}) OR {LISTED} <= :most"))
        .expression_attribute_values(":new", number(new))
        .expression_attribute_values(":most", number(MAX_PROPERTIES.saturating_sub(new)))
}

/// The number of further properties that are listed, by the item that counts them.
pub(super) fn room(counter: &Item) -> u64 {
    MAX_PROPERTIES.saturating_sub(counter.number(LISTED).unwrap_or(0))
}

/// Types as a set; none if it were empty.
fn words(types: PropertyTypes) -> Option<AttributeValue> {
    (!types.is_empty()).then(|| AttributeValue::Ss(types.words().map(str::to_owned).collect()))
}
