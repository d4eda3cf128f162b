//! The permissions of the template's functions.

use serde::Deserialize;
use serde_json::Value;

use crate::Document;
use crate::error::TemplateError;

/// A permission of a function.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Permission {
    /// The logical id of the function.
    pub function: String,
    /// The allowed action, such as `dynamodb:GetItem`.
    pub action: String,
    /// The logical id of the resource, and the text after its ARN, as in `BatchesTable/index/waiting-index`. A resource that is not in
    /// the template keeps its text.
    pub resource: String,
}

impl Permission {
    /// Reads all permissions in the statements of a template's functions, in their order.
    ///
    /// # Errors
    /// If the text is not a template, or gives a function permissions in another way than by statements with `Allow`, `Action` and
    /// `Resource`: the template does not say what those allow.
    pub fn read_all(text: &str) -> Result<Vec<Self>, TemplateError> {
        let mut permissions = Vec::new();
        for (logical_id, resource) in Document::parse(text)?.resources {
            if resource.kind != "AWS::Serverless::Function" || resource.properties.is_null() {
                continue;
            }
            let unreadable = |error: serde_json::Error| TemplateError::resource(&logical_id, error);
            let function: Function = serde_json::from_value(resource.properties).map_err(unreadable)?;
            if function.role.is_some() {
                return Err(TemplateError::resource(&logical_id, "it has a Role, whose permissions are not read; write them as Policies"));
            }
            for policy in function.policies.into_list() {
                let policy: Policy = serde_json::from_value(policy).map_err(|error| {
                    TemplateError::resource(&logical_id, format!("one of its Policies is no list of statements: {error}"))
                })?;
                for statement in policy.statements.into_list() {
                    let statement: Statement = serde_json::from_value(statement).map_err(|error| {
                        TemplateError::resource(&logical_id, format!("a statement is not an Allow, Action and Resource: {error}"))
                    })?;
                    statement.add_to(&mut permissions, &logical_id)?;
                }
            }
        }
        Ok(permissions)
    }
}

#[derive(Deserialize)]
struct Function {
    #[serde(rename = "Policies", default)]
    policies: OneOrMore,
    #[serde(rename = "Role")]
    role: Option<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Policy {
    #[serde(rename = "Version")]
    _version: Option<Value>,
    #[serde(rename = "Statement")]
    statements: OneOrMore,
}

/// A statement with these fields only: a `NotAction` allows nearly everything, and a `Condition` would be overlooked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Statement {
    #[serde(rename = "Sid")]
    _sid: Option<String>,
    #[serde(rename = "Effect")]
    _effect: Allow,
    #[serde(rename = "Action")]
    actions: OneOrMore,
    #[serde(rename = "Resource")]
    resources: OneOrMore,
}

#[derive(Deserialize)]
enum Allow {
    Allow,
}

impl Statement {
    fn add_to(self, permissions: &mut Vec<Permission>, function: &str) -> Result<(), TemplateError> {
        let unreadable = |value: &Value| TemplateError::resource(function, format!("a statement has {value}, which is not read"));
        // `!GetAtt [Table, Arn]` without its tag looks like two resources.
        let resources = match self.resources {
            OneOrMore::More(parts) if arn_of(&parts).is_some() => vec![Value::Array(parts)],
            resources => resources.into_list(),
        };
        for resource in resources {
            let resource = named(&resource).ok_or_else(|| unreadable(&resource))?;
            for action in self.actions.list() {
                let action = action.as_str().ok_or_else(|| unreadable(action))?.to_owned();
                permissions.push(Permission { function: function.to_owned(), action, resource: resource.clone() });
            }
        }
        Ok(())
    }
}

/// Reads a `Resource`, in any of the forms in which an ARN of the template can be written.
fn named(resource: &Value) -> Option<String> {
    match resource {
        Value::String(text) => Some(without_arn(text)),
        Value::Array(parts) => arn_of(parts).map(str::to_owned),
        Value::Object(long) if long.len() == 1 => long.get("Fn::GetAtt").or_else(|| long.get("Fn::Sub")).and_then(named),
        _ => None,
    }
}

/// Shortens `Table.Arn` and `${Table.Arn}` to `Table`, and keeps the text that follows.
fn without_arn(text: &str) -> String {
    if let Some((id, rest)) = text.strip_prefix("${").and_then(|text| text.split_once(".Arn}")) {
        return format!("{id}{rest}");
    }
    text.strip_suffix(".Arn").unwrap_or(text).to_owned()
}

/// The logical id in the two parts of an ARN's `!GetAtt`.
fn arn_of(parts: &[Value]) -> Option<&str> {
    match parts {
        [id, attribute] if attribute == "Arn" => id.as_str(),
        _ => None,
    }
}

/// A value that may be written alone or in a list.
#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    More(Vec<Value>),
    One(Value),
}

impl Default for OneOrMore {
    fn default() -> Self {
        Self::More(Vec::new())
    }
}

impl OneOrMore {
    fn list(&self) -> &[Value] {
        match self {
            Self::More(list) => list,
            Self::One(one) => std::slice::from_ref(one),
        }
    }

    fn into_list(self) -> Vec<Value> {
        match self {
            Self::More(list) => list,
            Self::One(one) => vec![one],
        }
    }
}
