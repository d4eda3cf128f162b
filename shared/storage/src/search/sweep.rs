//! Sweeps: reading all items under 16 partition keys, page by page, all keys at once.

use aws_sdk_dynamodb::operation::query::QueryOutput;
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use profiles_domain::Error;

use super::pace::Pace;
use crate::dynamo::database::Database;
use crate::dynamo::item::{Key, SK};

/// What a sweep is for.
pub(super) trait Visitor {
    /// Takes a page of items.
    fn visit(&mut self, page: QueryOutput);

    /// Whether the items come in the order of slots, which tell how much is done.
    fn goes_by_slots(&self) -> bool {
        true
    }

    /// Narrows a query before its next page is read, when it is known by then that less will do.
    fn narrow(&self, query: QueryFluentBuilder) -> QueryFluentBuilder {
        query
    }
}

/// Reads all pages of queries, each of which is of one partition key.
///
/// # Errors
/// `SearchTooLong` as soon as it is known that the time will not suffice, or those of the database.
pub(super) async fn sweep(
    database: &Database,
    pace: &Pace<'_>,
    queries: Vec<QueryFluentBuilder>,
    visitor: &mut (impl Visitor + Send),
) -> Result<(), Error> {
    pace.check()?;
    let began = pace.left();
    let keys = queries.len();
    let mut done = vec![0.0; keys];
    let read =
        |index: usize, query: QueryFluentBuilder| async move { Ok::<_, Error>((index, database.query(query.clone()).await?, query)) };
    let mut under_way: FuturesUnordered<_> =
        queries.into_iter().enumerate().map(|(index, query)| read(index, visitor.narrow(query))).collect();
    while let Some(page) = under_way.next().await {
        let (index, mut page, query) = page?;
        let last = page.last_evaluated_key.take();
        visitor.visit(page);
        if let Some(done) = done.get_mut(index) {
            *done = last.as_ref().map_or(1.0, |key| if visitor.goes_by_slots() { share_before(key) } else { 0.0 });
        }
        if let Some(key) = last {
            under_way.push(read(index, visitor.narrow(query.set_exclusive_start_key(Some(key)))));
        }
        pace.check_share(began, done.iter().sum::<f64>() / keys as f64)?;
    }
    Ok(())
}

/// The share of a partition key's items that come before this key. Sort keys begin with slots, which are hashes.
pub(super) fn share_before(key: &Key) -> f64 {
    let slot = key.get(SK).and_then(|sort| sort.as_s().ok()?.get(1..9)).and_then(|digits| u32::from_str_radix(digits, 16).ok());
    slot.map_or(0.0, |slot| f64::from(slot) / (f64::from(u32::MAX) + 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dynamo::value::text;

    #[test]
    fn a_slot_tells_how_much_of_its_partition_key_is_done() {
        let share = |sort: &str| share_before(&Key::from([(SK.to_owned(), text(sort))]));
        assert_eq!([share("f000000000000000"), share("a800000000000000#6b0c8b90"), share("0c00000000000000")], [0.0, 0.5, 0.75]);
        assert_eq!([share(""), share("x"), share_before(&Key::default())], [0.0; 3]);
    }
}
