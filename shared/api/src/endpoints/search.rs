//! `GET|POST /v3/analyze/profiles`: profiles that fit filters, the newest first. `GET|POST /v3/analyze/profiles/count`: how many there are.

use http::StatusCode;
use profiles_domain::{AccountId, Error as Domain, Profile};
use profiles_filters::{Filters, GroupOp, filters_op};
use profiles_normalization::Timestamp;
use profiles_storage::activities::Listed;
use profiles_storage::search::Wanted;
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

use super::admit::Admitted;
use super::company_json::CompanyDetail;
use super::pagination::{self, Cursor};
use super::profile_json::{ProfileDetail, ProfileJson};
use super::retrieve::details;
use super::users::CompaniesOf;
use crate::context::Context;
use crate::error::Error;
use crate::request::{Parameter, Parameters};
use crate::response::{Response, json};
use crate::worker::time_left::time_for_work;

pub(super) const FILTERS: &str = "filters";
pub(super) const FILTERS_OP: &str = "filters_op";
pub(super) const SEGMENT_ID: &str = "segment_id";

/// Bytes of profiles or companies that a page shows at most, unless it is one. Lambda takes a response of 6 MB, as a string in JSON.
pub(super) const MAX_SHOWN_BYTES: usize = 5_500_000;

#[derive(Serialize)]
struct Found<'a> {
    profiles: &'a [Box<RawValue>],
    cursor: Cursor,
}

#[derive(Serialize)]
struct Counted {
    count: u64,
}

/// Responds with a page of the profiles that fit.
pub(super) async fn search(context: &Context, request: Admitted<'_>) -> Result<Response, Error> {
    let (account, now) = (request.principal.account_id, context.clock.now());
    let filters = filters(&request.parameters, now, Filters::parse)?;
    let page = pagination::page(&request.parameters, now)?;
    let details = details(&request.parameters)?;
    let time_left = time_for_work(&context.clock, request.deadline);
    let wanted = Wanted { account, filters: &filters, now, time_left: &time_left };
    let found = context.storage.search().profiles(wanted, page).await?;
    show(context, account, &found, page.limit, details).await
}

/// Responds with a page of profiles.
pub(super) async fn show(
    context: &Context,
    account: AccountId,
    found: &Listed<Profile>,
    limit: usize,
    (detail, company_detail): (ProfileDetail, CompanyDetail),
) -> Result<Response, Error> {
    let companies = CompaniesOf::read(context, account, found.items.iter(), detail, company_detail).await?;
    let now = context.clock.now();
    let json_of = |profile| ProfileJson::new(profile, &companies, detail, company_detail, now);
    let shown = shown(found.items.iter().map(json_of), MAX_SHOWN_BYTES)?;
    let cursor = cursor(limit, &shown, found, |profile| profile.id.to_string());
    json(StatusCode::OK, &Found { profiles: &shown, cursor })
}

/// Serializes the first items: as many as fit into these bytes of a string in JSON, and at least one.
pub(super) fn shown<T: Serialize>(items: impl Iterator<Item = T>, most: usize) -> Result<Vec<Box<RawValue>>, Error> {
    let (mut shown, mut bytes) = (Vec::new(), 0);
    for item in items {
        let json = to_raw_value(&item).map_err(|_| Domain::Defect("a profile or company cannot be serialized".into()))?;
        bytes += json.get().len() + json.get().bytes().filter(|byte| matches!(byte, b'"' | b'\\')).count();
        if bytes > most && !shown.is_empty() {
            break;
        }
        shown.push(json);
    }
    Ok(shown)
}

/// The cursor after those that are shown of what was found.
pub(super) fn cursor<T>(limit: usize, shown: &[Box<RawValue>], found: &Listed<T>, id: impl Fn(&T) -> String) -> Cursor {
    let last = shown.len().checked_sub(1).and_then(|last| found.items.get(last)).map(id);
    Cursor::new(limit, last, found.more || shown.len() < found.items.len())
}

/// Responds with the number of profiles that fit.
pub(super) async fn count(context: &Context, request: Admitted<'_>) -> Result<Response, Error> {
    let (account, now) = (request.principal.account_id, context.clock.now());
    let filters = filters(&request.parameters, now, Filters::parse)?;
    let page = pagination::page(&request.parameters, now)?;
    let time_left = time_for_work(&context.clock, request.deadline);
    let wanted = Wanted { account, filters: &filters, now, time_left: &time_left };
    counted(context.storage.search().count_profiles(wanted, page).await?)
}

/// Responds with a number.
pub(super) fn counted(count: u64) -> Result<Response, Error> {
    json(StatusCode::OK, &Counted { count })
}

