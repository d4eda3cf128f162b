//! Uniting what two users did in the same tours, while the profile of one is merged into that of the other.
//!
//! They are one user then, who counts once. So an interaction that both had is united, in the transaction of the merge, with what it adds to
//! its summary. All others stay where they are. Of very many that both had, a merge takes what fits, and unites the rest right after.

use std::collections::BTreeSet;

use profiles_domain::Error;

use super::Writer;
use crate::dynamo::item::Item;
use crate::dynamo::read_many::Wanted;
use crate::dynamo::transaction::Transaction;
use crate::schema::activity_head::United;
use crate::schema::generation::{Generation, RecordKind};
use crate::schema::interaction::{self, Stored};
use crate::schema::summary::Shares;
use crate::schema::sums::code_of;

/// Actions that unite two interactions: the records, a pointer, and two parts of the summary.
const ACTIONS: usize = 5;
/// Actions that are kept free in the transaction of a merge, for the activity that it records and the company that it founds.
const KEPT_FREE: usize = 10;

/// How often a merge waits for a record that its head tells of. A restore may have lost one for good.
const MAX_UNREAD: u32 = 3;

/// How far the interactions of a merge are united.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Folding {
    /// All of them.
    Done,
    /// Some did not fit.
    Begun,
    /// A record that is there could not be read yet: a transaction is being committed.
    Unread,
}

/// An interaction of the surviving profile, and that of the merged one with the same tour.
struct Pair {
    mine: Stored,
    theirs: Stored,
}

impl Writer<'_> {
    /// Adds the actions that unite what both users did.
    pub(super) async fn fold(&mut self, transaction: &mut Transaction, united: &United) -> Result<Folding, Error> {
        if united.common.is_empty() && !united.may_have_more {
            return Ok(Folding::Done);
        }
        let mut pairs = self.pairs(united).await?;
        let found: BTreeSet<_> = pairs.iter().map(|pair| code_of(&pair.mine.interaction.model)).collect();
        if !united.common.is_subset(&found) && self.unread < MAX_UNREAD {
            self.unread += 1;
            return Ok(Folding::Unread);
        }
        let fitting = transaction.room().saturating_sub(KEPT_FREE) / ACTIONS;
        let folding = if pairs.len() > fitting { Folding::Begun } else { Folding::Done };
        pairs.truncate(fitting);
        self.add(transaction, pairs)?;
        Ok(folding)
    }

    /// Unites what did not fit into the transaction of the merge. What cannot be united now is when the user next comes to that tour.
    pub(super) async fn fold_the_rest(&self, united: &United) {
        let rest = async {
            let mut retries = self.retries();
            loop {
                retries.wait_for_next().await?;
                let mut transaction = Transaction::default();
                let mut pairs = self.pairs(united).await?;
                if pairs.is_empty() {
                    return Ok::<_, Error>(());
                }
                pairs.truncate(transaction.room() / ACTIONS);
                self.add(&mut transaction, pairs)?;
                if self.database.commit(transaction).await?.is_done() {
                    retries.begin_again();
                }
            }
        };
        if rest.await.is_err() {
            tracing::warn!("not all interactions of a merged profile could be united");
        }
    }

    fn add(&self, transaction: &mut Transaction, pairs: Vec<Pair>) -> Result<(), Error> {
        let mut shares = Shares::default();
        for Pair { mut mine, theirs } in pairs {
            mine.unite(theirs, (transaction, &mut shares), (self.database, self.account), self.change.now)?;
            transaction.add(mine.put(self.database, self.account))?;
        }
        shares.add_to(transaction, self.database, self.account)
    }

    /// Reads the interactions that both users had with the same tours.
    async fn pairs(&self, united: &United) -> Result<Vec<Pair>, Error> {
        let mut theirs = Vec::new();
        for generation in &united.theirs {
            let records = generation.records(self.database, self.account, RecordKind::Interaction).await?;
            theirs.extend(records.into_iter().filter_map(|record| Stored::read(record, *generation)));
        }
        let key = |generation: Generation, theirs: &Stored| interaction::key(self.account, generation, &theirs.interaction.model);
        let mut wanted = Wanted::default();
        for interaction in &theirs {
            for generation in &united.mine {
                wanted.add(&self.database.tables.activities, key(*generation, interaction));
            }
        }
        let found = self.database.get_many(wanted).await?;
        let of_mine = |theirs: Stored| {
            let stored = |generation: &Generation| -> Option<Stored> {
                let record: Item = found.get(&key(*generation, &theirs));
                Stored::read(record, *generation)
            };
            Some(Pair { mine: united.mine.iter().find_map(stored)?, theirs })
        };
        let mut pairs: Vec<_> = theirs.into_iter().filter_map(of_mine).collect();
        // A transaction writes an item once.
        let mut seen = BTreeSet::new();
        pairs.retain(|pair| seen.insert(pair.mine.interaction.model.clone()));
        Ok(pairs)
    }
}
