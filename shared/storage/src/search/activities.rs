//! What users did, for filters of events, tours and Microsurveys: from their activity heads.

use std::cmp::Ordering;
use std::collections::HashSet;

use aws_sdk_dynamodb::operation::query::QueryOutput;
use aws_sdk_dynamodb::types::Select;
use futures_util::{StreamExt, TryStreamExt, stream};
use profiles_domain::{AccountId, Error, EventId, InteractionState, Model, ModelKind, ProfileId, Slot};
use profiles_filters::{Activity, ActivityFilter, Comparison, Window};
use profiles_normalization::{Number, Timestamp, compare_numbers};

use super::pace::Pace;
use super::sweep::{Visitor, sweep};
use crate::activities::EVENT_NAME;
use crate::dynamo::database::Database;
use crate::dynamo::item::Item;
use crate::dynamo::value::text;
use crate::schema::attributes::{CLOSED_AT, CREATED_AT, GENERATION, INHERITED, PK, SK};
use crate::schema::generation::{Generation, RecordKind};
use crate::schema::keys;
use crate::schema::sums::{Sum, SumAttributes, SumOf};

/// Attributes whose presence one filter expression asks for, at most. DynamoDB allows 300 operators.
const MAX_ASKED: usize = 120;
/// Users whose events are counted at once.
pub(super) const COUNTED_AT_ONCE: usize = 16;

/// Whether a user did something, by the sums in the head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Did {
    Yes,
    No,
    /// The sums do not tell: the events in the window have to be counted.
    Uncounted,
}

/// What one filter asks for in a head. It is worked out once, and asked of many heads.
pub(super) struct Asked<'a> {
    filter: &'a ActivityFilter,
    /// One of these is enough.
    sums: Vec<SumAttributes>,
}

impl<'a> Asked<'a> {
    pub(super) fn new(filter: &'a ActivityFilter) -> Self {
        let sums = match &filter.activity {
            Activity::Event(name, _) => vec![SumOf::event(name)],
            Activity::Tour(id, state) => {
                let tour = Model { kind: ModelKind::Tour, id: id.clone() };
                let is_asked = |known: &InteractionState| state.is_none_or(|state| state == *known);
                InteractionState::ALL.into_iter().filter(is_asked).map(|state| SumOf::reached(&tour, state)).collect()
            }
            Activity::Survey(id, _) => vec![SumOf::responses(&Model { kind: ModelKind::Survey, id: id.clone() })],
        };
        Self { filter, sums: sums.iter().map(SumOf::attributes).collect() }
    }

    /// Whether the user of a head did it, whatever the filter makes of that.
    fn did(&self, head: &Item) -> Did {
        let mut sums = self.sums.iter().filter_map(|sum| sum.in_head(head));
        let window = self.filter.window;
        let is = |did| if did { Did::Yes } else { Did::No };
        match &self.filter.activity {
            Activity::Event(_, None) | Activity::Tour(..) | Activity::Survey(_, None) => is(sums.any(|sum| sum.is_within(window))),
            Activity::Event(_, Some((comparison, often))) => match sums.next() {
                Some(sum) => sum.counted(window, *comparison, often),
                None => Did::No,
            },
            // The last response counts.
            Activity::Survey(_, Some((comparison, button))) => is(sums.any(|sum| {
                let of_last = Sum { first: sum.last, ..sum.clone() };
                let pressed = sum.button.as_deref().and_then(|pressed| compare_numbers(pressed, button.as_str()));
                of_last.is_within(window) && pressed.is_some_and(|ordering| comparison.holds(ordering))
            })),
        }
    }
}

impl Sum {
    /// Whether any of it was within a window.
    fn is_within(&self, window: Option<Window>) -> bool {
        match window {
            None => true,
            Some(Window::After(at)) => self.last > at.unix_millis(),
            Some(Window::Before(at)) => self.first < at.unix_millis(),
        }
    }

    /// Whether it was done this often within a window.
    fn counted(&self, window: Option<Window>, comparison: Comparison, often: &Number) -> Did {
        let (least, most) = match window {
            None => (self.count, self.count),
            Some(_) if !self.is_within(window) => return Did::No,
            Some(Window::After(at)) if self.first > at.unix_millis() => (self.count, self.count),
            Some(Window::Before(at)) if self.last < at.unix_millis() => (self.count, self.count),
            // The first or the last is within, and the other is not.
            Some(_) => (1, self.count.saturating_sub(1).max(1)),
        };
        match (is_often(least, comparison, often), is_often(most, comparison, often)) {
            _ if least == 0 => Did::No,
            (true, true) if least == most || comparison != Comparison::Equal => Did::Yes,
            (false, false) if least == most || !lies_between(least, most, comparison, often) => Did::No,
            _ => Did::Uncounted,
        }
    }
}

/// Whether `times` fits.
fn is_often(times: u64, comparison: Comparison, often: &Number) -> bool {
    compare_numbers(&times.to_string(), often.as_str()).is_some_and(|ordering| comparison.holds(ordering))
}

/// Whether a number of times between these may fit although neither of them does.
fn lies_between(least: u64, most: u64, comparison: Comparison, often: &Number) -> bool {
    let at = |times: u64| compare_numbers(&times.to_string(), often.as_str());
    comparison == Comparison::Equal && at(least) == Some(Ordering::Less) && at(most) == Some(Ordering::Greater)
}

/// The activities of an account's users.
#[derive(Clone, Copy)]
pub(super) struct Activities<'a> {
    pub(super) database: &'a Database,
    pub(super) account: AccountId,
}

