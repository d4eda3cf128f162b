//! The routes: the one table that maps methods and paths to endpoints.

use percent_encoding::percent_decode_str;

use crate::error::Error;

/// An operation of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// Returns the account and user that a secret belongs to.
    CheckSecret,
    /// Creates or updates a profile.
    Upsert,
    /// Returns a profile.
    Retrieve,
    /// Finds profiles.
    SearchProfiles,
    /// Counts profiles.
    CountProfiles,
    /// Accepts a batch of upserts.
    AcceptBatch,
    /// Returns a batch's progress.
    BatchStatus,
    /// Records an event.
    RecordEvent,
    /// Records a webhook about a user and a tour or Microsurvey.
    RecordExperience,
    /// Orders a delivery.
    OrderDelivery,
    /// Lists pending deliveries.
    ListDeliveries,
    /// Returns a delivery.
    ShowDelivery,
    /// Changes a pending delivery.
    ChangeDelivery,
    /// Deletes a pending delivery.
    WithdrawDelivery,
    /// Returns a tour's statistics.
    TourStats,
    /// Returns a Microsurvey's statistics.
    SurveyStats,
    /// Lists responses to Microsurveys.
    Responses,
    /// Lists interactions of users with tours and Microsurveys.
    Interactions,
    /// Lists events of a user.
    Events,
    /// Returns an interaction.
    ShowInteraction,
    /// Deletes a response to a Microsurvey.
    DeleteResponse,
    /// Lists the tours that webhooks named.
    ListTours,
    /// Returns what webhooks told of a tour.
    ShowTour,
    /// Lists the Microsurveys that webhooks named.
    ListSurveys,
    /// Returns what webhooks told of a Microsurvey.
    ShowSurvey,
    /// Resets a profile, and removes its user's records.
    Clear,
    /// Forgets a user.
    Forget,
    /// Returns the progress of forgetting a user, or of deleting a company.
    Deletion,
    /// Creates or updates a company.
    UpsertCompany,
    /// Accepts a batch of upserts of companies.
    AcceptCompanyBatch,
    /// Returns the progress of a batch of companies.
    CompanyBatchStatus,
    /// Returns a company.
    RetrieveCompany,
    /// Finds companies.
    SearchCompanies,
    /// Counts companies.
    CountCompanies,
    /// Lists the members of a company.
    Members,
    /// Deletes a company.
    DeleteCompany,
    /// Lists properties.
    ListProperties,
    /// Returns a property.
    ShowProperty,
    /// Creates a property.
    CreateProperty,
    /// Changes a property's name and description.
    ChangeProperty,
}

/// A Lambda function that serves HTTP. The function of the same name in `endpoints` calls its handlers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// Events, responses, interactions and statistics of users, and their tours and Microsurveys.
    Analyze,
    /// Batches of upserts.
    Batch,
    /// Clearing.
    Clear,
    /// Creating and updating a company.
    Companies,
    /// Deliveries, and deleting a response.
    Deliveries,
    /// Events.
    Events,
    /// Webhooks.
    Experiences,
    /// Forgetting, and deleting a company.
    Forget,
    /// The properties that were sent.
    Properties,
    /// Reading a profile or a company.
    Retrieve,
    /// Checking a secret, and requests that match no route.
    Root,
    /// Finding and counting profiles and companies.
    Search,
    /// Creating and updating a profile.
    Upsert,
}

impl Function {
    /// The function's name, which is also its binary's.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Analyze => "analyze",
            Self::Batch => "batch",
            Self::Clear => "clear",
            Self::Companies => "companies",
            Self::Deliveries => "deliveries",
            Self::Events => "events",
            Self::Experiences => "experiences",
            Self::Forget => "forget",
            Self::Properties => "properties",
            Self::Retrieve => "retrieve",
            Self::Root => "root",
            Self::Search => "search",
            Self::Upsert => "upsert",
        }
    }
}

