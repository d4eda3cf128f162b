//! Paths with escapes, and what they must be taken for, by whatever way a request arrives.

use percent_encoding::percent_decode_str;

/// A request: its method, its target and its body.
pub type Sent<'a> = (&'a str, String, String);

/// A path with escapes, and the answer to it.
#[derive(Debug)]
pub struct Case {
    /// The method.
    pub method: &'static str,
    /// The path as a client sends it.
    pub path: String,
    /// The body.
    pub body: &'static str,
    /// The status of the answer.
    pub status: u16,
    /// A part of the answer's text.
    pub text: String,
}

impl Case {
    fn new(method: &'static str, path: String, status: u16, text: &str) -> Self {
        Self { method, path, body: "", status, text: text.to_owned() }
    }

    /// The path as API Gateway hands it to a function. `None` if the case cannot get through: a decoded slash divides the path.
    #[must_use]
    pub fn decoded(&self) -> Option<String> {
        let decoded = percent_decode_str(&self.path).decode_utf8_lossy().into_owned();
        (decoded.split('/').count() == self.path.split('/').count()).then_some(decoded)
    }
}

/// The requests that must come before the cases. The ids in the answers to the last three are those of `cases`.
#[must_use]
pub fn before() -> Vec<Sent<'static>> {
    let shown = |id: &str, kind: &str| {
        let hook =
            format!(r#"{{"id":"hook-{kind}-{id}","kind":"{kind}.started","data":{{"profile":{{"uid":1}},"{kind}":{{"id":"{id}"}}}}}}"#);
        ("POST", "/v3/observe/hooks/experiences".to_owned(), hook)
    };
    let mut requests = Vec::from(["t%41", "t/1?", "t+1", "t%2541"].map(|id| shown(id, "tour")));
    requests.push(shown("%2F", "survey"));
    requests.push(("POST", "/v3/observe/hooks/profiles".to_owned(), r#"{"uid":1}"#.to_owned()));
    requests.push(("POST", "/v3/observe/hooks/profiles/batch".to_owned(), r#"{"profiles":[]}"#.to_owned()));
    requests.push(("POST", "/v3/edit/deliveries".to_owned(), r#"{"uid":1,"model_kind":"tour","model_id":"t"}"#.to_owned()));
    requests
}

/// The cases, for an account's secret and the ids of a profile, a batch and a delivery.
#[must_use]
pub fn cases(secret: &str, [profile, batch, delivery]: [&str; 3]) -> Vec<Case> {
    let tour = |path: &str, status, text: &str| Case::new("GET", format!("/v3/analyze/tours/{path}"), status, text);
    // Every character as an escape, and those escapes escaped once more.
    let escaped = |text: &str| text.bytes().map(|byte| format!("%{byte:02x}")).collect::<String>();
    let twice = |text: &str| escaped(text).replace('%', "%25");
    let upsert = |secret: String, status, text: &str| Case {
        body: r#"{"uid":1}"#,
        ..Case::new("POST", format!("/v3/observe/hooks/{secret}/profiles"), status, text)
    };
    vec![
        tour("t%2541", 200, r#""id":"t%41""#),
        tour("%74%252541", 200, r#""id":"t%2541""#),
        tour("t%41", 404, "has the id `tA`"),
        tour("t%2F1%3F", 200, r#""id":"t/1?""#),
        tour("t+1", 200, r#""id":"t+1""#),
        tour("t%2B1", 200, r#""id":"t+1""#),
        tour("t%201", 404, "has the id `t 1`"),
        tour("t%ff", 404, "Tour not found: "),
        Case::new("GET", "/v3/analyze/surveys/%252F".to_owned(), 200, r#""id":"%2F""#),
        Case::new("GET", format!("/v3/analyze/profiles/{}", escaped(profile)), 200, profile),
        Case::new("GET", format!("/v3/analyze/profiles/{}", twice(profile)), 404, "Profile not found: "),
        Case::new("GET", format!("/v3/observe/hooks/profiles/batch/{}", escaped(batch)), 200, batch),
        Case::new("GET", format!("/v3/observe/hooks/profiles/batch/{}", twice(batch)), 404, "Batch not found: "),
        Case::new("GET", format!("/v3/edit/deliveries/{}", escaped(delivery)), 200, delivery),
        Case::new("GET", format!("/v3/edit/deliveries/{}", twice(delivery)), 404, "Delivery not found: "),
        upsert(escaped(secret), 200, profile),
        upsert(twice(secret), 403, "Unauthorized: "),
    ]
}
