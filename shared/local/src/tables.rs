//! Creates the template's tables.

use std::time::{Duration, Instant};

use aws_sdk_dynamodb::{
    Client,
    error::SdkError,
    operation::create_table::CreateTableError,
    types::{
        AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection as SdkProjection, ProjectionType,
        ScalarAttributeType, StreamSpecification, StreamViewType, TableDescription, TableStatus, TimeToLiveSpecification, TimeToLiveStatus,
    },
};
use profiles_template::{AttributeKind, Index, Key, Projection, StreamView, Table, Template};

use crate::error::LocalError;

/// The time for a new table, which takes a few seconds on AWS and none locally.
const READY_WITHIN: Duration = Duration::from_secs(60);
const POLL_EVERY: Duration = Duration::from_millis(250);

/// The result for a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The table's name.
    pub table: String,
    /// True if it was created now, false if it existed already.
    pub created: bool,
}

/// Returns the local name of a table: the prefix, and the name that follows from its logical id.
pub fn local_name(table: &Table, prefix: &str) -> String {
    format!("{prefix}{}", table.name())
}

/// Creates the missing tables, and returns when all are ready to use. A second call changes nothing.
///
/// # Errors
/// If the database refuses or is not reached, or a table exists with other keys.
pub async fn create_tables(client: &Client, template: &Template, prefix: &str) -> Result<Vec<Outcome>, LocalError> {
    let mut outcomes = Vec::with_capacity(template.tables().len());
    for table in template.tables() {
        outcomes.push(create(client, table, local_name(table, prefix)).await?);
    }
    Ok(outcomes)
}

async fn create(client: &Client, table: &Table, name: String) -> Result<Outcome, LocalError> {
    let request = client
        .create_table()
        .table_name(&name)
        .billing_mode(BillingMode::PayPerRequest)
        .set_attribute_definitions(Some(
            table
                .attributes
                .iter()
                .map(|attribute| {
                    built(
                        AttributeDefinition::builder()
                            .attribute_name(&attribute.name)
                            .attribute_type(match attribute.kind {
                                AttributeKind::String => ScalarAttributeType::S,
                                AttributeKind::Number => ScalarAttributeType::N,
                                AttributeKind::Binary => ScalarAttributeType::B,
                            })
                            .build(),
                        &name,
                    )
                })
                .collect::<Result<_, _>>()?,
        ))
        .set_key_schema(Some(key_schema(&table.key, &name)?))
        .set_global_secondary_indexes(indexes(&table.indexes, &name)?)
        .set_stream_specification(stream(table.stream, &name)?);

    let (created, description) = match request.send().await {
        Ok(output) => (true, output.table_description),
        Err(SdkError::ServiceError(error)) if matches!(error.err(), CreateTableError::ResourceInUseException(_)) => (false, None),
        Err(error) => return Err(LocalError::database("CreateTable", &name, error)),
    };
    let description = match description {
        Some(description) if is_ready(&description) => description,
        _ => wait(client, &name).await?,
    };
    if !has_keys(&description, table) {
        return Err(LocalError::Different(name));
    }
    if let Some(attribute) = &table.time_to_live {
        expire(client, &name, attribute, created).await?;
    }
    Ok(Outcome { table: name, created })
}

async fn wait(client: &Client, name: &str) -> Result<TableDescription, LocalError> {
    let started = Instant::now();
    while started.elapsed() < READY_WITHIN {
        let output =
            client.describe_table().table_name(name).send().await.map_err(|error| LocalError::database("DescribeTable", name, error))?;
        if let Some(description) = output.table.filter(is_ready) {
            return Ok(description);
        }
        tokio::time::sleep(POLL_EVERY).await;
    }
    Err(LocalError::NotReady(name.to_owned(), READY_WITHIN))
}

fn is_ready(description: &TableDescription) -> bool {
    description.table_status() == Some(&TableStatus::Active)
        && description.global_secondary_indexes().iter().all(|index| index.index_status().is_none_or(|status| status.as_str() == "ACTIVE"))
}

