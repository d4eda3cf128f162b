//! What forgetting a user does to slots and claims, as far as upserts must live with it: the mark in place of the profile, then
//! the aliases and the claim, one call after the other.

use std::collections::HashMap;
use std::sync::Mutex;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use profiles_domain::{AccountId, ProfileId, Slot};
use profiles_normalization::Timestamp;
use profiles_storage::Tables;
use profiles_tests::audit::{Item, claim_key, text};

use super::schedule::Clock;

/// What a crash cannot take: it says what is left to do.
#[derive(Default)]
pub(super) struct Forgetting(Mutex<Option<Log>>);

#[derive(Clone)]
struct Log {
    id: String,
    at: String,
    aliases: Vec<String>,
    email: Option<String>,
}

impl Forgetting {
    /// Who was forgotten, if anybody was.
    pub(super) fn forgotten(&self) -> Option<ProfileId> {
        self.0.lock().unwrap().as_ref().map(|log| log.id.parse().unwrap())
    }

    /// When somebody was forgotten, and whose address it was.
    pub(super) fn when_and_whose(&self) -> Option<(Timestamp, Option<String>)> {
        self.0.lock().unwrap().as_ref().map(|log| (Timestamp::parse_canonical(&log.at).unwrap(), log.email.clone()))
    }

    /// Forgets the profile of `uid`, if there is one.
    pub(super) async fn run(&self, client: &Client, tables: &Tables, account: AccountId, uid: &str, clock: &Clock) {
        while self.forgotten().is_none() {
            let mut slot = Slot::of_uid(account, uid).to_string();
            let mut item = get(client, tables, account, &slot).await;
            if let Some(target) = text(&item, "ALIAS_OF") {
                slot = target[8..].to_owned();
                item = get(client, tables, account, &slot).await;
            }
            let Some(id) = text(&item, "id").filter(|_| text(&item, "uid") == Some(uid)) else { return };
            let at = clock.now().to_string();
            let log = Log {
                id: id.to_owned(),
                at: at.clone(),
                aliases: item.get("ALIASES").map(|aliases| aliases.as_ss().unwrap().clone()).unwrap_or_default(),
                email: text(&item, "email").map(str::to_owned),
            };
            if self.hide(client, tables, account, &slot, &item, &at).await {
                *self.0.lock().unwrap() = Some(log);
            }
        }
        self.finish(client, tables, account).await;
    }

    /// Does what is left to do, which may be all or nothing of it.
    pub(super) async fn finish(&self, client: &Client, tables: &Tables, account: AccountId) {
        let Some(log) = self.0.lock().unwrap().clone() else { return };
        for alias in &log.aliases {
            let slot = alias.get(8..).filter(|_| alias.len() == 24).unwrap_or(alias);
            mark(client, &tables.profiles, slot_key(account, slot), "ALIAS_OF", "ALIAS_OF, ALIAS_ID", &log).await;
        }
        if let Some(email) = &log.email {
            let key = HashMap::from([("PK".to_owned(), AttributeValue::S(claim_key(account, email)))]);
            mark(client, &tables.identities, key, "id", "id", &log).await;
        }
    }

    /// Replaces the profile by its mark, unless it changed since it was read.
    async fn hide(&self, client: &Client, tables: &Tables, account: AccountId, slot: &str, seen: &Item, at: &str) -> bool {
        let revision: u64 = seen["REV"].as_n().unwrap().parse().unwrap();
        let last = u32::from_str_radix(&text(seen, "id").unwrap()[..8], 16).unwrap();
        let mut put = client.put_item().table_name(&tables.profiles).condition_expression("REV = :seen");
        for (name, value) in slot_key(account, slot) {
            put = put.item(name, value);
        }
        put.item("REV", AttributeValue::N((revision + 1).to_string()))
            .item("LAST", AttributeValue::N(last.to_string()))
            .item("FORGOTTEN_AT", AttributeValue::S(at.to_owned()))
            .item("EXPIRES_AT", AttributeValue::N("1870345080".to_owned()))
            .expression_attribute_values(":seen", AttributeValue::N(revision.to_string()))
            .send()
            .await
            .is_ok()
    }
}

/// Turns an alias or claim that still names the forgotten one into a mark.
async fn mark(client: &Client, table: &str, key: Item, names: &str, removed: &str, log: &Log) {
    // Only a condition that no longer holds is expected to refuse it.
    let _ = client
        .update_item()
        .table_name(table)
        .set_key(Some(key))
        .update_expression(format!("SET FORGOTTEN_AT = :at, EXPIRES_AT = :expires REMOVE {removed} ADD REV :one"))
        .condition_expression(format!("{names} = :id"))
        .expression_attribute_values(":at", AttributeValue::S(log.at.clone()))
        .expression_attribute_values(":expires", AttributeValue::N("1870345080".to_owned()))
        .expression_attribute_values(":one", AttributeValue::N("1".to_owned()))
        .expression_attribute_values(":id", AttributeValue::S(log.id.clone()))
        .send()
        .await;
}

async fn get(client: &Client, tables: &Tables, account: AccountId, slot: &str) -> Item {
    let get = client.get_item().table_name(&tables.profiles).consistent_read(true).set_key(Some(slot_key(account, slot)));
    get.send().await.unwrap().item.unwrap_or_default()
}

fn slot_key(account: AccountId, slot: &str) -> Item {
    let shard = &slot[..1];
    HashMap::from([
        ("PK".to_owned(), AttributeValue::S(format!("{account}#{shard}"))),
        ("SK".to_owned(), AttributeValue::S(slot.to_owned())),
    ])
}
