//! A transaction, whose answer is read by the handles of its actions.

use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::types::builders::{ConditionCheckBuilder, DeleteBuilder, PutBuilder, UpdateBuilder};
use aws_sdk_dynamodb::types::{ReturnValuesOnConditionCheckFailure, TransactWriteItem};
use profiles_domain::Error;

use super::item::Item;

/// Actions of one `TransactWriteItems` call at most.
const MAX_ACTIONS: usize = 100;

/// The actions of one `TransactWriteItems` call.
#[derive(Clone, Default)]
pub(crate) struct Transaction(Vec<TransactWriteItem>);

/// The handle of an action in its transaction.
#[derive(Clone, Copy)]
pub(crate) struct Action(usize);

/// The result of a transaction.
pub(crate) enum Committed {
    /// All of it took place.
    Done,
    /// None of it took place.
    Refused(Refusals),
}

/// The actions whose conditions did not hold. There are none when a race was lost.
#[derive(Default)]
pub(crate) struct Refusals(Vec<Option<Item>>);

impl Transaction {
    /// Adds an action. Where its condition does not hold, the answer has the stored item, unless the action says otherwise.
    pub(crate) fn add(&mut self, action: impl IntoAction) -> Result<Action, Error> {
        self.0.push(action.build().map_err(|_| Error::Defect("an action of a transaction lacks a part".into()))?);
        Ok(Action(self.0.len() - 1))
    }

    /// The number of further actions that it takes.
    pub(crate) fn room(&self) -> usize {
        MAX_ACTIONS.saturating_sub(self.0.len())
    }

    /// Appends all actions of another one. Returns the handle of one of those.
    pub(crate) fn append(&mut self, other: Self, Action(one): Action) -> Action {
        let place = self.0.len() + one;
        self.0.extend(other.0);
        Action(place)
    }

    /// Leaves out the actions that were refused.
    pub(crate) fn without(self, refused: &Refusals) -> Self {
        Self(self.0.into_iter().zip(&refused.0).filter(|(_, refused)| refused.is_none()).map(|(action, _)| action).collect())
    }

    pub(super) fn into_actions(self) -> Vec<TransactWriteItem> {
        self.0
    }
}

impl Committed {
    pub(crate) fn is_done(&self) -> bool {
        matches!(self, Self::Done)
    }
}

impl Refusals {
    /// The items stored under the refused actions, in the order of all actions. DynamoDB may leave out the last ones.
    pub(super) fn new(mut refused: Vec<Option<Item>>, actions: usize) -> Self {
        refused.resize(actions, None);
        Self(refused)
    }

    /// The stored item, empty when nothing is stored; `None` when the action was not refused.
    pub(crate) fn get(&self, action: Action) -> Option<&Item> {
        self.0.get(action.0)?.as_ref()
    }

    /// Returns the same as [`Self::get`], by value.
    pub(crate) fn take(&mut self, action: Action) -> Option<Item> {
        self.0.get_mut(action.0)?.take()
    }

    /// Whether the condition of this action did not hold.
    pub(crate) fn has(&self, action: Action) -> bool {
        self.get(action).is_some()
    }

    /// Whether a race was lost: no condition failed.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.iter().all(Option::is_none)
    }
}

/// An action of a transaction: one of the SDK's builders of its four kinds.
pub(crate) trait IntoAction {
    fn build(self) -> Result<TransactWriteItem, BuildError>;
}

const STORED: ReturnValuesOnConditionCheckFailure = ReturnValuesOnConditionCheckFailure::AllOld;

impl IntoAction for PutBuilder {
    fn build(self) -> Result<TransactWriteItem, BuildError> {
        Ok(TransactWriteItem::builder().put(self.return_values_on_condition_check_failure(STORED).build()?).build())
    }
}

impl IntoAction for UpdateBuilder {
    fn build(self) -> Result<TransactWriteItem, BuildError> {
        Ok(TransactWriteItem::builder().update(self.return_values_on_condition_check_failure(STORED).build()?).build())
    }
}

impl IntoAction for DeleteBuilder {
    fn build(self) -> Result<TransactWriteItem, BuildError> {
        Ok(TransactWriteItem::builder().delete(self.return_values_on_condition_check_failure(STORED).build()?).build())
    }
}

impl IntoAction for ConditionCheckBuilder {
    // The stored item is not asked for: it may be as large as a profile.
    fn build(self) -> Result<TransactWriteItem, BuildError> {
        Ok(TransactWriteItem::builder().condition_check(ConditionCheckBuilder::build(self)?).build())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_dynamodb::types::Put;

    fn put() -> PutBuilder {
        Put::builder().table_name("table").set_item(Some(Default::default()))
    }

    #[test]
    fn each_handle_names_its_own_action() {
        let mut transaction = Transaction::default();
        let (first, second) = (transaction.add(put()).unwrap(), transaction.add(put()).unwrap());
        let third = transaction.add(put()).unwrap();
        let mut refusals = Refusals::new(vec![None, Some(Item::default())], 3);
        assert!(!refusals.has(first) && refusals.has(second) && !refusals.has(third) && !refusals.is_empty());
        assert_eq!(transaction.without(&refusals).into_actions().len(), 2);
        assert!(refusals.take(second).is_some() && refusals.is_empty());
    }

    #[test]
    fn an_action_that_lacks_a_part_is_a_defect() {
        assert!(matches!(Transaction::default().add(Put::builder()), Err(Error::Defect(_))));
    }
}
