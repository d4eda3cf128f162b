//! Tables of profiles under random ids, found by indexes.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection, ProjectionType, ScalarAttributeType,
};

/// The key of such a table.
const KEY: &str = "id";

/// Creates one with these indexes: the name and the key of each. They have the whole items: with keys only, finding one would take yet
/// another request.
pub(crate) async fn create_table(client: &Client, name: &str, indexes: &[(&str, &[&str])]) {
    let mut attributes: Vec<&str> = indexes.iter().flat_map(|(_, key)| key.iter().copied()).chain([KEY]).collect();
    attributes.sort_unstable();
    attributes.dedup();
    let text = |name: &&str| {
        AttributeDefinition::builder().attribute_name(*name).attribute_type(ScalarAttributeType::S).build().expect("a whole attribute")
    };
    let index = |(name, key): &(&str, &[&str])| {
        GlobalSecondaryIndex::builder()
            .index_name(*name)
            .set_key_schema(Some(schema(key)))
            .projection(Projection::builder().projection_type(ProjectionType::All).build())
            .build()
            .expect("a whole index")
    };
    let created = client
        .create_table()
        .table_name(name)
        .billing_mode(BillingMode::PayPerRequest)
        .set_key_schema(Some(schema(&[KEY])))
        .set_attribute_definitions(Some(attributes.iter().map(text).collect()))
        .set_global_secondary_indexes(Some(indexes.iter().map(index).collect()))
        .send()
        .await;
    created.expect("the table is created");
}

fn schema(key: &[&str]) -> Vec<KeySchemaElement> {
    let element = |(name, kind): (&&str, KeyType)| KeySchemaElement::builder().attribute_name(*name).key_type(kind).build();
    key.iter().zip([KeyType::Hash, KeyType::Range]).map(element).map(|element| element.expect("a whole key")).collect()
}
