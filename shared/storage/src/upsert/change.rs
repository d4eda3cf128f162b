//! The change that one request makes to a profile, whichever way the profile is found.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};
use profiles_domain::{Email, ProfileId, Uid};
use profiles_normalization::{Timestamp, Value};

use crate::companies::Membership;
use crate::dynamo::database::{MAX_EXPRESSION_PROPERTIES, set_each};
use crate::dynamo::item::Item;
use crate::dynamo::value::{number, text, to_attribute};
use crate::schema::applied_log::{AppliedEntry, AppliedLog};
use crate::schema::attributes::{
    ALIAS_ID, ALIAS_OF, ALIASES, APPLIED, COMPANY_ID, CREATED_AT, DELETION, EMAIL, EXPIRES_AT, ID, PERCENT, REV, UID, UPDATED_AT,
};
use crate::schema::former_addresses;

/// The properties, the membership and the time of a write.
pub(crate) struct Change {
    properties: Vec<(String, AttributeValue)>,
    pub(super) membership: Membership,
    /// Whether the profile's address is taken away.
    pub(super) unsets_email: bool,
    pub(super) now: Timestamp,
    /// Given to the profile if this creates it.
    percent: String,
    /// Added to the profile's applied log, when this comes from a batch.
    entry: Option<AppliedEntry>,
}

/// The identifiers that a profile is given when its whole item is replaced.
#[derive(Default)]
pub(super) struct Identified<'a> {
    pub(super) uid: Option<&'a Uid>,
    pub(super) email: Option<&'a Email>,
    /// An alias of it from now on: the id of a merged profile, or the slot of its uid.
    pub(super) alias: Option<String>,
}

impl Change {
    pub(crate) fn new(properties: BTreeMap<String, Value>, membership: Membership, now: Timestamp) -> Self {
        let properties = properties.into_iter().map(|(name, value)| (name, to_attribute(value))).collect();
        Self { properties, membership, unsets_email: false, now, percent: random_percent(), entry: None }
    }

    /// Returns the same change, which also takes the profile's address away if `unsets_email`.
    pub(crate) fn unsetting_email(self, unsets_email: bool) -> Self {
        Self { unsets_email, ..self }
    }

    /// Whether an address is taken away from the profile that was seen.
    pub(super) fn unsets_email_of(&self, seen: &Item) -> bool {
        self.unsets_email && seen.email().is_some()
    }

    /// Returns the same change, which also adds an entry to the profile's applied log.
    pub(super) fn with_entry(self, entry: AppliedEntry) -> Self {
        Self { entry: Some(entry), ..self }
    }

    /// Whether one update cannot do it: it sets more than an expression can hold, or founds a company.
    pub(super) fn replaces_item(&self) -> bool {
        self.properties.len() > MAX_EXPRESSION_PROPERTIES || matches!(self.membership, Membership::Founding(_))
    }

    /// The applied log of the profile after the write.
    pub(super) fn applied_log_after(&self, before: &AppliedLog) -> AppliedLog {
        self.entry.as_ref().map_or_else(|| before.clone(), |entry| before.with(entry))
    }

    /// Adds the update expression to a request, at this time. With `fresh`, a profile that is not there is created under that id, and the
    /// answer has its id. `applied` is the profile's applied log, of which the caller is sure.
    pub(super) fn update(
        &self,
        mut request: UpdateItemFluentBuilder,
        fresh: Option<ProfileId>,
        applied: &AppliedLog,
        now: Timestamp,
    ) -> UpdateItemFluentBuilder {
        let mut set = format!("SET {UPDATED_AT} = :now");
        if let Some(id) = fresh {
            set.push_str(&format!(
                ", {ID} = if_not_exists({ID}, :id), {CREATED_AT} = if_not_exists({CREATED_AT}, :now), #percent = if_not_exists(#percent, :percent), {UID} = :uid"
            ));
            request = request
                .expression_attribute_values(":id", text(id))
                // One of DynamoDB's reserved words.
                .expression_attribute_names("#percent", PERCENT)
                .expression_attribute_values(":percent", AttributeValue::N(self.percent.clone()))
                .return_values(ReturnValue::UpdatedNew);
        }
        request = set_each(request, &mut set, self.properties.iter().cloned());
        if self.entry.is_some() {
            set.push_str(&format!(", {APPLIED} = :applied"));
            request = request.expression_attribute_values(":applied", text(self.applied_log_after(applied)));
        }
        if let Some(company) = self.membership.company() {
            set.push_str(&format!(", {COMPANY_ID} = :company"));
            request = request.expression_attribute_values(":company", text(company));
        }
        // An empty slot that has a revision expires.
        let expiry = fresh.map(|_| EXPIRES_AT);
        let company = matches!(self.membership, Membership::End).then_some(COMPANY_ID);
        let removed: Vec<_> = expiry.into_iter().chain(company).collect();
        if !removed.is_empty() {
            set.push_str(&format!(" REMOVE {}", removed.join(", ")));
        }
        request
            .update_expression(format!("{set} ADD {REV} :one"))
            .expression_attribute_values(":now", text(now))
            .expression_attribute_values(":one", number(1_u64))
    }

