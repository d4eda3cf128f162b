//! A table of profiles in DynamoDB Local.

use std::collections::{BTreeSet, HashSet};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{LazyLock, OnceLock};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType, PutRequest, ScalarAttributeType, WriteRequest,
};
use profiles_domain::{CompanyId, ProfileId, Slot};
use profiles_filters::{Filter, Filters, Group};
use profiles_local::DynamoDbLocal;
use profiles_normalization::Timestamp;

use super::super::{CompanySet, Expression, translate};
use super::values::TIME;
use crate::dynamo::item::Item;
use crate::dynamo::value::text;
use crate::schema::attributes::{CREATED_AT, ID, PK, SK};
use crate::search::kind::Kind;
use crate::search::known::Sets;
use crate::search::record::ProfileRecord;

const TABLE: &str = "profiles";

/// A table of profiles, which is in a database of its own.
pub(super) struct Profiles {
    client: Client,
    items: Vec<Item>,
}

/// Who was let through by an expression, and who fits, by their places.
pub(super) struct Outcome {
    pub(super) expression: Expression,
    pub(super) let_through: BTreeSet<usize>,
    pub(super) fitting: BTreeSet<usize>,
}

impl Profiles {
    /// A table of profiles with these attributes besides their keys, their ids and their creation.
    pub(super) async fn new(attributes: impl IntoIterator<Item = Vec<(String, AttributeValue)>>) -> Self {
        static LOCAL: OnceLock<DynamoDbLocal> = OnceLock::new();
        static TABLES: AtomicU32 = AtomicU32::new(0);
        let endpoint = LOCAL.get_or_init(|| DynamoDbLocal::start().unwrap_or_else(|error| panic!("{error}"))).endpoint();
        let client = profiles_local::client(&endpoint, &format!("expressions{}", TABLES.fetch_add(1, Ordering::Relaxed)));
        let key = |name: &str, kind| KeySchemaElement::builder().attribute_name(name).key_type(kind).build().unwrap();
        let attribute =
            |name: &str| AttributeDefinition::builder().attribute_name(name).attribute_type(ScalarAttributeType::S).build().unwrap();
        let create = client.create_table().table_name(TABLE).billing_mode(BillingMode::PayPerRequest);
        let create = create.key_schema(key(PK, KeyType::Hash)).key_schema(key(SK, KeyType::Range));
        create.attribute_definitions(attribute(PK)).attribute_definitions(attribute(SK)).send().await.unwrap();
        let items: Vec<_> = attributes.into_iter().enumerate().map(|(place, attributes)| profile(place, attributes)).collect();
        for some in items.chunks(25) {
            let puts = some.iter().map(|item| {
                let put = PutRequest::builder().set_item(Some(item.0.clone())).build().unwrap();
                WriteRequest::builder().put_request(put).build()
            });
            let written = client.batch_write_item().request_items(TABLE, puts.collect()).send().await.unwrap();
            assert!(written.unprocessed_items.unwrap_or_default().is_empty());
        }
        let profiles = Self { client, items };
        // The predicate sees what DynamoDB made of it, such as numbers in its spelling.
        let stored = profiles.stored().await;
        Self { items: stored, ..profiles }
    }

    pub(super) fn len(&self) -> usize {
        self.items.len()
    }

    async fn stored(&self) -> Vec<Item> {
        let query = self.client.query().table_name(TABLE).key_condition_expression(format!("{PK} = :key"));
        let mut pages = query.expression_attribute_values(":key", text("p")).into_paginator().items().send();
        let mut items = Vec::new();
        while let Some(item) = pages.next().await {
            items.push(Item(item.unwrap()));
        }
        items
    }

