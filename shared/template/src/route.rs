//! Routes of the template: the `HttpApi` events of its functions.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::error::TemplateError;
use crate::function;

/// The path of the route for requests that match no other. Its method is `ANY`.
pub const DEFAULT_ROUTE: &str = "$default";

/// A route of the HTTP API, and its function.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Route {
    /// The method in upper case; `ANY` means every method.
    pub method: String,
    /// The path, with parameters as `{name}` and a greedy one as `{name+}`; or [`DEFAULT_ROUTE`].
    pub path: String,
    /// The logical id of the function.
    pub function: String,
    /// The function's binary.
    pub binary: String,
}

impl Route {
    /// True if this is the route for requests that match no other.
    pub fn is_default(&self) -> bool {
        self.path == DEFAULT_ROUTE
    }

    /// The routes of one function.
    pub(crate) fn read_all(logical_id: &str, metadata: Value, properties: Value) -> Result<Vec<Self>, TemplateError> {
        let unreadable = |error: serde_json::Error| TemplateError::resource(logical_id, error);
        let events = match properties {
            Value::Null => BTreeMap::new(),
            properties => serde_json::from_value::<Function>(properties).map_err(unreadable)?.events,
        };
        let mut events = events.into_iter().filter(|(_, event)| event.kind == "HttpApi").peekable();
        // A function without routes, such as one behind a stream, needs no binary here.
        if events.peek().is_none() {
            return Ok(Vec::new());
        }

        let binary = function::binary(logical_id, metadata)?;
        events
            .map(|(event_id, event)| {
                let target = match event.properties {
                    Value::Null => Target::default(),
                    properties => serde_json::from_value(properties).map_err(unreadable)?,
                };
                let (method, path) = match (target.method, target.path) {
                    (Some(method), Some(path)) => (method.to_ascii_uppercase(), path),
                    (None, None) => ("ANY".to_owned(), DEFAULT_ROUTE.to_owned()),
                    _ => {
                        return Err(TemplateError::resource(
                            logical_id,
                            format!("its event `{event_id}` needs both Method and Path, or neither for the default route"),
                        ));
                    }
                };
                Ok(Self { method, path, function: logical_id.to_owned(), binary: binary.clone() })
            })
            .collect()
    }
}

/// Fails if two functions have the same method and path. The deployment would fail too, but only after minutes.
pub(crate) fn check_unique(routes: &[Route]) -> Result<(), TemplateError> {
    let mut seen = BTreeMap::new();
    for route in routes {
        if let Some(first) = seen.insert((&route.method, &route.path), &route.function) {
            return Err(TemplateError::RouteTwice {
                method: route.method.clone(),
                path: route.path.clone(),
                first: first.clone(),
                second: route.function.clone(),
            });
        }
    }
    Ok(())
}

#[derive(Deserialize)]
struct Function {
    #[serde(rename = "Events", default)]
    events: BTreeMap<String, Event>,
}

#[derive(Deserialize)]
struct Event {
    #[serde(rename = "Type")]
    kind: String,
    #[serde(rename = "Properties", default)]
    properties: Value,
}

#[derive(Default, Deserialize)]
struct Target {
    #[serde(rename = "Method")]
    method: Option<String>,
    #[serde(rename = "Path")]
    path: Option<String>,
}