impl Endpoint {
    /// The function that serves this endpoint.
    #[must_use]
    pub fn function(self) -> Function {
        match self {
            Self::CheckSecret => Function::Root,
            Self::Upsert => Function::Upsert,
            Self::UpsertCompany => Function::Companies,
            Self::Retrieve | Self::RetrieveCompany => Function::Retrieve,
            Self::SearchProfiles | Self::CountProfiles | Self::SearchCompanies | Self::CountCompanies | Self::Members => Function::Search,
            Self::AcceptBatch | Self::BatchStatus | Self::AcceptCompanyBatch | Self::CompanyBatchStatus => Function::Batch,
            Self::RecordEvent => Function::Events,
            Self::RecordExperience => Function::Experiences,
            Self::OrderDelivery
            | Self::ListDeliveries
            | Self::ShowDelivery
            | Self::ChangeDelivery
            | Self::WithdrawDelivery
            | Self::DeleteResponse => Function::Deliveries,
            Self::TourStats
            | Self::SurveyStats
            | Self::Responses
            | Self::Interactions
            | Self::Events
            | Self::ShowInteraction
            | Self::ListTours
            | Self::ShowTour
            | Self::ListSurveys
            | Self::ShowSurvey => Function::Analyze,
            Self::Clear => Function::Clear,
            Self::Forget | Self::Deletion | Self::DeleteCompany => Function::Forget,
            Self::ListProperties | Self::ShowProperty | Self::CreateProperty | Self::ChangeProperty => Function::Properties,
        }
    }

    /// The most bytes that a request's decoded body may have.
    #[must_use]
    pub fn max_body_bytes(self) -> usize {
        self.body_limit().bytes()
    }

    /// The limit of a request's decoded body.
    pub(crate) fn body_limit(self) -> BodyLimit {
        match self {
            Self::AcceptBatch | Self::AcceptCompanyBatch => BodyLimit::Batch,
            _ => BodyLimit::Single,
        }
    }

    /// True if a request may carry a signature of its body's bytes.
    pub(crate) fn may_be_signed(self) -> bool {
        self == Self::RecordExperience
    }
}

/// Bytes of a decoded body, except a batch's.
const MAX_SINGLE_BODY_BYTES: usize = 1024 * 1024;
/// Bytes of a batch's decoded body.
const MAX_BATCH_BYTES: usize = 16 * 1024 * 1024;

/// The limit of a decoded body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BodyLimit {
    /// For one profile or company.
    Single,
    /// For many profiles or companies.
    Batch,
}

impl BodyLimit {
    pub(crate) fn bytes(self) -> usize {
        match self {
            Self::Single => MAX_SINGLE_BODY_BYTES,
            Self::Batch => MAX_BATCH_BYTES,
        }
    }

    pub(crate) fn exceeded(self) -> Error {
        match self {
            Self::Single => Error::BodyTooLarge(MAX_SINGLE_BODY_BYTES),
            Self::Batch => Error::BatchTooLarge,
        }
    }
}

/// One method and path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// The method, in upper case.
    pub method: &'static str,
    /// The path, with `{…}` for the part that varies.
    pub path: &'static str,
    /// The operation.
    pub endpoint: Endpoint,
}

const fn route(method: &'static str, path: &'static str, endpoint: Endpoint) -> Route {
    Route { method, path, endpoint }
}

