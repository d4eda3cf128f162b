//! Tests of the public functions: fixed cases, limits and their neighbours, and laws that hold for any input.

#[cfg(test)]
mod cases;
#[cfg(test)]
mod edges;
#[cfg(test)]
mod laws;
