//! What is known of each user, read from the tables without any code of the search: fields as values, and activities as their records.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use aws_sdk_dynamodb::types::AttributeValue;
use profiles_tests::World;
use profiles_tests::activities::{generation_of, generations_of, is_head, kind_of};
use profiles_tests::invariants::{Item, text};

use crate::fuzz::decimal::Decimal;
use crate::fuzz::reading::times::{self, Millis};
use crate::fuzz::reading::values::Value;

/// The fields and properties of a profile or company.
pub(super) type Fields = BTreeMap<String, Value>;

/// A user.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct User {
    pub(super) id: String,
    pub(super) created_at: Millis,
    pub(super) fields: Fields,
    /// Each with the end of its time.
    pub(super) deliveries: Vec<(String, Option<Millis>)>,
    pub(super) company: Option<Arc<Fields>>,
    pub(super) did: Did,
}

/// What a user did.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Did {
    /// The name and time of each event.
    pub(super) events: Vec<(String, Millis)>,
    /// The tour, the state, and when it was first and last reached.
    pub(super) tours: Vec<(String, &'static str, Millis, Millis)>,
    /// The Microsurvey, when the response came and last changed, and its button.
    pub(super) answers: Vec<(String, Millis, Millis, Option<Decimal>)>,
}

/// All users of an account by their ids, and its companies.
#[derive(Clone, Default)]
pub(super) struct Known {
    pub(super) users: BTreeMap<String, Arc<User>>,
    pub(super) companies: HashMap<String, Arc<Fields>>,
}

impl Known {
    /// Reads everything.
    pub(super) async fn read(world: &World) -> Self {
        let own = format!("{}#", world.account);
        let items = async |table: &str| {
            let mut items = world.items(table).await;
            items.retain(|item| text(item, "PK").unwrap().starts_with(&own));
            items
        };
        let companies = items(&world.tables.companies).await.iter().filter_map(company).collect();
        let mut known = Self { users: BTreeMap::new(), companies };
        let mut records: HashMap<String, Vec<Item>> = HashMap::new();
        for item in items(&world.tables.activities).await {
            if !is_head(&item) && text(&item, "SK").unwrap().split('#').count() > 2 {
                records.entry(generation_of(&item)).or_default().push(item);
            }
        }
        for item in items(&world.tables.profiles).await.iter().filter(|item| item.contains_key("id")) {
            let own: Vec<_> = generations_of(item).iter().filter_map(|generation| records.get(generation)).flatten().collect();
            let user = known.user(item, &own);
            known.users.insert(user.id.clone(), Arc::new(user));
        }
        known
    }

    /// Reads one user; `None` if nobody has this id.
    pub(super) async fn read_one(&mut self, world: &World, id: &str) -> Option<Arc<User>> {
        let (account, slot) = (world.account, &id[8..]);
        let get = async |table: &str, slot: &str| {
            let get = world.bare.get_item().table_name(table).consistent_read(true);
            let key = (format!("{account}#{}", &slot[..1]), slot.to_owned());
            get.key("PK", AttributeValue::S(key.0)).key("SK", AttributeValue::S(key.1)).send().await.unwrap().item
        };
        let item = get(&world.tables.profiles, slot).await.filter(|item| text(item, "id") == Some(id))?;
        if let Some(of) = text(&item, "company_id")
            && !self.companies.contains_key(of)
        {
            self.companies.extend(get(&world.tables.companies, &of[8..]).await.as_ref().and_then(company));
        }
        let mut records = Vec::new();
        for generation in generations_of(&item) {
            let (profile, number) = generation.split_once('#').unwrap();
            let query = world.bare.query().table_name(&world.tables.activities).consistent_read(true);
            let query = query
                .key_condition_expression("PK = :pk AND begins_with(SK, :sk)")
                .expression_attribute_values(":pk", AttributeValue::S(format!("{account}#{profile}")))
                .expression_attribute_values(":sk", AttributeValue::S(format!("{number}#")));
            records.extend(query.send().await.unwrap().items.unwrap_or_default());
        }
        Some(Arc::new(self.user(&item, &records.iter().collect::<Vec<_>>())))
    }

    fn user(&self, item: &Item, records: &[&Item]) -> User {
        let deliveries = item.get("delivery_ids").map(|ids| ids.as_l().unwrap().as_slice()).unwrap_or_default().iter().map(|entry| {
            let entry = entry.as_s().unwrap();
            let (id, until) = entry.split_once('#').map_or((entry.as_str(), None), |(id, until)| (id, times::read(until)));
            (id.to_owned(), until)
        });
        User {
            id: text(item, "id").unwrap().to_owned(),
            created_at: times::read(text(item, "created_at").unwrap()).unwrap(),
            fields: fields(item),
            deliveries: deliveries.collect(),
            company: text(item, "company_id").and_then(|id| self.companies.get(id).cloned()),
            did: did(records),
        }
    }
}

fn company(item: &Item) -> Option<(String, Arc<Fields>)> {
    Some((text(item, "id")?.to_owned(), Arc::new(fields(item))))
}

/// The properties are those attributes whose names begin with anything but an upper-case letter.
fn fields(item: &Item) -> Fields {
    let public = item.iter().filter(|(name, _)| !name.starts_with(|first: char| first.is_ascii_uppercase()) && *name != "delivery_ids");
    public.map(|(name, stored)| (name.clone(), value(stored))).collect()
}

fn value(stored: &AttributeValue) -> Value {
    match stored {
        AttributeValue::Bool(truth) => Value::Bool(*truth),
        AttributeValue::N(digits) => Value::Number(Decimal::parse(digits).unwrap()),
        AttributeValue::S(text) => Value::Text(text.clone()),
        AttributeValue::L(items) => Value::Array(items.iter().map(value).collect()),
        AttributeValue::M(members) => Value::Hash(members.iter().map(|(name, stored)| (name.clone(), value(stored))).collect()),
        AttributeValue::Null(_) => Value::Null,
        other => panic!("no property is stored so: {other:?}"),
    }
}

fn did(records: &[&Item]) -> Did {
    let mut did = Did::default();
    for record in records {
        let own = |name: &str| text(record, name).unwrap().to_owned();
        let time = |name: &str| times::read(text(record, name).unwrap()).unwrap();
        match kind_of(record) {
            "event" => did.events.push((own("name"), time("created_at"))),
            "response" => {
                let button = record["properties"].as_m().unwrap().get("button_order").and_then(|button| button.as_n().ok());
                let button = button.map(|digits| Decimal::parse(digits).unwrap());
                did.answers.push((own("model_id"), time("created_at"), time("updated_at"), button));
            }
            "interaction" if text(record, "model_kind") == Some("tour") => {
                for state in ["started", "completed", "exited", "snoozed"] {
                    if record.contains_key(&format!("{state}_at")) {
                        did.tours.push((own("model_id"), state, time(&format!("{state}_at")), time(&format!("last_{state}_at"))));
                    }
                }
            }
            _ => {}
        }
    }
    did
}
