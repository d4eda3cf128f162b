//! Pages of long lists.

use profiles_normalization::Timestamp;
use profiles_storage::activities::{Bound, Order, Page};
use serde::Serialize;

use crate::error::Error;
use crate::request::{Parameter, Parameters, read_time};

/// Items on a page by default.
const ITEMS: usize = 50;
/// Items on a page at most.
const MAX_ITEMS: usize = 500;

/// Reads the parameter `limit`.
pub(super) fn limit(parameters: &Parameters<'_>) -> Result<usize, Error> {
    let expected = "a whole number from 1 to 500";
    match number(parameters, "limit", expected)? {
        None => Ok(ITEMS),
        Some(limit) => usize::try_from(limit)
            .ok()
            .filter(|limit| (1..=MAX_ITEMS).contains(limit))
            .ok_or_else(|| Error::invalid_field("limit", expected)),
    }
}

/// Reads a parameter that is a whole number, if it was sent.
pub(super) fn number(parameters: &Parameters<'_>, field: &'static str, expected: &'static str) -> Result<Option<u32>, Error> {
    let invalid = || Error::invalid_field(field, expected);
    parameters.last(field).map(|sent| sent.number().ok_or_else(invalid)).transpose()
}

/// Reads the parameters `limit`, `before` and `after` of a list whose items have ids.
pub(super) fn page(parameters: &Parameters<'_>, now: Timestamp) -> Result<Page, Error> {
    let bound = |field: &str| match parameters.last(field) {
        None => Ok(None),
        Some(sent) => bound(field, sent, now),
    };
    Ok(Page { limit: limit(parameters)?, before: bound("before")?, after: bound("after")? })
}

/// Reads the id of an item, or a time.
fn bound(field: &str, sent: Parameter<'_>, now: Timestamp) -> Result<Option<Bound>, Error> {
    if let Some(id) = sent.string().and_then(|text| text.parse().ok()) {
        return Ok(Some(Bound::Id(id)));
    }
    if let Some(place) = sent.string().as_deref().and_then(place) {
        return Ok(Some(place));
    }
    let expected = "the id of an item, 24 hex digits, or a time such as `2029-04-07T12:18:00Z` or Unix seconds";
    let time = read_time(field, sent, now).map_err(|_| Error::invalid_field(field, expected))?;
    Ok(time.map(Bound::Time))
}

/// Reads the place of an item as a cursor has it where items change their places.
fn place(text: &str) -> Option<Bound> {
    let (at, id) = text.split_once('_')?;
    Some(Bound::Place(Timestamp::parse_canonical(at)?, id.parse().ok()?))
}

/// Reads the parameter `order`.
pub(super) fn order(parameters: &Parameters<'_>) -> Result<Order, Error> {
    match parameters.last("order").map(|sent| sent.string().unwrap_or_default()).as_deref() {
        None | Some("created_at") => Ok(Order::Creation),
        Some("updated_at") => Ok(Order::Change),
        Some(_) => Err(Error::invalid_field("order", "`created_at` or `updated_at`")),
    }
}

/// The parameters of the next page.
#[derive(Serialize)]
pub(super) struct Cursor {
    limit: usize,
    /// The parameter `before` of the next page; none if this is the last page.
    before: Option<String>,
}

impl Cursor {
    /// The cursor after a page of this limit whose last item has this place.
    pub(super) fn new(limit: usize, last: Option<String>, more: bool) -> Self {
        Self { limit, before: last.filter(|_| more) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use profiles_domain::Error as Domain;
    use proptest::prelude::*;

    fn read(query: &str) -> Result<Page, Error> {
        page(&Parameters::of_query(query).ok().unwrap(), Timestamp::from_unix_millis(1_870_258_680_000).unwrap())
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_millis(seconds * 1_000).unwrap()
    }

    #[test]
    fn a_page_lies_between_ids_or_times() {
        assert_eq!(read("").unwrap(), Page { limit: 50, before: None, after: None });
        let page = read("limit=7&before=6f7a24a80bac7c97f4767fb7&after=2029-04-07").unwrap();
        assert_eq!(page.limit, 7);
        assert_eq!(page.before, Some(Bound::Id("6f7a24a80bac7c97f4767fb7".parse().unwrap())));
        assert_eq!(page.after, Some(Bound::Time(at(1_870_214_400))));
        assert_eq!(read("before=1870214400&after=").unwrap().before, Some(Bound::Time(at(1_870_214_400))));
        assert_eq!(read("after=1900-01-01").unwrap().after, Some(Bound::Time(at(-2_208_988_800))));
        let place = Bound::Place(at(1_870_214_400), "6f7a24a80bac7c97f4767fb7".parse().unwrap());
        assert_eq!(read("before=2029-04-07T00:00:00.000Z_6f7a24a80bac7c97f4767fb7").unwrap().before, Some(place));
    }

    #[test]
    fn what_is_neither_is_refused_by_its_field() {
        for (query, field) in [
            ("limit=0", "limit"),
            ("limit=501", "limit"),
            ("limit=x", "limit"),
            ("before=x", "before"),
            ("after=6F7A24A80BAC7C97F4767FB7", "after"),
            ("after=5", "after"),
            ("before=2029-04-07T00:00:00.000Z_", "before"),
            ("before=2029-04-07_6f7a24a80bac7c97f4767fb7", "before"),
        ] {
            let Err(Error::Domain(Domain::InvalidField { field: named, .. })) = read(query) else { panic!("{query}") };
            assert_eq!(named, field);
        }
    }

    proptest! {
        #[test]
        fn no_query_makes_it_panic(name in "(limit|before|after)", value: String) {
            let value = percent_encoding::utf8_percent_encode(&value, percent_encoding::NON_ALPHANUMERIC).to_string();
            let _ = read(&format!("{name}={value}"));
        }
    }
}
