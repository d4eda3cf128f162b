//! Interactions: what a webhook changes of one, and reading one by its id.

use profiles_domain::{AccountId, Error, Interaction, InteractionId, InteractionState, Slot, Span, WebhookEvent};
use profiles_normalization::Timestamp;

use super::Activities;
use super::experiences::{Next, Plan};
use super::locate::Located;
use crate::dynamo::item::Item;
use crate::dynamo::read_many::{Found, Wanted};
use crate::dynamo::transaction::{Action, Transaction};
use crate::schema::activity_head::{generations, is_of};
use crate::schema::attributes::{INHERITED, SK};
use crate::schema::generation::{Generation, RecordKind};
use crate::schema::interaction::{Stored, key};
use crate::schema::keys;
use crate::schema::pointer::Pointers;
use crate::schema::summary::{Share, Shares};
use crate::schema::sums::Summed;

/// A webhook that says that a user reached a state.
#[derive(Clone, Copy)]
pub(super) struct Reaching<'a> {
    pub(super) account: AccountId,
    pub(super) state: InteractionState,
    pub(super) webhook: &'a WebhookEvent,
    /// The slot in the id of an interaction that begins.
    pub(super) random: Slot,
    pub(super) now: Timestamp,
}

impl Activities<'_> {
    /// Reads the user's interaction with the tour, if there is a user, and plans what the webhook makes of it.
    pub(super) async fn plan_interaction<'a>(&'a self, reaching: Reaching<'a>, located: Option<&Located>) -> Result<Next<'a>, Error> {
        let Reaching { account, state, webhook, .. } = reaching;
        let once = Span { first: webhook.sent_at, last: webhook.sent_at };
        let begun = |inherited| {
            let add = move |transaction: &mut Transaction, generation: Generation| self.begin(reaching, generation, transaction);
            let summed = Summed::reached(&webhook.model, state, once);
            Ok(Next::Write(Plan { summed: Some(summed), inherited: Some(inherited), add: Box::new(add) }))
        };
        let Some(Located { item, generation }) = located else { return begun(Vec::new()) };
        let mut read: Vec<_> = Generation::all(item);
        let mut wanted = Wanted::default();
        wanted.add(&self.database.tables.activities, keys::head(account, generation.profile));
        let mut found = self.database.get_many(self.want(wanted, reaching, &read)).await?;
        let head = found.get(&keys::head(account, generation.profile));
        // The head decides: it may be newer than the profile that was read.
        let mut more = generations(&head, *generation);
        more.retain(|generation| !read.contains(generation));
        if !more.is_empty() {
            found.extend(self.database.get_many(self.want(Wanted::default(), reaching, &more)).await?);
            read.extend(more);
        }
        let inherited = if is_of(&head, *generation) { head.set(INHERITED).to_vec() } else { Vec::new() };
        let mut stored = self.stored(reaching, &read, &found).into_iter();
        let Some(mut kept) = stored.next() else { return begun(inherited) };
        let mut united = Transaction::default();
        let mut shares = Shares::default();
        // There are others only where a merge had too many to unite.
        for other in stored {
            kept.unite(other, (&mut united, &mut shares), (self.database, account), reaching.now)?;
        }
        let share = kept.share();
        kept.interaction.reach(state, webhook, reaching.now);
        shares.add(&webhook.model, kept.generation.profile, kept.share().minus(share));
        shares.reached(&webhook.model, kept.generation.profile, state, reaching.now);
        let put = united.add(kept.put(self.database, account))?;
        shares.add_to(&mut united, self.database, account)?;
        let times = kept.interaction.reached.get(state).unwrap_or(once);
        let summed = Summed::reached(&webhook.model, state, times);
        let add = move |transaction: &mut Transaction, _: Generation| Ok(vec![transaction.append(united.clone(), put)]);
        Ok(Next::Write(Plan { summed: Some(summed), inherited: Some(inherited), add: Box::new(add) }))
    }

    /// Reads an interaction by its id, if its user is there.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn interaction(&self, account: AccountId, id: InteractionId) -> Result<Option<Interaction>, Error> {
        let Some((record, profile)) = self.of_id(account, RecordKind::Interaction, id).await? else { return Ok(None) };
        Ok(crate::schema::interaction::read(&record, profile))
    }

    /// Adds the actions that store the first interaction of a user with a tour.
    fn begin(&self, reaching: Reaching<'_>, generation: Generation, transaction: &mut Transaction) -> Result<Vec<Action>, Error> {
        let Reaching { account, state, webhook, random, now } = reaching;
        let profile = generation.profile;
        let begun = Interaction::begun(InteractionId::created_at(now, random), profile, state, webhook, now);
        let mut shares = Shares::default();
        shares.add(&webhook.model, profile, Share::of(begun.reached));
        shares.reached(&webhook.model, profile, state, now);
        let pointers = Pointers { database: self.database, account, kind: RecordKind::Interaction };
        let begun = Stored { generation, record: Item::default(), interaction: begun };
        let place = Item(key(account, generation, &webhook.model));
        let sort = place.text(SK).unwrap_or_default();
        transaction.add(pointers.put(begun.interaction.id, (profile, sort), now, &Item::default()))?;
        let put = transaction.add(begun.put(self.database, account))?;
        shares.add_to(transaction, self.database, account)?;
        Ok(vec![put])
    }

    fn want<'w>(&'w self, mut wanted: Wanted<'w>, reaching: Reaching<'_>, generations: &[Generation]) -> Wanted<'w> {
        for generation in generations {
            wanted.add(&self.database.tables.activities, key(reaching.account, *generation, &reaching.webhook.model));
        }
        wanted
    }

    fn stored(&self, reaching: Reaching<'_>, generations: &[Generation], found: &Found) -> Vec<Stored> {
        let at = |generation: &Generation| found.get(&key(reaching.account, *generation, &reaching.webhook.model));
        generations.iter().filter_map(|generation| Stored::read(at(generation), *generation)).collect()
    }
}
