//! Companies.
//!
//! A company's slot holds nothing, the company, or the tombstone of a deleted one. A profile is a member of the company whose id it has, as
//! long as that company is in its slot: no id is given twice.

mod being_deleted;
mod change;
mod departure;
mod find;
mod founding;
mod known;
mod membership;
mod properties;
mod read;
mod upsert;

pub(crate) use being_deleted::being_deleted;
pub(crate) use change::{CompanyChange, Founded};
pub(crate) use departure::Departure;
pub(crate) use find::{find, id_of, named};
pub(crate) use known::{Companies, Time};
pub(crate) use membership::{Decided, Membership};
pub(crate) use properties::{differing, give_properties, set_properties};
pub(crate) use read::{company, many, read};
pub(crate) use upsert::upsert;
