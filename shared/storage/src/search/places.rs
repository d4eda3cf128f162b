//! Places: how many searches and counts of an account are under way at once, on all instances together.
//!
//! A place is an attribute of the account's one item for them. It is taken by one conditional update, which names its holder and its end, and
//! is given back by another. The place of a process that died is free again at its end.
//!
//! No two searches hold one place, as long as clocks differ by less than [`CLOCKS_DIFFER`]: nobody takes a place before its end, which is that
//! much later than the end of the request. A process that is stopped meanwhile and goes on after the end of its place is one too many, without
//! harm: it only reads, and gives back no place but its own.

use std::time::Duration;

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use profiles_domain::{AccountId, Error};
use profiles_normalization::Timestamp;

use crate::dynamo::database::{Database, Write};
use crate::dynamo::item::Item;
use crate::dynamo::retry::attempting_for;
use crate::dynamo::value::text;
use crate::schema::keys;

/// The clocks of two instances differ by less.
const CLOCKS_DIFFER: Duration = Duration::from_secs(11);
/// A process ends at most this long after the time that its request has for work: Lambda ends it, or the server abandons the request.
const RUNS_OVER: Duration = Duration::from_secs(3);
/// No place is held for longer. Only a server can be set to let requests take so long.
const LONGEST_HOLD: Duration = Duration::from_hours(1);
/// The time for which a request waits for a place.
const LONGEST_WAIT: Duration = Duration::from_secs(4);
/// The time after which a place that cannot be given back is left to its end. The answer to the client waits for it.
const GIVING_BACK: Duration = Duration::from_secs(4);

/// What a place is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PlaceKind {
    /// A search.
    Search,
    /// A count.
    Count,
}

/// The places of an account.
pub(super) struct Places<'a> {
    pub(super) database: &'a Database,
    pub(super) account: AccountId,
}

/// A place that is held. If it is dropped, it stays taken until its end.
#[must_use = "a place is given back"]
pub(super) struct Place<'a> {
    places: Places<'a>,
    /// The attribute.
    name: String,
    /// Its value: the end and the holder.
    hold: String,
}

impl PlaceKind {
    /// The most at once.
    fn limit(self) -> u32 {
        match self {
            Self::Search => 2,
            Self::Count => 1,
        }
    }

    /// The attribute of the place of this number, from 0.
    fn name(self, number: u32) -> String {
        match self {
            Self::Search => format!("SEARCH_{number}"),
            Self::Count => format!("COUNT_{number}"),
        }
    }

    /// Returns a place that is free in this item.
    fn free_in(self, item: &Item, now: Timestamp) -> Option<String> {
        let is_free = |name: &String| item.text(name).is_none_or(|hold| *hold < *over(now) || *hold > *invalid(now));
        (0..self.limit()).map(|number| self.name(number)).find(is_free)
    }

    fn all_taken(self) -> Error {
        let what = match self {
            Self::Search => "searches",
            Self::Count => "count",
        };
        Error::TooManySearches { what, limit: self.limit() }
    }
}

/// What a place is held by: until when, for a request that has this time left, and by whom. Texts of two ends compare as the ends do.
fn hold(now: Timestamp, time_left: Duration, holder: u64) -> String {
    let time = time_left.saturating_add(RUNS_OVER + CLOCKS_DIFFER).min(LONGEST_HOLD);
    format!("{}#{holder:016x}", now.plus(time))
}

/// The text that the hold of a place that is over is less than.
fn over(now: Timestamp) -> String {
    now.to_string()
}

/// The text that the hold of a place that a wrong clock took is greater than. Such a hold might last for years, so it does not count.
fn invalid(now: Timestamp) -> String {
    now.plus(LONGEST_HOLD + CLOCKS_DIFFER).to_string()
}

impl<'a> Places<'a> {
    /// Takes a place for a request that has this time left from now on. Waits for one, if others have them all.
    ///
    /// # Errors
    /// `TooManySearches` if none got free, or those of the database. If its answer was lost, a place may be taken until its end.
    pub(super) async fn take(self, kind: PlaceKind, now: Timestamp, time_left: Duration) -> Result<Place<'a>, Error> {
        let hold = hold(now, time_left, rand::random());
        let name = attempting_for(LONGEST_WAIT, self.wait_for(kind, &hold, now)).await?;
        Ok(Place { places: self, name, hold })
    }

    /// Takes a place, and returns its attribute.
    async fn wait_for(&self, kind: PlaceKind, hold: &str, now: Timestamp) -> Result<String, Error> {
        let mut retries = self.database.place_retries(kind.all_taken());
        loop {
            retries.wait_for_next().await?;
            let mut next = Some(kind.name(rand::random_range(0..kind.limit())));
            // The answer to a refused update tells whether another place is free.
            for _ in 0..kind.limit() {
                let Some(name) = next else { break };
                next = match self.try_to_take(&name, hold, now).await? {
                    Write::Done(_) => return Ok(name),
                    Write::Refused(item) => kind.free_in(&item, now),
                    Write::Raced => None,
                };
            }
        }
    }

    /// Takes this place, if it is free. An attempt whose answer was lost may have taken it already.
    async fn try_to_take(&self, name: &str, hold: &str, now: Timestamp) -> Result<Write, Error> {
        let request = self
            .update(name, hold)
            .update_expression("SET #place = :hold")
            .condition_expression("attribute_not_exists(#place) OR #place < :over OR #place > :invalid OR #place = :hold")
            .expression_attribute_values(":over", text(over(now)))
            .expression_attribute_values(":invalid", text(invalid(now)));
        self.database.update(request).await
    }

    fn update(&self, name: &str, hold: &str) -> UpdateItemFluentBuilder {
        self.database
            .client
            .update_item()
            .table_name(&self.database.tables.accounts)
            .set_key(Some(keys::places(self.account)))
            .expression_attribute_names("#place", name)
            .expression_attribute_values(":hold", text(hold))
    }
}

