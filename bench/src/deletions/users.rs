//! Users of whom something is recorded.

use std::collections::BTreeMap;

use profiles_api::Clock;
use profiles_domain::{
    AccountId, DeliveryOrder, Email, Event, Identity, InteractionState, MAX_DELIVERIES, Model, ModelKind, Step, Uid, Upsert, WebhookEvent,
};
use profiles_normalization::Value;
use profiles_storage::Storage;

/// What is recorded of a user.
#[derive(Clone, Copy)]
pub(super) enum Mix {
    Events,
    /// Half of it events; deliveries, as many as there may be; the rest by halves interactions, each with another tour, and answers to
    /// one survey.
    AllKinds,
}

/// Records something of a new user, who has a uid and an e-mail, and returns the uid.
pub(super) async fn create(storage: &Storage, account: AccountId, mix: Mix, records: usize) -> Identity {
    let name = format!("user-{:016x}", rand::random::<u64>());
    let user = Identity { uid: Uid::new(&name).ok(), ..Identity::default() };
    let identity = Identity { email: Email::new(&format!("{name}@example.com")).ok(), ..user.clone() };
    let upsert = Upsert { identity, properties: properties("plan"), ..Upsert::default() };
    storage.upsert(account, upsert, Clock::system().now()).await.expect("a new user");
    for number in 0..records {
        let Some(other) = number.checked_sub(records.div_ceil(2)).filter(|_| matches!(mix, Mix::AllKinds)) else {
            let event = Event { name: "report_exported".to_owned(), properties: properties("format") };
            storage.activities().track(account, &user, event, None, Clock::system().now()).await.expect("an event is recorded");
            continue;
        };
        let tour = Model { kind: ModelKind::Tour, id: format!("tour-{number}") };
        if other < MAX_DELIVERIES {
            let order = DeliveryOrder { model: tour, from: None, until: None, once: false };
            storage.activities().deliver(account, &user, order, None, Clock::system().now()).await.expect("a delivery is ordered");
            continue;
        }
        let (model, what) = match other % 2 {
            0 => (Model { kind: ModelKind::Survey, id: "survey".to_owned() }, Step::Responded(properties("button_text"))),
            _ => (tour, Step::Reached(InteractionState::Started)),
        };
        let happening = WebhookEvent { webhook_id: format!("{name} {number}"), model, step: what };
        let is_new =
            storage.activities().record_experience(account, &user, happening, Clock::system().now()).await.expect("it is recorded");
        assert!(is_new, "another webhook has its id");
    }
    user
}

fn properties(name: &str) -> BTreeMap<String, Value> {
    BTreeMap::from([(name.to_owned(), Value::String("enterprise".to_owned()))])
}
