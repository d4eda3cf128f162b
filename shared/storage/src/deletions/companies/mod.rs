//! Deleting companies.
//!
//! It begins with one transaction: the journal, a tombstone in the company's slot, and a mark that says to searches that the company is
//! gone. From then on no reader shows it. Its members are taken off it, or forgotten, page by page, by whoever finds the journal. The
//! request answers when no instance trusts any more that the company is there, and after a last pass over those who joined meanwhile.

mod begin;
mod journal;
mod members;
mod passes;

pub use begin::CompanyDeleted;
pub(super) use journal::CompanyJournal;
pub(super) use passes::LEAVE_AT_ONCE;
