//! Finding and counting profiles.

mod places;
