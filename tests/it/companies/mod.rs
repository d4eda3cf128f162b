//! Companies: their own requests, and the membership of profiles in them.

mod membership;
mod tombstones;
mod upserts;
mod upserts_at_once;
