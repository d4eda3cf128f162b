//! A delivery as JSON: the fields of Chameleon's deliveries, `null` where nothing is known.

use profiles_domain::{Delivery, DeliveryOrder, Placement, Position, Shown};
use profiles_normalization::Timestamp;
use serde::Serialize;
use serde_json::value::RawValue;

/// What orders deliveries: this API.
const GROUP_KIND: &str = "api_edit";

#[derive(Serialize)]
pub(super) struct DeliveryJson {
    id: String,
    created_at: String,
    updated_at: String,
    model_kind: &'static str,
    model_id: String,
    profile_id: String,
    idempotency_key: Option<String>,
    options: Option<Box<RawValue>>,
    from: Option<Timestamp>,
    until: Option<Timestamp>,
    use_segmentation: bool,
    once: bool,
    skip_triggers: bool,
    skip_url_match: bool,
    delivery_ids_position: Option<PositionJson>,
    delivery_ids_limit: Option<usize>,
    delivery_ids_at_limit: Option<&'static str>,
    at: Option<String>,
    /// Not told by any webhook.
    at_href: Option<String>,
    interaction_id: Option<String>,
    group_kind: &'static str,
}

#[derive(Serialize)]
#[serde(untagged)]
enum PositionJson {
    Word(&'static str),
    Index(usize),
}

impl From<Delivery> for DeliveryJson {
    fn from(delivery: Delivery) -> Self {
        let Delivery { id, created_at, updated_at, profile, idempotency_key, order, shown } = delivery;
        let DeliveryOrder { model, from, until, once, use_segmentation, skip_triggers, skip_url_match, options, placement } = order;
        let Placement { position, limit, at_limit } = placement;
        let word = |position| match position {
            Position::First => PositionJson::Word("first"),
            Position::Last => PositionJson::Word("last"),
            Position::Index(index) => PositionJson::Index(index),
        };
        let (at, interaction) = shown.map_or((None, None), |Shown { at, interaction }| (Some(at), interaction));
        Self {
            id: id.to_string(),
            created_at,
            updated_at,
            model_kind: model.kind.as_str(),
            model_id: model.id,
            profile_id: profile.to_string(),
            idempotency_key,
            // It was checked when it was stored.
            options: options.and_then(|options| RawValue::from_string(options).ok()),
            from,
            until,
            use_segmentation,
            once,
            skip_triggers,
            skip_url_match,
            delivery_ids_position: position.map(word),
            delivery_ids_limit: limit,
            delivery_ids_at_limit: at_limit.map(|at_limit| at_limit.as_str()),
            at,
            at_href: None,
            interaction_id: interaction.map(|id| id.to_string()),
            group_kind: GROUP_KIND,
        }
    }
}
