//! Asks the API for searches.

use std::cell::Cell;

use reqwest::{Method, RequestBuilder, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use super::columns::Expand;
use super::error::Error;
use super::query::{Kind, Query};
use crate::http::{Caller, MAX_ANSWER_BYTES, is_id};

/// The most profiles, or companies, on a page.
pub(crate) const MAX_PAGE: u32 = 500;
/// The most bytes of a page.
const MAX_PAGE_BYTES: usize = 64 << 20;

/// The API's searches.
pub(crate) struct Api(pub(crate) Caller);

/// A page of profiles or companies.
#[derive(Debug)]
pub(crate) struct Page {
    /// They, as the API shows them.
    pub(crate) found: Vec<Box<RawValue>>,
    /// The id that leads to the next page; none on the last.
    pub(crate) before: Option<String>,
}

/// The body of a request.
#[derive(Serialize)]
struct Sent<'a> {
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    filters: &'a [Box<RawValue>],
    filters_op: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expand: Option<Expand>,
}

impl Api {
    /// Counts those that fit.
    pub(crate) async fn count(&self, query: &Query) -> Result<u64, Error> {
        #[derive(Deserialize)]
        struct Body {
            count: u64,
        }
        let sent = Sent { filters: &query.filters, filters_op: query.op, limit: None, before: None, expand: None };
        let read = |body: &[u8]| Some(serde_json::from_slice::<Body>(body).ok()?.count);
        let path = query.kind.path_of_count();
        Ok(self.0.ask(path, MAX_ANSWER_BYTES, |_| self.post(path, &sent), read).await?)
    }

    fn post(&self, path: &str, sent: &Sent<'_>) -> RequestBuilder {
        // What is sent always has a JSON text.
        let client = &self.0.client;
        client.request(Method::POST, path).header("content-type", "application/json").body(serde_json::to_vec(sent).unwrap_or_default())
    }
}

/// Reads the pages of a search, one after the other.
pub(crate) struct Pages<'a> {
    api: &'a Api,
    query: &'a Query,
    expand: Expand,
    /// The most on the next page.
    size: u32,
    /// The most on any.
    most: u32,
    before: Option<String>,
}

impl<'a> Pages<'a> {
    /// Begins at the newest, or before an id.
    pub(crate) fn new(api: &'a Api, query: &'a Query, expand: Expand, most: u32, before: Option<String>) -> Self {
        Self { api, query, expand, size: most, most, before }
    }

    /// Reads the next page, of at most `limit`. It must not be called after the last one.
    ///
    /// # Errors
    /// If the API refuses the search, or does not answer.
    pub(crate) async fn next(&mut self, limit: u32) -> Result<Page, Error> {
        let kind = self.query.kind;
        let size = Cell::new(self.size.min(limit));
        let request = |failed: Option<StatusCode>| {
            // It may be too large for Lambda to answer, or take too long.
            if failed.is_some_and(|status| matches!(status.as_u16(), 500 | 502 | 504)) {
                size.set((size.get() / 2).max(1));
            }
            let (filters, filters_op) = (&self.query.filters, self.query.op);
            let before = self.before.as_deref();
            self.api.post(kind.path(), &Sent { filters, filters_op, limit: Some(size.get()), before, expand: Some(self.expand) })
        };
        let page = self.api.0.ask(kind.path(), MAX_PAGE_BYTES, request, |body| read_page(body, kind, self.before.as_deref())).await?;
        self.size = if size.get() < self.size.min(limit) { size.get() } else { self.size.saturating_mul(2).min(self.most) };
        self.before.clone_from(&page.before);
        Ok(page)
    }
}

/// Reads a page. A cursor that leads no further would lead nowhere, again and again.
fn read_page(body: &[u8], kind: Kind, after: Option<&str>) -> Option<Page> {
    #[derive(Deserialize)]
    struct Body {
        profiles: Option<Vec<Box<RawValue>>>,
        companies: Option<Vec<Box<RawValue>>>,
        cursor: Cursor,
    }
    #[derive(Deserialize)]
    struct Cursor {
        // An `Option` would be `None` where it is missing, too, and the page the last one.
        before: Value,
    }
    let Body { profiles, companies, cursor } = serde_json::from_slice(body).ok()?;
    let found = match kind {
        Kind::Profiles => profiles?,
        Kind::Companies => companies?,
    };
    let before = match cursor.before {
        Value::Null => None,
        Value::String(id) if is_id(&id) && after.is_none_or(|after| id.as_str() < after) => Some(id),
        _ => return None,
    };
    Some(Page { found, before })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_says_whether_it_is_the_last() {
        let read = |text: &str| read_page(text.as_bytes(), Kind::Profiles, Some("6b038e7b0bac7c97f4767fb7")).map(|page| page.before);
        assert_eq!(read(r#"{"profiles":[],"cursor":{"limit":50,"before":null}}"#), Some(None));
        let lower = "6b038e7b0bac7c97f4767fb6";
        assert_eq!(read(&format!(r#"{{"profiles":[],"cursor":{{"before":"{lower}"}}}}"#)), Some(Some(lower.to_owned())));
        for text in [
            r#"{"profiles":[],"cursor":{"limit":50}}"#,
            r#"{"companies":[],"cursor":{"before":null}}"#,
            r#"{"profiles":[]}"#,
            r#"{"cursor":{"before":null}}"#,
            r#"{"profiles":[],"cursor":{"before":"x"}}"#,
            r#"{"profiles":[],"cursor":{"before":"6b038e7b0bac7c97f4767fb7"}}"#,
            r#"{"profiles":[],"cursor":{"before":7}}"#,
            r#"{"profiles":{},"cursor":{"before":null}}"#,
            r#"{"profiles":[],"cursor":{"before":null}"#,
            "",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
