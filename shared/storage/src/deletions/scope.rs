//! Scopes: the records that a deletion removes, and how far they are counted.

use std::fmt;
use std::str::FromStr;

use profiles_domain::ProfileId;

use crate::schema::generation::Generation;

/// Records that are removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// All records under a profile's id.
    Profile(ProfileId),
    /// Those of one generation.
    Generation(Generation),
}

impl Scope {
    pub(super) fn profile(self) -> ProfileId {
        match self {
            Self::Profile(profile) | Self::Generation(Generation { profile, .. }) => profile,
        }
    }

    /// The generation, if it is one.
    pub(super) fn generation(self) -> Option<Generation> {
        match self {
            Self::Profile(_) => None,
            Self::Generation(generation) => Some(generation),
        }
    }

    /// The prefix of the sort keys of its records, if it is not all of them.
    pub(super) fn prefix(self) -> Option<String> {
        match self {
            Self::Profile(_) => None,
            Self::Generation(generation) => Some(generation.prefix()),
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Profile(profile) => profile.fmt(f),
            Self::Generation(generation) => generation.fmt(f),
        }
    }
}

impl FromStr for Scope {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        text.parse().map(Self::Generation).or_else(|()| text.parse().map(Self::Profile).map_err(drop))
    }
}

/// The place up to which records are counted: a scope, and the sort key of the last record in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Cursor {
    pub(super) scope: usize,
    pub(super) sort: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use profiles_domain::Slot;

    #[test]
    fn a_scope_is_read_as_it_was_written() {
        let profile = ProfileId::new(7, Slot::from_random(9));
        for scope in [Scope::Profile(profile), Scope::Generation(Generation { profile, number: 3 })] {
            assert_eq!(scope.to_string().parse(), Ok(scope));
        }
        assert_eq!("x".parse::<Scope>(), Err(()));
    }
}
