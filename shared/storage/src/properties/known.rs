//! What an instance remembers to be in the registry.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use profiles_domain::{AccountId, MAX_SAMPLES, PropertyKind, PropertyTypes, sample};
use profiles_normalization::{Timestamp, Value};

use super::lesson::{Lessons, News, Prop};
use crate::remembered::Remembered;

/// How long what was told of a property counts as known. After it, the property is told of again, so that the registry knows when it was last
/// sent.
pub(super) const KNOWN_FOR: Duration = Duration::from_hours(1);
/// How long what is being told counts as known.
const EXPECTED_FOR: Duration = Duration::from_secs(5);

/// What is known to be in the registry of a property.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
#[cfg_attr(test, derive(Debug))]
pub(super) struct InRegistry {
    types: PropertyTypes,
    is_cut: bool,
    /// The hashes of its values.
    values: [Option<u64>; MAX_SAMPLES],
}

impl InRegistry {
    /// Nothing is news of it any more.
    const ALL: Self = Self { types: PropertyTypes::ALL, is_cut: true, values: [Some(0); MAX_SAMPLES] };

    pub(super) fn new<'v>(types: PropertyTypes, is_cut: bool, values: impl IntoIterator<Item = &'v Value>) -> Self {
        let mut known = Self { types, is_cut, ..Self::default() };
        values.into_iter().for_each(|value| known.add(hash_of(value)));
        known
    }

    fn add(&mut self, value: u64) {
        if !self.values.contains(&Some(value))
            && let Some(vacant) = self.values.iter_mut().find(|place| place.is_none())
        {
            *vacant = Some(value);
        }
    }

    /// Whether one more value is to be told: some are missing, and this is none of those that are there.
    fn lacks(&self, value: &Value) -> bool {
        self.values.contains(&None) && !self.values.contains(&Some(hash_of(value)))
    }
}

fn hash_of(value: &Value) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.to_json().hash(&mut hasher);
    hasher.finish()
}

/// Remembers, for an hour, what is in the registry.
#[derive(Default)]
pub(super) struct Known(Remembered<(AccountId, PropertyKind, String), InRegistry>);

impl Known {
    /// What a request tells of a property, if some of it is not known to be in the registry.
    pub(super) fn news(
        &self,
        account: AccountId,
        kind: PropertyKind,
        (prop, value): (&str, &Value),
        is_cut: bool,
        now: Timestamp,
    ) -> Option<News> {
        let key = (account, kind, prop.to_owned());
        let types = PropertyTypes::of(value);
        let known = self.0.get(&key, now);
        // A value is made and compared only where one is missing.
        let value = match known {
            Some(known) if !known.values.contains(&None) => None,
            Some(known) => sample(value).filter(|value| known.lacks(value)),
            None => sample(value),
        };
        let is_news = known.is_none_or(|known| !types.without(known.types).is_empty() || (is_cut && !known.is_cut)) || value.is_some();
        is_news.then_some(News { prop: (kind, key.2), types, is_cut, value })
    }

    /// Takes what is being told for known.
    pub(super) fn expect(&self, account: AccountId, lessons: &Lessons, now: Timestamp) {
        for ((kind, prop), lesson) in &lessons.0 {
            let key = (account, *kind, prop.clone());
            let mut known = self.0.get(&key, now).unwrap_or_default();
            known.types = known.types.and(lesson.types);
            known.is_cut |= lesson.is_cut;
            lesson.samples.iter().for_each(|sample| known.add(hash_of(&sample.value)));
            self.0.put(key, known, now, EXPECTED_FOR);
        }
    }

    /// Remembers what is in the registry, for so long.
    pub(super) fn remember(&self, account: AccountId, (kind, prop): Prop, known: InRegistry, now: Timestamp, time: Duration) {
        self.0.put((account, kind, prop), known, now, time);
    }

    /// Remembers that a property is not listed, whatever is told of it.
    pub(super) fn remember_unlisted(&self, account: AccountId, prop: Prop, now: Timestamp) {
        self.remember(account, prop, InRegistry::ALL, now, KNOWN_FOR);
    }

    /// Forgets what it knows of these properties, so that they are told of again.
    pub(super) fn forget(&self, account: AccountId, props: Vec<Prop>, now: Timestamp) {
        props.into_iter().for_each(|prop| self.remember(account, prop, InRegistry::default(), now, Duration::ZERO));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use profiles_domain::{ProfileId, Slot};

    use crate::properties::lesson::Owner;

    const KIND: PropertyKind = PropertyKind::Profile;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_millis(seconds * 1_000).unwrap()
    }

    fn string(text: &str) -> Value {
        Value::String(text.to_owned())
    }

    #[test]
    fn what_is_known_is_no_news_until_an_hour_is_over() {
        let (known, account) = (Known::default(), AccountId::new(1, Slot::from_random(1)));
        let news = |value: &Value, is_cut, now| known.news(account, KIND, ("plan", value), is_cut, at(now));
        assert!(news(&string("gold"), false, 0).is_some_and(|news| news.value == Some(string("gold"))));
        let of = InRegistry::new(PropertyTypes::from_words(["string"]), false, [&string("gold")]);
        known.remember(account, (KIND, "plan".to_owned()), of, at(0), KNOWN_FOR);
        assert!(news(&string("gold"), false, 3_599).is_none() && news(&string("gold"), false, 3_600).is_some());
        assert!(news(&string("gold"), true, 1).is_some_and(|news| news.value.is_none()));
        assert!(news(&Value::Null, false, 1).is_some_and(|news| news.value.is_none()));
        assert!(news(&string("free"), false, 1).is_some());
        assert!(known.news(AccountId::new(2, Slot::from_random(1)), KIND, ("plan", &string("gold")), false, at(1)).is_some());
        let full = InRegistry::new(PropertyTypes::from_words(["string"]), false, ["a", "b", "c", "d", "e", "f"].map(string).iter());
        known.remember(account, (KIND, "plan".to_owned()), full, at(0), KNOWN_FOR);
        assert!(news(&string("free"), false, 1).is_none());
        known.remember_unlisted(account, (KIND, "plan".to_owned()), at(0));
        assert!(news(&Value::Bool(true), true, 1).is_none());
        known.forget(account, vec![(KIND, "plan".to_owned())], at(0));
        assert!(news(&string("gold"), false, 0).is_some());
    }

    #[test]
    fn what_is_being_told_is_no_news_to_others() {
        let (known, account) = (Known::default(), AccountId::new(1, Slot::from_random(1)));
        let news = |value: &Value, now| known.news(account, KIND, ("plan", value), false, at(now));
        let owner = Owner::Profile(ProfileId::new(1, Slot::from_random(1)));
        known.expect(account, &Lessons::of(vec![(news(&string("gold"), 0).into_iter().collect(), owner)]), at(0));
        assert!(news(&string("gold"), 4).is_none() && news(&string("gold"), 5).is_some());
        assert!(news(&string("free"), 4).is_some() && news(&Value::Bool(true), 4).is_some());
    }
}
