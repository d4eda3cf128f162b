//! The in-place update: one request, whose condition says what is assumed of the profile.

use profiles_domain::{Email, Error, ProfileId, Slot, Uid};

use super::{Abort, Effect, Writer};
use crate::dynamo::database::Write;
use crate::dynamo::item::{Attributes, Item};
use crate::dynamo::value::text;
use crate::schema::attributes::{ALIAS_OF, EMAIL, FORGOTTEN_AT, ID, UID, UPDATED_AT};
use crate::schema::keys;

/// The assumptions of an in-place update about the slot it goes to.
pub(super) struct Assumed<'a> {
    /// The profile's id; without it, the slot may also hold nothing yet, and the profile is created.
    pub(super) id: Option<ProfileId>,
    pub(super) uid: Option<&'a Uid>,
    pub(super) email: Option<&'a Email>,
}

/// The result of an in-place update.
pub(super) enum InPlace {
    Done(ProfileId),
    Refused(Item),
    Raced,
}

impl Assumed<'_> {
    /// Whether an item is as assumed. It is asked of items that were read before the request; the request's own condition decides.
    fn holds_for(&self, item: &Item) -> bool {
        let is_theirs = match self.id {
            Some(id) => item.id() == Some(id) && (self.uid.is_none() || item.uid() == self.uid.map(Uid::as_str)),
            None if item.is_live() => item.uid() == self.uid.map(Uid::as_str),
            None => item.is_vacant(),
        };
        is_theirs && self.email.is_none_or(|email| item.email() == Some(email.as_str()))
    }
}

impl Writer<'_> {
    /// Updates the profile in `slot` by one request, when all that is assumed holds. If `known`, a fresh read of the slot, already fails
    /// the condition, no request is sent.
    ///
    /// No update of a profile has an earlier time than the one before it: each takes place on that condition, and else again under a later
    /// time. So an attempt that arrives late undoes nothing that was written since.
    pub(super) async fn in_place(&self, slot: Slot, assumed: &Assumed<'_>, known: Option<Item>) -> Result<InPlace, Abort> {
        if let Some(known) = known
            && (self.replaces_item() || !self.allows(assumed, &known))
        {
            return self.refused(known);
        }
        if self.only_looks(assumed) || self.replaces_item() {
            return self.refused(self.slot(slot).await?);
        }
        let (condition, values) = self.condition(assumed);
        let fresh = assumed.id.is_none().then(|| ProfileId::created_at(self.change.now, slot));
        let applied = self.guard.as_ref().map(|guard| guard.applied.clone()).unwrap_or_default();
        let request = self.database.client.update_item().table_name(&self.database.tables.profiles);
        let request = request
            .set_key(Some(keys::slot(self.account, slot)))
            .condition_expression(condition)
            .set_expression_attribute_values(Some(values));
        let mut now = self.change.now;
        let mut retries = self.retries();
        loop {
            retries.wait_for_next().await?;
            let seen = match self.database.update(self.change.update(request.clone(), fresh, &applied, now)).await? {
                Write::Done(written) => match assumed.id.or_else(|| written.id()) {
                    Some(id) => return Ok(InPlace::Done(id)),
                    None => return Err(Error::Defect("an updated profile has no id".into()).into()),
                },
                Write::Raced => return Ok(InPlace::Raced),
                Write::Refused(seen) => seen,
            };
            let next = seen.next_update(now);
            if next == now || !seen.is_live() || !self.allows(assumed, &seen) {
                return self.refused(seen);
            }
            self.ask_guard(|guard| guard.check_profile(&seen))?;
            // It was refused for its time alone.
            now = next;
        }
    }

    /// Whether an item is as assumed, and has no address that is to be taken away.
    fn allows(&self, assumed: &Assumed<'_>, item: &Item) -> bool {
        assumed.holds_for(item) && !self.change.unsets_email_of(item)
    }

    /// Whether the slot is only read, because the guard allows neither to create a profile there nor to change the one that is there.
    fn only_looks(&self, assumed: &Assumed<'_>) -> bool {
        let Some(guard) = self.guard.as_ref().filter(|_| assumed.id.is_none()) else { return false };
        match guard.effect {
            Effect::Change => false,
            Effect::Creation => guard.check_effect(Effect::Creation).is_err(),
            Effect::Attachment => true,
        }
    }

    /// The assumptions of an in-place update as a condition, and its values.
    fn condition(&self, assumed: &Assumed<'_>) -> (String, Attributes) {
        let mut conditions = vec![format!("(attribute_not_exists({UPDATED_AT}) OR {UPDATED_AT} <= :now)")];
        let mut values = Attributes::new();
        let mut value = |name: &str, of: String| _ = values.insert(name.to_owned(), text(of));
        match assumed.id {
            Some(id) => {
                conditions.push(format!("{ID} = :id"));
                value(":id", id.to_string());
                if assumed.uid.is_some() {
                    conditions.push(format!("{UID} = :uid"));
                }
            }
            None => {
                // No alias, no tombstone, no other uid with the same slot.
                let nothing =
                    format!("attribute_not_exists({ID}) AND attribute_not_exists({ALIAS_OF}) AND attribute_not_exists({FORGOTTEN_AT})");
                conditions.push(match self.guard.as_ref().map(|guard| guard.effect) {
                    None => format!("({UID} = :uid OR ({nothing}))"),
                    Some(Effect::Creation) => nothing,
                    Some(Effect::Change | Effect::Attachment) => format!("{UID} = :uid"),
                });
            }
        }
        if let Some(uid) = assumed.uid {
            value(":uid", uid.as_str().to_owned());
        }
        if let Some(email) = assumed.email {
            conditions.push(format!("{EMAIL} = :email"));
            value(":email", email.as_str().to_owned());
        }
        if self.change.unsets_email {
            conditions.push(format!("attribute_not_exists({EMAIL})"));
        }
        if let Some(guard) = &self.guard {
            let (condition, of_guard) = guard.condition();
            conditions.push(condition);
            values.extend(of_guard);
        }
        (conditions.join(" AND "), values)
    }

    /// Returns what is stored instead of what was assumed, if the guard allows a write over it.
    fn refused(&self, seen: Item) -> Result<InPlace, Abort> {
        self.ask_guard(|guard| guard.check_profile(&seen))?;
        Ok(InPlace::Refused(seen))
    }
}
