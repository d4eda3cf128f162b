//! A property as JSON.

use profiles_domain::Property;
use profiles_normalization::Value;
use serde::Serialize;

#[derive(Serialize)]
pub(super) struct PropertyJson {
    id: String,
    created_at: String,
    updated_at: String,
    name: String,
    description: Option<String>,
    kind: &'static str,
    prop: String,
    types: Vec<&'static str>,
    values: Vec<Value>,
    last_seen_at: Option<String>,
    truncated_at: Option<String>,
}

impl From<Property> for PropertyJson {
    fn from(property: Property) -> Self {
        let Property { id, kind, prop, name, description, types, values, last_seen_at, truncated_at, created_at, updated_at } = property;
        Self {
            id: id.to_string(),
            created_at,
            updated_at,
            name,
            description,
            kind: kind.as_str(),
            prop,
            types: types.words().collect(),
            values,
            last_seen_at,
            truncated_at,
        }
    }
}
