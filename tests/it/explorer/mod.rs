//! Explores operations that overlap, repeat, crash or fail, and checks the results against the API's rules.
//!
//! Each run has an account of its own, in one of the [starting states](catalogue), and a few operations whose calls to the database pass
//! one by one. The answers and the stored state must be those that the [specification](specification) gives for
//! [some order](linearizability) of the operations. The specification names the exceptions.
//!
//! `make test` runs a part, and `make test-long` everything, by `EXPLORE=all`. `EXPLORE=7` runs a seventh.

mod account;
mod catalogue;
mod export;
mod faults;
mod linearizability;
mod observed;
mod operations;
mod pairs;
mod random_runs;
mod runs;
mod specification;

/// The share of the plans that is run.
#[derive(Clone, Copy)]
enum Share {
    /// The share of `make test`.
    Usual,
    /// One in this many plans.
    OneIn(usize),
}

impl Share {
    /// Reads `EXPLORE`: `all`, or a number for one in that many.
    fn from_environment() -> Self {
        match std::env::var("EXPLORE").as_deref() {
            Err(_) => Self::Usual,
            Ok("all") => Self::OneIn(1),
            Ok(number) => Self::OneIn(number.parse().expect("EXPLORE is `all` or a number")),
        }
    }

    /// Selects the plans to run, usually one in `usual`.
    fn select<T>(self, plans: Vec<T>, usual: usize) -> Vec<T> {
        let one_in = match self {
            Self::Usual => usual,
            Self::OneIn(number) => number,
        };
        // Scattered, because neighbours in the catalogue are similar.
        plans.into_iter().enumerate().filter(|(place, _)| (place * 7919) % one_in == 0).map(|(_, plan)| plan).collect()
    }

    /// Returns the number of random runs, usually `usual`.
    fn number(self, usual: u64) -> u64 {
        match self {
            Self::Usual => usual,
            Self::OneIn(number) => usual.saturating_mul(47 / u64::try_from(number).unwrap_or(1).clamp(1, 47)),
        }
    }
}
