//! The record of an interaction: one for each user and tour or survey.
//!
//! It says when the user reached each state, first and last. A state that it has counts once in the summary, in the part of the profile under
//! which the record is stored. So a user counts once, and what a record added is known from the record.
//!
//! Where a profile is merged, its records stay under its id, and are changed there: the activity head names the generations that a user's
//! records are in. Only where both users had one with the same tour, the two are united.

use aws_sdk_dynamodb::types::builders::PutBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, Delete, Put};
use profiles_domain::{AccountId, Error, Group, Interaction, InteractionState, Model, ModelKind, ProfileId, Reached, Snooze, Span};
use profiles_normalization::Timestamp;

use super::attributes::{BY_CHANGE, BY_CREATION, CREATED_AT, ID, MODEL, MODEL_ID, MODEL_KIND, REV, SK, UPDATED_AT};
use super::generation::{Generation, RecordKind};
use super::keys;
use super::pointer::Pointers;
use super::revision::if_unchanged;
use super::summary::{Share, Shares};
use crate::dynamo::database::Database;
use crate::dynamo::item::{Item, Key};
use crate::dynamo::transaction::Transaction;
use crate::dynamo::value::{number, text};

/// The state.
const STATE: &str = "state";
/// When the webhook was sent that the state is of.
const STATE_AT: &str = "state_at";
/// How often it was deferred, by our count.
const DEFERRALS: &str = "deferrals";
/// How often it was deferred, as the webhook told.
const DEFER_COUNT: &str = "defer_count";
/// When it is to be shown again.
const DEFER_UNTIL: &str = "defer_until";
/// When the goal was reached.
const GOAL_AT: &str = "goal_at";
/// The kind of what made it begin.
const GROUP_KIND: &str = "group_kind";
/// The id of what made it begin.
const GROUP_ID: &str = "group_id";

/// The key of a generation's interaction with this tour or survey.
pub(crate) fn key(account: AccountId, generation: Generation, model: &Model) -> Key {
    generation.key(account, RecordKind::Interaction, keys::interaction_name(model.kind, &model.id))
}

/// The tour or survey of an interaction.
pub(crate) fn model(record: &Item) -> Option<Model> {
    Some(Model { kind: ModelKind::from_word(record.text(MODEL_KIND)?)?, id: record.text(MODEL_ID)?.to_owned() })
}

/// Reads an interaction of this user; `None` when it is not there, or malformed.
pub(crate) fn read(record: &Item, profile: ProfileId) -> Option<Interaction> {
    let time = |name: &str| record.text(name).and_then(Timestamp::parse_canonical);
    let own = |name: &str| record.text(name).map(str::to_owned);
    let mut reached = Reached::default();
    for state in InteractionState::ALL {
        let (first, last) = state.times();
        if let Some((first, last)) = time(first).zip(time(last)) {
            reached.add(state, Span { first, last });
        }
    }
    Some(Interaction {
        id: record.text(ID)?.parse().ok()?,
        profile,
        created_at: time(CREATED_AT)?,
        updated_at: time(UPDATED_AT)?,
        model: model(record)?,
        state: InteractionState::from_word(record.text(STATE)?)?,
        state_at: time(STATE_AT)?,
        reached,
        deferrals: record.number(DEFERRALS).unwrap_or(0),
        snooze: Snooze { until: time(DEFER_UNTIL), count: record.number(DEFER_COUNT) },
        goal_at: time(GOAL_AT),
        group: Group { kind: own(GROUP_KIND), id: own(GROUP_ID) },
    })
}

/// An interaction as it was read.
pub(crate) struct Stored {
    /// The generation that its record is in.
    pub(crate) generation: Generation,
    /// The record.
    pub(crate) record: Item,
    /// What the record says.
    pub(crate) interaction: Interaction,
}

impl Stored {
    /// Reads the record of a generation; `None` when it is not there, or malformed.
    pub(crate) fn read(record: Item, generation: Generation) -> Option<Self> {
        Some(Self { generation, interaction: read(&record, generation.profile)?, record })
    }

    /// What it adds to its summary.
    pub(crate) fn share(&self) -> Share {
        Share::of(self.interaction.reached)
    }

    /// Unites another interaction of the same user with the same tour with this one, and adds the actions that remove the other's record.
    pub(crate) fn unite(
        &mut self,
        other: Self,
        (transaction, shares): (&mut Transaction, &mut Shares),
        (database, account): (&Database, AccountId),
        now: Timestamp,
    ) -> Result<(), Error> {
        let model = &self.interaction.model;
        let (mine, theirs) = (self.share(), other.share());
        let sort = other.record.text(SK).unwrap_or_default();
        let delete = Delete::builder()
            .table_name(&database.tables.activities)
            .set_key(Some(key(account, other.generation, model)))
            .condition_expression(format!("{REV} = :seen"))
            .expression_attribute_values(":seen", number(other.record.revision().unwrap_or(0)));
        transaction.add(delete)?;
        let pointers = Pointers { database, account, kind: RecordKind::Interaction };
        transaction.add(pointers.delete(other.interaction.id, (other.generation.profile, sort)))?;
        shares.add(model, other.generation.profile, Share::default().minus(theirs));
        let model = model.clone();
        self.interaction.absorb(other.interaction, now);
        shares.add(&model, self.generation.profile, self.share().minus(mine));
        Ok(())
    }

    /// The action that stores it again, if nobody else changed it.
    pub(crate) fn put(&self, database: &Database, account: AccountId) -> PutBuilder {
        put(database, account, self.generation, &self.interaction, &self.record)
    }
}

/// The action that stores an interaction, on condition that its record is as it was seen.
pub(crate) fn put(database: &Database, account: AccountId, generation: Generation, interaction: &Interaction, seen: &Item) -> PutBuilder {
    let Interaction { id, created_at, updated_at, model, state, state_at, reached, deferrals, snooze, goal_at, group, .. } = interaction;
    let place = keys::of_model(account, RecordKind::Interaction.as_str(), &model.id, generation.profile.slot().shard());
    let mut item: Vec<(&str, Option<AttributeValue>)> = vec![
        (REV, Some(number(seen.next_revision()))),
        (ID, Some(text(id))),
        (CREATED_AT, Some(text(created_at))),
        (UPDATED_AT, Some(text(updated_at))),
        (MODEL, Some(text(place))),
        (BY_CREATION, Some(text(keys::place(*created_at, id)))),
        (BY_CHANGE, Some(text(keys::place(*updated_at, id)))),
        (MODEL_KIND, Some(text(model.kind.as_str()))),
        (MODEL_ID, Some(text(&model.id))),
        (STATE, Some(text(state.as_str()))),
        (STATE_AT, Some(text(state_at))),
        (DEFERRALS, (*deferrals > 0).then(|| number(*deferrals))),
        (DEFER_COUNT, snooze.count.map(number)),
        (DEFER_UNTIL, snooze.until.map(text)),
        (GOAL_AT, goal_at.map(text)),
        (GROUP_KIND, group.kind.as_ref().map(text)),
        (GROUP_ID, group.id.as_ref().map(text)),
    ];
    for state in InteractionState::ALL {
        let (first, last) = state.times();
        let times = reached.get(state);
        item.extend([(first, times.map(|times| text(times.first))), (last, times.map(|times| text(times.last)))]);
    }
    let item = item.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    let put = Put::builder()
        .table_name(&database.tables.activities)
        .set_item(Some(key(account, generation, model).into_iter().chain(item).collect()));
    if_unchanged(put, seen)
}
