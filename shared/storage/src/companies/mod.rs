//! Companies.

mod membership;
mod properties;
mod read;

pub(crate) use membership::{Companies, Membership, founding};
pub(crate) use properties::{differing, give_properties, set_properties};
pub(crate) use read::{many, read};
