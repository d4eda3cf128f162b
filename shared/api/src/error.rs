//! Errors of requests: their statuses and messages.

use http::StatusCode;
use profiles_domain::{Error as Domain, MAX_PROPERTIES, PropertyId};

/// The reason why a request is refused.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The domain or the database refuses it.
    #[error(transparent)]
    Domain(#[from] Domain),
    /// No route has this path. The message does not name the path, because a secret may be in it.
    #[error("no route has this path, see the API's list of endpoints")]
    UnknownPath,
    /// No route has this path, but this one without a slash too many, or with a parameter that is missing.
    #[error("no route has this path, perhaps `{0}` is meant")]
    SimilarPath(&'static str),
    /// The path has routes, for other methods.
    #[error("this path takes {0}")]
    UnknownMethod(String),
    /// The decoded body is over the limit.
    #[error("the body is larger than {0} bytes, split it or send fewer properties")]
    BodyTooLarge(usize),
    /// A batch's decoded body is over the limit.
    #[error("Each batch must be less than 16mb, try splitting the batch in half")]
    BatchTooLarge,
    /// The account has no resource of this kind with this id.
    #[error("no {noun} has the id `{1}`", noun = .0.noun())]
    NotFound(ResourceKind, String),
    /// The account has a property of this normalized name already; with its id.
    #[error("the property `{0}` is there already, change the one with the id `{1}`")]
    PropertyIsThere(String, PropertyId),
    /// The account has as many properties as are listed.
    #[error("an account has at most {MAX_PROPERTIES} properties in this list; properties are stored on profiles nevertheless")]
    TooManyProperties,
    /// The `Idempotency-Key` was used for another batch.
    #[error("the Idempotency-Key was used with another body, send each batch under a key of its own")]
    KeyIsTaken,
    /// The record would be larger than DynamoDB's 400 KB.
    #[error("the {0} would be larger than 400 KB, the most that can be stored; send fewer or smaller properties")]
    RecordTooLarge(&'static str),
    /// A `Content-Encoding` that is not supported.
    #[error("the Content-Encoding must be `gzip`, `zstd` or absent")]
    UnknownEncoding,
    /// The body is not encoded as its `Content-Encoding` says.
    #[error("the body is not valid {0}, as its Content-Encoding says")]
    NotEncoded(&'static str),
    /// The body is not UTF-8.
    #[error("the body is not valid UTF-8")]
    NotUtf8,
    /// The body is not JSON.
    #[error("the body is not valid JSON: {0}")]
    NotJson(String),
    /// The body is JSON, but not an object.
    #[error("the body must be a JSON object, such as {{\"uid\": 18821}}")]
    NotAnObject,
    /// A form or query string that is not UTF-8 when decoded.
    #[error("the {0} is not valid percent-encoded UTF-8")]
    NotAForm(&'static str),
    /// A name of a form or query whose brackets are not pairs behind a name.
    #[error("the brackets of `{0}` don't fit: an array is sent as `tags[]=…`, and an object as `company[uid]=…`")]
    MalformedBrackets(String),
    /// A name of a form or query with too many pairs of brackets.
    #[error("`{0}` has more than 5 pairs of brackets, send JSON instead")]
    DeepBrackets(String),
    /// A name of a form or query that was sent with other brackets, or none, before.
    #[error("`{0}` conflicts with the same name before it, which is another kind of value: text, array (`[]`) or object (`[…]`)")]
    ConflictingBrackets(String),
    /// A webhook is not signed with the account's signing secret, or was not sent just now.
    #[error("the signature does not fit, or the webhook was not sent within the last five minutes")]
    NotSigned,
    /// As many requests are under way as may be at once, which is this number.
    #[error("too many requests are under way, please retry")]
    TooManyAtOnce(usize),
    /// The body takes too long to arrive.
    #[error("the body did not arrive in time, send less at once")]
    BodyTooSlow,
    /// The function is about to run out of time. It is not known if a write took place; sending the same request again is safe.
    #[error("the request took too long, please retry")]
    OutOfTime,
}

/// A kind of resource, other than a profile, that has an id. A variant's name begins the message that it was not found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResourceKind {
    /// A batch of upserts.
    Batch,
    /// A delivery that is pending or was shown.
    Delivery,
    /// The record that a user is forgotten.
    Deletion,
    /// A tour that some user was shown.
    Tour,
    /// A Microsurvey that some user was shown.
    Survey,
    /// An interaction with a tour or Microsurvey.
    Interaction,
    /// A response to a Microsurvey.
    Response,
    /// A property that was sent or created.
    Property,
}

impl ResourceKind {
    fn noun(self) -> &'static str {
        match self {
            Self::Batch => "batch",
            Self::Delivery => "delivery that is pending or was shown",
            Self::Deletion => "deletion",
            Self::Tour => "tour that anybody was shown",
            Self::Survey => "Microsurvey that anybody was shown",
            Self::Interaction => "interaction",
            Self::Response => "response",
            Self::Property => "property",
        }
    }
}

impl Error {
    /// The error that `field` is not what is expected there.
    pub(crate) fn invalid_field(field: &str, expected: &'static str) -> Self {
        Domain::invalid_field(field, expected).into()
    }

    /// The error of recording `what`. If the item is too large, the message names the record and not the profile.
    pub(crate) fn of_recording(what: &'static str, error: Domain) -> Self {
        if error == Domain::ItemTooLarge { Self::RecordTooLarge(what) } else { error.into() }
    }

    /// The status and the message that the client gets.
    #[must_use]
    pub fn response(&self) -> (StatusCode, String) {
        let unprocessable = || (StatusCode::UNPROCESSABLE_ENTITY, format!("Unprocessable: {self}"));
        match self {
            Self::Domain(error) => match error {
                Domain::Unauthorized => (StatusCode::FORBIDDEN, "Unauthorized: Please check your Chameleon Account Secret".into()),
                Domain::ProfileNotFound(_) | Domain::ProfilesDiffer(..) => (StatusCode::NOT_FOUND, format!("Profile not found: {error}")),
                Domain::NoCompany(_) => (StatusCode::NOT_FOUND, format!("Company not found: {error}")),
                Domain::Conflict(_) | Domain::TooManyDeliveries(_) | Domain::DeliveryWasShown | Domain::KeyIsTaken => {
                    (StatusCode::CONFLICT, format!("Conflict: {error}"))
                }
                Domain::NoIdentifier
                | Domain::NoUsableIdentifier(_)
                | Domain::NoCompanyIdentifier(_)
                | Domain::InvalidUid { .. }
                | Domain::InvalidField { .. }
                | Domain::CompaniesDiffer(..)
                | Domain::CompanyNotFound(_)
                | Domain::CompanyTooLarge
                | Domain::ItemTooLarge => unprocessable(),
                Domain::TooManySearches { .. } => (StatusCode::TOO_MANY_REQUESTS, format!("Rate Limited: {error}")),
                Domain::SearchTooLong => (StatusCode::GATEWAY_TIMEOUT, format!("Internal timeout: {error}")),
                Domain::Unavailable | Domain::Contended => {
                    (StatusCode::SERVICE_UNAVAILABLE, format!("Service unavailable: {error}, please retry"))
                }
                Domain::Denied(_) | Domain::Defect(_) => {
                    (StatusCode::INTERNAL_SERVER_ERROR, "Internal server error: Please retry later".into())
                }
            },
            Self::UnknownPath | Self::SimilarPath(_) | Self::UnknownMethod(_) => {
                (StatusCode::NOT_FOUND, format!("Endpoint not found: {self}"))
            }
            Self::BatchTooLarge => (StatusCode::PAYLOAD_TOO_LARGE, self.to_string()),
            Self::NotFound(kind, _) => (StatusCode::NOT_FOUND, format!("{kind:?} not found: {self}")),
            Self::KeyIsTaken | Self::PropertyIsThere(..) => (StatusCode::CONFLICT, format!("Conflict: {self}")),
            Self::BodyTooLarge(_) => (StatusCode::PAYLOAD_TOO_LARGE, format!("Request too large: {self}")),
            Self::RecordTooLarge(_)
            | Self::TooManyProperties
            | Self::UnknownEncoding
            | Self::NotEncoded(_)
            | Self::NotUtf8
            | Self::NotJson(_)
            | Self::NotAnObject
            | Self::NotAForm(_)
            | Self::MalformedBrackets(_)
            | Self::DeepBrackets(_)
            | Self::ConflictingBrackets(_) => unprocessable(),
            Self::NotSigned => (StatusCode::BAD_REQUEST, format!("Bad request: {self}")),
            Self::TooManyAtOnce(_) => (StatusCode::TOO_MANY_REQUESTS, format!("Rate Limited: {self}")),
            Self::BodyTooSlow => (StatusCode::REQUEST_TIMEOUT, format!("Request timeout: {self}")),
            Self::OutOfTime => (StatusCode::GATEWAY_TIMEOUT, format!("Internal timeout: {self}")),
        }
    }
    /// The most that may be under way at once, if the request is refused because of it.
    #[must_use]
    pub fn limit(&self) -> Option<u64> {
        match self {
            Self::Domain(Domain::TooManySearches { limit, .. }) => Some(u64::from(*limit)),
            Self::TooManyAtOnce(limit) => u64::try_from(*limit).ok(),
            _ => None,
        }
    }
}
