//! Listing and showing properties.

use profiles_domain::{AccountId, Error, Property, PropertyId, PropertyKind};
use profiles_normalization::Timestamp;

use super::Properties;
use super::item::read;
use crate::activities::{Bound, Page};
use crate::dynamo::item::Item;
use crate::dynamo::read_many::Wanted;
use crate::dynamo::value::text;
use crate::schema::attributes::PK;
use crate::schema::keys;

/// The times by which properties are sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PropertyOrder {
    /// Creation.
    #[default]
    Creation,
    /// When they were last sent.
    LastSeen,
}

/// A page of properties.
pub struct Listed {
    /// The latest first.
    pub properties: Vec<Property>,
    /// Whether there are more after these.
    pub more: bool,
}

/// The place of a property in the list: a time as canonical text, and the id. What was never sent comes last.
type Place = (String, PropertyId);

impl PropertyOrder {
    /// The time by which a property is sorted.
    #[must_use]
    pub fn time(self, property: &Property) -> String {
        match self {
            Self::Creation => property.created_at.clone(),
            Self::LastSeen => property.last_seen_at.clone().unwrap_or_else(|| Timestamp::UNIX_EPOCH.to_string()),
        }
    }

    fn place(self, property: &Property) -> Place {
        (self.time(property), property.id)
    }
}

impl Properties<'_> {
    /// Lists the properties of a kind, the latest first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn list(&self, account: AccountId, kind: PropertyKind, order: PropertyOrder, page: Page) -> Result<Listed, Error> {
        let mut all = self.all(account, kind).await?;
        all.sort_by_cached_key(|property| std::cmp::Reverse(order.place(property)));
        let bound = |bound: Option<Bound>| bound.map(|bound| Edge::of(bound, order, &all));
        let (before, after) = (bound(page.before), bound(page.after));
        let is_on_it = |property: &Property| {
            let place = order.place(property);
            before.as_ref().is_none_or(|edge| edge.is_after(&place)) && after.as_ref().is_none_or(|edge| edge.is_before(&place))
        };
        let mut properties: Vec<_> = all.into_iter().filter(is_on_it).take(page.limit.saturating_add(1)).collect();
        let more = properties.len() > page.limit;
        properties.truncate(page.limit);
        Ok(Listed { properties, more })
    }

    /// Reads a property; `None` when it is not there.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn property(&self, account: AccountId, id: PropertyId) -> Result<Option<Property>, Error> {
        Ok(self.item(account, id).await?.and_then(|item| read(&item)))
    }

    /// The stored item of a property. An id does not tell the kind.
    pub(super) async fn item(&self, account: AccountId, id: PropertyId) -> Result<Option<Item>, Error> {
        let mut wanted = Wanted::default();
        for kind in PropertyKind::ALL {
            wanted.add(&self.database.tables.properties, keys::property(account, kind, id.slot()));
        }
        let found = self.database.get_many(wanted).await?;
        Ok(found.items().find(|item| read(item).is_some_and(|property| property.id == id)).cloned())
    }

    async fn all(&self, account: AccountId, kind: PropertyKind) -> Result<Vec<Property>, Error> {
        let query = self
            .database
            .client
            .query()
            .table_name(&self.database.tables.properties)
            .key_condition_expression(format!("{PK} = :properties"))
            .expression_attribute_values(":properties", text(keys::partition_of_properties(account, kind)))
            .consistent_read(true);
        let (mut all, mut next) = (Vec::new(), None);
        loop {
            let page = self.database.query(query.clone().set_exclusive_start_key(next)).await?;
            all.extend(page.items.unwrap_or_default().into_iter().filter_map(|item| read(&Item(item))));
            next = page.last_evaluated_key;
            if next.is_none() {
                return Ok(all);
            }
        }
    }
}

/// An end of a page: a time, or a place at it.
struct Edge(String, Option<PropertyId>);

impl Edge {
    fn of(bound: Bound, order: PropertyOrder, all: &[Property]) -> Self {
        match bound {
            Bound::Time(at) => Self(at.to_string(), None),
            Bound::Place(at, id) => Self(at.to_string(), Some(PropertyId::new(id.seconds(), id.slot()))),
            Bound::Id(id) => {
                let id = PropertyId::new(id.seconds(), id.slot());
                // One that is not there has the place that it would have been created at.
                let created =
                    || Timestamp::from_unix_millis(i64::from(id.seconds()).saturating_mul(1_000)).unwrap_or(Timestamp::UNIX_EPOCH);
                let known = all.iter().find(|property| property.id == id);
                Self(known.map_or_else(|| created().to_string(), |property| order.time(property)), Some(id))
            }
        }
    }

    /// Whether the edge is later than a place.
    fn is_after(&self, (at, id): &Place) -> bool {
        (at.as_str(), Some(*id)) < (self.0.as_str(), self.1)
    }

    /// Whether the edge is earlier than a place.
    fn is_before(&self, (at, id): &Place) -> bool {
        match self.1 {
            Some(edge) => (at.as_str(), *id) > (self.0.as_str(), edge),
            None => at.as_str() > self.0.as_str(),
        }
    }
}
