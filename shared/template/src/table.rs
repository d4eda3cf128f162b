//! DynamoDB tables of the template.

use serde::Deserialize;
use serde_json::Value;

use crate::{error::TemplateError, names};

/// A DynamoDB table, as far as a local copy needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// The table's key under `Resources`, such as `ProfilesTable`.
    pub logical_id: String,
    /// The attributes of the keys, and their types.
    pub attributes: Vec<Attribute>,
    /// The table's own key.
    pub key: Key,
    /// The global secondary indexes.
    pub indexes: Vec<Index>,
    /// The attribute that holds an item's expiry in Unix seconds, if the table has one.
    pub time_to_live: Option<String>,
    /// The content of the table's stream, if it has one.
    pub stream: Option<StreamView>,
}

impl Table {
    /// The table's local name: `profiles` for `ProfilesTable`.
    pub fn name(&self) -> String {
        names::table_name(&self.logical_id)
    }

    /// The environment variable that holds the table's name: `PROFILES_TABLE` for `ProfilesTable`.
    pub fn environment_variable(&self) -> String {
        names::environment_variable(&self.logical_id)
    }

    pub(crate) fn read(logical_id: &str, properties: Value) -> Result<Self, TemplateError> {
        let raw: RawTable = serde_json::from_value(properties).map_err(|error| TemplateError::resource(logical_id, error))?;
        let key = Key::read(logical_id, "the table's KeySchema", raw.key_schema)?;
        let indexes = raw
            .indexes
            .into_iter()
            .map(|index| {
                Ok(Index {
                    key: Key::read(logical_id, &index.name, index.key_schema)?,
                    projection: Projection::read(logical_id, &index.name, index.projection)?,
                    name: index.name,
                })
            })
            .collect::<Result<Vec<_>, TemplateError>>()?;
        let table = Self {
            logical_id: logical_id.to_owned(),
            attributes: raw.attributes,
            key,
            indexes,
            time_to_live: raw.time_to_live.filter(|setting| setting.enabled).map(|setting| setting.attribute),
            stream: raw.stream.map(|setting| setting.view),
        };
        table.check_attributes()?;
        Ok(table)
    }

    /// Fails for a key attribute without a type, and for a type that no key uses. DynamoDB refuses both, but does not name the attribute.
    fn check_attributes(&self) -> Result<(), TemplateError> {
        let used = || self.indexes.iter().map(|index| &index.key).chain([&self.key]).flat_map(Key::attributes);
        if let Some(name) = used().find(|name| self.attributes.iter().all(|defined| defined.name != *name)) {
            let problem = format!("AttributeDefinitions lacks the key attribute `{name}`");
            return Err(TemplateError::resource(&self.logical_id, problem));
        }
        if let Some(defined) = self.attributes.iter().find(|defined| used().all(|name| defined.name != name)) {
            let problem = format!("AttributeDefinitions has `{}`, which no key uses", defined.name);
            return Err(TemplateError::resource(&self.logical_id, problem));
        }
        Ok(())
    }
}

/// An attribute that a key uses.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Attribute {
    /// The attribute's name.
    #[serde(rename = "AttributeName")]
    pub name: String,
    /// The attribute's type.
    #[serde(rename = "AttributeType")]
    pub kind: AttributeKind,
}

/// The types that a key attribute may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum AttributeKind {
    /// `S`
    #[serde(rename = "S")]
    String,
    /// `N`
    #[serde(rename = "N")]
    Number,
    /// `B`
    #[serde(rename = "B")]
    Binary,
}

/// The key of a table or an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// The partition key's attribute.
    pub hash: String,
    /// The sort key's attribute.
    pub range: Option<String>,
}

impl Key {
    fn read(logical_id: &str, place: &str, elements: Vec<KeyElement>) -> Result<Self, TemplateError> {
        let mut hash = None;
        let mut range = None;
        for element in elements {
            let slot = match element.kind {
                KeyKind::Hash => &mut hash,
                KeyKind::Range => &mut range,
            };
            if slot.replace(element.attribute).is_some() {
                let problem = format!("{place} has two keys of one KeyType");
                return Err(TemplateError::resource(logical_id, problem));
            }
        }
        match hash {
            Some(hash) => Ok(Self { hash, range }),
            None => Err(TemplateError::resource(logical_id, format!("{place} has no key of KeyType HASH"))),
        }
    }

    /// The attributes, partition key first.
    pub fn attributes(&self) -> impl Iterator<Item = &str> {
        [Some(self.hash.as_str()), self.range.as_deref()].into_iter().flatten()
    }
}

/// A global secondary index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    /// The index's name.
    pub name: String,
    /// The index's key.
    pub key: Key,
    /// The part of an item that the index holds.
    pub projection: Projection,
}

/// The part of an item that an index holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Projection {
    /// The keys of table and index.
    KeysOnly,
    /// The keys and these attributes.
    Include(Vec<String>),
    /// The whole item.
    All,
}

impl Projection {
    fn read(logical_id: &str, index: &str, raw: RawProjection) -> Result<Self, TemplateError> {
        match (raw.kind, raw.attributes) {
            (ProjectionKind::KeysOnly, None) => Ok(Self::KeysOnly),
            (ProjectionKind::All, None) => Ok(Self::All),
            (ProjectionKind::Include, Some(attributes)) => Ok(Self::Include(attributes)),
            (ProjectionKind::Include, None) => {
                Err(TemplateError::resource(logical_id, format!("the projection INCLUDE of `{index}` lacks NonKeyAttributes")))
            }
            (_, Some(_)) => {
                Err(TemplateError::resource(logical_id, format!("NonKeyAttributes of `{index}` goes with the projection INCLUDE only")))
            }
        }
    }
}

/// The part of the changed item that a stream's records hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum StreamView {
    /// The key.
    KeysOnly,
    /// The item after the change.
    NewImage,
    /// The item before the change.
    OldImage,
    /// The item before and after the change.
    NewAndOldImages,
}

#[derive(Deserialize)]
struct RawTable {
    #[serde(rename = "AttributeDefinitions")]
    attributes: Vec<Attribute>,
    #[serde(rename = "KeySchema")]
    key_schema: Vec<KeyElement>,
    #[serde(rename = "GlobalSecondaryIndexes", default)]
    indexes: Vec<RawIndex>,
    #[serde(rename = "TimeToLiveSpecification")]
    time_to_live: Option<RawTimeToLive>,
    #[serde(rename = "StreamSpecification")]
    stream: Option<RawStream>,
}

#[derive(Deserialize)]
struct RawIndex {
    #[serde(rename = "IndexName")]
    name: String,
    #[serde(rename = "KeySchema")]
    key_schema: Vec<KeyElement>,
    #[serde(rename = "Projection")]
    projection: RawProjection,
}

#[derive(Deserialize)]
struct KeyElement {
    #[serde(rename = "AttributeName")]
    attribute: String,
    #[serde(rename = "KeyType")]
    kind: KeyKind,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum KeyKind {
    Hash,
    Range,
}

#[derive(Deserialize)]
struct RawProjection {
    #[serde(rename = "ProjectionType")]
    kind: ProjectionKind,
    #[serde(rename = "NonKeyAttributes")]
    attributes: Option<Vec<String>>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum ProjectionKind {
    KeysOnly,
    Include,
    All,
}

#[derive(Deserialize)]
struct RawTimeToLive {
    #[serde(rename = "AttributeName")]
    attribute: String,
    #[serde(rename = "Enabled")]
    enabled: bool,
}

#[derive(Deserialize)]
struct RawStream {
    #[serde(rename = "StreamViewType")]
    view: StreamView,
}
