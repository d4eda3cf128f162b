//! Companies: their own requests, and the membership of profiles in them.

mod deletion;
mod deletion_crashes;
mod deletion_of_many;
mod membership;
mod tombstones;
mod upserts;
mod upserts_at_once;
