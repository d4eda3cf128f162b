//! A time that stands still, so that no figure depends on how fast this machine is.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use aws_sdk_dynamodb::Client;
use profiles_api::Clock;
use profiles_storage::Storage;

use crate::counter::Counter;
use crate::instance::Instance;
use crate::local::Local;
use crate::recorder::Recorder;
use crate::report::Findings;

/// A time that passes when somebody lets it, and when a storage waits, which takes no time then.
#[derive(Clone)]
pub(super) struct Time {
    began: SystemTime,
    passed_millis: Arc<AtomicU64>,
}

impl Time {
    /// A time that is now.
    pub(super) fn new() -> Self {
        Self { began: SystemTime::now(), passed_millis: Arc::default() }
    }

    /// Lets time pass.
    pub(super) fn pass(&self, time: Duration) {
        self.passed_millis.fetch_add(time.as_millis() as u64, Ordering::Relaxed);
    }

    fn now(&self) -> SystemTime {
        self.began + Duration::from_millis(self.passed_millis.load(Ordering::Relaxed))
    }

    /// Makes an instance at this time. It waits so long for the registry of properties; with zero it tells the registry nothing.
    pub(super) fn instance(&self, client: Client, secret: &str, patience: Duration) -> Instance {
        let (clock, now, waiting) = (self.clone(), self.clone(), self.clone());
        let wait = move |time: Duration| -> futures_util::future::BoxFuture<'static, ()> {
            waiting.pass(time);
            Box::pin(std::future::ready(()))
        };
        let change = |storage: Storage| storage.telling_for(patience).with_time(move || now.now().into(), wait);
        Instance::of(Clock::from_fn(move || clock.now().into()), client, secret, change)
    }

    /// Makes a counter of the requests of a new instance, which knows nothing but the secret.
    pub(super) async fn counter<'a>(&self, local: &'a Local, secret: &str, findings: &'a mut Findings) -> Counter<'a> {
        let recorder = Recorder::default();
        let instance = self.instance(local.recorded_by(&recorder), secret, Duration::ZERO);
        Counter::of(local, recorder, instance, findings).await
    }
}
