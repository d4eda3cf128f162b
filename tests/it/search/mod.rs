//! Searching and counting.

mod places;
mod plans;
