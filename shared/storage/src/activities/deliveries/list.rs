//! Lists of pending deliveries: of one user, of one tour or survey, or all. The latest come first.
//!
//! Those of one user are the profile's. The others are found by indexes, which lag behind their table. So each is read again, and shown only
//! if its profile still lists it.

use std::cmp::Reverse;

use futures_util::future::try_join_all;
use profiles_domain::{AccountId, Delivery, DeliveryId, Error, Identity, ModelKind};
use profiles_normalization::Timestamp;

use super::generation_of;
use super::record::{pending_key, read};
use crate::activities::attributes::PENDING_INDEX;
use crate::activities::lists::{Bounds, Index, latest, of_shard};
use crate::activities::{Activities, Bound, Listed, Order, Page};
use crate::dynamo::item::Item;
use crate::dynamo::read_many::Wanted;
use crate::schema::attributes::{ALIAS_OF, DELIVERY_IDS, GENERATION, ID, INHERITED, PENDING, SK};
use crate::schema::generation::RecordKind;
use crate::schema::keys;

/// The index of all pending deliveries.
const ALL: Index = Index { name: PENDING_INDEX, key: PENDING, order: Order::Creation };

/// The deliveries that are listed: those that fit all of these.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeliveriesOf {
    /// Only those of this user.
    pub identity: Option<Identity>,
    /// Only those of the tour or survey with this id.
    pub model: Option<String>,
    /// Only those of this kind.
    pub kind: Option<ModelKind>,
}

impl DeliveriesOf {
    fn holds(&self, delivery: &Delivery) -> bool {
        let model = &delivery.order.model;
        self.model.as_ref().is_none_or(|id| *id == model.id) && self.kind.is_none_or(|kind| kind == model.kind)
    }
}

impl Activities<'_> {
    /// Lists pending deliveries, the latest first.
    ///
    /// # Errors
    /// `ProfileNotFound`, or those of the database.
    pub async fn deliveries(&self, account: AccountId, of: &DeliveriesOf, page: Page, now: Timestamp) -> Result<Listed<Delivery>, Error> {
        let mut places = [None, None];
        for (place, bound) in places.iter_mut().zip([page.after, page.before]) {
            if let Some(Bound::Id(id)) = bound {
                *place = self.place_of_delivery(account, DeliveryId::new(id.seconds(), id.slot())).await?;
            }
        }
        let mut bounds = Bounds::of(page, places);
        let mut items = Vec::new();
        let mut is_last = false;
        if let Some(identity) = &of.identity {
            let profile = self.locate(account, identity).await?.item;
            let ids = profile.deliveries().into_iter().map(|listed| listed.id);
            items = self.pending_of(account, ids.map(|id| (id, &profile)), now).await?;
            items.retain(|delivery| of.holds(delivery) && bounds.hold(&place(delivery)));
            items.sort_by_key(|delivery| Reverse(place(delivery)));
            is_last = true;
        }
        while !is_last && items.len() <= page.limit {
            // One more than is shown tells whether there are more.
            let wanted = page.limit.saturating_add(1).saturating_sub(items.len());
            let queries = keys::SHARDS.chars().map(|shard| {
                let (index, key) = match &of.model {
                    Some(model) => (Order::Creation.index(), keys::of_model(account, RecordKind::Delivery.as_str(), model, shard)),
                    None => (ALL, pending_key(account, shard)),
                };
                self.named(index, key, &bounds, of_shard(wanted))
            });
            let (named, all_read) = latest(try_join_all(queries).await?, Order::Creation, &bounds, wanted);
            is_last = all_read || named.is_empty();
            if let Some(last) = named.last().and_then(|entry| Order::Creation.place(entry)) {
                let last = last.to_owned();
                let found = self.pending_among(account, &named, now).await?;
                items.extend(found.into_iter().filter(|delivery| of.holds(delivery)));
                bounds.before = last;
            }
        }
        let more = items.len() > page.limit || !is_last;
        items.truncate(page.limit);
        Ok(Listed { items, more })
    }

    /// The place in a list of the delivery of this id; `None` when it is not there.
    async fn place_of_delivery(&self, account: AccountId, id: DeliveryId) -> Result<Option<String>, Error> {
        Ok(self.delivery_record(account, id).await?.and_then(|(_, _, record)| Order::Creation.place(&record).map(str::to_owned)))
    }

    /// Reads those of the deliveries named that are pending, in the same order.
    async fn pending_among(&self, account: AccountId, named: &[Item], now: Timestamp) -> Result<Vec<Delivery>, Error> {
        let ids: Vec<DeliveryId> = named.iter().filter_map(id_in).collect();
        let slots = ids.iter().map(|id| id.slot());
        let holders = self.holders(account, slots, &[ID, GENERATION, INHERITED, ALIAS_OF, DELIVERY_IDS]).await?;
        let located: Vec<_> = ids.into_iter().map(|id| (id, holders.of(id.slot()))).collect();
        self.pending_of(account, located.iter().map(|(id, profile)| (*id, profile)), now).await
    }

    /// Reads those of the deliveries that their profiles list and whose time is not over, in the same order.
    async fn pending_of<'a>(
        &self,
        account: AccountId,
        located: impl Iterator<Item = (DeliveryId, &'a Item)>,
        now: Timestamp,
    ) -> Result<Vec<Delivery>, Error> {
        let mut wanted = Wanted::default();
        let mut keys = Vec::new();
        for (id, profile) in located {
            let is_pending = profile.deliveries().iter().any(|listed| listed.id == id && !listed.has_run_out(now));
            if let Some((holder, generation)) = profile.id().zip(generation_of(profile, id)).filter(|_| is_pending) {
                let key = generation.key(account, RecordKind::Delivery, id);
                wanted.add(&self.database.tables.activities, key.clone());
                keys.push((key, holder));
            }
        }
        let records = self.database.get_many(wanted).await?;
        Ok(keys.into_iter().filter_map(|(key, holder)| read(&records.get(&key), holder)).collect())
    }
}

/// The id of a delivery that an index names.
fn id_in(entry: &Item) -> Option<DeliveryId> {
    entry.text(SK)?.rsplit('#').next()?.parse().ok()
}

/// The place of a delivery in a list.
fn place(delivery: &Delivery) -> String {
    keys::place(&delivery.created_at, delivery.id)
}