impl Place<'_> {
    /// Gives the place back. If that fails, it stays taken until its end.
    pub(super) async fn give_back(self) {
        let request = self.places.update(&self.name, &self.hold).update_expression("REMOVE #place").condition_expression("#place = :hold");
        // A refusal means that it is given back already, or that it was over and another has it.
        match tokio::time::timeout(GIVING_BACK, self.places.database.update(request)).await {
            Ok(Ok(Write::Done(_) | Write::Refused(_))) => {}
            Ok(Ok(Write::Raced)) | Err(_) => tracing::warn!("a place could not be given back in time, and is free at its end"),
            Ok(Err(error)) => tracing::warn!(%error, "a place could not be given back, and is free at its end"),
        }
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::types::AttributeValue;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_millis(1_870_258_680_000 + seconds * 1_000).unwrap()
    }

    /// The time left of a request that Lambda ends after 29 seconds.
    const TIME_LEFT: Duration = Duration::from_secs(26);

    /// An item with these places, each taken by a request that began at this second.
    fn taken(places: &[(&str, i64)]) -> Item {
        let taken = |(name, began): &(&str, i64)| ((*name).to_owned(), AttributeValue::S(hold(at(*began), TIME_LEFT, 7)));
        Item(places.iter().map(taken).collect())
    }

    #[test]
    fn a_place_is_free_if_nobody_took_it() {
        for (places, search, count) in [
            (&[][..], Some("SEARCH_0"), Some("COUNT_0")),
            (&[("SEARCH_0", 0)], Some("SEARCH_1"), Some("COUNT_0")),
            (&[("SEARCH_1", 0)], Some("SEARCH_0"), Some("COUNT_0")),
            (&[("SEARCH_0", 0), ("SEARCH_1", 0)], None, Some("COUNT_0")),
            (&[("COUNT_0", 0)], Some("SEARCH_0"), None),
            (&[("COUNT_0", 0), ("SEARCH_0", 0), ("SEARCH_1", 0)], None, None),
        ] {
            let item = taken(places);
            assert_eq!(PlaceKind::Search.free_in(&item, at(1)).as_deref(), search, "{places:?}");
            assert_eq!(PlaceKind::Count.free_in(&item, at(1)).as_deref(), count, "{places:?}");
        }
    }

    /// Whether a count that began at 0 with this time left has lost its place at this second.
    fn is_over(time_left: Duration, second: i64) -> bool {
        let item = Item([("COUNT_0".to_owned(), AttributeValue::S(hold(at(0), time_left, 7)))].into());
        PlaceKind::Count.free_in(&item, at(second)).is_some()
    }

    #[test]
    fn a_place_is_free_after_its_end() {
        for (second, is_free) in [(0, false), (29, false), (40, false), (41, true), (1_000_000, true)] {
            assert_eq!(is_over(TIME_LEFT, second), is_free, "{second}");
        }
        // A server may let requests take longer, or shorter.
        for (time_left, end) in [(Duration::ZERO, 14), (Duration::from_mins(2), 134), (Duration::MAX, 3_600)] {
            assert!(!is_over(time_left, end) && is_over(time_left, end + 1), "{time_left:?}");
        }
    }

    #[test]
    fn nobody_takes_a_place_while_its_holder_runs() {
        // However much two clocks differ, within the margin.
        let differ = i64::try_from(CLOCKS_DIFFER.as_secs()).unwrap();
        for ahead in 1 - differ..differ {
            for second in 0..=29 {
                assert!(!is_over(TIME_LEFT, second + ahead), "{second} {ahead}");
            }
            assert!(!is_over(Duration::MAX, ahead), "{ahead}");
        }
    }

    #[test]
    fn a_place_that_a_wrong_clock_took_is_free() {
        // The holder's clock is ahead by two hours, or by years.
        for second in [-7_200, -100_000_000] {
            assert!(is_over(TIME_LEFT, second), "{second}");
        }
    }
}