/// Every route. Requests that match none get a 404 from the function `root`.
pub const ROUTES: &[Route] = &[
    route("GET", "/", Endpoint::CheckSecret),
    route("POST", "/", Endpoint::CheckSecret),
    route("POST", "/v3/observe/hooks/profiles", Endpoint::Upsert),
    route("POST", "/v3/observe/hooks/{account_secret}/profiles", Endpoint::Upsert),
    route("GET", "/v3/analyze/profiles/{id}", Endpoint::Retrieve),
    route("POST", "/v3/analyze/profiles/{id}", Endpoint::Retrieve),
    route("GET", "/v3/analyze/profile", Endpoint::Retrieve),
    route("POST", "/v3/analyze/profile", Endpoint::Retrieve),
    route("GET", "/v3/analyze/profiles", Endpoint::SearchProfiles),
    route("POST", "/v3/analyze/profiles", Endpoint::SearchProfiles),
    route("GET", "/v3/analyze/profiles/count", Endpoint::CountProfiles),
    route("POST", "/v3/analyze/profiles/count", Endpoint::CountProfiles),
    route("POST", "/v3/observe/hooks/profiles/batch", Endpoint::AcceptBatch),
    route("POST", "/v3/observe/hooks/{account_secret}/profiles/batch", Endpoint::AcceptBatch),
    route("GET", "/v3/observe/hooks/profiles/batch/{id}", Endpoint::BatchStatus),
    route("POST", "/v3/observe/hooks/events", Endpoint::RecordEvent),
    route("POST", "/v3/observe/hooks/{account_secret}/events", Endpoint::RecordEvent),
    route("POST", "/v3/observe/hooks/event", Endpoint::RecordEvent),
    route("POST", "/v3/observe/hooks/{account_secret}/event", Endpoint::RecordEvent),
    route("POST", "/v3/observe/hooks/experiences", Endpoint::RecordExperience),
    route("POST", "/v3/observe/hooks/{account_secret}/experiences", Endpoint::RecordExperience),
    route("GET", "/v3/edit/deliveries", Endpoint::ListDeliveries),
    route("POST", "/v3/edit/deliveries", Endpoint::OrderDelivery),
    route("DELETE", "/v3/edit/deliveries", Endpoint::WithdrawDelivery),
    route("GET", "/v3/edit/deliveries/{id}", Endpoint::ShowDelivery),
    route("PATCH", "/v3/edit/deliveries/{id}", Endpoint::ChangeDelivery),
    route("DELETE", "/v3/edit/deliveries/{id}", Endpoint::WithdrawDelivery),
    route("GET", "/v3/edit/delivery/{id}", Endpoint::ShowDelivery),
    route("PATCH", "/v3/edit/delivery/{id}", Endpoint::ChangeDelivery),
    route("DELETE", "/v3/edit/delivery/{id}", Endpoint::WithdrawDelivery),
    route("GET", "/v3/analyze/tours/{id}", Endpoint::TourStats),
    route("GET", "/v3/analyze/surveys/{id}", Endpoint::SurveyStats),
    route("GET", "/v3/analyze/responses", Endpoint::Responses),
    route("GET", "/v3/analyze/events", Endpoint::Events),
    route("GET", "/v3/analyze/interactions", Endpoint::Interactions),
    route("GET", "/v3/analyze/interactions/{id}", Endpoint::ShowInteraction),
    route("DELETE", "/v3/edit/responses/{id}", Endpoint::DeleteResponse),
    route("GET", "/v3/edit/tours", Endpoint::ListTours),
    route("GET", "/v3/edit/tours/{id}", Endpoint::ShowTour),
    route("GET", "/v3/edit/surveys", Endpoint::ListSurveys),
    route("GET", "/v3/edit/surveys/{id}", Endpoint::ShowSurvey),
    route("DELETE", "/v3/edit/profiles", Endpoint::Clear),
    route("DELETE", "/v3/edit/profiles/{id}", Endpoint::Clear),
    route("DELETE", "/v3/edit/profiles/forget", Endpoint::Forget),
    route("DELETE", "/v3/edit/profiles/{id}/forget", Endpoint::Forget),
    route("GET", "/v3/edit/deletions/{id}", Endpoint::Deletion),
    route("POST", "/v3/observe/hooks/companies", Endpoint::UpsertCompany),
    route("POST", "/v3/observe/hooks/{account_secret}/companies", Endpoint::UpsertCompany),
    route("POST", "/v3/observe/hooks/companies/batch", Endpoint::AcceptCompanyBatch),
    route("POST", "/v3/observe/hooks/{account_secret}/companies/batch", Endpoint::AcceptCompanyBatch),
    route("GET", "/v3/observe/hooks/companies/batch/{id}", Endpoint::CompanyBatchStatus),
    route("GET", "/v3/analyze/companies/{id}", Endpoint::RetrieveCompany),
    route("GET", "/v3/analyze/company", Endpoint::RetrieveCompany),
    route("GET", "/v3/analyze/companies", Endpoint::SearchCompanies),
    route("POST", "/v3/analyze/companies", Endpoint::SearchCompanies),
    route("GET", "/v3/analyze/companies/count", Endpoint::CountCompanies),
    route("POST", "/v3/analyze/companies/count", Endpoint::CountCompanies),
    route("GET", "/v3/analyze/companies/{id}/profiles", Endpoint::Members),
    route("DELETE", "/v3/edit/companies/{id}", Endpoint::DeleteCompany),
    route("DELETE", "/v3/edit/company", Endpoint::DeleteCompany),
    route("GET", "/v3/edit/properties", Endpoint::ListProperties),
    route("POST", "/v3/edit/properties", Endpoint::CreateProperty),
    route("GET", "/v3/edit/properties/{id}", Endpoint::ShowProperty),
    route("PUT", "/v3/edit/properties/{id}", Endpoint::ChangeProperty),
    route("PATCH", "/v3/edit/properties/{id}", Endpoint::ChangeProperty),
];

