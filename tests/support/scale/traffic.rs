//! The upserts of an account, by whom they are about.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// The users of the account.
pub const USERS: f64 = 100_000_000.0;

/// Whom upserts are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Known users, each as often as any other.
    Uniform,
    /// Known users, the one of rank r as often as 1/r: Zipf's law with the exponent 1.
    Zipf,
    /// One known user.
    OneUser,
    /// Known users, all of one company, whose properties come with each of them and do not change.
    OneCompany,
    /// New users without an address. Their uids are numbers that count up.
    New,
    /// The same, all of one company.
    NewOfOneCompany,
    /// The same, each with an address, in no order.
    NewWithAddress,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Uniform, Self::Zipf, Self::OneUser, Self::OneCompany, Self::New, Self::NewOfOneCompany, Self::NewWithAddress];

    /// Returns it in words.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Uniform => "known users, uniform",
            Self::Zipf => "known users, Zipf",
            Self::OneUser => "one known user",
            Self::OneCompany => "known users of one company",
            Self::New => "new users",
            Self::NewOfOneCompany => "new users of one company",
            Self::NewWithAddress => "new users with an address",
        }
    }

    /// Whether the users are there before.
    #[must_use]
    pub fn is_of_known(self) -> bool {
        matches!(self, Self::Uniform | Self::Zipf | Self::OneUser | Self::OneCompany)
    }

    /// Returns the part of all upserts that is about one user, the most frequent of 100 million.
    #[must_use]
    pub fn hottest(self) -> f64 {
        match self {
            Self::OneUser => 1.0,
            Self::Zipf => 1.0 / harmonic(USERS),
            _ => 1.0 / USERS,
        }
    }
}

/// Returns 1 + 1/2 + … + 1/n, for a large n.
#[must_use]
pub fn harmonic(n: f64) -> f64 {
    n.ln() + 0.577_215_664_9 + 0.5 / n
}

/// An upsert.
#[derive(Clone, Debug)]
pub(super) struct Upsert {
    pub(super) uid: usize,
    /// The value of its property `n`, which no other upsert has.
    pub(super) number: usize,
    pub(super) email: Option<String>,
    pub(super) body: String,
}

/// Makes upserts, the same in every run.
pub(super) struct Traffic {
    kind: Kind,
    users: usize,
    rng: StdRng,
    made: usize,
}

impl Traffic {
    /// Makes upserts of known users, of which so many stand for all, or of new ones.
    pub(super) fn new(kind: Kind, users: usize) -> Self {
        Self { kind, users, rng: StdRng::seed_from_u64(16), made: 0 }
    }

    /// Returns the upserts that make what is known: the users, and their company.
    pub(super) fn known(&mut self) -> Vec<Upsert> {
        let users = match self.kind {
            Kind::OneUser | Kind::NewOfOneCompany => 1,
            Kind::Uniform | Kind::Zipf | Kind::OneCompany => self.users,
            Kind::New | Kind::NewWithAddress => 0,
        };
        (0..users).map(|uid| self.of(uid)).collect()
    }

    /// Returns the next upsert.
    pub(super) fn next(&mut self) -> Upsert {
        let uid = match self.kind {
            Kind::Uniform | Kind::OneCompany => self.rng.random_range(0..self.users),
            Kind::Zipf => self.by_rank(),
            Kind::OneUser => 0,
            // As many digits as a large account's.
            Kind::New | Kind::NewOfOneCompany | Kind::NewWithAddress => 1_000_000 + self.made,
        };
        self.of(uid)
    }

    /// Draws a rank of 100 million. The first half of the users have the first ranks, and the others stand for all other ranks.
    fn by_rank(&mut self) -> usize {
        let mut left = self.rng.random_range(0.0..harmonic(USERS));
        for rank in 0..self.users / 2 {
            left -= 1.0 / (rank + 1) as f64;
            if left < 0.0 {
                return rank;
            }
        }
        self.rng.random_range(self.users / 2..self.users)
    }

    fn of(&mut self, uid: usize) -> Upsert {
        self.made += 1;
        let number = self.made;
        // In the order of no number, as addresses come.
        let email = (self.kind == Kind::NewWithAddress).then(|| format!("{:016x}@chmln.co", self.rng.random::<u64>()));
        let address = email.as_ref().map(|email| format!(r#","email":"{email}""#)).unwrap_or_default();
        let company = match self.kind {
            Kind::OneCompany => r#","company":{"uid":"acme","name":"Acme","seats":12}"#,
            Kind::NewOfOneCompany => r#","company":{"uid":"acme"}"#,
            _ => "",
        };
        Upsert { uid, number, email, body: format!(r#"{{"uid":{uid},"n":{number}{address}{company}}}"#) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_as_frequent_as_among_a_hundred_million() {
        let mut traffic = Traffic::new(Kind::Zipf, 400);
        let drawn: Vec<_> = (0..100_000).map(|_| traffic.by_rank()).collect();
        let of = |ranks: std::ops::Range<usize>| drawn.iter().filter(|rank| ranks.contains(rank)).count();
        // 1 ÷ 19.0 and 5.88 ÷ 19.0 of them.
        assert!((5_100..5_450).contains(&of(0..1)), "{}", of(0..1));
        assert!((30_300..31_600).contains(&of(0..200)), "{}", of(0..200));
        assert!((harmonic(3.0) - 1.0 - 0.5 - 1.0 / 3.0).abs() < 0.01);
    }
}
