//! Random requests.
//!
//! `any_request` sends anything, and looks whether the answer is a documented one.
//! The rest sends requests that nearly make sense (`generator`), and compares answers and profiles with a reading of the contract (`reading`).
//! `FUZZ=100000` is the number of requests. `SEED=5` begins there, and `FUZZ=1 SEED=5` repeats one session, which a failure names.

mod account;
mod any_request;
mod comparison;
mod decimal;
mod generator;
mod json;
mod reading;
mod sessions;
mod spelling;
mod vectors;
