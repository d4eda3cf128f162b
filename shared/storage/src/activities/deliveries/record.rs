//! The record of a delivery.

use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_dynamodb::types::Put;
use aws_sdk_dynamodb::types::builders::PutBuilder;
use profiles_domain::{
    AccountId, AtLimit, Delivery, DeliveryId, DeliveryOrder, Model, ModelKind, PendingDelivery, Placement, Position, ProfileId, Shown,
};
use profiles_normalization::Timestamp;

use super::super::attributes::{MODEL_ID, MODEL_KIND};
use crate::dynamo::database::Database;
use crate::dynamo::item::{Attributes, Item};
use crate::dynamo::value::{number, text};
use crate::schema::attributes::{BY_CREATION, CREATED_AT, ID, MODEL, PENDING, REV, UPDATED_AT};
use crate::schema::generation::{Generation, RecordKind};
use crate::schema::keys;
use crate::schema::revision::if_unchanged;

/// Its first time.
const FROM: &str = "from";
/// The end of its time.
const UNTIL: &str = "until";
/// Whether it is only for users who were never shown the experience.
const ONCE: &str = "once";
const USE_SEGMENTATION: &str = "use_segmentation";
const SKIP_TRIGGERS: &str = "skip_triggers";
const SKIP_URL_MATCH: &str = "skip_url_match";
/// A JSON object, as text.
const OPTIONS: &str = "options";
const POSITION: &str = "delivery_ids_position";
const LIMIT: &str = "delivery_ids_limit";
const AT_LIMIT: &str = "delivery_ids_at_limit";
const IDEMPOTENCY_KEY: &str = "idempotency_key";
/// When it was shown.
pub(super) const AT: &str = "at";
/// The tour or survey that was shown: the name of the user's interaction with it.
pub(super) const INTERACTION: &str = "interaction";

/// The key of all pending deliveries to profiles of one shard, in their index.
pub(super) fn pending_key(account: AccountId, shard: char) -> String {
    format!("{account}#{shard}")
}

/// Its entry in the list of its profile.
pub(super) fn entry(id: DeliveryId, order: &DeliveryOrder) -> PendingDelivery {
    PendingDelivery { id, until: order.until }
}

/// What is told about a delivery, as attributes.
pub(super) fn attributes(delivery: &Delivery) -> Attributes {
    let Delivery { id, created_at, updated_at, idempotency_key, order, .. } = delivery;
    let DeliveryOrder { model, from, until, once, use_segmentation, skip_triggers, skip_url_match, options, placement } = order;
    let flag = |flag: bool| Some(AttributeValue::Bool(flag));
    let position = |position: Position| match position {
        Position::First => text("first"),
        Position::Last => text("last"),
        Position::Index(index) => number(index as u64),
    };
    [
        (ID, Some(text(id))),
        (CREATED_AT, Some(text(created_at))),
        (UPDATED_AT, Some(text(updated_at))),
        (MODEL_KIND, Some(text(model.kind.as_str()))),
        (MODEL_ID, Some(text(&model.id))),
        (FROM, from.map(text)),
        (UNTIL, until.map(text)),
        (ONCE, flag(*once)),
        (USE_SEGMENTATION, flag(*use_segmentation)),
        (SKIP_TRIGGERS, flag(*skip_triggers)),
        (SKIP_URL_MATCH, flag(*skip_url_match)),
        (OPTIONS, options.as_ref().map(text)),
        (POSITION, placement.position.map(position)),
        (LIMIT, placement.limit.map(|limit| number(limit as u64))),
        (AT_LIMIT, placement.at_limit.map(|at_limit| text(at_limit.as_str()))),
        (IDEMPOTENCY_KEY, idempotency_key.as_ref().map(text)),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name.to_owned(), value?)))
    .collect()
}

