//! Random filters, as a client sends them, and random records. Their values are few, so that many are equal, and in their normal form, so
//! that they mean the same to a reader that normalizes nothing.

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value as Json, json};

use crate::support::{NOW, ago};

pub(super) const HALF_DAY: i64 = 43_200_000;

/// A record, as plain JSON.
#[derive(Clone, Debug)]
pub(super) struct Record {
    pub(super) properties: Json,
    pub(super) company: Option<Json>,
    pub(super) delivery_ids: Vec<String>,
    pub(super) events: Vec<String>,
}

pub(super) const TEXTS: [&str; 16] = [
    "",
    "a",
    "A",
    "ab",
    "Aß",
    "ASSE",
    "Straße",
    "STRASSE 5",
    "straſſe",
    "x5",
    "5x",
    "Ünder",
    "ünder",
    "2029-04-01T",
    "2029-04-07T12:00:00.000z!",
    "2029-99-07T12:00:00.000Z",
];

fn text() -> impl Strategy<Value = Json> {
    prop_oneof![
        3 => select(&TEXTS[..]).prop_map(Json::from),
        2 => (0_i64..6).prop_map(|halves| Json::from(ago(halves * HALF_DAY))),
    ]
}

fn number() -> impl Strategy<Value = Json> {
    // Whole ones are spelled in two ways.
    prop_oneof![
        4 => (-4_i32..12).prop_map(|halves| Json::from(f64::from(halves) / 2.0)),
        4 => (-2_i32..6).prop_map(Json::from),
        // Unix times, in seconds and milliseconds.
        1 => (0_i64..6, select(&[1, 1_000][..])).prop_map(|(halves, unit)| Json::from((NOW - halves * HALF_DAY) / unit)),
    ]
}

fn item() -> impl Strategy<Value = Json> {
    prop_oneof![3 => text(), 3 => number(), 1 => any::<bool>().prop_map(Json::from)]
}

fn scalar() -> impl Strategy<Value = Json> {
    prop_oneof![8 => item(), 1 => Just(Json::Null)]
}

fn array() -> impl Strategy<Value = Json> {
    prop::collection::vec(item(), 0..3).prop_map(Json::from)
}

fn any_value() -> impl Strategy<Value = Json> {
    let flat = prop_oneof![4 => scalar(), 1 => array()];
    flat.prop_recursive(3, 8, 2, |inner| prop::collection::btree_map(select(&["p", "q"][..]), inner, 0..3).prop_map(|hash| json!(hash)))
}

fn properties() -> impl Strategy<Value = Json> {
    prop::collection::btree_map(select(&["p", "q", "r"][..]), any_value(), 0..4).prop_map(|members| json!(members))
}

/// The id of a delivery, or nothing that is one.
fn id() -> impl Strategy<Value = String> {
    select(&["1", "2", "3"][..]).prop_map(str::to_owned)
}

pub(super) fn record() -> impl Strategy<Value = Record> {
    let events = prop::collection::vec(select(&["e0", "e1"][..]).prop_map(str::to_owned), 0..2);
    (properties(), prop::option::of(properties()), prop::collection::vec(id(), 0..3), events)
        .prop_map(|(properties, company, delivery_ids, events)| Record { properties, company, delivery_ids, events })
}

fn prop_name() -> impl Strategy<Value = &'static str> {
    select(&["p", "q", "r", "p.q", "q.p.q", "p.p", "company.p", "company.q", "company.q.p"][..])
}

fn op_and_value() -> impl Strategy<Value = (&'static str, Json)> {
    let texts = prop::collection::vec(select(&TEXTS[..]), 0..4);
    prop_oneof![
        1 => (select(&["ex", "nx"][..]), Just(Json::Null)),
        3 => (select(&["eq", "ne"][..]), any_value()),
        3 => (select(&["gt", "gte", "lt", "lte"][..]), prop_oneof![text(), number()]),
        1 => (select(&["gt-d", "lt-d"][..]), (0_u32..6).prop_map(|halves| json!(f64::from(halves) / 2.0))),
        2 => (select(&["in", "nin", "in-i", "nin-i", "sw"][..]), select(&TEXTS[..]).prop_map(Json::from)),
        1 => (select(&["in-v", "nin-v"][..]), texts.prop_map(|texts| Json::from(texts.join(" , ")))),
        1 => (select(&["in-v", "nin-v"][..]), prop::collection::vec(scalar(), 0..4).prop_map(Json::from)),
        1 => (select(&["in-a", "nin-a"][..]), item()),
    ]
}

/// A filter that is no group.
pub(super) fn leaf() -> impl Strategy<Value = Json> {
    let deliveries = (select(&["in-a", "nin-a", "ex", "nx"][..]), id());
    prop_oneof![
        12 => (prop_name(), op_and_value()).prop_map(|(prop, (op, value))| json!({ "prop": prop, "op": op, "value": value })),
        1 => deliveries.prop_map(|(op, id)| json!({ "kind": "property", "prop": "delivery_ids", "op": op, "value": id })),
        1 => (select(&["e0", "e1"][..]), select(&["ex", "nx"][..])).prop_map(|(name, op)| json!({ "kind": "event", "prop": name, "op": op })),
    ]
}

/// A list of filters and groups.
pub(super) fn tree() -> impl Strategy<Value = Json> {
    let filter = leaf().prop_recursive(3, 40, 3, |inner| {
        (select(&[Some("and"), Some("or"), None][..]), prop::collection::vec(inner, 0..4))
            .prop_map(|(op, filters)| json!({ "kind": "group", "filters_op": op, "filters": filters }))
    });
    // At most 2 · (1 + 3 + 9 + 27) in all.
    prop::collection::vec(filter, 0..3).prop_map(Json::from)
}