    /// Returns the item that replaces `seen`: the profile of this id with this change in it.
    pub(super) fn applied(&self, seen: &Item, id: ProfileId, identified: Identified<'_>) -> Item {
        let mut new = seen.0.clone();
        for form in [ALIAS_OF, ALIAS_ID, DELETION, EXPIRES_AT] {
            new.remove(form);
        }
        for (name, value) in [(ID, text(id)), (CREATED_AT, text(self.now)), (PERCENT, AttributeValue::N(self.percent.clone()))] {
            new.entry(name.to_owned()).or_insert(value);
        }
        new.insert(UPDATED_AT.to_owned(), text(seen.next_update(self.now)));
        new.extend(self.properties.iter().cloned());
        match &self.membership {
            Membership::End => {
                new.remove(COMPANY_ID);
            }
            joining => new.extend(joining.company().map(|company| (COMPANY_ID.to_owned(), text(company)))),
        }
        if let Some(uid) = identified.uid {
            new.insert(UID.to_owned(), text(uid.as_str()));
        }
        match identified.email {
            Some(email) => {
                former_addresses::remember_released(&mut new, seen, Some(email), self.now);
                new.insert(EMAIL.to_owned(), text(email.as_str()));
            }
            None if self.unsets_email => {
                former_addresses::remember_released(&mut new, seen, None, self.now);
                new.remove(EMAIL);
            }
            None => {}
        }
        if let Some(alias) = identified.alias {
            match new.get_mut(ALIASES) {
                Some(AttributeValue::Ss(aliases)) if !aliases.contains(&alias) => aliases.push(alias),
                Some(AttributeValue::Ss(_)) => {}
                _ => {
                    new.insert(ALIASES.to_owned(), AttributeValue::Ss(vec![alias]));
                }
            }
        }
        if self.entry.is_some() {
            new.insert(APPLIED.to_owned(), text(self.applied_log_after(&seen.applied_log())));
        }
        new.insert(REV.to_owned(), number(seen.next_revision()));
        Item(new)
    }
}

/// Draws a number in [0, 100) with three decimals.
pub(crate) fn random_percent() -> String {
    let thousandths = rand::random_range(0..100_000_u32);
    format!("{}.{:03}", thousandths / 1000, thousandths % 1000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use profiles_domain::Slot;

    fn change(properties: &[(&str, &str)]) -> Change {
        let properties = properties.iter().map(|(name, value)| ((*name).to_owned(), Value::String((*value).to_owned()))).collect();
        Change::new(properties, Membership::Keep, Timestamp::from_unix_millis(0).unwrap())
    }

    fn item(attributes: &[(&str, &str)]) -> Item {
        Item(attributes.iter().map(|(name, value)| ((*name).to_owned(), text(value))).collect())
    }

    #[test]
    fn what_is_not_sent_stays_and_the_id_is_never_replaced() {
        let seen = item(&[(ID, "0000000100000000000000ff"), ("plan", "gold"), ("role", "admin"), (CREATED_AT, "then")]);
        let new = change(&[("role", "owner")]).applied(&seen, ProfileId::new(9, Slot::from_random(0xff)), Identified::default());
        assert_eq!(new.text(ID), Some("0000000100000000000000ff"));
        assert_eq!((new.text("plan"), new.text("role"), new.text(CREATED_AT)), (Some("gold"), Some("owner"), Some("then")));
        assert_eq!(new.revision(), Some(1));
    }

    #[test]
    fn percent_has_three_decimals_below_100() {
        for _ in 0..1000 {
            let percent = random_percent();
            assert!(percent.parse::<f64>().unwrap() < 100.0);
            assert_eq!(percent.split_once('.').unwrap().1.len(), 3);
        }
    }
}
