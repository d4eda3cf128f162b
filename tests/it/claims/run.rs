//! Runs of a few requests in an account of its own, and what must hold when they are over.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use profiles_domain::AccountId;
use profiles_tests::invariants::Snapshot;
use profiles_tests::{Api, Held, Reply, World};
use serde_json::json;
use tokio::task::JoinSet;
use tracing::instrument::WithSubscriber;
use tracing::subscriber::NoSubscriber;

/// The addresses of all runs.
const ADDRESSES: [&str; 3] = ["x", "y", "z"];
/// The number of runs at once: while one waits for the database, others continue.
const LANES: usize = 8;
/// The number of plans that share a database.
const PLANS_IN_A_WORLD: usize = 200;

/// A request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Request {
    /// An upsert by uid, address or both.
    Upsert(Option<&'static str>, Option<&'static str>),
    /// Takes the address away.
    Unset(&'static str),
    Forget(&'static str),
}

impl Request {
    /// Sends it. An upsert sets the property `label`.
    async fn send(self, api: &Api, label: &str) -> Reply {
        let mut body = json!({label: 1});
        match self {
            Self::Forget(uid) => return api.forget(&format!("uid={uid}")).await,
            Self::Unset(uid) => (body["uid"], body["email"]) = (json!(uid), json!("$unset")),
            Self::Upsert(uid, email) => {
                uid.into_iter().for_each(|uid| body["uid"] = json!(uid));
                email.into_iter().for_each(|email| body["email"] = json!(address(email)));
            }
        }
        api.upsert(&body.to_string()).await
    }
}

fn address(name: &str) -> String {
    format!("{name}@chmln.co")
}

/// Several runs that are made one after the other.
pub(super) trait Plan: Clone + Send + Sync + 'static {
    fn run(&self, world: &World) -> impl Future<Output = Vec<Run>> + Send;
}

/// A run in an account of its own.
pub(super) struct Run {
    pub(super) title: String,
    account: AccountId,
    /// Two instances, whose clocks are in different seconds.
    apis: [Arc<Api>; 2],
    /// Upserts that were acknowledged: the profile's id and the property.
    acknowledged: Vec<(String, String)>,
    forgets: bool,
    failures: Vec<String>,
}

impl Run {
    pub(super) async fn new(world: &World, title: String) -> Self {
        let (account, api) = world.new_account(world.client(1)).await;
        let ahead = world.api_of_ahead(world.client(1), api.secret().to_owned(), Duration::from_secs(1));
        ahead.get("/").await;
        Self { title, account, apis: [api, ahead].map(Arc::new), acknowledged: Vec::new(), forgets: false, failures: Vec::new() }
    }

    /// Begins a request on one of the instances, and holds it at its first call.
    pub(super) fn begin(&mut self, request: Request, label: &str, instance: usize) -> Held<Reply> {
        self.forgets |= matches!(request, Request::Forget(_));
        let (api, label) = (Arc::clone(&self.apis[instance % 2]), label.to_owned());
        Held::start(async move { request.send(&api, &label).await }.with_subscriber(NoSubscriber::default()))
    }

    /// Takes note of an answer.
    pub(super) fn answered(&mut self, request: Request, label: &str, reply: &Reply) {
        match reply.status {
            200 if !matches!(request, Request::Forget(_)) => self.acknowledged.push((reply.id(), label.to_owned())),
            200 | 404 | 409 | 503 => {}
            _ => self.failures.push(format!("{request:?} is answered {}", reply.text)),
        }
    }

    /// Makes a request from beginning to end.
    pub(super) async fn whole(&mut self, request: Request, label: &str) {
        let reply = self.begin(request, label, 0).finish().await;
        self.answered(request, label, &reply);
    }

    /// Checks that what was acknowledged is found, and that an address which nobody has is free.
    pub(super) async fn end(mut self) -> Self {
        let api = Arc::clone(&self.apis[1]);
        for (id, property) in self.acknowledged.iter().filter(|_| !self.forgets) {
            let found = api.retrieve(&format!("id={id}")).await;
            if found.status != 200 || found.profile().get(property).is_none() {
                self.failures.push(format!("{property} is lost: {}", found.text));
            }
        }
        for (n, email) in ADDRESSES.into_iter().map(address).enumerate() {
            if api.retrieve(&format!("email={email}")).await.status == 404 {
                // Whoever died on the way to it.
                let body = if n == 1 { json!({"email": email}) } else { json!({"uid": format!("new{n}"), "email": email}) };
                let reply = api.upsert(&body.to_string()).await;
                let found = api.retrieve(&format!("email={email}")).await;
                if reply.status != 200 || found.status != 200 || found.id() != reply.id() {
                    self.failures.push(format!("{email} is not free: {} {}", reply.text, found.text));
                }
            }
        }
        self
    }
}

/// The result of all runs of some plans.
#[derive(Default)]
pub(super) struct Explored {
    pub(super) runs: usize,
    /// Claims that were nobody's at the end.
    pub(super) nobodys: usize,
    pub(super) failures: Vec<String>,
}

/// Makes all runs, in worlds that `prepare` prepares.
pub(super) async fn explore<P: Plan>(plans: Vec<P>, prepare: impl Fn(&World)) -> Explored {
    let mut explored = Explored::default();
    let mut done = 0;
    for some in plans.chunks(PLANS_IN_A_WORLD) {
        let world = Arc::new(World::new().await);
        prepare(&world);
        let mut lanes = JoinSet::new();
        for lane in 0..LANES {
            let (world, plans) = (Arc::clone(&world), some.iter().skip(lane).step_by(LANES).cloned().collect::<Vec<_>>());
            let lane = async move {
                let mut runs = Vec::new();
                for plan in plans {
                    runs.extend(plan.run(&world).await);
                }
                runs
            };
            lanes.spawn(lane.with_subscriber(NoSubscriber::default()));
        }
        let runs: Vec<_> = lanes.join_all().await.into_iter().flatten().collect();
        let snapshots = Snapshot::read_all(&world, &ADDRESSES.map(address)).await;
        for Run { title, account, failures, .. } in runs {
            explored.runs += 1;
            explored.failures.extend(failures.into_iter().map(|failure| format!("{title}: {failure}")));
            let Some(snapshot) = snapshots.get(&account.to_string()) else { continue };
            explored.nobodys += snapshot.nobodys();
            if std::panic::catch_unwind(AssertUnwindSafe(|| snapshot.check_invariants())).is_err() {
                explored.failures.push(format!("{title}: what is stored is not sound"));
            }
        }
        world.drop_tables().await;
        done += some.len();
        eprintln!("{done} of {} plans, {} failures", plans.len(), explored.failures.len());
    }
    explored
}

impl Explored {
    /// Panics if a run failed, or if there are fewer.
    #[track_caller]
    pub(super) fn assert_sound(&self, at_least: usize) {
        eprintln!("{} runs, {} claims that were nobody's at their end", self.runs, self.nobodys);
        let first: Vec<_> = self.failures.iter().take(20).map(String::as_str).collect();
        assert!(first.is_empty(), "{} failures in {} runs:\n{}", self.failures.len(), self.runs, first.join("\n"));
        assert!(self.runs >= at_least, "only {} runs", self.runs);
    }
}
