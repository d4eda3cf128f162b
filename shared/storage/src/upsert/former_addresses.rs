//! The claims that a profile has released: addresses it had before.
//!
//! A batch that was accepted while the profile had one of them may name it by that. Who is forgotten is not brought back so: the
//! tombstones go to these claims too. They are kept for as long as a batch may wait.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use profiles_domain::{AccountId, Email};
use profiles_normalization::Timestamp;

use crate::dynamo::item::{Item, Key};
use crate::schema::attributes::FORMER;
use crate::schema::keys;

/// How long a released claim is remembered.
const REMEMBERED_FOR: Duration = Duration::from_secs(90 * 24 * 60 * 60);
/// Claims that are remembered, the latest. One transaction puts tombstones on all of them.
pub(crate) const MAX_FORMER: usize = 40;

/// Notes in `new`, which `seen` becomes, that the profile has `email` from now on and no longer the address it had.
pub(super) fn note(new: &mut HashMap<String, AttributeValue>, seen: &Item, email: &Email, now: Timestamp) {
    let Some(old) = seen.email().filter(|old| *old != email.as_str()) else { return };
    let (taken, released) = (keys::hash_of_address(email.as_str()), keys::hash_of_address(old));
    let is_other = |entry: &&String| !matches!(entry.split_once('#'), Some((_, hash)) if hash == taken || hash == released);
    let others = seen.set(FORMER).iter().filter(is_other).cloned();
    let all = others.chain([format!("{:010}#{released}", now.unix_seconds())]).collect();
    put(new, latest(all, now));
}

/// Adds to a profile the claims that another one has released, which is merged into it.
pub(super) fn unite(into: &mut HashMap<String, AttributeValue>, twin: &Item) {
    let mut all: BTreeSet<String> = twin.set(FORMER).iter().cloned().collect();
    if let Some(AttributeValue::Ss(own)) = into.get(FORMER) {
        all.extend(own.iter().cloned());
    }
    while all.len() > MAX_FORMER {
        all.pop_first();
    }
    put(into, all);
}

fn latest(mut all: BTreeSet<String>, now: Timestamp) -> BTreeSet<String> {
    let oldest = format!("{:010}", now.minus(REMEMBERED_FOR).unix_seconds());
    all.retain(|entry| *entry >= oldest);
    while all.len() > MAX_FORMER {
        all.pop_first();
    }
    all
}

fn put(item: &mut HashMap<String, AttributeValue>, all: BTreeSet<String>) {
    if !all.is_empty() {
        item.insert(FORMER.to_owned(), AttributeValue::Ss(all.into_iter().collect()));
    }
}

/// The keys of the claims that a profile has released, without that of the address it has.
pub(crate) fn former_claims(account: AccountId, profile: &Item) -> impl Iterator<Item = Key> {
    let present = profile.email().map(keys::hash_of_address);
    let hashes = profile.set(FORMER).iter().filter_map(|entry| Some(entry.split_once('#')?.1));
    hashes.filter(move |hash| present.as_deref() != Some(*hash)).map(move |hash| keys::claim_of_hash(account, hash))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dynamo::value::text;
    use crate::schema::attributes::EMAIL;

    fn at(day: i64) -> Timestamp {
        Timestamp::from_unix_millis(1_870_258_680_000 + day * 86_400_000).unwrap()
    }

    /// The profile after it was given an address.
    fn moved(seen: &Item, email: &str, day: i64) -> Item {
        let mut new = seen.0.clone();
        note(&mut new, seen, &Email::new(email).unwrap(), at(day));
        new.insert(EMAIL.to_owned(), text(email));
        Item(new)
    }

    fn hashes(profile: &Item) -> Vec<String> {
        profile.set(FORMER).iter().map(|entry| entry.split_once('#').unwrap().1.to_owned()).collect()
    }

    #[test]
    fn an_address_is_remembered_when_it_is_released_and_not_while_it_is_held() {
        let profile = moved(&moved(&moved(&Item::default(), "a@b", 0), "c@d", 1), "e@f", 2);
        assert_eq!(hashes(&profile), ["a@b", "c@d"].map(keys::hash_of_address));
        let back = moved(&profile, "a@b", 3);
        assert_eq!(hashes(&back), ["c@d", "e@f"].map(keys::hash_of_address));
    }

    #[test]
    fn what_no_batch_can_name_any_more_is_not_remembered() {
        let profile = moved(&moved(&moved(&Item::default(), "a@b", 0), "c@d", 1), "e@f", 92);
        assert_eq!(hashes(&profile), [keys::hash_of_address("c@d")]);
        let many = (0..60).fold(Item::default(), |profile, n| moved(&profile, &format!("{n}@b"), n / 10));
        assert_eq!(hashes(&many).len(), MAX_FORMER);
    }

    #[test]
    fn the_claim_to_the_address_that_a_profile_has_is_none_of_those_it_released() {
        let mut profile = moved(&moved(&Item::default(), "a@b", 0), "c@d", 1);
        let account = AccountId::new(1, profiles_domain::Slot::from_random(1));
        assert_eq!(former_claims(account, &profile).collect::<Vec<_>>(), [keys::claim(account, "a@b")]);
        profile.0.insert(EMAIL.to_owned(), text("a@b"));
        assert_eq!(former_claims(account, &profile).count(), 0);
    }

    #[test]
    fn a_merge_unites_both() {
        let twin = moved(&moved(&Item::default(), "a@b", 0), "c@d", 1);
        let mut into = moved(&moved(&Item::default(), "e@f", 0), "g@h", 1).0;
        unite(&mut into, &twin);
        assert_eq!(hashes(&Item(into)).len(), 2);
    }
}