/// The action that puts the record of a pending delivery in place of what was seen.
pub(super) fn put(database: &Database, account: AccountId, generation: Generation, delivery: &Delivery, seen: &Item) -> PutBuilder {
    let shard = generation.profile.slot().shard();
    let put = Put::builder()
        .table_name(&database.tables.activities)
        .set_item(Some(generation.key(account, RecordKind::Delivery, delivery.id).into_iter().chain(attributes(delivery)).collect()))
        .item(MODEL, text(keys::of_model(account, RecordKind::Delivery.as_str(), &delivery.order.model.id, shard)))
        .item(BY_CREATION, text(keys::place(&delivery.created_at, delivery.id)))
        .item(PENDING, text(pending_key(account, shard)))
        .item(REV, number(seen.next_revision()));
    if_unchanged(put, seen)
}

/// Reads the record of a delivery; `None` when it is malformed. The interaction is not in it.
pub(super) fn read(record: &Item, profile: ProfileId) -> Option<Delivery> {
    let time = |name: &str| record.text(name).and_then(Timestamp::parse_canonical);
    let flag = |name: &str| matches!(record.0.get(name), Some(AttributeValue::Bool(true)));
    let created_at = record.text(CREATED_AT)?.to_owned();
    let position = match record.text(POSITION) {
        Some("first") => Some(Position::First),
        Some(_) => Some(Position::Last),
        None => record.number(POSITION).map(Position::Index),
    };
    Some(Delivery {
        id: record.text(ID)?.parse().ok()?,
        updated_at: record.text(UPDATED_AT).unwrap_or(&created_at).to_owned(),
        created_at,
        profile,
        idempotency_key: record.text(IDEMPOTENCY_KEY).map(str::to_owned),
        order: DeliveryOrder {
            model: Model { kind: ModelKind::from_word(record.text(MODEL_KIND)?)?, id: record.text(MODEL_ID)?.to_owned() },
            from: time(FROM),
            until: time(UNTIL),
            once: flag(ONCE),
            use_segmentation: flag(USE_SEGMENTATION),
            skip_triggers: flag(SKIP_TRIGGERS),
            skip_url_match: flag(SKIP_URL_MATCH),
            options: record.text(OPTIONS).map(str::to_owned),
            placement: Placement { position, limit: record.number(LIMIT), at_limit: record.text(AT_LIMIT).and_then(AtLimit::from_word) },
        },
        shown: record.text(AT).map(|at| Shown { at: at.to_owned(), interaction: None }),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use profiles_domain::Slot;

    #[test]
    fn a_delivery_is_read_as_it_was_written() {
        let (profile, id) = (ProfileId::new(1, Slot::from_random(2)), DeliveryId::new(3, Slot::from_random(2)));
        let mut order = DeliveryOrder::of(Model { kind: ModelKind::Survey, id: "s".to_owned() });
        let (created_at, updated_at) = ("then".to_owned(), "later".to_owned());
        let delivery = |order: &DeliveryOrder, key: Option<&str>| Delivery {
            id,
            created_at: created_at.clone(),
            updated_at: updated_at.clone(),
            profile,
            idempotency_key: key.map(str::to_owned),
            order: order.clone(),
            shown: None,
        };
        let short = delivery(&order, None);
        assert!(read(&Item(attributes(&short)), profile) == Some(short));
        order = DeliveryOrder {
            from: Timestamp::parse_canonical("2029-04-07T12:18:00.000Z"),
            until: Timestamp::parse_canonical("2029-04-08T12:18:00.000Z"),
            once: true,
            use_segmentation: true,
            skip_triggers: false,
            skip_url_match: false,
            options: Some(r#"{"a":1}"#.to_owned()),
            ..order
        };
        for position in [Position::First, Position::Last, Position::Index(2)] {
            order.placement = Placement { position: Some(position), limit: Some(2), at_limit: Some(AtLimit::Drop) };
            let long = delivery(&order, Some("k"));
            assert!(read(&Item(attributes(&long)), profile) == Some(long));
        }
    }
}
