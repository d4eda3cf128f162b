//! The account secret of a request. The first place that has one wins.

use super::{Parameter, Parameters, Request};
use crate::routes::RouteMatch;

const HEADER: &str = "x-account-secret";
/// The parameter's name, in path, query and body.
pub(crate) const PARAMETER: &str = "account_secret";

/// The secret in the header, the path or the query: known before the body is read.
pub(crate) fn outside_body(request: &Request, route: &RouteMatch, query: Option<&Parameters<'_>>) -> Option<String> {
    let header = request.header(HEADER).map(str::trim).filter(|secret| !secret.is_empty());
    header.or_else(|| route.parameter(PARAMETER)).map(str::to_owned).or_else(|| in_parameters(query?))
}

/// The secret among parameters, in any spelling that normalizes to its name.
pub(crate) fn in_parameters(parameters: &Parameters<'_>) -> Option<String> {
    parameters.last_named(PARAMETER).and_then(Parameter::string).filter(|secret| !secret.is_empty())
}