    /// Asks DynamoDB for those who fit, with bounds as searches have them, and the predicate.
    pub(super) async fn ask(&self, filters: &Filters, sets: &Sets) -> Outcome {
        let expression = translate(Kind::Profiles, filters, sets);
        let mut condition = format!("{ID} > :low AND {ID} < :high AND {CREATED_AT} > :later AND {CREATED_AT} < :earlier");
        if let Some(fits) = &expression.condition {
            condition.push_str(&format!(" AND ({fits})"));
        }
        let mut query = self.client.query().table_name(TABLE).key_condition_expression(format!("{PK} = :key")).filter_expression(condition);
        let bounds = [(":key", "p"), (":low", "0"), (":high", "g"), (":later", "0"), (":earlier", "a")];
        for (name, value) in bounds.map(|(name, value)| (name.to_owned(), text(value))).into_iter().chain(expression.values.clone()) {
            query = query.expression_attribute_values(name, value);
        }
        let mut projection = SK.to_owned();
        for (index, attribute) in expression.needed.iter().enumerate() {
            projection.push_str(&format!(", #needed{index}"));
            query = query.expression_attribute_names(format!("#needed{index}"), attribute);
        }
        for (name, attribute) in &expression.names {
            query = query.expression_attribute_names(name, attribute);
        }
        let mut let_through = BTreeSet::new();
        let mut pages = query.projection_expression(projection).into_paginator().items().send();
        while let Some(item) = pages.next().await {
            let item = item.unwrap_or_else(|error| panic!("{:?}: {error:?}", expression.condition));
            let place: usize = item[SK].as_s().unwrap().parse().unwrap();
            let_through.insert(place);
            if !expression.is_exact {
                assert_eq!(fits(filters, &Item(item), sets), fits(filters, &self.items[place], sets), "{:?}", expression.condition);
            }
        }
        let fitting = (0..self.items.len()).filter(|place| fits(filters, &self.items[*place], sets)).collect();
        Outcome { expression, let_through, fitting }
    }
}

impl Outcome {
    /// Checks that nobody who fits is missing, and that an exact expression lets nobody else through.
    pub(super) fn check(&self) {
        let Expression { condition, names, values, is_exact, .. } = &self.expression;
        let missing: Vec<_> = self.fitting.difference(&self.let_through).collect();
        assert!(missing.is_empty(), "{missing:?} are missing: {condition:?} {names:?} {values:?}");
        let more: Vec<_> = self.let_through.difference(&self.fitting).collect();
        assert!(!*is_exact || more.is_empty(), "{more:?} do not fit: {condition:?} {names:?} {values:?}");
    }
}

fn fits(filters: &Filters, item: &Item, known: &Sets) -> bool {
    static NOW: LazyLock<Timestamp> = LazyLock::new(|| Timestamp::parse_canonical(TIME).unwrap());
    filters.fit(&ProfileRecord { item, known, now: *NOW })
}

fn profile(place: usize, attributes: Vec<(String, AttributeValue)>) -> Item {
    let own = [(PK, "p".to_owned()), (SK, format!("{place:04}")), (ID, profile_id(place).to_string()), (CREATED_AT, TIME.to_owned())];
    Item(own.map(|(name, value)| (name.to_owned(), text(value))).into_iter().chain(attributes).collect())
}

/// The id of the profile in this place.
pub(super) fn profile_id(place: usize) -> ProfileId {
    ProfileId::new(1, Slot::from_random(u64::try_from(place).unwrap()))
}

/// The id of a company.
pub(super) fn company_id(number: usize) -> CompanyId {
    CompanyId::new(1, Slot::from_random(u64::try_from(number).unwrap()))
}

/// Companies that decide a filter.
pub(super) fn company_set(numbers: impl IntoIterator<Item = usize>, others_fit: bool) -> CompanySet {
    CompanySet { ids: numbers.into_iter().map(company_id).collect::<HashSet<_>>(), others_fit }
}

/// Filters that must all fit.
pub(super) fn filters(filters: Vec<Filter>) -> Filters {
    Filters { group: Group { filters, ..Group::default() }, companies: 0, activities: 0 }
}
