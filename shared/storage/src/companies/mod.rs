//! Companies.

mod change;
mod find;
mod membership;
mod properties;
mod read;
mod upsert;

pub(crate) use change::{CompanyChange, Founded};
pub(crate) use find::{find, named};
pub(crate) use membership::{Companies, Membership, founding};
pub(crate) use properties::{differing, give_properties, set_properties};
pub(crate) use read::{many, read};
pub(crate) use upsert::upsert;
