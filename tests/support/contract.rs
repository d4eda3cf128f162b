//! The answers that `openapi.yaml` allows. Every answer that a test gets from the API is held against it.

use std::collections::{BTreeSet, HashMap};
use std::sync::OnceLock;

use boon::{Compiler, Draft, SchemaIndex, Schemas};
use http::HeaderMap;
use profiles_api::routes::Route;
use serde_json::Value;

use crate::project_file;

/// The name under which the document's parts refer to each other.
const DOCUMENT: &str = "file:///openapi.yaml";
/// The answer to a request that matches no operation, among the document's responses.
const NO_OPERATION: &str = "/components/responses/EndpointNotFound";

/// What an answer of one status has to be.
#[derive(Clone)]
struct Allowed {
    schema: SchemaIndex,
    headers: Vec<String>,
}

/// The answers of one operation, by their statuses.
type Answers = HashMap<u16, Allowed>;

/// The document, with its schemas compiled.
pub struct Contract {
    document: Value,
    schemas: Schemas,
    operations: HashMap<(String, String), Answers>,
    /// Those to a request that matches no operation.
    no_operation: Answers,
}

/// Returns the contract, which is read once.
pub fn contract() -> &'static Contract {
    static CONTRACT: OnceLock<Contract> = OnceLock::new();
    CONTRACT.get_or_init(Contract::read)
}

impl Contract {
    fn read() -> Self {
        let options = serde_saphyr::options! { strict_booleans: true };
        let document: Value = serde_saphyr::from_str_with_options(&project_file("openapi.yaml"), options).expect("openapi.yaml is YAML");
        let mut compiler = Compiler::new();
        compiler.set_default_draft(Draft::V2020_12);
        compiler.add_resource(DOCUMENT, document.clone()).expect("a resource");
        let mut schemas = Schemas::new();
        let mut allowed = |pointer: String| allowed(&document, &mut compiler, &mut schemas, pointer);
        let mut operations = HashMap::new();
        for (path, item) in document["paths"].as_object().expect("paths") {
            for (method, operation) in item.as_object().expect("operations").iter().filter(|(name, _)| *name != "parameters") {
                let responses = operation["responses"].as_object().expect("responses");
                let of_status = responses.keys().map(|status| {
                    let pointer = format!("/paths/{}/{method}/responses/{status}", escaped(path));
                    (status.parse().expect("a status"), allowed(pointer))
                });
                let answers: Answers = of_status.collect();
                operations.insert((method.to_uppercase(), path.clone()), answers);
            }
        }
        let mut no_operation = operations[&("GET".to_owned(), "/".to_owned())].clone();
        no_operation.remove(&200);
        no_operation.insert(404, allowed(NO_OPERATION.to_owned()));
        Self { document, schemas, operations, no_operation }
    }

    /// The methods and paths of all operations.
    #[must_use]
    pub fn operations(&self) -> BTreeSet<(&str, &str)> {
        self.operations.keys().map(|(method, path)| (method.as_str(), path.as_str())).collect()
    }

    /// Returns the body of the example of this name of an error.
    ///
    /// # Panics
    /// If there is none.
    #[must_use]
    pub fn error(&self, name: &str) -> &Value {
        let responses = self.document["components"]["responses"].as_object().expect("responses").values();
        let mut examples =
            responses.filter_map(|response| response.pointer("/content/application~1json/examples")?.get(name)?.get("value"));
        examples.find(|example| example["messages"].is_array()).unwrap_or_else(|| panic!("no error is called {name}"))
    }

    /// Checks an answer to a request that matched this route, or none.
    ///
    /// # Errors
    /// A text that says in what it differs from the document.
    pub fn check(&self, route: Option<Route>, status: u16, headers: &HeaderMap, body: &Value) -> Result<(), String> {
        let (named, answers) = match route {
            Some(Route { method, path, .. }) => {
                (format!("{method} {path}"), self.operations.get(&(method.to_owned(), path.to_owned())).ok_or("not in openapi.yaml")?)
            }
            None => ("a request without a route".to_owned(), &self.no_operation),
        };
        let allowed = answers.get(&status).ok_or_else(|| format!("openapi.yaml has no {status} of {named}: {body}"))?;
        if let Some(missing) = allowed.headers.iter().find(|name| !headers.contains_key(name.as_str())) {
            return Err(format!("the {status} of {named} lacks the header {missing}"));
        }
        let checked = self.schemas.validate(body, allowed.schema);
        checked.map_err(|error| format!("the {status} of {named} is not as openapi.yaml says: {error}\n{body}"))
    }
}

/// Reads the response at this place of the document, which may refer to another one.
fn allowed(document: &Value, compiler: &mut Compiler, schemas: &mut Schemas, pointer: String) -> Allowed {
    let at = |pointer: &str| document.pointer(pointer).unwrap_or_else(|| panic!("openapi.yaml has no {pointer}"));
    let pointer = at(&pointer)["$ref"].as_str().map_or(pointer, |other| other.trim_start_matches('#').to_owned());
    let headers = at(&pointer)["headers"].as_object().into_iter().flatten();
    let headers = headers.map(|(name, _)| name.to_lowercase()).collect();
    let location = format!("{DOCUMENT}#{}/content/application~1json/schema", pointer.replace('{', "%7B").replace('}', "%7D"));
    let schema = compiler.compile(&location, schemas).unwrap_or_else(|error| panic!("{location}: {error:#}"));
    Allowed { schema, headers }
}

/// Escapes a name for a JSON pointer.
fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}
