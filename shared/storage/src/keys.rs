//! The primary keys of every table.

use aws_sdk_dynamodb::types::AttributeValue;
use profiles_domain::{AccountId, Slot};
use sha2::{Digest, Sha256};

use crate::attributes::{PK, SK};

/// A primary key, as attributes.
pub(crate) type Key = std::collections::HashMap<String, AttributeValue>;

/// Of a slot in `profiles` or `companies`: 16 partition keys an account, and a hash as sort key, so that DynamoDB can split further.
pub(crate) fn slot(account: AccountId, slot: Slot) -> Key {
    Key::from([
        (PK.to_owned(), AttributeValue::S(format!("{account}#{}", slot.shard()))),
        (SK.to_owned(), AttributeValue::S(slot.to_string())),
    ])
}

/// Of the claim to an address in `identities`. The address itself is not stored there: 16 bytes of its SHA-256 tell it from all others.
pub(crate) fn claim(account: AccountId, email: &str) -> Key {
    let hash: [u8; 32] = Sha256::digest(email).into();
    let hex: String = hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    Key::from([(PK.to_owned(), AttributeValue::S(format!("{account}#{hex}")))])
}
