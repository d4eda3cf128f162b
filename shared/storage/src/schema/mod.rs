//! The schema: keys, attributes, and the content of items that several features share.

pub(crate) mod activity_head;
pub(crate) mod applied_log;
pub(crate) mod attributes;
pub(crate) mod delivery_list;
pub(crate) mod former_addresses;
pub(crate) mod generation;
pub(crate) mod interaction;
pub(crate) mod keys;
pub(crate) mod pending;
pub(crate) mod pointer;
pub(crate) mod revision;
pub(crate) mod slot;
pub(crate) mod summary;
pub(crate) mod sums;
