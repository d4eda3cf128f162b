//! Explores what happens when requests meet, repeat, die or fail, and holds it against the API's rules.
//!
//! Each run has an account of its own, in one of the [starting states](catalogue), and a few operations whose calls to the database are
//! let pass one by one. Whatever is answered and stored at the end must be what the [specification](specification) says for
//! [one of the orders](linearizability) in which the operations may have taken place. What the specification allows beyond that is named there
//! as an exception.
//!
//! `make test` runs a part, `make test-long` all, by `EXPLORE=all`. `EXPLORE=7` runs a seventh.

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

/// How much more than in `make test` is explored.
#[derive(Clone, Copy)]
enum Share {
    Usual,
    /// One in so many plans; of all, one in one.
    OneIn(usize),
}

impl Share {
    /// What `EXPLORE` says: `all`, or one in so many.
    fn of_environment() -> Self {
        match std::env::var("EXPLORE").as_deref() {
            Err(_) => Self::Usual,
            Ok("all") => Self::OneIn(1),
            Ok(number) => Self::OneIn(number.parse().expect("EXPLORE is `all` or a number")),
        }
    }

    /// Those plans that are run, of all, where usually one in `usual` is.
    fn of<T>(self, plans: Vec<T>, usual: usize) -> Vec<T> {
        let one_in = match self {
            Self::Usual => usual,
            Self::OneIn(number) => number,
        };
        // Not those that begin alike: the catalogue's order is no accident.
        plans.into_iter().enumerate().filter(|(place, _)| (place * 7919) % one_in == 0).map(|(_, plan)| plan).collect()
    }

    /// How many of something that has no end are run, where usually so many are.
    fn number(self, usual: u64) -> u64 {
        match self {
            Self::Usual => usual,
            Self::OneIn(number) => usual.saturating_mul(20 / u64::try_from(number).unwrap_or(1).clamp(1, 20)),
        }
    }
}