async fn expire(client: &Client, name: &str, attribute: &str, created: bool) -> Result<(), LocalError> {
    // Setting it again is an error, so the state of an existing table is read first.
    if !created {
        let output = client
            .describe_time_to_live()
            .table_name(name)
            .send()
            .await
            .map_err(|error| LocalError::database("DescribeTimeToLive", name, error))?;
        let status = output.time_to_live_description.and_then(|description| description.time_to_live_status);
        if matches!(status, Some(TimeToLiveStatus::Enabled | TimeToLiveStatus::Enabling)) {
            return Ok(());
        }
    }
    let specification = built(TimeToLiveSpecification::builder().attribute_name(attribute).enabled(true).build(), name)?;
    client
        .update_time_to_live()
        .table_name(name)
        .time_to_live_specification(specification)
        .send()
        .await
        .map_err(|error| LocalError::database("UpdateTimeToLive", name, error))?;
    Ok(())
}

/// True if a table and its indexes have the template's keys.
fn has_keys(description: &TableDescription, table: &Table) -> bool {
    let same = |elements: &[KeySchemaElement], key: &Key| {
        let part = |kind: &KeyType| elements.iter().find(|element| element.key_type() == kind).map(KeySchemaElement::attribute_name);
        part(&KeyType::Hash) == Some(key.hash.as_str()) && part(&KeyType::Range) == key.range.as_deref()
    };
    let existing = description.global_secondary_indexes();
    same(description.key_schema(), &table.key)
        && table.indexes.iter().all(|index| {
            existing.iter().any(|found| found.index_name() == Some(index.name.as_str()) && same(found.key_schema(), &index.key))
        })
}

fn key_schema(key: &Key, table: &str) -> Result<Vec<KeySchemaElement>, LocalError> {
    let element = |name: &str, kind: KeyType| built(KeySchemaElement::builder().attribute_name(name).key_type(kind).build(), table);
    let mut elements = vec![element(&key.hash, KeyType::Hash)?];
    if let Some(range) = &key.range {
        elements.push(element(range, KeyType::Range)?);
    }
    Ok(elements)
}

fn indexes(indexes: &[Index], table: &str) -> Result<Option<Vec<GlobalSecondaryIndex>>, LocalError> {
    // DynamoDB refuses an empty list, but not a missing one.
    if indexes.is_empty() {
        return Ok(None);
    }
    indexes
        .iter()
        .map(|index| {
            built(
                GlobalSecondaryIndex::builder()
                    .index_name(&index.name)
                    .set_key_schema(Some(key_schema(&index.key, table)?))
                    .projection(projection(&index.projection))
                    .build(),
                table,
            )
        })
        .collect::<Result<_, _>>()
        .map(Some)
}

fn projection(projection: &Projection) -> SdkProjection {
    let builder = SdkProjection::builder();
    match projection {
        Projection::KeysOnly => builder.projection_type(ProjectionType::KeysOnly),
        Projection::All => builder.projection_type(ProjectionType::All),
        Projection::Include(attributes) => {
            builder.projection_type(ProjectionType::Include).set_non_key_attributes(Some(attributes.clone()))
        }
    }
    .build()
}

fn stream(view: Option<StreamView>, table: &str) -> Result<Option<StreamSpecification>, LocalError> {
    let Some(view) = view else { return Ok(None) };
    let specification = StreamSpecification::builder()
        .stream_enabled(true)
        .stream_view_type(match view {
            StreamView::KeysOnly => StreamViewType::KeysOnly,
            StreamView::NewImage => StreamViewType::NewImage,
            StreamView::OldImage => StreamViewType::OldImage,
            StreamView::NewAndOldImages => StreamViewType::NewAndOldImages,
        })
        .build();
    built(specification, table).map(Some)
}

/// Converts the error of an SDK builder, which fails if a required member is missing. The template's types have all of them.
fn built<T>(result: Result<T, aws_sdk_dynamodb::error::BuildError>, table: &str) -> Result<T, LocalError> {
    result.map_err(|error| LocalError::database("CreateTable", table, error))
}
