//! Applying the items of one profile, step by step.

use std::collections::BTreeSet;

use profiles_domain::{BatchItem, Collision, CompanyId, Email, Error, Identifier, Identity, OnModelMissing, Outcome, ProfileId};

use super::companies::{ForCompany, for_company};
use super::fold::Fold;
use super::lookup::Place;
use super::steps::{Step, steps};
use super::{Applied, Work, failure};
use crate::batches::Source;
use crate::dynamo::read_many::Found;
use crate::schema::applied_log::{AppliedEntry, Chunk, ItemResult};
use crate::schema::attributes::APPLIED;
use crate::upsert::{Abort, BatchGuard, Change, Effect, Writer, in_order};

/// The items of one list, and how far they are applied.
#[derive(Default)]
pub(super) struct List<'a> {
    /// All of them.
    pub(super) items: Vec<&'a BatchItem>,
    /// Those that are left. The first of them waits for its address, or they are blocked.
    pub(super) left: Vec<&'a BatchItem>,
    /// Whether none of them was applied for now: other writers were quicker every time.
    pub(super) is_blocked: bool,
    pub(super) applied: Vec<Applied>,
    pub(super) companies: Vec<ForCompany<'a>>,
    /// Items that were applied, each with its profile, of whose properties the registry is told.
    pub(super) learned: Vec<(&'a BatchItem, ProfileId)>,
    /// Items whose company was deleted after the batch was accepted. They join none.
    pub(super) companies_deleted: BTreeSet<u32>,
    /// The addresses that its profiles have released.
    pub(super) released: Vec<String>,
    /// Items that wrote nothing and are not yet in the applied log. The next write records them too; otherwise a second run would apply
    /// them over that write.
    pub(super) unrecorded: Vec<(u32, ItemResult)>,
}

/// What becomes of an item whose address another profile has.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    /// It waits, and the rest of its list with it, so that the items of one user keep their order.
    Waits,
    /// It has failed.
    Fails,
}

impl<'a> List<'a> {
    pub(super) fn of(items: Vec<&'a BatchItem>) -> Self {
        Self { left: items.clone(), items, ..Self::default() }
    }

    /// The identifiers of the first item that is left.
    pub(super) fn next(&self) -> Option<&Identity> {
        Some(&self.left.first()?.upsert.identity)
    }

    /// Whether its first item that is left waits for its address.
    pub(super) fn waits(&self) -> bool {
        !self.is_blocked && !self.left.is_empty()
    }

    /// The address that it waits for.
    pub(super) fn wanted(&self) -> Option<&str> {
        self.next()?.email.as_ref().map(Email::as_str)
    }

    /// The place in the batch of the first item that is left.
    pub(super) fn first_index(&self) -> u32 {
        self.left.first().map_or(u32::MAX, |item| item.index)
    }

    /// Whether an item after the one that waits may release an address.
    pub(super) fn may_release(&self) -> bool {
        let others = |item: &&BatchItem| item.upsert.identity.email.as_ref().is_some_and(|email| self.wanted() != Some(email.as_str()));
        self.left.iter().skip(1).any(|item| item.upsert.unsets_email || others(item))
    }

    /// Ends the wait for an address: its item has failed.
    pub(super) fn give_up(&mut self) {
        if !self.left.is_empty() {
            let item = self.left.remove(0);
            let taken = item.upsert.identity.email.clone().map(|email| Error::Conflict(Collision::EmailIsTaken(email)));
            self.failed(item, taken.unwrap_or(Error::Contended));
        }
    }

    fn failed(&mut self, item: &BatchItem, error: Error) {
        self.unrecorded.extend(failure::letter(&error).map(|letter| (item.index, ItemResult::Failed(letter))));
        self.applied.push(Applied { index: item.index, result: Err(error) });
    }
}

/// The result of a step.
enum Written<'a> {
    /// Each item has its outcome, in their order.
    Outcomes(Vec<Outcome>, Option<CompanyId>),
    /// Some of the items were applied before, with these results; the others are left.
    Before(Vec<Applied>, Vec<&'a BatchItem>),
    /// All of them are ignored.
    Ignored,
    /// Nothing was written: the items may have other results one after the other than all at once.
    NotAtOnce,
}