impl Activities<'_> {
    /// Finds for each filter the users who did it, eventually consistent: by a sweep of all heads, which are small.
    pub(super) async fn users(self, filters: &[&ActivityFilter], pace: &Pace<'_>) -> Result<Vec<HashSet<ProfileId>>, Error> {
        if filters.is_empty() {
            return Ok(Vec::new());
        }
        let asked: Vec<_> = filters.iter().map(|filter| Asked::new(filter)).collect();
        let mut query =
            self.database.client.query().table_name(&self.database.tables.activities).key_condition_expression(format!("{PK} = :key"));
        let mut projected = [PK, SK, GENERATION, INHERITED].map(str::to_owned).to_vec();
        let mut is_there = Vec::new();
        let mut known = HashSet::new();
        for sum in asked.iter().flat_map(|asked| &asked.sums).filter(|sum| known.insert(&sum.last)) {
            for name in sum.names() {
                let number = format!("#{}", projected.len());
                if name == sum.last {
                    is_there.push(format!("attribute_exists({number})"));
                }
                query = query.expression_attribute_names(&number, name);
                projected.push(number);
            }
        }
        let mut condition = format!("attribute_not_exists({CLOSED_AT})");
        if is_there.len() <= MAX_ASKED {
            condition.push_str(&format!(" AND ({})", is_there.join(" OR ")));
        }
        let query = query.projection_expression(projected.join(", ")).filter_expression(condition);
        let queries = keys::SHARDS.chars().map(|shard| {
            let key = text(keys::partition_of_heads(self.account, shard));
            query.clone().expression_attribute_values(":key", key)
        });
        let mut users = Users { users: vec![HashSet::new(); asked.len()], asked, uncounted: Vec::new() };
        sweep(self.database, pace, queries.collect(), &mut users).await?;
        let Users { mut users, uncounted, .. } = users;
        let counts = uncounted.into_iter().filter_map(|(number, id, head)| {
            let filter = *filters.get(number)?;
            Some(async move {
                pace.check()?;
                Ok::<_, Error>((number, id, self.fits_by_count(filter, id, &head).await?))
            })
        });
        let mut counts = stream::iter(counts).buffer_unordered(COUNTED_AT_ONCE);
        while let Some((number, id, fits)) = counts.try_next().await? {
            if let Some(users) = users.get_mut(number).filter(|_| fits) {
                users.insert(id);
            }
        }
        Ok(users)
    }

    /// Whether the user of a head that was read did what a filter says, whatever the filter makes of that.
    pub(super) async fn did(self, asked: &Asked<'_>, id: ProfileId, head: &Item) -> Result<bool, Error> {
        match asked.did(head) {
            Did::Yes => Ok(true),
            Did::No => Ok(false),
            Did::Uncounted => self.fits_by_count(asked.filter, id, head).await,
        }
    }

    /// Counts the events within the window.
    async fn fits_by_count(self, filter: &ActivityFilter, id: ProfileId, head: &Item) -> Result<bool, Error> {
        let (Activity::Event(name, Some((comparison, often))), Some(window)) = (&filter.activity, filter.window) else { return Ok(false) };
        let mut count = 0;
        for generation in [Generation::of(id, head)].into_iter().chain(Generation::inherited(head)) {
            count += self.events(generation, name, window).await?;
        }
        Ok(count > 0 && is_often(count, *comparison, often))
    }

    async fn events(self, generation: Generation, name: &str, window: Window) -> Result<u64, Error> {
        let prefix = generation.prefix_of(RecordKind::Event);
        // The ids of events begin with the seconds of their creation.
        let seconds = |at: Timestamp| format!("{prefix}{:08x}", EventId::created_at(at, Slot::from_random(0)).seconds());
        let (low, high, comparison, at) = match window {
            Window::After(at) => (seconds(at), format!("{prefix}g"), ">", at),
            Window::Before(at) => (prefix.clone(), format!("{}g", seconds(at)), "<", at),
        };
        let query = self
            .database
            .client
            .query()
            .table_name(&self.database.tables.activities)
            .key_condition_expression(format!("{PK} = :records AND {SK} BETWEEN :low AND :high"))
            .filter_expression(format!("#name = :name AND {CREATED_AT} {comparison} :at"))
            .expression_attribute_names("#name", EVENT_NAME)
            .expression_attribute_values(":records", text(keys::partition_of_records(self.account, generation.profile)))
            .expression_attribute_values(":low", text(low))
            .expression_attribute_values(":high", text(high))
            .expression_attribute_values(":name", text(name))
            .expression_attribute_values(":at", text(at))
            .select(Select::Count)
            .consistent_read(true);
        let (mut count, mut from) = (0, None);
        loop {
            let page = self.database.query(query.clone().set_exclusive_start_key(from.take())).await?;
            count += u64::try_from(page.count).unwrap_or(0);
            match page.last_evaluated_key {
                Some(key) => from = Some(key),
                None => return Ok(count),
            }
        }
    }
}

/// The users who did what each filter says.
struct Users<'a> {
    asked: Vec<Asked<'a>>,
    users: Vec<HashSet<ProfileId>>,
    /// Heads that do not tell, each with the number of the filter.
    uncounted: Vec<(usize, ProfileId, Item)>,
}

impl Visitor for Users<'_> {
    fn visit(&mut self, page: QueryOutput) {
        for head in page.items.unwrap_or_default().into_iter().map(Item) {
            let Some(id) = head.text(SK).and_then(keys::profile_of_head) else { continue };
            for ((number, asked), users) in self.asked.iter().enumerate().zip(&mut self.users) {
                match asked.did(&head) {
                    Did::Yes => _ = users.insert(id),
                    Did::No => {}
                    Did::Uncounted => self.uncounted.push((number, id, head.clone())),
                }
            }
        }
    }
}
