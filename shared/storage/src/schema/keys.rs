//! The primary keys of every table.

use std::fmt;

use aws_sdk_dynamodb::types::AttributeValue;
use profiles_domain::{AccountId, BatchId, CompanyId, DeletionId, Model, ModelKind, ProfileId, PropertyKind, Slot};
use sha2::{Digest, Sha256};

use crate::dynamo::item::{Key, PK, SK};

/// The key of a slot in `profiles` or `companies`: 16 partition keys an account, and a hash as sort key, so that DynamoDB can split further.
pub(crate) fn slot(account: AccountId, slot: Slot) -> Key {
    two_part(partition_of_slots(account, slot.shard()), slot.to_string())
}

/// The partition key of the slots of a shard.
pub(crate) fn partition_of_slots(account: AccountId, shard: char) -> String {
    format!("{account}#{shard}")
}

/// The key of the mark, in `companies`, that a company is being deleted.
pub(crate) fn company_being_deleted(account: AccountId, company: CompanyId) -> Key {
    two_part(partition_of_companies_being_deleted(account), company.to_string())
}

/// The partition key of these marks.
pub(crate) fn partition_of_companies_being_deleted(account: AccountId) -> String {
    format!("{account}#deleting")
}

/// The partition key of the activity heads of a shard.
pub(crate) fn partition_of_heads(account: AccountId, shard: char) -> String {
    format!("{account}#head#{shard}")
}

/// The hex digits of the shards.
pub(crate) const SHARDS: &str = "0123456789abcdef";

/// The key of the claim to an address in `identities`. The address itself is not stored there.
pub(crate) fn claim(account: AccountId, email: &str) -> Key {
    claim_of_hash(account, &hash_of_address(email))
}

/// The key of the claim to an address with this hash.
pub(crate) fn claim_of_hash(account: AccountId, hash: &str) -> Key {
    one_part(format!("{account}#{hash}"))
}

/// The hash by which an address is stored: 16 bytes of its SHA-256 tell it from all others.
pub(crate) fn hash_of_address(email: &str) -> String {
    let hash: [u8; 32] = Sha256::digest(email).into();
    let (half, _) = hash.split_at(16);
    hex(half)
}

/// The key of an item of a batch in `batches`; `sort` says which one.
pub(crate) fn of_batch(account: AccountId, batch: BatchId, sort: impl Into<String>) -> Key {
    two_part(partition_of_batch(account, batch), sort.into())
}

/// The partition key of all items of a batch in `batches`.
pub(crate) fn partition_of_batch(account: AccountId, batch: BatchId) -> String {
    format!("{account}#{batch}")
}

/// The key of a batch's `Idempotency-Key` in `batches`. It is stored as a hash, because it may be a person's name.
pub(crate) fn batch_key(account: AccountId, key: &str) -> Key {
    two_part(format!("{account}#key#{}", hash_of(key)), "key".to_owned())
}

/// The key of a part of a chunk in `batch_chunks`. Each part is in a partition of its own, because a few of them use up what a partition
/// writes in a second.
pub(crate) fn chunk_part(account: AccountId, batch: BatchId, chunk: u32, part: u32) -> Key {
    one_part(format!("{account}#{batch}#{chunk:03}#{part:03}"))
}

/// The key of a record in `activities`.
pub(crate) fn record(account: AccountId, profile: ProfileId, sort: impl Into<String>) -> Key {
    two_part(partition_of_records(account, profile), sort.into())
}

/// The partition key of all records of a profile, in `activities`.
pub(crate) fn partition_of_records(account: AccountId, profile: ProfileId) -> String {
    format!("{account}#{profile}")
}

/// The key of a profile's activity head, in `activities`: the slot's, and the seconds that the id begins with.
pub(crate) fn head(account: AccountId, profile: ProfileId) -> Key {
    let slot = profile.slot();
    two_part(partition_of_heads(account, slot.shard()), format!("{slot}#{:08x}", profile.seconds()))
}

/// The profile whose activity head has this sort key.
pub(crate) fn profile_of_head(sort: &str) -> Option<ProfileId> {
    let (slot, seconds) = sort.split_once('#')?;
    Some(ProfileId::new(u32::from_str_radix(seconds, 16).ok()?, slot.parse().ok()?))
}

/// The name of an interaction among those of its profile.
pub(crate) fn interaction_name(kind: ModelKind, id: &str) -> String {
    format!("{}#{id}", kind.as_str())
}

