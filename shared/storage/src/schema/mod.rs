//! What is stored where: keys, attributes, and what the items of several features hold. Sends no requests.

pub(crate) mod applied_log;
pub(crate) mod attributes;
pub(crate) mod former_addresses;
pub(crate) mod generation;
pub(crate) mod keys;
pub(crate) mod pending;
pub(crate) mod slot;
