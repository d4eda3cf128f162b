//! A cache in memory of what was read from the database.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use profiles_normalization::Timestamp;

/// Entries at most, so that a client that tries many keys cannot fill the memory.
const CAPACITY: usize = 10_000;

/// Values by their keys, each for a limited time. All requests of a process share it.
pub struct Remembered<K, V> {
    entries: Mutex<HashMap<K, Entry<V>>>,
}

struct Entry<V> {
    value: V,
    read_at: Timestamp,
    ttl: Duration,
}

impl<V> Entry<V> {
    /// A clock that was set back makes nothing last longer.
    fn is_fresh(&self, now: Timestamp) -> bool {
        self.read_at <= now && self.read_at.until(now) < self.ttl
    }
}

impl<K: Eq + Hash, V: Clone> Remembered<K, V> {
    /// Returns the value of this key, if there is one that is still fresh.
    pub fn get(&self, key: &K, now: Timestamp) -> Option<V> {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.get(key).filter(|entry| entry.is_fresh(now)).map(|entry| entry.value.clone())
    }

    /// Remembers a value for this long. If there is no room, the outdated entries are dropped, or else all.
    pub fn put(&self, key: K, value: V, now: Timestamp, ttl: Duration) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= CAPACITY {
            entries.retain(|_, entry| entry.is_fresh(now));
        }
        if entries.len() >= CAPACITY {
            entries.clear();
        }
        entries.insert(key, Entry { value, read_at: now, ttl });
    }
}

impl<K, V> Default for Remembered<K, V> {
    fn default() -> Self {
        Self { entries: Mutex::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TTL: Duration = Duration::from_secs(60);

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_millis(seconds * 1_000).unwrap()
    }

    #[test]
    fn a_value_is_remembered_until_its_time_is_over_or_the_clock_is_set_back() {
        let remembered = Remembered::default();
        remembered.put("key", 1, at(100), TTL);
        assert_eq!([99, 100, 159, 160].map(|now| remembered.get(&"key", at(now))), [None, Some(1), Some(1), None]);
        remembered.put("always", 2, at(0), Duration::MAX);
        assert_eq!(remembered.get(&"always", at(100_000_000)), Some(2));
        assert_eq!(remembered.get(&"other", at(100)), None);
    }

    #[test]
    fn the_capacity_is_never_exceeded_and_what_is_fresh_goes_last() {
        let remembered = Remembered::default();
        remembered.put(0, (), at(0), Duration::MAX);
        for key in 1..CAPACITY {
            remembered.put(key, (), at(0), TTL);
        }
        remembered.put(CAPACITY, (), at(60), TTL);
        assert_eq!([0, 1, CAPACITY].map(|key| remembered.get(&key, at(60)).is_some()), [true, false, true]);
        for key in CAPACITY + 1..2 * CAPACITY {
            remembered.put(key, (), at(60), TTL);
        }
        assert!(remembered.entries.lock().unwrap().len() <= CAPACITY);
    }
}
