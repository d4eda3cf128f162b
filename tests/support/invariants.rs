//! Checks the invariants of identities on an account's stored items.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use profiles_domain::{AccountId, Slot};
use sha2::{Digest, Sha256};

use crate::World;

/// A stored item.
pub type Item = HashMap<String, AttributeValue>;

/// Returns a string attribute.
#[must_use]
pub fn text<'a>(item: &'a Item, name: &str) -> Option<&'a str> {
    item.get(name).map(|value| value.as_s().unwrap().as_str())
}

/// The slots and claims of one account at one moment.
#[derive(Debug)]
pub struct Snapshot {
    account: AccountId,
    /// By slot.
    pub slots: HashMap<String, Item>,
    /// By the key's hash.
    claims: HashMap<String, Item>,
}

impl Snapshot {
    /// Reads all slots of the account, and the claims to these addresses.
    pub async fn read(world: &World, account: AccountId, emails: &[&str]) -> Self {
        let mut slots = HashMap::new();
        for shard in 0..16 {
            let query = world.bare.query().table_name(&world.tables.profiles).consistent_read(true);
            let query = query
                .key_condition_expression("PK = :pk")
                .expression_attribute_values(":pk", AttributeValue::S(format!("{account}#{shard:x}")));
            for item in query.send().await.unwrap().items.unwrap_or_default() {
                slots.insert(text(&item, "SK").unwrap().to_owned(), item);
            }
        }
        let mut claims = HashMap::new();
        for email in emails {
            let key = claim_key(account, email);
            let get = world.bare.get_item().table_name(&world.tables.identities).consistent_read(true);
            let output = get.key("PK", AttributeValue::S(key.clone())).send().await.unwrap();
            claims.extend(output.item.map(|item| (key, item)));
        }
        Self { account, slots, claims }
    }

    /// Reads all slots of every account, and the claims to these addresses. Returns a snapshot for each account's id.
    pub async fn read_all(world: &World, emails: &[String]) -> BTreeMap<String, Self> {
        let mut all: BTreeMap<String, Self> = BTreeMap::new();
        for item in world.items(&world.tables.profiles).await {
            let account = text(&item, "PK").unwrap().split('#').next().unwrap().to_owned();
            let empty = || Self { account: account.parse().unwrap(), slots: HashMap::new(), claims: HashMap::new() };
            let slot = text(&item, "SK").unwrap().to_owned();
            all.entry(account.clone()).or_insert_with(empty).slots.insert(slot, item);
        }
        let mut claims: HashMap<_, _> =
            world.items(&world.tables.identities).await.into_iter().map(|item| (text(&item, "PK").unwrap().to_owned(), item)).collect();
        for snapshot in all.values_mut() {
            let keys = emails.iter().map(|email| claim_key(snapshot.account, email));
            snapshot.claims = keys.filter_map(|key| claims.remove_entry(&key)).collect();
        }
        all
    }

    /// Returns the profiles, each with its id.
    pub fn profiles(&self) -> impl Iterator<Item = (&str, &Item)> {
        self.slots.values().filter_map(|item| Some((text(item, "id")?, item)))
    }

    /// Returns the claims that name no profile with their address: they are nobody's.
    #[must_use]
    pub fn nobodys(&self) -> usize {
        let key_of = |profile: &Item| text(profile, "email").map(|email| claim_key(self.account, email));
        let counts: HashMap<_, _> = self.profiles().filter_map(|(id, profile)| Some((id.to_owned(), key_of(profile)?))).collect();
        self.claims.iter().filter(|(key, claim)| text(claim, "id").is_some_and(|id| counts.get(id) != Some(*key))).count()
    }

    /// Panics if two profiles share a uid or an address, an identifier does not lead to its profile, an alias leads nowhere, or DynamoDB would
    /// delete an item that is in use. A claim may be ahead of its profile.
    #[track_caller]
    pub fn check_invariants(&self) {
        for name in ["id", "uid", "email"] {
            let mut owners = HashMap::new();
            for (id, profile) in self.profiles() {
                if let Some(value) = text(profile, name) {
                    assert_eq!(owners.insert(value, id), None, "two profiles share the {name} {value}: {self:#?}");
                }
            }
        }
        let profiles: HashMap<_, _> = self.profiles().collect();
        for (id, profile) in &profiles {
            assert_eq!(&id[8..], text(profile, "SK").unwrap(), "an id does not lead to its slot: {self:#?}");
            if let Some(email) = text(profile, "email") {
                let claim = self.claims.get(&claim_key(self.account, email));
                assert_eq!(claim.and_then(|claim| text(claim, "id")), Some(*id), "{email} is not claimed by its owner: {self:#?}");
            }
            if let Some(uid) = text(profile, "uid") {
                let uid_slot = &self.slots[&Slot::of_uid(self.account, uid).to_string()];
                let leads_to = text(uid_slot, "ALIAS_OF").or(text(uid_slot, "id"));
                assert_eq!(leads_to, Some(*id), "the slot of {uid} does not lead to its profile: {self:#?}");
            }
        }
        for claim in self.claims.values().filter(|claim| claim.contains_key("id")) {
            assert!(!claim.contains_key("EXPIRES_AT"), "DynamoDB would delete a claim in use: {self:#?}");
        }
        for item in self.slots.values() {
            if let Some(target) = text(item, "ALIAS_OF") {
                assert!(profiles.contains_key(target), "an alias leads nowhere: {self:#?}");
                assert!(!item.keys().any(|name| name.starts_with(char::is_lowercase)), "an alias holds properties: {self:#?}");
            }
            if item.contains_key("ALIAS_OF") || item.contains_key("id") {
                assert!(!item.contains_key("EXPIRES_AT"), "DynamoDB would delete what is in use: {self:#?}");
            } else if !item.contains_key("FORGOTTEN_AT") {
                let mut names: Vec<_> = item.keys().map(String::as_str).collect();
                names.sort_unstable();
                assert_eq!(names, ["EXPIRES_AT", "PK", "REV", "SK"], "an empty slot holds more than its revision: {self:#?}");
            }
        }
    }
}

/// Returns the partition key of the claim to an address.
#[must_use]
pub fn claim_key(account: AccountId, email: &str) -> String {
    let hex: String = Sha256::digest(email).iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("{account}#{hex}")
}
