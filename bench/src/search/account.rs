//! An account with profiles that were created in the last two years.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::{StreamExt, stream};
use profiles_api::Clock;
use rand::seq::SliceRandom;
use serde_json::json;

use super::bare::Bare;
use super::profile;
use crate::instance::Instance;
use crate::local::Local;
use crate::progress;

/// The time in which the profiles were created.
const PERIOD: Duration = Duration::from_secs(2 * 365 * 24 * 60 * 60);
/// Requests at a time.
const CONCURRENT: usize = 32;

/// An account.
pub(super) struct Account {
    /// The number of its profiles.
    pub(super) size: usize,
    pub(super) secret: String,
    /// All of its profiles, as a bare read found them.
    pub(super) bare: Bare,
}

impl Account {
    /// Creates an account, and its profiles through the API, at times that are spread over two years.
    pub(super) async fn create(local: &Local, size: usize) -> Self {
        let (id, secret) = local.another_account().await;
        let upserts = progress::bar(&format!("creating {size} profiles (up to two minutes)"), size as u64);
        let done = Arc::new(AtomicU64::new(0));
        let instance = Instance::at(clock(Arc::clone(&done), size), local.client.clone(), &secret);
        // What a filter says of a profile does not depend on when it was created.
        let mut numbers: Vec<usize> = (0..size).collect();
        numbers.shuffle(&mut rand::rng());
        let each = |number| {
            done.fetch_add(1, Ordering::Relaxed);
            let (instance, bar) = (&instance, &upserts);
            async move {
                send(instance, "/v3/observe/hooks/profiles", &profile::body(number)).await;
                bar.inc(1);
            }
        };
        stream::iter(numbers).for_each_concurrent(CONCURRENT, each).await;
        upserts.finish_and_clear();

        progress::say("recording events of some of them");
        let instance = Instance::new(local.client.clone(), &secret);
        let event = |number| {
            let instance = &instance;
            async move {
                send(instance, "/v3/observe/hooks/events", &json!({"uid": profile::uid(number), "name": "report_exported"})).await;
            }
        };
        stream::iter((0..size).filter(|number| profile::is_active(*number))).for_each_concurrent(CONCURRENT, event).await;
        let bare = Bare::read(local, &id).await;
        assert_eq!(bare.profiles.len(), size, "all profiles are there");
        Self { size, secret, bare }
    }

    /// Returns how many profiles fit what this says of their numbers.
    pub(super) fn count(&self, fits: impl Fn(usize) -> bool) -> usize {
        (0..self.size).filter(|number| fits(*number)).count()
    }
}

/// A clock that goes on with each profile.
fn clock(done: Arc<AtomicU64>, size: usize) -> Clock {
    let began = std::time::SystemTime::now() - PERIOD;
    let step = PERIOD / size as u32;
    Clock::from_fn(move || (began + step * done.load(Ordering::Relaxed) as u32).into())
}

async fn send(instance: &Instance, path: &str, body: &serde_json::Value) {
    let response = profiles_api::dispatch(&instance.context, instance.request("POST", path, String::new(), body.to_string())).await;
    assert!(response.status().is_success(), "{}", response.body());
}