/// A route, and the part of the path that varies.
#[derive(Debug)]
pub(crate) struct RouteMatch {
    pub(crate) route: Route,
    parameter: Option<(&'static str, String)>,
}

impl RouteMatch {
    /// The value of the path's parameter of this name.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.parameter.as_ref().filter(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }
}

/// Finds the route of a method and path. The parameter in a path that is not decoded yet is decoded here, and only here.
pub(crate) fn find(method: &str, path: &str, is_decoded: bool) -> Result<RouteMatch, Error> {
    // Monitors ask for the root with `HEAD`. It has no route of its own, because `$default` leads to the same function.
    let method = if (method, path) == ("HEAD", "/") { "GET" } else { method };
    let fitting = || ROUTES.iter().copied().filter_map(|route| Some((route, match_path(route.path, path)?)));
    // Like API Gateway: a path without a parameter wins over one with a parameter.
    let word_for_word = fitting().any(|(_, parameter)| parameter.is_none());
    let mut methods = Vec::new();
    for (route, parameter) in fitting().filter(|(_, parameter)| parameter.is_none() == word_for_word) {
        if route.method == method {
            return Ok(RouteMatch { route, parameter: parameter.map(|(name, value)| (name, value_of(value, is_decoded))) });
        }
        methods.push(route.method);
    }
    Err(if methods.is_empty() { unknown(method, path) } else { Error::UnknownMethod(methods.join(" or ")) })
}

/// Tells whether a path has a route, for this or another method.
pub(crate) fn is_known(method: &str, path: &str) -> bool {
    matches!(find(method, path, true), Ok(_) | Err(Error::UnknownMethod(_)))
}

/// Returns the error of a path without a route. It names the pattern that was probably meant, and never the path, which may have a secret.
fn unknown(method: &str, path: &str) -> Error {
    let segments: Vec<_> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    let without_empty_segments = format!("/{}", segments.join("/"));
    let is_like = |route: &Route| match match_path(route.path, &without_empty_segments) {
        Some(parameter) => Some((false, parameter.is_some())),
        None => lacks_parameter(route.path, path).then_some((true, true)),
    };
    let likely = ROUTES.iter().filter_map(|route| Some((is_like(route)?, route.method != method, route.path)));
    likely.min().map_or(Error::UnknownPath, |(_, _, path)| Error::SimilarPath(path))
}

/// Tells whether a path fits a pattern but for its parameter, which is empty.
fn lacks_parameter(pattern: &str, path: &str) -> bool {
    pattern.split('/').map(|segment| if segment.starts_with('{') { "" } else { segment }).eq(path.split('/'))
}

/// Matches a path with a pattern: `Some` if it fits, with the parameter if the pattern has one. No pattern has two.
fn match_path<'a>(pattern: &'static str, path: &'a str) -> Option<Option<(&'static str, &'a str)>> {
    let mut parameter = None;
    let (mut expected, mut segments) = (pattern.split('/'), path.split('/'));
    loop {
        match (expected.next(), segments.next()) {
            (None, None) => return Some(parameter),
            (Some(expected), Some(segment)) => match expected.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
                Some(_) if segment.is_empty() => return None,
                Some(name) => parameter = Some((name, segment)),
                None if expected == segment => {}
                None => return None,
            },
            _ => return None,
        }
    }
}

