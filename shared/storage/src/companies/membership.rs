//! The membership of a profile in a company, which is founded by the first profile that names it.

use profiles_domain::{AccountId, Collision, CompanyId, CompanyName, Error, MembershipChange, ProfileId};
use profiles_normalization::Timestamp;

use super::departure::Departure;
use super::founding::Founding;
use super::known::{Companies, InSlot, Seen};
use crate::dynamo::database::Database;
use crate::dynamo::item::Item;
use crate::dynamo::transaction::{Committed, Transaction};

/// The effect of a write on its profile's membership.
#[derive(Clone)]
pub(crate) enum Membership {
    Keep,
    End,
    /// It joins this company, which was there.
    Company(Seen),
    /// It joins a company that is created by the same write.
    Founding(Founding),
    /// It stays as it is: its company was deleted after the batch was accepted.
    Deleted,
}

/// When memberships are decided.
#[derive(Clone, Copy)]
pub(crate) struct Decided {
    /// The time of the request.
    pub(crate) now: Timestamp,
    /// Of a batch: a company that was deleted at this time or later is not joined.
    pub(crate) not_deleted_since: Option<Timestamp>,
}

impl Membership {
    /// The company that the profile joins.
    pub(crate) fn company(&self) -> Option<CompanyId> {
        match self {
            Self::Keep | Self::End | Self::Deleted => None,
            Self::Company(seen) => Some(seen.id),
            Self::Founding(founding) => Some(founding.id),
        }
    }
}

impl Companies {
    /// Decides the membership. A company that is not there yet is founded together with the profile's write, so that a refused request
    /// leaves none behind.
    pub(crate) async fn membership(
        &self,
        database: &Database,
        account: AccountId,
        change: &MembershipChange,
        decided: Decided,
    ) -> Result<Membership, Error> {
        match change {
            MembershipChange::Keep => Ok(Membership::Keep),
            MembershipChange::End => Ok(Membership::End),
            MembershipChange::Join(name, _) => {
                let in_slot = self.in_slot(database, account, name.slot(account)).await?;
                self.joining(account, name, in_slot, decided)
            }
        }
    }

    /// Decides the membership anew, since the founding was refused because of what is stored.
    pub(crate) fn after_refusal(
        &self,
        account: AccountId,
        founding: &Founding,
        stored: Item,
        decided: Decided,
    ) -> Result<Membership, Error> {
        // Nobody knows for how long it has been there: it is read again after the write.
        self.joining(account, &CompanyName::Uid(founding.uid.clone()), InSlot::of(stored, Timestamp::UNIX_EPOCH), decided)
    }

    fn joining(&self, account: AccountId, name: &CompanyName, in_slot: InSlot, decided: Decided) -> Result<Membership, Error> {
        let Decided { now, not_deleted_since } = decided;
        if not_deleted_since.is_some_and(|since| in_slot.deleted_at().is_some_and(|at| at >= since)) {
            return Ok(Membership::Deleted);
        }
        match (in_slot, name) {
            (InSlot::Company(company), CompanyName::Id(sent)) if company.seen().id == *sent => Ok(Membership::Company(company.seen())),
            (_, CompanyName::Id(sent)) => Err(Error::CompanyNotFound(*sent)),
            (InSlot::Company(company), CompanyName::Uid(uid)) if company.uid() == uid.as_str() => Ok(Membership::Company(company.seen())),
            (InSlot::Company(_), CompanyName::Uid(uid)) => Err(Error::Conflict(Collision::CompanySlotIsTaken(uid.clone()))),
            (InSlot::Vacant(seen), CompanyName::Uid(uid)) => {
                Ok(Membership::Founding(Founding::new(uid.clone(), name.slot(account), seen, now, self.now())))
            }
        }
    }

    /// Returns the company of which a write made `profile` a member.
    ///
    /// If the write took so long that the company may have been deleted before it, the company is read again. If it is gone, the profile
    /// becomes a member of the one that has its uid now. `None` if it becomes none, because the deletion was later, or the profile changed
    /// since.
    pub(crate) async fn joined(
        &self,
        database: &Database,
        account: AccountId,
        profile: ProfileId,
        (membership, change): (Membership, &MembershipChange),
        decided: Decided,
    ) -> Result<Option<CompanyId>, Error> {
        let MembershipChange::Join(name, _) = change else { return Ok(None) };
        let Some(mut seen) = self.seen(account, membership) else { return Ok(None) };
        let mut member = profile;
        loop {
            if self.is_trusted(seen) {
                return Ok(Some(seen.id));
            }
            let in_slot = self.read(database, account, name.slot(account)).await?;
            let joining = match self.joining(account, name, in_slot, decided) {
                Ok(Membership::Company(still)) if still.id == seen.id => return Ok(Some(still.id)),
                // The upsert was before the deletion, which may have taken off all members already.
                Err(Error::CompanyNotFound(_)) => Membership::Deleted,
                joining => joining?,
            };
            let departure = Departure { account, profile: member, gone: seen.id, to: joining.company(), at: decided.now };
            match self.move_over(database, departure, joining).await? {
                Some((company, moved)) => (seen, member) = (company, moved),
                None => return Ok(None),
            }
        }
    }

    /// Makes a member of a company that is gone a member of another one, or of none. Returns that, and the profile, into which the member may
    /// have been merged. `None`: it joins none, or was no member of the first any more.
    async fn move_over(
        &self,
        database: &Database,
        mut departure: Departure,
        mut joining: Membership,
    ) -> Result<Option<(Seen, ProfileId)>, Error> {
        let mut retries = database.race_retries();
        loop {
            retries.wait_for_next().await?;
            departure.to = joining.company();
            let mut transaction = Transaction::default();
            let departs = transaction.add(departure.action(database))?;
            let founds = match &joining {
                Membership::Founding(founding) => Some((founding.clone(), transaction.add(founding.action(database, departure.account))?)),
                _ => None,
            };
            let Committed::Refused(mut refused) = database.commit(transaction).await? else {
                return Ok(self.seen(departure.account, joining).map(|seen| (seen, departure.profile)));
            };
            if let Some(stored) = refused.take(departs) {
                match departure.again(&stored) {
                    Some(again) => departure = again,
                    None => return Ok(None),
                }
            }
            if let Some((founding, stored)) = founds.and_then(|(founding, action)| Some((founding, refused.take(action)?))) {
                let decided = Decided { now: departure.at, not_deleted_since: None };
                joining = self.after_refusal(departure.account, &founding, stored, decided)?;
            }
        }
    }

    /// The company that a membership leads to. It is remembered if it was founded.
    fn seen(&self, account: AccountId, membership: Membership) -> Option<Seen> {
        match membership {
            Membership::Keep | Membership::End | Membership::Deleted => None,
            Membership::Company(seen) => Some(seen),
            Membership::Founding(founding) => {
                self.remember_founded(account, &founding);
                Some(Seen { id: founding.id, since: founding.begun })
            }
        }
    }
}
