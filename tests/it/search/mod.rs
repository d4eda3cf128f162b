//! Searching and counting.

mod plans;
