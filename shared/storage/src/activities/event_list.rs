//! The list of a user's events, the latest first.
//!
//! It is read by the events' keys, which begin with the second of each: events have no index, which would cost a write for each. Within a
//! second, only the events themselves tell their order, so a second is shown once all of it was read.

use std::cmp::Reverse;

use aws_sdk_dynamodb::types::AttributeValue;
use profiles_domain::{AccountId, Error, EventId, Id, Identity, ProfileId, RecordedEvent, Slot};
use profiles_normalization::Timestamp;

use super::attributes::{NAME, PROPERTIES};
use super::lists::Bounds;
use super::{Activities, Bound, Listed, Page};
use crate::dynamo::item::Item;
use crate::dynamo::value::{from_attribute, text};
use crate::schema::attributes::{CREATED_AT, ID, PK, SK};
use crate::schema::generation::{Generation, RecordKind};
use crate::schema::keys;

/// The events that a query asks for beyond those of a page, so that most often the page's last second is read whole.
const OF_THE_LAST_SECOND: usize = 8;

/// The events that a page may show.
struct Asked {
    account: AccountId,
    bounds: Bounds,
    /// The first and the last second of them.
    seconds: (u32, u32),
    /// How many are enough.
    wanted: usize,
}

impl Activities<'_> {
    /// Lists the events of one user, with those of merged profiles.
    ///
    /// # Errors
    /// `ProfileNotFound`, or those of the database.
    pub async fn events(&self, account: AccountId, identity: &Identity, page: Page) -> Result<Listed<RecordedEvent>, Error> {
        let located = self.locate(account, identity).await?;
        let profile = located.generation.profile;
        let generations = Generation::all(&located.item);
        let mut places = [None, None];
        for (place, bound) in places.iter_mut().zip([page.after, page.before]) {
            if let Some(Bound::Id(id)) = bound {
                *place = self.place_of_event(account, &generations, id).await?;
            }
        }
        let from = page.after.map_or(0, second_of);
        let seconds = (from, page.before.map_or(u32::MAX, second_of).max(from));
        // One more than is shown tells whether there are more.
        let asked = Asked { account, bounds: Bounds::of(page, places), seconds, wanted: page.limit.saturating_add(1) };
        let mut records = Vec::new();
        for generation in generations {
            records.extend(self.latest_events(generation, &asked).await?);
        }
        records.sort_by_cached_key(|record| Reverse(place(record)));
        let more = records.len() > page.limit;
        records.truncate(page.limit);
        Ok(Listed { items: records.iter().filter_map(|record| read(record, profile)).collect(), more })
    }

    /// Reads the latest events of a generation that may be shown: all, or at least as many as are wanted.
    async fn latest_events(&self, generation: Generation, asked: &Asked) -> Result<Vec<Item>, Error> {
        let Asked { account, bounds, seconds: (from, to), wanted } = asked;
        let prefix = generation.prefix_of(RecordKind::Event);
        let query = self
            .database
            .client
            .query()
            .table_name(&self.database.tables.activities)
            .key_condition_expression(format!("{PK} = :records AND {SK} BETWEEN :from AND :to"))
            .expression_attribute_values(":records", text(keys::partition_of_records(*account, generation.profile)))
            .expression_attribute_values(":from", text(format!("{prefix}{from:08x}")))
            // All ids of that second come before it.
            .expression_attribute_values(":to", text(format!("{prefix}{to:08x}~")))
            .scan_index_forward(false)
            .limit(i32::try_from(wanted.saturating_add(OF_THE_LAST_SECOND)).unwrap_or(i32::MAX))
            .consistent_read(true);
        let (mut records, mut next) = (Vec::new(), None);
        loop {
            let output = self.database.query(query.clone().set_exclusive_start_key(next)).await?;
            records.extend(output.items.unwrap_or_default().into_iter().map(Item));
            next = output.last_evaluated_key;
            let unread = next.as_ref().and(records.last()).and_then(second);
            let is_known = |record: &Item| second(record) > unread && bounds.hold(&place(record));
            if next.is_none() || records.iter().filter(|record| is_known(record)).count() >= *wanted {
                records.retain(is_known);
                return Ok(records);
            }
        }
    }

    /// Returns the place of the event of this id; `None` when none of these generations has it.
    async fn place_of_event<Kind>(&self, account: AccountId, generations: &[Generation], id: Id<Kind>) -> Result<Option<String>, Error> {
        for generation in generations {
            let record = self.database.get(&self.database.tables.activities, generation.key(account, RecordKind::Event, id)).await?;
            if record.0.contains_key(ID) {
                return Ok(Some(place(&record)));
            }
        }
        Ok(None)
    }
}

/// Returns the second, in Unix time, of what lies at a bound, as ids have it.
fn second_of(bound: Bound) -> u32 {
    match bound {
        Bound::Id(id) => id.seconds(),
        Bound::Time(at) | Bound::Place(at, _) => EventId::created_at(at, Slot::from_random(0)).seconds(),
    }
}

/// Returns the second of an event; `None` when its record is malformed.
fn second(record: &Item) -> Option<u32> {
    Some(record.text(ID)?.parse::<EventId>().ok()?.seconds())
}

/// Returns the place of an event in the list.
fn place(record: &Item) -> String {
    keys::place(record.text(CREATED_AT).unwrap_or_default(), record.text(ID).unwrap_or_default())
}

/// Reads an event of this user; `None` when its record is malformed.
fn read(record: &Item, profile: ProfileId) -> Option<RecordedEvent> {
    let Some(AttributeValue::M(properties)) = record.0.get(PROPERTIES) else { return None };
    Some(RecordedEvent {
        id: record.text(ID)?.parse().ok()?,
        profile,
        created_at: record.text(CREATED_AT).and_then(Timestamp::parse_canonical)?,
        name: record.text(NAME)?.to_owned(),
        properties: properties.iter().map(|(name, value)| (name.clone(), from_attribute(value.clone()))).collect(),
    })
}
