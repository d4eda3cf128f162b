//! Companies.

mod being_deleted;
mod membership;
mod properties;
mod read;

pub(crate) use being_deleted::being_deleted;
pub(crate) use membership::{Companies, Membership, founding};
pub(crate) use properties::{differing, give_properties, set_properties};
pub(crate) use read::{company, many, read};
