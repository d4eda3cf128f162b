//! Functions of the template: what each is built from, and the environment in which it runs.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::error::TemplateError;
use crate::{Document, names};

/// The name that the stack has here, where there is none.
const STACK: &str = "local";

/// A Lambda function, and the environment variables that depend on the template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// The function's key under `Resources`, such as `UpsertFunction`.
    pub logical_id: String,
    /// The binary that it is built from.
    pub binary: String,
    /// The variables that the template sets, and those that Lambda sets from it: memory, log level and log format.
    ///
    /// Tables have their local names, parameters their defaults, and the stack is called `local`. A variable whose value is an
    /// `!If` is left out: it depends on a deployment.
    pub environment: BTreeMap<String, String>,
}

impl Function {
    /// Reads all functions of a template, ordered by logical id.
    ///
    /// # Errors
    /// When the text isn't a template, a function doesn't say which binary it is built from, or a variable refers to something that
    /// has no value outside AWS.
    pub fn read_all(text: &str) -> Result<Vec<Self>, TemplateError> {
        let Document { parameters, globals, resources } = Document::parse(text)?;
        let globals: Globals = read("Globals", globals)?;
        let names = Names {
            tables: resources.iter().filter(|(_, resource)| resource.kind == "AWS::DynamoDB::Table").map(|(id, _)| id.as_str()).collect(),
            others: resources.keys().map(String::as_str).collect(),
            defaults: parameters.iter().map(|(name, parameter)| (name.as_str(), parameter.get("Default"))).collect(),
        };
        let functions = resources.iter().filter(|(_, resource)| resource.kind == "AWS::Serverless::Function");
        functions
            .map(|(logical_id, resource)| {
                let own: Settings = read(logical_id, resource.properties.clone())?;
                Ok(Self {
                    logical_id: logical_id.clone(),
                    binary: binary(logical_id, resource.metadata.clone())?,
                    environment: names.resolve_all(logical_id, globals.function.clone().overridden_by(own))?,
                })
            })
            .collect()
    }
}

/// The binary that a function's metadata names.
pub(crate) fn binary(logical_id: &str, metadata: Value) -> Result<String, TemplateError> {
    read::<Metadata>(logical_id, metadata)?
        .build
        .and_then(|build| build.binary)
        .ok_or_else(|| TemplateError::resource(logical_id, "Metadata.BuildProperties.Binary does not say which binary it is built from"))
}

/// Reads a part of the template; a missing part is an empty one.
fn read<T: Default + for<'de> Deserialize<'de>>(logical_id: &str, part: Value) -> Result<T, TemplateError> {
    serde_json::from_value::<Option<T>>(part).map(Option::unwrap_or_default).map_err(|error| TemplateError::resource(logical_id, error))
}

/// The values of a template's references outside AWS.
struct Names<'a> {
    tables: Vec<&'a str>,
    others: Vec<&'a str>,
    defaults: BTreeMap<&'a str, Option<&'a Value>>,
}

impl Names<'_> {
    fn resolve_all(&self, logical_id: &str, settings: Settings) -> Result<BTreeMap<String, String>, TemplateError> {
        let Settings { environment, memory_size, logging } = settings;
        let from_lambda = [
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", memory_size),
            ("AWS_LAMBDA_LOG_LEVEL", logging.level),
            ("AWS_LAMBDA_LOG_FORMAT", logging.format),
        ];
        let from_lambda = from_lambda.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        let mut resolved = BTreeMap::new();
        for (name, value) in from_lambda.chain(environment.variables) {
            let unresolved = || TemplateError::resource(logical_id, format!("the variable {name} is {value}, which has no local value"));
            // `!If`, whose tag is not read.
            if value.is_array() {
                continue;
            }
            let value = self.resolve(&value).ok_or_else(unresolved)?;
            resolved.insert(name, value);
        }
        Ok(resolved)
    }

    /// A literal, or what a reference means. `!Ref` and `!Sub` are read without their tags, so a text that is the name of something in
    /// the template is a reference to it.
    fn resolve(&self, value: &Value) -> Option<String> {
        let Value::String(text) = value else { return literal(value) };
        let text = text.replace("${AWS::StackName}", STACK);
        if self.tables.contains(&text.as_str()) {
            return Some(names::table_name(&text));
        }
        if let Some(default) = self.defaults.get(text.as_str()) {
            return literal((*default)?);
        }
        let refers = text.contains("${") || text.starts_with("AWS::") || text.ends_with(".Arn") || self.others.contains(&text.as_str());
        (!refers).then_some(text)
    }
}

fn literal(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

#[derive(Default, Deserialize)]
struct Globals {
    #[serde(rename = "Function", default)]
    function: Settings,
}

/// The properties that `Globals` and a function can both have; the function's own counts.
#[derive(Clone, Default, Deserialize)]
struct Settings {
    #[serde(rename = "Environment", default)]
    environment: Environment,
    #[serde(rename = "MemorySize")]
    memory_size: Option<Value>,
    #[serde(rename = "LoggingConfig", default)]
    logging: Logging,
}

impl Settings {
    fn overridden_by(mut self, own: Self) -> Self {
        self.environment.variables.extend(own.environment.variables);
        Self {
            environment: self.environment,
            memory_size: own.memory_size.or(self.memory_size),
            logging: Logging { level: own.logging.level.or(self.logging.level), format: own.logging.format.or(self.logging.format) },
        }
    }
}

#[derive(Clone, Default, Deserialize)]
struct Environment {
    #[serde(rename = "Variables", default)]
    variables: BTreeMap<String, Value>,
}

#[derive(Clone, Default, Deserialize)]
struct Logging {
    #[serde(rename = "ApplicationLogLevel")]
    level: Option<Value>,
    #[serde(rename = "LogFormat")]
    format: Option<Value>,
}

#[derive(Default, Deserialize)]
struct Metadata {
    #[serde(rename = "BuildProperties")]
    build: Option<Build>,
}

#[derive(Deserialize)]
struct Build {
    #[serde(rename = "Binary")]
    binary: Option<String>,
}
