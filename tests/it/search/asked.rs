//! Searches over the API, page by page. What holds of every answer is checked here.

use profiles_tests::{Api, Reply};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

pub(super) const SEARCH: &str = "/v3/analyze/profiles";
pub(super) const COUNT: &str = "/v3/analyze/profiles/count";

/// What is searched: where it is asked for, and how it is answered.
#[derive(Clone, Copy, Debug)]
pub(super) struct Searched {
    pub(super) path: &'static str,
    pub(super) count: &'static str,
    /// The first key of an answer.
    list: &'static str,
    /// Shows as little as possible.
    pub(super) expand: &'static str,
}

pub(super) const PROFILES: Searched =
    Searched { path: SEARCH, count: COUNT, list: "profiles", expand: r#"{"profile":"min","company":"skip"}"# };
pub(super) const COMPANIES: Searched =
    Searched { path: "/v3/analyze/companies", count: "/v3/analyze/companies/count", list: "companies", expand: r#"{"company":"min"}"# };

/// A page of an answer.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) ids: Vec<String>,
    /// The cursor's `before`.
    pub(super) before: Option<String>,
}

/// Reads a page of profiles that was asked for with this limit.
pub(super) fn page(reply: &Reply, limit: usize) -> Result<Found, String> {
    PROFILES.page(reply, limit)
}

/// Asks for all pages of profiles.
pub(super) async fn all_pages(api: &Api, body: impl Fn(&str) -> String, limits: &Limits) -> Result<Vec<Found>, String> {
    PROFILES.all_pages(api, body, limits).await
}

impl Searched {
    /// Reads a page that was asked for with this limit.
    pub(super) fn page(&self, reply: &Reply, limit: usize) -> Result<Found, String> {
        if reply.status != 200 {
            return Err(format!("{} {}", reply.status, reply.text));
        }
        if !reply.text.starts_with(&format!(r#"{{"{}":["#, self.list)) {
            return Err(format!("the first key is not the list: {}", reply.text));
        }
        if reply.body["cursor"]["limit"] != limit {
            return Err(format!("the cursor's limit is not {limit}: {}", reply.body["cursor"]));
        }
        let ids: Vec<_> =
            reply.body[self.list].as_array().unwrap().iter().map(|record| record["id"].as_str().unwrap().to_owned()).collect();
        let before = reply.body["cursor"]["before"].as_str().map(str::to_owned);
        if ids.len() > limit {
            return Err(format!("{} of at most {limit}", ids.len()));
        }
        if !ids.is_sorted_by(|one, next| one > next) {
            return Err(format!("not the newest first: {ids:?}"));
        }
        if before.is_some() && (ids.is_empty() || before.as_ref() != ids.last()) {
            return Err(format!("a cursor that does not lead on: {before:?} after {ids:?}"));
        }
        Ok(Found { ids, before })
    }

    /// Asks for all pages. `limits` are those of each page, `more` the other members of the body, such as the filters.
    pub(super) async fn all_pages(&self, api: &Api, body: impl Fn(&str) -> String, limits: &Limits) -> Result<Vec<Found>, String> {
        let mut rng = StdRng::seed_from_u64(limits.seed);
        let mut before = limits.before.as_ref().map_or_else(String::new, |before| format!(r#","before":"{before}""#));
        let after = limits.after.as_ref().map_or_else(String::new, |after| format!(r#","after":"{after}""#));
        let mut pages: Vec<Found> = Vec::new();
        loop {
            let limit = rng.random_range(limits.least..=limits.most);
            let reply = api.post(self.path, &body(&format!(r#","limit":{limit},"expand":{}{before}{after}"#, self.expand))).await;
            let found = self.page(&reply, limit)?;
            if found.ids.is_empty() && !pages.is_empty() {
                return Err("the last page is empty, and is not the only one".to_owned());
            }
            if let (Some(last), Some(next)) = (pages.last().and_then(|page| page.ids.last()), found.ids.first())
                && next >= last
            {
                return Err(format!("a page begins with {next} after one that ended with {last}"));
            }
            let next = found.before.clone();
            pages.push(found);
            match next {
                Some(id) => before = format!(r#","before":"{id}""#),
                None => return Ok(pages),
            }
        }
    }

    /// Asks for the number.
    pub(super) async fn count(&self, api: &Api, body: &str) -> Result<u64, String> {
        let reply = api.post(self.count, body).await;
        if reply.status != 200 {
            return Err(format!("count: {} {}", reply.status, reply.text));
        }
        let is_whole = reply.body.as_object().unwrap().len() == 1;
        reply.body["count"].as_u64().filter(|_| is_whole).ok_or_else(|| format!("no count: {}", reply.text))
    }
}

/// How pages are asked for.
#[derive(Clone, Debug)]
pub(super) struct Limits {
    pub(super) seed: u64,
    pub(super) least: usize,
    pub(super) most: usize,
    pub(super) before: Option<String>,
    pub(super) after: Option<String>,
}

impl Limits {
    /// Pages of this size.
    pub(super) fn of(limit: usize) -> Self {
        Self { seed: 0, least: limit, most: limit, before: None, after: None }
    }
}

/// Asks for all ids.
pub(super) async fn ids(api: &Api, body: &str, limit: usize) -> Vec<String> {
    let body = body.strip_suffix('}').unwrap().to_owned();
    let comma = if body == "{" { r#""x":0"# } else { "" };
    let pages = all_pages(api, |more| format!("{body}{comma}{more}}}"), &Limits::of(limit)).await.unwrap_or_else(|error| panic!("{error}"));
    pages.into_iter().flat_map(|page| page.ids).collect()
}

/// Asks for the number of profiles.
pub(super) async fn count(api: &Api, body: &str) -> Result<u64, String> {
    PROFILES.count(api, body).await
}
