//! Ids: 24 lower-case hex digits. The first 8 are the creation time, the other 16 the slot.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::str::FromStr;

use profiles_normalization::Timestamp;
use sha2::{Digest, Sha256};

/// Separates account and uid in the hash that gives a slot. An account id is hex, so it cannot hold this byte.
const UNIT_SEPARATOR: u8 = 0x1f;

/// The place of an item within its account: 64 bits, written as 16 lower-case hex digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Slot(u64);

impl Slot {
    /// The slot of a uid in an account. It follows from the request alone, so that finding a profile costs no lookup.
    #[must_use]
    pub fn of_uid(account: AccountId, uid: &str) -> Self {
        let mut hash = Sha256::new();
        hash.update(account.to_string());
        hash.update([UNIT_SEPARATOR]);
        hash.update(uid);
        let [a, b, c, d, e, f, g, h, ..] = <[u8; 32]>::from(hash.finalize());
        Self(u64::from_be_bytes([a, b, c, d, e, f, g, h]))
    }

    /// A slot drawn at random, for a profile that has no uid to derive one from.
    #[must_use]
    pub fn from_random(bits: u64) -> Self {
        Self(bits)
    }

    /// Its 64 bits.
    #[must_use]
    pub fn bits(self) -> u64 {
        self.0
    }

    /// The first hex digit, by which an account's items are spread over 16 partition keys.
    #[must_use]
    pub fn shard(self) -> char {
        char::from_digit((self.0 >> 60) as u32, 16).unwrap_or('0')
    }
}

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl FromStr for Slot {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        if text.len() != 16 || !is_lower_hex(text) {
            return Err(InvalidId);
        }
        u64::from_str_radix(text, 16).map(Self).map_err(|_| InvalidId)
    }
}

fn is_lower_hex(text: &str) -> bool {
    text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// The error of a text that is not 24 lower-case hex digits, or 16 for a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an id is 24 lower-case hex digits")]
pub struct InvalidId;

/// The id of a `Kind`. Ids sort by creation time, as text and as values.
pub struct Id<Kind> {
    seconds: u32,
    slot: Slot,
    kind: PhantomData<fn() -> Kind>,
}

/// Marks the id of an account.
#[derive(Debug)]
pub enum Account {}
/// Marks the id of a user of the dashboard, who owns an account.
#[derive(Debug)]
pub enum User {}

/// The id of an account.
pub type AccountId = Id<Account>;
/// The id of the user who owns an account.
pub type UserId = Id<User>;
/// The id of a profile.
pub type ProfileId = Id<crate::Profile>;
/// The id of a company.
pub type CompanyId = Id<crate::Company>;

impl<Kind> Id<Kind> {
    /// The id with this creation time, in Unix seconds, and slot.
    #[must_use]
    pub fn new(seconds: u32, slot: Slot) -> Self {
        Self { seconds, slot, kind: PhantomData }
    }

    /// The id of an item that is created at `now` in `slot`.
    #[must_use]
    pub fn created_at(now: Timestamp, slot: Slot) -> Self {
        Self::new(seconds_of(now), slot)
    }

    /// The id of the next item in a slot whose last id has the time `last`. No id is given twice, even within one second.
    #[must_use]
    pub fn created_after(last: Option<u32>, now: Timestamp, slot: Slot) -> Self {
        let earliest = last.map_or(0, |seconds| seconds.saturating_add(1));
        Self::new(seconds_of(now).max(earliest), slot)
    }

    /// The creation time in Unix seconds.
    #[must_use]
    pub fn seconds(self) -> u32 {
        self.seconds
    }

    /// The item's slot.
    #[must_use]
    pub fn slot(self) -> Slot {
        self.slot
    }
}

/// The time in an id. Its 8 hex digits reach from 1970 to 2106; times outside are clamped.
fn seconds_of(now: Timestamp) -> u32 {
    u32::try_from(now.unix_seconds().max(0)).unwrap_or(u32::MAX)
}

impl<Kind> FromStr for Id<Kind> {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        if text.len() != 24 || !is_lower_hex(text) {
            return Err(InvalidId);
        }
        let (seconds, slot) = text.split_at_checked(8).ok_or(InvalidId)?;
        let seconds = u32::from_str_radix(seconds, 16).map_err(|_| InvalidId)?;
        Ok(Self::new(seconds, slot.parse()?))
    }
}

