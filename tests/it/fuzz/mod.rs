//! Random requests.
//!
//! `any_request` sends anything, and looks whether the answer is a documented one.
//! The rest sends requests that nearly make sense (`generator`), and compares answers and profiles with a reading of the contract (`reading`).
//! `FUZZ=100000` is the number of requests. `SEED=5` begins there, and `FUZZ=1 SEED=5` repeats one session, which a failure names.

mod account;
mod any_request;
mod comparison;
pub(crate) mod decimal;
mod generator;
pub(crate) mod json;
pub(crate) mod reading;
mod sessions;
mod spelling;
mod vectors;
