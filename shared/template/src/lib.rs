//! The tables, routes, permissions, alarms and function environments of `template.yaml`, as plain data.
//!
//! The SAM template is the only place where these are defined. Code on a developer's machine reads them through this crate: the creation
//! of local tables, the check of the local router, the start of a function in the benchmark, and the tests of permissions and alarms.
//!
//! CloudFormation's short tags (`!Ref`, `!Sub`, `!GetAtt`, `!If`) are read as their bare arguments. Everything else is ignored.

mod alarm;
mod error;
mod function;
pub mod names;
mod permission;
mod route;
mod table;

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

pub use alarm::{Alarm, Comparison, Metric, Missing, Statistic};
pub use error::TemplateError;
pub use function::Function;
pub use permission::Permission;
pub use route::{DEFAULT_ROUTE, Route};
pub use table::{Attribute, AttributeKind, Index, Key, Projection, StreamView, Table};

/// The tables and routes of a SAM template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    tables: Vec<Table>,
    routes: Vec<Route>,
}

impl Template {
    /// Parses a template's text.
    ///
    /// # Errors
    /// If it is not YAML or has no resources, or if a table or route lacks something or contradicts itself.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        let mut tables = Vec::new();
        let mut routes = Vec::new();
        for (logical_id, resource) in Document::parse(text)?.resources {
            match resource.kind.as_str() {
                "AWS::DynamoDB::Table" => {
                    tables.push(Table::read(&logical_id, resource.properties)?);
                }
                "AWS::Serverless::Function" => routes.extend(Route::read_all(&logical_id, resource.metadata, resource.properties)?),
                _ => {}
            }
        }
        route::check_unique(&routes)?;
        Ok(Self { tables, routes })
    }

    /// The tables, ordered by logical id.
    pub fn tables(&self) -> &[Table] {
        &self.tables
    }

    /// The local name of the table whose name this environment variable holds.
    pub fn table_name(&self, environment_variable: &str) -> Option<String> {
        self.tables.iter().find(|table| table.environment_variable() == environment_variable).map(Table::name)
    }

    /// The routes, ordered by the function's logical id, then by the event's.
    pub fn routes(&self) -> &[Route] {
        &self.routes
    }
}

#[derive(Deserialize)]
struct Document {
    #[serde(rename = "Parameters", default)]
    parameters: BTreeMap<String, Value>,
    #[serde(rename = "Globals", default)]
    globals: Value,
    #[serde(rename = "Resources")]
    resources: BTreeMap<String, Resource>,
}

impl Document {
    fn parse(text: &str) -> Result<Self, TemplateError> {
        // `AttributeType: N` is the type number, not YAML 1.1's word for no.
        let options = serde_saphyr::options! { strict_booleans: true };
        serde_saphyr::from_str_with_options(text, options).map_err(|error| TemplateError::Yaml(error.to_string()))
    }
}

#[derive(Deserialize)]
struct Resource {
    #[serde(rename = "Type")]
    kind: String,
    #[serde(rename = "Metadata", default)]
    metadata: Value,
    #[serde(rename = "Properties", default)]
    properties: Value,
}
