//! Makes searches and counts to one instance, and counts what they cost.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::account::Account;
use super::{COUNT, SEARCH};
use crate::instance::Instance;
use crate::local::Local;
use crate::recorder::{Recorded, Recorder};

/// One function instance that knows the account's secret.
pub(super) struct Asker {
    instance: Instance,
    recorder: Recorder,
}

/// A page, or several, and what they cost.
#[derive(Default)]
pub(super) struct Shown {
    pub(super) ids: Vec<String>,
    pub(super) pages: usize,
    pub(super) cost: Cost,
    /// Where the next page begins, if there is one.
    before: Option<String>,
}

/// What some requests cost.
#[derive(Clone, Default)]
pub(super) struct Cost {
    pub(super) requests: u32,
    pub(super) read_units: f64,
    pub(super) write_units: f64,
    /// The requests by operation, of the last request.
    pub(super) calls: String,
}

impl Cost {
    fn add(&mut self, recorded: &Recorded) {
        self.requests += recorded.requests();
        self.read_units += recorded.read_units;
        self.write_units += recorded.write_units;
        self.calls = recorded.calls();
    }
}

impl Asker {
    /// Uses an instance that knows nothing but the secret.
    pub(super) async fn new(local: &Local, account: &Account) -> Self {
        let recorder = Recorder::default();
        let instance = Instance::new(local.recorded_by(&recorder), &account.secret);
        let response = profiles_api::dispatch(&instance.context, instance.request("GET", "/", String::new(), "")).await;
        assert!(response.status().is_success(), "{}", response.body());
        Self { instance, recorder }
    }

    /// Finds the first page.
    pub(super) async fn page(&self, filters: &Value) -> Shown {
        let mut shown = Shown::default();
        self.next(filters, 50, &mut shown).await;
        shown
    }

    /// Finds all pages of this size. Nobody may be on two, and only the last may be empty.
    pub(super) async fn pages(&self, filters: &Value, limit: usize) -> Shown {
        let mut shown = Shown::default();
        loop {
            self.next(filters, limit, &mut shown).await;
            if shown.before.is_none() {
                break;
            }
        }
        assert_eq!(shown.ids.iter().collect::<HashSet<_>>().len(), shown.ids.len(), "nobody is shown twice");
        shown
    }

    /// Counts.
    pub(super) async fn count(&self, filters: &Value) -> (u64, Cost) {
        let (response, recorded) = self.ask(COUNT, json!({"filters": filters})).await;
        let mut cost = Cost::default();
        cost.add(&recorded);
        (response["count"].as_u64().expect("a count"), cost)
    }

    async fn next(&self, filters: &Value, limit: usize, shown: &mut Shown) {
        let mut body = json!({"filters": filters, "limit": limit});
        if let Some(before) = shown.before.take() {
            body["before"] = before.into();
        }
        let (response, recorded) = self.ask(SEARCH, body).await;
        let profiles = response["profiles"].as_array().expect("profiles");
        shown.ids.extend(profiles.iter().map(|profile| profile["id"].as_str().expect("an id").to_owned()));
        shown.pages += 1;
        shown.cost.add(&recorded);
        shown.before = response["cursor"]["before"].as_str().map(str::to_owned);
        assert!(shown.before.is_none() || !profiles.is_empty(), "no page but the last is empty");
    }

    async fn ask(&self, path: &str, body: Value) -> (Value, Recorded) {
        self.recorder.take();
        let response =
            profiles_api::dispatch(&self.instance.context, self.instance.request("POST", path, String::new(), body.to_string())).await;
        assert!(response.status().is_success(), "{path} {body}: {}", response.body());
        (serde_json::from_str(response.body()).expect("JSON"), self.recorder.take())
    }
}
