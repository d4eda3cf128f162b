//! The primary keys of every table.

use aws_sdk_dynamodb::types::AttributeValue;
use profiles_domain::{AccountId, BatchId, DeletionId, Model, ModelKind, ProfileId, Slot};
use sha2::{Digest, Sha256};

use crate::dynamo::item::{Key, PK, SK};

/// Of a slot in `profiles` or `companies`: 16 partition keys an account, and a hash as sort key, so that DynamoDB can split further.
pub(crate) fn slot(account: AccountId, slot: Slot) -> Key {
    two_part(format!("{account}#{}", slot.shard()), slot.to_string())
}

/// Of the claim to an address in `identities`. The address itself is not stored there.
pub(crate) fn claim(account: AccountId, email: &str) -> Key {
    claim_of_hash(account, &hash_of_address(email))
}

/// The same, of the hash of an address.
pub(crate) fn claim_of_hash(account: AccountId, hash: &str) -> Key {
    Key::from([(PK.to_owned(), AttributeValue::S(format!("{account}#{hash}")))])
}

/// The hash that stands for an address: 16 bytes of its SHA-256 tell it from all others.
pub(crate) fn hash_of_address(email: &str) -> String {
    let hash: [u8; 32] = Sha256::digest(email).into();
    let (half, _) = hash.split_at(16);
    hex(half)
}

/// Of what belongs to a batch in `batches`; `sort` says what it is.
pub(crate) fn of_batch(account: AccountId, batch: BatchId, sort: impl Into<String>) -> Key {
    two_part(partition_of_batch(account, batch), sort.into())
}

/// The partition key of all that belongs to a batch in `batches`.
pub(crate) fn partition_of_batch(account: AccountId, batch: BatchId) -> String {
    format!("{account}#{batch}")
}

/// Of an account's `Idempotency-Key` in `batches`, which is stored as its hash: it may be somebody's name.
pub(crate) fn idempotency(account: AccountId, key: &str) -> Key {
    two_part(format!("{account}#key#{}", hex(&Sha256::digest(key))), "key".to_owned())
}

/// Of a part of a chunk in `batch_chunks`.
pub(crate) fn chunk_part(account: AccountId, batch: BatchId, chunk: u32, part: u32) -> Key {
    two_part(partition_of_chunk(account, batch, chunk), format!("{part:03}"))
}

/// The partition key of all parts of a chunk in `batch_chunks`.
pub(crate) fn partition_of_chunk(account: AccountId, batch: BatchId, chunk: u32) -> String {
    format!("{account}#{batch}#{chunk:03}")
}

/// Of a record in `activities`.
pub(crate) fn record(account: AccountId, profile: ProfileId, sort: impl Into<String>) -> Key {
    two_part(partition_of_records(account, profile), sort.into())
}

/// The partition key of all that was recorded under a profile's id, in `activities`.
pub(crate) fn partition_of_records(account: AccountId, profile: ProfileId) -> String {
    format!("{account}#{profile}")
}

/// What tells an interaction from the others of its profile.
pub(crate) fn interaction_name(kind: ModelKind, id: &str) -> String {
    format!("{}#{id}", kind.as_str())
}

/// Of the mark in `activities` by which what comes twice is known the second time. `of` says what it is; what it is known by is
/// stored as a hash: it may be somebody's name.
pub(crate) fn known(account: AccountId, of: &str, key: &str) -> Key {
    two_part(format!("{account}#{of}#{}", hex(&Sha256::digest(key))), "key".to_owned())
}

/// Of one of the parts of a tour's or survey's summary, in `summaries`.
pub(crate) fn summary(account: AccountId, model: &Model, part: char) -> Key {
    two_part(partition_of_summary(account, model), part.to_string())
}

/// The partition key of all parts of a summary.
pub(crate) fn partition_of_summary(account: AccountId, model: &Model) -> String {
    format!("{account}#{}#{}", model.kind.as_str(), model.id)
}

/// Of the log of a deletion.
pub(crate) fn deletion(account: AccountId, id: DeletionId) -> Key {
    Key::from([(PK.to_owned(), AttributeValue::S(format!("{account}#{id}")))])
}

fn two_part(partition: String, sort: String) -> Key {
    Key::from([(PK.to_owned(), AttributeValue::S(partition)), (SK.to_owned(), AttributeValue::S(sort))])
}

/// Lower-case hex digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