/// The key of an event's or webhook's idempotency key in `activities`, for this purpose. It is stored as a hash, because it may be a person's name.
pub(crate) fn activity_key(account: AccountId, purpose: &str, key: &str) -> Key {
    two_part(format!("{account}#{purpose}#{}", hash_of(key)), "key".to_owned())
}

/// The key of the pointer to the record of this kind that has this id, in `activities`.
pub(crate) fn pointer(account: AccountId, kind: &str, id: impl fmt::Display) -> Key {
    two_part(format!("{account}#{kind}#{id}"), POINTER.to_owned())
}

/// The sort key of pointers.
pub(crate) const POINTER: &str = "pointer";

/// The key, in the indexes by tour or survey, of records of one kind and of profiles of one shard.
pub(crate) fn of_model(account: AccountId, kind: &str, model: &str, shard: char) -> String {
    format!("{account}#{kind}#{model}#{shard}")
}

/// The place of a record in a list that is sorted by a time: records of one time are sorted by their ids.
pub(crate) fn place(at: impl fmt::Display, id: impl fmt::Display) -> String {
    format!("{at}#{id}")
}

/// The parts of a tour's or survey's summary.
pub(crate) const SUMMARY_PARTS: u64 = 64;

/// The part of a tour's or survey's summary that a profile counts in. Each part has a partition key of its own.
pub(crate) fn part_of(profile: ProfileId) -> u64 {
    profile.slot().bits() % SUMMARY_PARTS
}

/// The key of one part of a summary.
pub(crate) fn summary_part(account: AccountId, model: &Model, part: u64) -> Key {
    two_part(format!("{account}#{}#{}#{part:02x}", model.kind.as_str(), model.id), "sums".to_owned())
}

/// The key of what is known of a tour or survey, in `summaries`.
pub(crate) fn model(account: AccountId, model: &Model) -> Key {
    two_part(format!("{account}#{}#{}", model.kind.as_str(), model.id), "about".to_owned())
}

/// The partition key of the list of an account's tours or surveys, in `summaries`.
pub(crate) fn partition_of_models(account: AccountId, kind: ModelKind) -> String {
    format!("{account}#{}", kind.as_str())
}

/// The key of the entry at this place of that list.
pub(crate) fn model_entry(account: AccountId, kind: ModelKind, place: &str) -> Key {
    two_part(partition_of_models(account, kind), place.to_owned())
}

/// The slot of a property, in its partition and in its id. It differs from those of other kinds, so that no two properties have one id.
pub(crate) fn slot_of_property(account: AccountId, kind: PropertyKind, prop: &str) -> Slot {
    Slot::of_uid(account, &format!("{}#{prop}", kind.as_str()))
}

/// The key of a property.
pub(crate) fn property(account: AccountId, kind: PropertyKind, slot: Slot) -> Key {
    two_part(partition_of_properties(account, kind), slot.to_string())
}

/// The partition key of the properties of a kind.
pub(crate) fn partition_of_properties(account: AccountId, kind: PropertyKind) -> String {
    format!("{account}#{}", kind.as_str())
}

/// The key, in `properties`, of the number of an account's properties.
pub(crate) fn number_of_properties(account: AccountId) -> Key {
    two_part(account.to_string(), "number".to_owned())
}

/// The key of the journal of a deletion.
pub(crate) fn deletion(account: AccountId, id: DeletionId) -> Key {
    one_part(format!("{account}#{id}"))
}

/// The prefix of the keys of secrets in `accounts`.
pub(crate) const SECRET_PREFIX: &str = "secret#";

/// The key of a secret in `accounts`, by the hex digits of its hash.
pub(crate) fn secret(hash: &str) -> Key {
    one_part(format!("{SECRET_PREFIX}{hash}"))
}

/// The key of an account in `accounts`.
pub(crate) fn account(id: AccountId) -> Key {
    one_part(format!("account#{id}"))
}

/// The key, in `accounts`, of the places of an account's searches and counts.
pub(crate) fn places(account: AccountId) -> Key {
    one_part(format!("places#{account}"))
}

fn one_part(partition: String) -> Key {
    Key::from([(PK.to_owned(), AttributeValue::S(partition))])
}

fn two_part(partition: String, sort: String) -> Key {
    Key::from([(PK.to_owned(), AttributeValue::S(partition)), (SK.to_owned(), AttributeValue::S(sort))])
}

/// The SHA-256 of a text, in hex.
pub(crate) fn hash_of(text: &str) -> String {
    hex(&Sha256::digest(text))
}

/// Writes bytes as lower-case hex digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