/// Reads the filters by one of the two readers of filters. Without any, all fit.
pub(super) fn filters(
    parameters: &Parameters<'_>,
    now: Timestamp,
    parse: fn(&str, GroupOp, Timestamp) -> Result<Filters, Domain>,
) -> Result<Filters, Error> {
    if sent(parameters, SEGMENT_ID).is_some() {
        return Err(Error::invalid_field(SEGMENT_ID, "left out: segments are not kept here, send their filters in `filters`"));
    }
    let op = match sent(parameters, FILTERS_OP) {
        None => GroupOp::default(),
        Some(sent) => filters_op(FILTERS_OP, &sent.string().unwrap_or_default())?,
    };
    match sent(parameters, FILTERS) {
        None => Ok(Filters::default()),
        Some(Parameter::Text(text)) => Ok(parse(text, op, now)?),
        Some(Parameter::Json(raw)) => Ok(parse(raw.get(), op, now)?),
    }
}

/// A parameter that was sent, and is not blank.
pub(super) fn sent<'p>(parameters: &'p Parameters<'_>, field: &str) -> Option<Parameter<'p>> {
    parameters.last(field).filter(|sent| !sent.is_null() && !sent.string().is_some_and(|text| text.trim().is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use profiles_domain::{ProfileId, Slot};
    use proptest::prelude::*;

    fn now() -> Timestamp {
        Timestamp::from_unix_millis(1_870_258_680_000).unwrap()
    }

    /// Reads what both endpoints read of their parameters.
    fn read(parameters: &Parameters<'_>) -> Result<Filters, Error> {
        pagination::page(parameters, now())?;
        details(parameters)?;
        filters(parameters, now(), Filters::parse)
    }

    fn of_query(query: &str) -> Result<Filters, Error> {
        read(&Parameters::of_query(query).ok().unwrap())
    }

    #[test]
    fn a_page_ends_before_it_is_too_large_and_has_at_least_one() {
        let profile = |number: u64| Profile {
            id: ProfileId::new(1, Slot::from_random(number)),
            created_at: String::new(),
            updated_at: String::new(),
            uid: Some("\"".repeat(100)),
            company_id: None,
            deliveries: Vec::new(),
            properties: std::collections::BTreeMap::new(),
        };
        let profiles = [0, 1, 2].map(profile);
        let empty = CompaniesOf::default();
        let all = || profiles.iter().map(|profile| ProfileJson::new(profile, &empty, ProfileDetail::Min, CompanyDetail::Skip, now()));
        let in_a_string = |json: &RawValue| serde_json::to_string(json.get()).unwrap().len() - 2;
        let one = in_a_string(&shown(all(), usize::MAX).unwrap()[0]);
        for (most, expected) in [(usize::MAX, 3), (3 * one, 3), (3 * one - 1, 2), (one, 1), (1, 1)] {
            assert_eq!(shown(all(), most).unwrap().len(), expected, "{most}");
        }
    }

    #[test]
    fn without_filters_everybody_fits() {
        for query in ["", "filters=", "filters=%20", "filters_op=or", "filters_op=", "segment_id=", "limit=7&x=y", "expand[profile]=min"] {
            assert!(of_query(query).unwrap().group.filters.is_empty(), "{query}");
        }
        for body in [r#"{"filters":null,"filters_op":null,"segment_id":null}"#, r#"{"filters":"","segment_id":" "}"#] {
            assert!(read(&Parameters::of_object(body).ok().unwrap()).unwrap().group.filters.is_empty(), "{body}");
        }
    }

    #[test]
    fn what_cannot_be_used_is_refused_by_its_field() {
        for (query, field) in [
            ("segment_id=5f3c4232c712de665632a6d5", "segment_id"),
            ("filters_op=xor", "filters_op"),
            ("filters_op[]=and", "filters_op"),
            ("filters=x", "filters"),
            ("filters=7", "filters"),
            ("filters=[", "filters"),
            ("filters[x]=1", "filters"),
            ("limit=501", "limit"),
            ("expand[profile]=skip", "expand[profile]"),
            ("expand[company]=none", "expand[company]"),
        ] {
            let Err(Error::Domain(Domain::InvalidField { field: named, .. })) = of_query(query) else { panic!("{query}") };
            assert_eq!(named, field, "{query}");
        }
    }

    proptest! {
        #[test]
        fn no_query_makes_it_panic(name in r"(filters|filters_op|segment_id|filters\[\]\[(prop|op|value|filters)\]|filters\[0\]\[kind\])", value: String) {
            let value = percent_encoding::utf8_percent_encode(&value, percent_encoding::NON_ALPHANUMERIC).to_string();
            let _ = of_query(&format!("{name}={value}"));
        }

        #[test]
        fn no_body_makes_it_panic(text in r#"[\[\]{}",:0-9a-z .\\$-]{0,60}"#, kind in "[a-z]{0,8}", op in "[a-z-]{0,5}") {
            for filters in [&*text, &format!("[{{{text}}}]"), &format!(r#"[{{"kind":"{kind}","prop":"a","op":"{op}","value":[{text}]}}]"#)] {
                if let Ok(parameters) = Parameters::of_object(&format!(r#"{{"filters":{filters}}}"#)) {
                    let _ = read(&parameters);
                }
            }
        }
    }
}