impl<Kind> fmt::Display for Id<Kind> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}{}", self.seconds, self.slot)
    }
}

impl<Kind> fmt::Debug for Id<Kind> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

// Derived, these would require the same traits of `Kind`, which is only a marker.
impl<Kind> Clone for Id<Kind> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<Kind> Copy for Id<Kind> {}
impl<Kind> PartialEq for Id<Kind> {
    fn eq(&self, other: &Self) -> bool {
        (self.seconds, self.slot) == (other.seconds, other.slot)
    }
}
impl<Kind> Eq for Id<Kind> {}
impl<Kind> PartialOrd for Id<Kind> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl<Kind> Ord for Id<Kind> {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.seconds, self.slot).cmp(&(other.seconds, other.slot))
    }
}
impl<Kind> Hash for Id<Kind> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.seconds, self.slot).hash(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_millis(seconds * 1000).unwrap()
    }

    #[test]
    fn an_id_holds_its_time_and_slot() {
        let id: ProfileId = "5f3c4232c712de665632a2a3".parse().unwrap();
        assert_eq!(id.seconds(), 0x5f3c_4232);
        assert_eq!(id.slot().to_string(), "c712de665632a2a3");
        assert_eq!(id.slot().shard(), 'c');
        assert_eq!(id.to_string(), "5f3c4232c712de665632a2a3");
    }

    #[test]
    fn only_24_lower_case_hex_digits_are_an_id() {
        for text in [
            "",
            "5f3c4232c712de665632a2a",
            "5f3c4232c712de665632a2a33",
            "5F3C4232C712DE665632A2A3",
            "+f3c4232c712de665632a2a3",
            "5f3c4232c712de66563éa3",
        ] {
            assert_eq!(text.parse::<ProfileId>(), Err(InvalidId), "{text}");
        }
    }

    #[test]
    fn the_next_id_of_a_slot_is_later_than_the_last_even_within_a_second() {
        let slot = Slot::from_random(7);
        assert_eq!(ProfileId::created_after(Some(1_000), at(1_000), slot).seconds(), 1_001);
        assert_eq!(ProfileId::created_after(Some(1_000), at(2_000), slot).seconds(), 2_000);
        assert_eq!(ProfileId::created_after(None, at(2_000), slot).seconds(), 2_000);
    }

    #[test]
    fn one_uid_has_another_slot_in_every_account() {
        let one = AccountId::new(1, Slot::from_random(1));
        let two = AccountId::new(1, Slot::from_random(2));
        assert_ne!(Slot::of_uid(one, "18821"), Slot::of_uid(two, "18821"));
    }

    #[test]
    fn the_slot_of_a_uid_never_changes() {
        // Stored data depends on it.
        let account: AccountId = "65f3c4232c712de665632a2a".parse().unwrap();
        assert_eq!(Slot::of_uid(account, "18821").to_string(), SLOT_OF_18821);
    }

    /// `printf '65f3c4232c712de665632a2a\x1f18821' | sha256sum | cut -c1-16`
    const SLOT_OF_18821: &str = "3d5d740f3f84cba4";

    proptest! {
        #[test]
        fn ids_sort_by_creation_and_survive_their_text(early in 0u32.., later in 0u32.., slot: u64) {
            let (one, two) = (ProfileId::new(early, Slot(slot)), ProfileId::new(later, Slot(!slot)));
            prop_assert_eq!(one.to_string().parse::<ProfileId>(), Ok(one));
            prop_assert_eq!(one.cmp(&two), one.to_string().cmp(&two.to_string()));
        }

        #[test]
        fn no_text_makes_parsing_panic(text: String) {
            let _ = text.parse::<ProfileId>();
        }
    }
}
