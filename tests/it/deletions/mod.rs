//! Clearing and forgetting users with every kind of activity.

mod clear;
mod crashes;
mod forget;
mod large;
mod late_records;
mod replay;
mod replay_clear;
mod tombstones;

use std::collections::BTreeMap;
use std::io::Read;
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use profiles_domain::{
    About, AccountId, Deleted, Deletion, Delivery, DeliveryOrder, Email, Error, Event, Identity, InteractionState, Model, ModelKind,
    Removed, Snooze, Step, Uid, Upsert, WebhookEvent,
};
use profiles_normalization::{Timestamp, Value};
use profiles_storage::activities::{DeliveriesOf, Experienced, Page};
use profiles_storage::deletions::{Replay, TimeLeft};
use profiles_storage::{RetryPolicy, Storage};
use profiles_tests::{Fault, World};

/// No limit on the time.
const FOREVER: TimeLeft<'static> = &|| true;

fn by_uid(uid: &str) -> Identity {
    Identity { uid: Some(Uid::new(uid).unwrap()), ..Identity::default() }
}

fn by_email(email: &str) -> Identity {
    Identity { email: Some(Email::new(email).unwrap()), ..Identity::default() }
}

fn tour(id: &str) -> Model {
    Model { kind: ModelKind::Tour, id: id.to_owned() }
}

fn value(text: &str) -> Value {
    Value::String(text.to_owned())
}

/// What was removed with the profile of a forgotten user.
fn removed_in(deletion: &Deletion) -> Removed {
    match deletion.deleted {
        Deleted::Profile(_, removed) => removed,
        Deleted::Company(..) => panic!("the deletion of a company"),
    }
}

fn properties(text: &str) -> BTreeMap<String, Value> {
    [("property".to_owned(), value(text)), ("list".to_owned(), Value::Array(vec![value(text)]))].into()
}

async fn upsert(storage: &Storage, account: AccountId, identity: Identity, text: &str, now: Timestamp) {
    let upsert = Upsert { identity, properties: properties(text), ..Upsert::default() };
    storage.upsert(account, upsert, now).await.unwrap();
}

async fn track(storage: &Storage, account: AccountId, identity: &Identity, text: &str, now: Timestamp) {
    let event = Event { name: "imported".to_owned(), properties: properties(text), cut: [].into() };
    storage.activities().track(account, identity, event, None, now).await.unwrap();
}

async fn reach(storage: &Storage, account: AccountId, identity: &Identity, model: &Model, state: InteractionState, now: Timestamp) {
    record(storage, account, identity, (model.clone(), Step::Reached(state)), now).await;
}

async fn answer(storage: &Storage, account: AccountId, identity: &Identity, text: &str, now: Timestamp) {
    let model = Model { kind: ModelKind::Survey, id: "survey".to_owned() };
    record(storage, account, identity, (model, Step::Responded { id: None, properties: properties(text) }), now).await;
}

async fn record(storage: &Storage, account: AccountId, identity: &Identity, (model, step): (Model, Step), now: Timestamp) {
    let webhook = WebhookEvent {
        webhook_id: webhook_id(),
        model,
        about: About::default(),
        step,
        sent_at: now,
        group: None,
        snooze: Snooze::default(),
        goal_at: None,
    };
    assert_eq!(storage.activities().record_experience(account, identity, webhook, now).await, Ok(Experienced::Now { is_summed: true }));
}

fn webhook_id() -> String {
    format!("{:032x}", rand::random::<u128>())
}

async fn deliver(storage: &Storage, account: AccountId, identity: &Identity, model: &Model, now: Timestamp) {
    let order = DeliveryOrder::of(model.clone());
    storage.activities().deliver(account, identity, order, None, now).await.unwrap();
}

/// Returns the pending deliveries of a user, the latest first.
async fn deliveries(storage: &Storage, account: AccountId, user: &Identity, now: Timestamp) -> Result<Vec<Delivery>, Error> {
    let of = DeliveriesOf { identity: Some(user.clone()), ..DeliveriesOf::default() };
    let page = Page { limit: 9, ..Page::default() };
    storage.activities().deliveries(account, &of, page, now).await.map(|listed| listed.items)
}

