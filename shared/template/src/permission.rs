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
    /// The patterns of partition keys that the action is limited to, such as `secret#*`. If there are none, it is allowed for all keys.
    pub leading_keys: Vec<String>,
}

impl Permission {
    /// Reads all permissions of a template's functions, which are in the statements of their roles, in the functions' order.
    ///
    /// # Errors
    /// If the text is not a template, or gives a function permissions in another way than by a role's own statements with `Allow`,
    /// `Action`, `Resource` and a condition on `dynamodb:LeadingKeys`: the template does not say what those allow.
    pub fn read_all(text: &str) -> Result<Vec<Self>, TemplateError> {
        let resources = Document::parse(text)?.resources;
        let mut permissions = Vec::new();
        for (logical_id, resource) in &resources {
            if resource.kind != "AWS::Serverless::Function" {
                continue;
            }
            let unreadable = |problem: String| TemplateError::resource(logical_id, problem);
            let properties = &resource.properties;
            if properties.get("Policies").is_some() {
                return Err(unreadable("it has Policies, to which SAM adds AWS's own; write them in its Role".to_owned()));
            }
            let role = properties.get("Role").and_then(named).ok_or_else(|| {
                unreadable("it has no Role of the template, and so one with AWS's own policies; give it one by !GetAtt".to_owned())
            })?;
            let role = resources
                .get(&role)
                .filter(|found| found.kind == "AWS::IAM::Role")
                .ok_or_else(|| unreadable(format!("its Role `{role}` is no AWS::IAM::Role of the template")))?;
            let role: Role = serde_json::from_value(role.properties.clone())
                .map_err(|error| unreadable(format!("its Role is no list of statements: {error}")))?;
            for policy in role.policies {
                for statement in policy.document.statements.into_list() {
                    let statement: Statement = serde_json::from_value(statement)
                        .map_err(|error| unreadable(format!("a statement is not an Allow, Action and Resource: {error}")))?;
                    statement.add_to(&mut permissions, logical_id)?;
                }
            }
        }
        Ok(permissions)
    }

    /// True if the action is allowed for this partition key.
    pub fn allows_key(&self, key: &str) -> bool {
        let matches = |pattern: &String| match pattern.split_once('*') {
            Some((start, end)) => key.strip_prefix(start).is_some_and(|rest| rest.ends_with(end)),
            None => key == pattern,
        };
        self.leading_keys.is_empty() || self.leading_keys.iter().any(matches)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Role {
    #[serde(rename = "AssumeRolePolicyDocument")]
    _assumed_by: Value,
    #[serde(rename = "Policies", default)]
    policies: Vec<Policy>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Policy {
    #[serde(rename = "PolicyName")]
    _name: Value,
    #[serde(rename = "PolicyDocument")]
    document: Statements,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Statements {
    #[serde(rename = "Version")]
    _version: Option<Value>,
    #[serde(rename = "Statement")]
    statements: OneOrMore,
}

/// A statement with these fields only: a `NotAction` allows nearly everything.
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
    #[serde(rename = "Condition")]
    condition: Option<Condition>,
}

/// The only condition that is understood.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Condition {
    #[serde(rename = "ForAllValues:StringLike")]
    all: LeadingKeys,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LeadingKeys {
    #[serde(rename = "dynamodb:LeadingKeys")]
    patterns: Vec<String>,
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
        let leading_keys = self.condition.map(|condition| condition.all.patterns).unwrap_or_default();
        for resource in resources {
            let resource = named(&resource).ok_or_else(|| unreadable(&resource))?;
            for action in self.actions.list() {
                let action = action.as_str().ok_or_else(|| unreadable(action))?.to_owned();
                let (resource, leading_keys) = (resource.clone(), leading_keys.clone());
                permissions.push(Permission { function: function.to_owned(), action, resource, leading_keys });
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
