/// The reason why a template cannot be read. Each text names the place in the template, and what to write there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// Not YAML, or not a template. The parser's text names the line.
    #[error("the template is not readable: {0}. Correct it there; it must be YAML with a `Resources` mapping")]
    Yaml(String),
    /// A resource lacks a property, or has one of the wrong type.
    #[error("the template's resource `{logical_id}` is not readable: {problem}. Correct its properties")]
    Resource {
        /// The resource's key under `Resources`.
        logical_id: String,
        /// A description of what is missing or wrong.
        problem: String,
    },
    /// Two events have the same route.
    #[error("the template gives the route `{method} {path}` to `{first}` and to `{second}`. Remove one of the events")]
    RouteTwice {
        /// The route's method.
        method: String,
        /// The route's path.
        path: String,
        /// The logical id of the first function.
        first: String,
        /// The logical id of the other function.
        second: String,
    },
}

impl TemplateError {
    pub(crate) fn resource(logical_id: &str, problem: impl ToString) -> Self {
        Self::Resource { logical_id: logical_id.to_owned(), problem: problem.to_string() }
    }
}