/// Creates a user with data of every kind, whose values all hold `tag`: a uid, an address, and a merged profile that has records of its
/// own.
async fn user_with_everything(world: &World, storage: &Storage, account: AccountId, tag: &str) -> Identity {
    let (now, uid, email) = (world.now(), by_uid(&format!("uid-{tag}")), by_email(&format!("{tag}@example.com")));
    upsert(storage, account, email.clone(), tag, now).await;
    upsert(storage, account, uid.clone(), tag, now).await;
    for identity in [&email, &uid] {
        track(storage, account, identity, tag, now).await;
        reach(storage, account, identity, &tour("one"), InteractionState::Started, now).await;
        reach(storage, account, identity, &tour("one"), InteractionState::Completed, now).await;
        reach(storage, account, identity, &tour("two"), InteractionState::Exited, now).await;
        reach(storage, account, identity, &tour("snoozed"), InteractionState::Snoozed, now).await;
        answer(storage, account, identity, tag, now).await;
        deliver(storage, account, identity, &tour("three"), now).await;
    }
    // The profile with the address is merged into the one with the uid.
    upsert(storage, account, Identity { email: email.email, ..uid.clone() }, tag, now).await;
    track(storage, account, &uid, tag, now).await;
    uid
}

/// Makes a replay die at a call, and the next one finish it. Returns whether it had made all its calls before that.
async fn replay_that_dies(world: &World, since: Timestamp, fault: Fault, number: usize) -> bool {
    let once = RetryPolicy { attempts: 1, first_wait: Duration::ZERO, longest_wait: Duration::ZERO };
    let dying = world.storage_on(world.client(1), once);
    world.wire.crash_at(number, fault);
    let died = dying.deletions().replay(since, Replay::Do, &|_| ()).await;
    let is_whole = world.wire.take().len() <= number;
    world.wire.mend();
    if is_whole {
        assert_eq!(died.unwrap().failed, 0);
    } else {
        assert!(died.is_err() || died.unwrap().failed == 1, "{fault:?} {number}: the failure is not reported");
        assert_eq!(world.storage().deletions().replay(since, Replay::Do, &|_| ()).await.unwrap().failed, 0);
    }
    is_whole
}

/// Panics if an item of any table or index holds one of these texts, also compressed.
async fn nothing_holds(world: &World, texts: &[&str]) {
    let tables = &world.tables;
    for (table, index) in [
        (&tables.profiles, None),
        (&tables.profiles, Some("created-index")),
        (&tables.profiles, Some("uid-index")),
        (&tables.profiles, Some("email-index")),
        (&tables.profiles, Some("company-index")),
        (&tables.identities, None),
        (&tables.companies, None),
        (&tables.companies, Some("created-index")),
        (&tables.properties, None),
        (&tables.batches, None),
        (&tables.batches, Some("waiting-index")),
        (&tables.batch_chunks, None),
        (&tables.activities, None),
        (&tables.activities, Some("model-index")),
        (&tables.activities, Some("changed-index")),
        (&tables.activities, Some("pending-index")),
        (&tables.summaries, None),
        (&tables.deletions, None),
        (&tables.deletions, Some("unfinished-index")),
    ] {
        let mut items = world.bare.scan().table_name(table).set_index_name(index.map(str::to_owned)).into_paginator().items().send();
        while let Some(item) = items.next().await {
            for (name, attribute) in item.unwrap() {
                for text in texts {
                    assert!(!name.contains(text) && !holds(&attribute, text), "{table} {index:?} holds {text} in {name}");
                }
            }
        }
    }
}

fn holds(attribute: &AttributeValue, text: &str) -> bool {
    match attribute {
        AttributeValue::S(value) | AttributeValue::N(value) => value.contains(text),
        AttributeValue::Ss(values) | AttributeValue::Ns(values) => values.iter().any(|value| value.contains(text)),
        AttributeValue::L(values) => values.iter().any(|value| holds(value, text)),
        AttributeValue::M(entries) => entries.iter().any(|(name, value)| name.contains(text) || holds(value, text)),
        AttributeValue::B(bytes) => {
            let mut plain = Vec::new();
            let compressed = zstd::Decoder::new(bytes.as_ref()).is_ok_and(|mut decoder| decoder.read_to_end(&mut plain).is_ok());
            let bytes = if compressed { plain.as_slice() } else { bytes.as_ref() };
            bytes.windows(text.len()).any(|window| window == text.as_bytes())
        }
        AttributeValue::Bool(_) | AttributeValue::Null(_) => false,
        other => panic!("{other:?} is never stored"),
    }
}
