//! Filters are read as documented, refused with their path, and fit the records that they should.

mod examples;
mod operators;
mod support;