impl Work<'_> {
    /// Applies the items that are left of a list, step by step. `known` is what was read before.
    pub(super) async fn apply_list<'i>(&self, list: List<'i>, known: Option<&Found>, refused: Refused) -> Result<List<'i>, Error> {
        let items = list.items.clone();
        match self.apply_steps(list, known, refused).await {
            // The items that were written are in the applied log.
            Err(Error::Contended) => Ok(List { is_blocked: true, ..List::of(items) }),
            list => list,
        }
    }

    async fn apply_steps<'i>(&self, mut done: List<'i>, mut known: Option<&Found>, refused: Refused) -> Result<List<'i>, Error> {
        let mut left = steps(std::mem::take(&mut done.left));
        while let Some(step) = left.pop_front() {
            // After the first write, what was read before is out of date.
            match self.write(&step, known.take(), &mut done).await {
                Ok(Written::Before(before, rest)) => {
                    done.applied.extend(before);
                    // Their company may not have its properties yet.
                    let company = self.membership(&step, &mut done).await?.company();
                    done.companies.extend(company.into_iter().flat_map(|company| for_company(&step, company)));
                    steps(rest).into_iter().rev().for_each(|step| left.push_front(step));
                }
                Ok(Written::Outcomes(outcomes, company)) => {
                    done.companies.extend(company.into_iter().flat_map(|company| for_company(&step, company)));
                    let items = step.items.iter().zip(outcomes);
                    done.applied.extend(items.map(|(item, outcome)| Applied { index: item.index, result: Ok(outcome) }));
                }
                // Perhaps only some of them are to be ignored.
                Ok(Written::Ignored) if step.is_mixed() => step.into_single().for_each(|step| left.push_front(step)),
                Ok(Written::Ignored) => {
                    done.unrecorded.extend(step.items.iter().map(|item| (item.index, ItemResult::Done(Outcome::Ignored))));
                    done.applied.extend(step.items.iter().map(|item| Applied { index: item.index, result: Ok(Outcome::Ignored) }));
                }
                Ok(Written::NotAtOnce) => step.into_single().for_each(|step| left.push_front(step)),
                Err(error) => match failure::letter(&error) {
                    // It is not the error of an item.
                    None => return Err(error),
                    // Perhaps only one of them cannot be applied.
                    Some(_) if step.items.len() > 1 => step.into_single().for_each(|step| left.push_front(step)),
                    Some(_) if refused == Refused::Waits && matches!(error, Error::Conflict(Collision::EmailIsTaken(_))) => {
                        done.left = [step].into_iter().chain(left).flat_map(|step| step.items).collect();
                        return Ok(done);
                    }
                    Some(_) => step.items.iter().for_each(|item| done.failed(item, error.clone())),
                },
            }
        }
        Ok(done)
    }

    /// Writes the items of a step into their profile, unless it is as they ask for.
    async fn write<'i>(&self, step: &Step<'i>, mut known: Option<&Found>, list: &mut List<'i>) -> Result<Written<'i>, Error> {
        let (mut races, mut calls) = (self.database.item_race_retries(), self.database.call_retries());
        let mut attaches = false;
        races.wait_for_next().await?;
        loop {
            match self.attempt(step, known.take(), attaches, list).await {
                Ok(written) => return Ok(written),
                Err(Abort::Error(Error::Unavailable)) => calls.wait_for_next().await?,
                Err(Abort::Error(error)) => return Err(error),
                Err(Abort::Forgotten | Abort::Missing) => return Ok(Written::Ignored),
                Err(Abort::Overtaken) => races.wait_for_next().await?,
                Err(Abort::NotAtOnce) => return Ok(Written::NotAtOnce),
                Err(Abort::AlreadyRecorded(_)) => return Err(Error::Defect("an item of a batch recorded an activity".into())),
                // Another request created or changed the profile meanwhile: look again.
                Err(Abort::OtherEffect(found)) => {
                    attaches = found == Effect::Attachment;
                    races.wait_for_next().await?;
                }
            }
        }
    }

    async fn attempt<'i>(&self, step: &Step<'i>, known: Option<&Found>, attaches: bool, list: &mut List<'i>) -> Result<Written<'i>, Abort> {
        let Place { first, profile } = self.find(step, known).await?;
        let Source { account, accepted_at, on_model_missing, .. } = *self.source;
        let chunk = Chunk { batch: self.source.batch, number: self.source.chunk };
        // A claim has the applied logs of the profiles that released it, to one of which the items may have been written.
        let (applied, in_claim) = (profile.applied_log(), first.applied_log());
        let recorded = |item: &BatchItem| applied.result_of(chunk, item.index).or_else(|| in_claim.result_of(chunk, item.index));
        let before: Vec<_> = step.items.iter().filter_map(|item| Some(before(item, recorded(item)?))).collect();
        if !before.is_empty() {
            // The registry may not have been told of them.
            let done = |item: &&BatchItem| matches!(recorded(item), Some(ItemResult::Done(outcome)) if outcome != Outcome::Ignored);
            list.learned.extend(step.items.iter().copied().filter(done).filter_map(|item| Some((item, profile.id()?))));
            return Ok(Written::Before(before, step.items.iter().copied().filter(|item| recorded(item).is_none()).collect()));
        }
        let effect = match (profile.is_live(), attaches) {
            (true, _) => Effect::Change,
            (false, true) => Effect::Attachment,
            (false, false) => Effect::Creation,
        };
        let is_by_address = step.identity.id.is_none() && step.identity.uid.is_none();
        let mut guard = BatchGuard {
            accepted_at,
            on_model_missing,
            effect,
            seen: profile.revision(),
            seen_id: profile.id(),
            applied_in_claim: is_by_address.then(|| in_order(first.set(APPLIED))),
            is_of_several: step.items.len() > 1,
            applied,
            entry: AppliedEntry { chunk, items: Vec::new() },
        };
        guard.check(&first)?;
        guard.check(&profile)?;
        if let Some(id) = step.identity.id.filter(|_| !profile.is_live()) {
            return Err(Error::ProfileNotFound(Identifier::Id(id)).into());
        }
        if effect == Effect::Creation && on_model_missing == OnModelMissing::Ignore && step.identity.email.is_none() {
            return Err(Abort::Missing);
        }
        let membership = self.membership(step, list).await?;
        let fold = Fold::of(step, &membership, &profile, effect == Effect::Creation);
        let outcomes = step.items.iter().map(|item| item.index).zip(fold.outcomes.iter().map(|outcome| ItemResult::Done(*outcome)));
        if fold.changes_nothing() {
            list.learned.extend(step.items.iter().filter_map(|item| Some((*item, profile.id()?))));
            list.unrecorded.extend(outcomes);
            return Ok(Written::Outcomes(fold.outcomes, membership.company()));
        }
        guard.entry.items = list.unrecorded.iter().copied().chain(outcomes).collect();
        let change = Change::new(fold.properties, membership, self.now).unsetting_email(step.unsets_email);
        let mut writer = Writer::new(self.database, account, change).joining(&self.storage.companies).guarded(guard);
        let id = writer.write(&step.identity, Some(first)).await?;
        list.learned.extend(step.items.iter().map(|item| (*item, id)));
        self.note_write_of(id);
        let keeps = |old: &&str| !step.unsets_email && step.identity.email.as_ref().is_none_or(|email| email.as_str() == *old);
        list.released.extend(profile.email().filter(|old| !keeps(old)).map(str::to_owned));
        let joined = (writer.into_membership(), step.membership);
        let company = self.storage.companies.joined(self.database, account, id, joined, self.decided()).await?;
        Ok(Written::Outcomes(fold.outcomes, company))
    }
}

/// The result that an item had before.
fn before(item: &BatchItem, recorded: ItemResult) -> Applied {
    let result = match recorded {
        ItemResult::Done(outcome) => Ok(outcome),
        ItemResult::Failed(letter) => Err(failure::error(letter, item)),
    };
    Applied { index: item.index, result }
}
