//! The part of all profiles or companies that a page lies in: between ids, and between times of creation.

use profiles_domain::{Error, Slot};
use profiles_filters::{Comparison, Field, Filter, Filters, PropertyFilter, Test, Window};
use profiles_normalization::{Timestamp, Value};

use super::kind::{Kind, RecordId};
use crate::activities::{Bound, Page};
use crate::dynamo::item::Item;
use crate::schema::attributes::CREATED_AT;

/// The time, in seconds, that an id may be ahead of its creation: the next record of a slot has a later id even within a second.
const AHEAD: u32 = 60;

/// A range of records, without its ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) after: Option<RecordId>,
    pub(super) before: Option<RecordId>,
    pub(super) created_after: Option<Timestamp>,
    pub(super) created_before: Option<Timestamp>,
}

impl Range {
    /// The range of a page.
    pub(super) fn of(kind: Kind, page: Page) -> Result<Self, Error> {
        let mut range = Self::default();
        match page.after {
            None => {}
            Some(Bound::Id(id)) => range.after = Some(RecordId::new(id.seconds(), id.slot())),
            Some(Bound::Time(at)) => {
                range.created_after = Some(at);
                range.after = before_all_since(at);
            }
            Some(Bound::Place(..)) => return Err(Error::invalid_field("after", kind.bound())),
        }
        match page.before {
            None => {}
            Some(Bound::Id(id)) => range.before = Some(RecordId::new(id.seconds(), id.slot())),
            Some(Bound::Time(at)) => {
                range.created_before = Some(at);
                range.before = Some(after_all_until(at));
            }
            Some(Bound::Place(..)) => return Err(Error::invalid_field("before", kind.bound())),
        }
        Ok(range)
    }

    /// The part of it in which all are that fit, as far as filters of the creation tell.
    pub(super) fn narrowed_by(mut self, filters: &Filters) -> Self {
        for filter in filters.required() {
            let Filter::Property(PropertyFilter { field: Field::Path(path), test }) = filter else { continue };
            if *path != [CREATED_AT] {
                continue;
            }
            match bound_of(test) {
                Some(Window::After(at)) => self.after = self.after.max(before_all_since(at)),
                Some(Window::Before(at)) => {
                    let before = after_all_until(at);
                    self.before = Some(self.before.map_or(before, |known| known.min(before)));
                }
                None => {}
            }
        }
        self
    }

    /// Whether it lies between times of creation, which ids do not tell to the millisecond.
    pub(super) fn has_times(self) -> bool {
        self.created_after.is_some() || self.created_before.is_some()
    }

    /// Whether a record of this id may be in it.
    pub(super) fn holds(self, id: RecordId) -> bool {
        self.after.is_none_or(|after| after < id) && self.before.is_none_or(|before| id < before)
    }

    /// Whether a record that was read is in it.
    pub(super) fn holds_item(self, item: &Item) -> bool {
        let created_at = || item.text(CREATED_AT).and_then(Timestamp::parse_canonical);
        item.record_id().is_some_and(|id| self.holds(id))
            && self.created_after.is_none_or(|after| created_at().is_some_and(|at| after < at))
            && self.created_before.is_none_or(|before| created_at().is_some_and(|at| at < before))
    }

    /// The lowest and the highest id as text, both of them possibly outside. The sort key of an index may not be empty.
    pub(super) fn ends(self) -> (String, String) {
        let text = |id: Option<RecordId>, otherwise: &str| id.map_or_else(|| otherwise.to_owned(), |id| id.to_string());
        let (low, high) = (text(self.after, "0"), text(self.before, "g"));
        // DynamoDB refuses bounds in the wrong order.
        if low > high { (low.clone(), low) } else { (low, high) }
    }

    /// Whether it is empty whatever is stored.
    pub(super) fn is_empty(self) -> bool {
        self.after.zip(self.before).is_some_and(|(after, before)| before <= after)
    }
}

/// The time after or before which all times are that pass a test, or at which they are.
fn bound_of(test: &Test) -> Option<Window> {
    match test {
        Test::Age(window) => Some(*window),
        Test::Compare(comparison, Value::String(text)) => {
            let at = Timestamp::parse_canonical(text)?;
            Some(match comparison {
                Comparison::Greater | Comparison::GreaterOrEqual => Window::After(at),
                Comparison::Less | Comparison::LessOrEqual => Window::Before(at),
                Comparison::Equal => return None,
            })
        }
        _ => None,
    }
}

/// An id before those of all records created at this time or after it. An id is never earlier than the second of its creation.
fn before_all_since(at: Timestamp) -> Option<RecordId> {
    seconds_of(at).checked_sub(1).map(|before| RecordId::new(before, Slot::from_random(u64::MAX)))
}

/// An id after those of all records created at this time or before it.
fn after_all_until(at: Timestamp) -> RecordId {
    RecordId::new(seconds_of(at).saturating_add(AHEAD).saturating_add(1), Slot::from_random(0))
}

/// A time in the seconds of ids.
fn seconds_of(at: Timestamp) -> u32 {
    RecordId::created_at(at, Slot::from_random(0)).seconds()
}

#[cfg(test)]
mod tests {
    use super::*;
    use profiles_filters::GroupOp;

    const NOW: i64 = 1_870_258_680_000;

    fn id(seconds: i64, slot: u64) -> RecordId {
        RecordId::new(u32::try_from(seconds).unwrap(), Slot::from_random(slot))
    }

    #[test]
    fn filters_of_the_creation_narrow_it_to_no_less_than_what_fits() {
        let now = Timestamp::from_unix_millis(NOW).unwrap();
        let range = |filters: &str| Range::default().narrowed_by(&Filters::parse(filters, GroupOp::And, now).unwrap());
        let seconds = NOW / 1_000;
        let newer = range(r#"[{"prop":"created_at","op":"gt-d","value":1},{"prop":"plan","op":"eq","value":"gold"}]"#);
        assert_eq!(newer.before, None);
        assert!(newer.holds(id(seconds - 86_400, 0)) && !newer.holds(id(seconds - 86_401, u64::MAX)));
        let between = range(
            r#"[{"prop":"created_at","op":"gte","value":"2029-04-01"},{"kind":"group","filters":[{"prop":"created_at","op":"lt","value":"2029-04-02"}]}]"#,
        );
        let first = 1_869_696_000;
        assert!(between.holds(id(first, 0)) && !between.holds(id(first - 1, 0)));
        assert!(between.holds(id(first + 86_400, 5)) && !between.holds(id(first + 86_400 + 62, 0)));
        for nothing in [
            r#"[{"kind":"group","filters_op":"or","filters":[{"prop":"created_at","op":"gt-d","value":1},{"prop":"a","op":"ex"}]}]"#,
            r#"[{"prop":"updated_at","op":"gt-d","value":1}]"#,
            r#"[{"prop":"created_at","op":"ne","value":"2029-04-02"}]"#,
            r#"[{"prop":"created_at","op":"gt","value":"soon"}]"#,
        ] {
            assert_eq!(range(nothing), Range::default(), "{nothing}");
        }
    }
}
