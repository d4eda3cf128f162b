//! Whether what was accepted is stored.

use std::collections::{BTreeMap, HashMap};

use super::traffic::Upsert;
use crate::Limited;
use crate::invariants::{Snapshot, text};

/// The revision and the property `n` of each user's profile, by the uid.
pub(super) struct Stored(HashMap<String, (usize, usize)>);

impl Stored {
    /// Reads all profiles, and checks that these addresses lead to them.
    pub(super) async fn read(limited: &Limited, emails: &[String]) -> Self {
        let snapshot = Snapshot::read_all(&limited.world, emails).await.remove(&limited.world.account.to_string());
        let Some(snapshot) = snapshot else { return Self(HashMap::new()) };
        snapshot.check_invariants();
        let number = |profile: &crate::invariants::Item, name: &str| profile[name].as_n().unwrap().parse().unwrap();
        let each = snapshot
            .profiles()
            .map(|(_, profile)| (text(profile, "uid").unwrap().to_owned(), (number(profile, "REV"), number(profile, "n"))));
        Self(each.collect())
    }

    /// Panics unless each upsert that was accepted is in its user's profile. Each was a write of its own, and the profile counts its writes.
    pub(super) fn check(&self, before: &Self, upserts: &[(&Upsert, bool)]) {
        let mut of_users: BTreeMap<usize, Vec<(&Upsert, bool)>> = BTreeMap::new();
        for (upsert, is_accepted) in upserts {
            of_users.entry(upsert.uid).or_default().push((upsert, *is_accepted));
        }
        for (uid, sent) in of_users {
            let accepted = sent.iter().filter(|(_, is_accepted)| *is_accepted).count();
            let uid = uid.to_string();
            let Some((revision, number)) = self.0.get(&uid) else {
                assert_eq!(accepted, 0, "the user {uid} is lost");
                continue;
            };
            let written = revision - before.0.get(&uid).map_or(0, |(revision, _)| *revision);
            assert!((accepted..=sent.len()).contains(&written), "{written} writes of {uid}, of which {accepted} were accepted");
            let is_known = written == 0 || sent.iter().any(|(upsert, _)| upsert.number == *number);
            assert!(is_known, "the user {uid} has n = {number}, which nobody sent");
        }
    }

    /// Panics unless each user has what the last of its items in a batch gave it.
    pub(super) fn check_last(&self, items: &[Upsert]) {
        let last: HashMap<usize, usize> = items.iter().map(|item| (item.uid, item.number)).collect();
        for (uid, number) in last {
            let stored = self.0.get(&uid.to_string()).map(|(_, number)| *number);
            assert_eq!(stored, Some(number), "of the user {uid}");
        }
    }
}
