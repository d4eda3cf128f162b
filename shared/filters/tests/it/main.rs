//! Filters are read as documented, refused with their path, and fit the records that they should.

#[cfg(test)]
mod activities;
#[cfg(test)]
mod examples;
#[cfg(test)]
mod laws;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod lists;
#[cfg(test)]
mod operators;
#[cfg(test)]
mod paths;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod support;
#[cfg(test)]
mod values;