/// Returns the text of a segment. Escapes of bytes that are no UTF-8 become U+FFFD, as API Gateway's own decoding has it in JSON.
fn value_of(segment: &str, is_decoded: bool) -> String {
    if is_decoded { segment.to_owned() } else { percent_decode_str(segment).decode_utf8_lossy().into_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_path_parameter_is_decoded_once() {
        for (segment, text) in
            [("dev%2Dsecret", "dev-secret"), ("%2541", "%41"), ("a%2Fb%3Fc", "a/b?c"), ("a+b", "a+b"), ("%ff", "\u{fffd}")]
        {
            for (path, is_decoded) in [(segment, false), (text, true)] {
                let found = find("POST", &format!("/v3/observe/hooks/{path}/profiles"), is_decoded);
                // A decoded slash divides the path, so that no function can tell what was sent.
                let expected = if is_decoded && path.contains('/') { None } else { Some(text) };
                let parameter = found.as_ref().ok().and_then(|found| found.parameter("account_secret"));
                assert_eq!(parameter, expected, "{path}");
            }
        }
        assert_eq!(find("POST", "/v3/observe/hooks/a/profiles", false).unwrap().parameter("id"), None);
    }

    #[test]
    fn an_id_that_looks_like_an_escape_stays_as_it_is_in_a_decoded_path() {
        let tour = |path: &str, is_decoded| find("GET", path, is_decoded).unwrap().parameter("id").map(str::to_owned);
        assert_eq!(tour("/v3/analyze/tours/%41", true).as_deref(), Some("%41"));
        assert_eq!(tour("/v3/analyze/tours/%2541", false).as_deref(), Some("%41"));
        assert_eq!(tour("/v3/analyze/tours/%41", false).as_deref(), Some("A"));
    }

    #[test]
    fn a_known_path_with_another_method_names_the_methods_it_takes() {
        let error = find("DELETE", "/v3/analyze/profile", false).unwrap_err();
        assert_eq!(error.response().1, "Endpoint not found: this path takes GET or POST");
    }

    #[test]
    fn a_path_word_for_word_goes_before_one_with_a_parameter() {
        assert_eq!(find("DELETE", "/v3/edit/profiles/forget", false).unwrap().route.endpoint, Endpoint::Forget);
        assert_eq!(find("DELETE", "/v3/edit/profiles/forgotten", false).unwrap().route.endpoint, Endpoint::Clear);
        assert_eq!(find("DELETE", "/v3/edit/profiles/forget/forget", false).unwrap().parameter("id"), Some("forget"));
        assert_eq!(find("GET", "/v3/edit/profiles/forget", false).unwrap_err().response().1, "Endpoint not found: this path takes DELETE");
    }

    #[test]
    fn a_path_with_a_slash_too_many_is_not_found_and_the_one_that_is_meant_is_named() {
        for (method, path, meant) in [
            ("POST", "/v3/observe/hooks/profiles/", "/v3/observe/hooks/profiles"),
            ("POST", "//v3/observe/hooks/profiles", "/v3/observe/hooks/profiles"),
            ("POST", "/v3//observe/hooks/profiles", "/v3/observe/hooks/profiles"),
            ("POST", "/v3/observe/hooks/profiles//", "/v3/observe/hooks/profiles"),
            ("POST", "/v3/observe/hooks//profiles", "/v3/observe/hooks/profiles"),
            ("POST", "/v3/observe/hooks/s3cret/profiles/", "/v3/observe/hooks/{account_secret}/profiles"),
            ("POST", "//v3/observe/hooks/s3cret/profiles/batch", "/v3/observe/hooks/{account_secret}/profiles/batch"),
            ("GET", "/v3/analyze/profile/", "/v3/analyze/profile"),
            ("GET", "/v3/analyze/profiles//s3cret", "/v3/analyze/profiles/{id}"),
            ("DELETE", "/v3/edit/profiles//forget", "/v3/edit/profiles/forget"),
            ("DELETE", "/v3/edit/profiles/s3cret//forget", "/v3/edit/profiles/{id}/forget"),
            // For another method too.
            ("GET", "/v3/observe/hooks/profiles/", "/v3/observe/hooks/profiles"),
            ("GET", "/v3/edit/deletions/", "/v3/edit/deletions/{id}"),
            ("GET", "//", "/"),
            ("HEAD", "", "/"),
        ] {
            let message = find(method, path, false).unwrap_err().response();
            assert_eq!(
                message,
                (http::StatusCode::NOT_FOUND, format!("Endpoint not found: no route has this path, perhaps `{meant}` is meant"))
            );
        }
        for path in
            ["/v3", "/v3/", "/v3//", "/v3/analyze/profiles/a/b", "/v3/analyze/profiles/a/b/", "/v4//analyze/profile", "/x/", "v3/analyze"]
        {
            assert!(matches!(find("POST", path, false), Err(Error::UnknownPath)), "{path}");
        }
    }

    #[test]
    fn the_root_is_asked_with_head_too_and_nothing_else() {
        assert_eq!(find("HEAD", "/", false).unwrap().route.endpoint, Endpoint::CheckSecret);
        assert_eq!(find("HEAD", "/v3/analyze/profile", false).unwrap_err().response().1, "Endpoint not found: this path takes GET or POST");
    }

    proptest! {
        #[test]
        fn no_path_makes_it_panic(method: String, path: String, is_decoded: bool) {
            let _ = find(&method, &path, is_decoded);
        }

        #[test]
        fn no_message_repeats_a_part_of_the_path(parts in proptest::collection::vec("s3cret[a-z/]{0,5}|/|v3|observe|hooks|profiles|batch|analyze|edit", 0..7)) {
            if let Err(error) = find("PUT", &format!("/{}", parts.join("/")), false) {
                prop_assert!(!error.response().1.contains("s3cret"));
            }
        }
    }
}
