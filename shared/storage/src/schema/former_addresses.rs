//! The claims that a profile has released: the addresses it had before.
//!
//! A batch that was accepted while the profile had one of them may name it by that address. So that it does not bring a forgotten
//! profile back, the tombstones go to these claims, too. They are remembered for as long as a batch may wait.

use std::collections::BTreeSet;
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use profiles_domain::{AccountId, Email};
use profiles_normalization::Timestamp;

use super::attributes::FORMER;
use super::keys;
use crate::dynamo::item::{Attributes, Item, Key};

/// The time for which a released claim is remembered.
const REMEMBERED_FOR: Duration = Duration::from_hours(90 * 24);
/// Claims that are remembered, the latest ones. One transaction puts tombstones on all of them.
pub(crate) const MAX_FORMER: usize = 40;

/// Records in `new`, which replaces `seen`, that the profile now has `email`, or no address, and has released the one it had.
pub(crate) fn remember_released(new: &mut Attributes, seen: &Item, email: Option<&Email>, now: Timestamp) {
    let taken = email.map(Email::as_str);
    let Some(old) = seen.email().filter(|old| taken != Some(*old)) else { return };
    let (taken, released) = (taken.map(keys::hash_of_address), keys::hash_of_address(old));
    let is_other =
        |entry: &&String| !matches!(entry.split_once('#'), Some((_, hash)) if hash == released || taken.as_deref() == Some(hash));
    let others = seen.set(FORMER).iter().filter(is_other).cloned();
    let mut all: BTreeSet<_> = others.chain([format!("{:010}#{released}", now.unix_seconds())]).collect();
    let oldest = format!("{:010}", now.minus(REMEMBERED_FOR).unix_seconds());
    all.retain(|entry| *entry >= oldest);
    store_latest(new, all);
}

/// Adds to a profile the claims that `twin` has released, which is merged into it.
pub(crate) fn merge(into: &mut Attributes, twin: &Item) {
    let mut all: BTreeSet<String> = twin.set(FORMER).iter().cloned().collect();
    if let Some(AttributeValue::Ss(own)) = into.get(FORMER) {
        all.extend(own.iter().cloned());
    }
    store_latest(into, all);
}

fn store_latest(item: &mut Attributes, mut all: BTreeSet<String>) {
    while all.len() > MAX_FORMER {
        all.pop_first();
    }
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
    use super::super::attributes::EMAIL;
    use super::*;
    use crate::dynamo::value::text;

    fn at(day: i64) -> Timestamp {
        Timestamp::from_unix_millis(1_870_258_680_000 + day * 86_400_000).unwrap()
    }

    /// The profile after it was given an address.
    fn moved(seen: &Item, email: &str, day: i64) -> Item {
        let mut new = seen.0.clone();
        remember_released(&mut new, seen, Some(&Email::new(email).unwrap()), at(day));
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
    fn an_address_that_is_taken_away_is_remembered() {
        let profile = moved(&moved(&Item::default(), "a@b", 0), "c@d", 1);
        let mut new = profile.0.clone();
        remember_released(&mut new, &profile, None, at(2));
        new.remove(EMAIL);
        let without = Item(new);
        assert_eq!(hashes(&without), ["a@b", "c@d"].map(keys::hash_of_address));
        let mut again = without.0.clone();
        remember_released(&mut again, &without, None, at(3));
        assert_eq!(again, without.0);
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
        merge(&mut into, &twin);
        assert_eq!(hashes(&Item(into)).len(), 2);
    }
}
