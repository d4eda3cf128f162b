//! Clearing and forgetting.

use std::collections::BTreeSet;

use super::super::operations::{Answer, Who, address};
use super::{State, Step, Token, not_found, refused};

impl State {
    pub(super) fn clear(&mut self, who: Who) -> Answer<Token> {
        let Some(token) = self.find(who) else { return refused(not_found()) };
        let profile = self.profile(token);
        profile.deliveries.clear();
        profile.delivery_keys.clear();
        profile.events.clear();
        profile.reached.clear();
        profile.is_cleared = true;
        Answer::Shown(self.shown(token))
    }

    pub(super) fn forget(&self, who: Who) -> Vec<(Self, Step)> {
        let Some(token) = self.find(who) else {
            let after = self.clone();
            let gone = (after.clone(), Step::Ended(refused(not_found())));
            return [gone].into_iter().chain(self.forgotten_before(who).map(|answer| (after, Step::Ended(answer)))).collect();
        };
        let (after, deletion) = self.after_forget(token);
        vec![(after, Step::Ended(Answer::Forgotten { profile: token, deletion }))]
    }

    /// Forgets a profile. Returns the state, and the deletion.
    pub(super) fn after_forget(&self, token: Token) -> (Self, Token) {
        let mut after = self.clone();
        let profile = after.profiles.remove(&token).expect("a profile");
        let deletion = after.token();
        let ids: Vec<_> = after.merged.extract_if(.., |_, target| *target == token).map(|(id, _)| id).chain([token]).collect();
        for id in &ids {
            after.forgotten.insert(*id, deletion);
        }
        let (held, free): (BTreeSet<_>, BTreeSet<_>) =
            profile.former_addresses.iter().cloned().partition(|email| after.by_email(email).is_some());
        after.tombstones.extend(free);
        after.fences.extend(held);
        for name in profile.uid.into_iter().chain(profile.email) {
            after.forgotten_by_name.insert(name.clone(), token);
            after.tombstones.insert(name);
        }
        (after, deletion)
    }

    /// Exception **forget repeated**: returns the answer of an earlier forget of the same user, which is in progress or has crashed.
    fn forgotten_before(&self, who: Who) -> Option<Answer<Token>> {
        let profile = match who {
            Who { id: Some(place), .. } => self.written.get(place).copied().flatten()?,
            Who { uid: Some(uid), .. } => *self.forgotten_by_name.get(uid)?,
            Who { email, .. } => *self.forgotten_by_name.get(&address(email?))?,
        };
        Some(Answer::Forgotten { profile, deletion: *self.forgotten.get(&profile)? })
    }
}
