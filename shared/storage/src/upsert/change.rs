//! What one request writes into a profile, whichever way the profile is found.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};
use profiles_domain::{Email, ProfileId, Uid};
use profiles_normalization::{Timestamp, Value};

use super::former_addresses;
use crate::companies::Membership;
use crate::dynamo::database::{MAX_EXPRESSION_PROPERTIES, set_each};
use crate::dynamo::item::Item;
use crate::dynamo::value::{number, text, to_attribute};
use crate::schema::applied_log::{Left, Traces};
use crate::schema::attributes::{
    ALIAS_ID, ALIAS_OF, ALIASES, APPLIED, COMPANY_ID, CREATED_AT, DELETION, DELIVERY_IDS, EMAIL, EXPIRES_AT, FORGOTTEN_AT, ID, INHERITED,
    LAST, LAST_DELIVERY, PERCENT, REV, UID, UPDATED_AT, is_public,
};
use crate::schema::generation::Home;

/// What is written: properties, membership, and the time of it.
pub(crate) struct Change {
    properties: Vec<(String, AttributeValue)>,
    pub(super) membership: Mutex<Membership>,
    pub(super) now: Timestamp,
    /// Given to the profile if this creates it.
    percent: String,
    /// Left in the profile, when this comes from a batch.
    left: Option<Left>,
}

/// What else of a profile changes when its whole item is replaced.
#[derive(Default)]
pub(super) struct Identified<'a> {
    pub(super) uid: Option<&'a Uid>,
    pub(super) email: Option<&'a Email>,
    /// What leads to it from now on: the id of a merged profile, or the slot of its uid.
    pub(super) alias: Option<String>,
}

impl Change {
    pub(crate) fn new(properties: BTreeMap<String, Value>, membership: Membership, now: Timestamp) -> Self {
        let properties = properties.into_iter().map(|(name, value)| (name, to_attribute(value))).collect();
        Self { properties, membership: Mutex::new(membership), now, percent: random_percent(), left: None }
    }

    /// The same, and it leaves a trace.
    pub(super) fn leaving(self, left: Left) -> Self {
        Self { left: Some(left), ..self }
    }

    /// Whether it takes more than one update: sets more than an expression can hold, or founds a company.
    pub(super) fn needs_whole_item(&self) -> bool {
        self.properties.len() > MAX_EXPRESSION_PROPERTIES || matches!(self.membership(), Membership::Founding(..))
    }

    pub(super) fn membership(&self) -> Membership {
        self.membership.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The traces that a profile has after the write, of which it has these before.
    pub(super) fn traces_after(&self, traces: &Traces) -> Traces {
        self.left.as_ref().map_or_else(|| traces.clone(), |left| traces.after(left))
    }

    /// Adds the update expression, at this time. With `fresh`, the profile is created under that id if it isn't there, and its id is
    /// returned. `traces` are those that the profile has, for sure.
    pub(super) fn update(
        &self,
        mut request: UpdateItemFluentBuilder,
        fresh: Option<ProfileId>,
        traces: &Traces,
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
        if self.left.is_some() {
            set.push_str(&format!(", {APPLIED} = :traces"));
            request = request.expression_attribute_values(":traces", text(self.traces_after(traces)));
        }
        match self.membership() {
            Membership::Keep => {}
            Membership::Company(id) | Membership::Founding(id, _) => {
                set.push_str(&format!(", {COMPANY_ID} = :company"));
                request = request.expression_attribute_values(":company", text(id));
            }
            Membership::End => set.push_str(&format!(" REMOVE {COMPANY_ID}")),
        }
        request
            .update_expression(format!("{set} ADD {REV} :one"))
            .expression_attribute_values(":now", text(now))
            .expression_attribute_values(":one", number(1_u64))
    }

    /// The item that `seen` becomes: a profile of this id with this change in it.
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
        match self.membership() {
            Membership::Keep => {}
            Membership::Company(id) | Membership::Founding(id, _) => {
                new.insert(COMPANY_ID.to_owned(), text(id));
            }
            Membership::End => {
                new.remove(COMPANY_ID);
            }
        }
        if let Some(uid) = identified.uid {
            new.insert(UID.to_owned(), text(uid.as_str()));
        }
        if let Some(email) = identified.email {
            former_addresses::note(&mut new, seen, email, self.now);
            new.insert(EMAIL.to_owned(), text(email.as_str()));
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
        if self.left.is_some() {
            new.insert(APPLIED.to_owned(), text(self.traces_after(&seen.traces())));
        }
        new.insert(REV.to_owned(), number(next_revision(seen)));
        Item(new)
    }
}

/// `seen` with what only `twin` has. Where both have a property, the value of `seen` stays.
pub(super) fn merged(seen: &Item, twin: &Item) -> Item {
    let mut both = seen.clone();
    for (name, value) in twin.0.iter().filter(|(name, _)| is_public(name) && name.as_str() != EMAIL) {
        both.0.entry(name.clone()).or_insert_with(|| value.clone());
    }
    if twin.0.contains_key(APPLIED) {
        both.0.insert(APPLIED.to_owned(), text(seen.traces().and(&twin.traces())));
    }
    former_addresses::unite(&mut both.0, twin);
    let homes: BTreeSet<_> =
        Home::inherited(seen).chain(Home::inherited(twin)).chain(Home::own(twin)).map(|home| home.to_string()).collect();
    if !homes.is_empty() {
        both.0.insert(INHERITED.to_owned(), AttributeValue::Ss(homes.into_iter().collect()));
    }
    let deliveries: Vec<_> = [seen, twin].iter().flat_map(|profile| profile.list(DELIVERY_IDS)).map(text).collect();
    if !deliveries.is_empty() {
        both.0.insert(DELIVERY_IDS.to_owned(), AttributeValue::L(deliveries));
    }
    both
}

/// The alias that what was in a slot becomes. The revision goes on counting, and the mark of a forgotten one stays as long as it lasts.
pub(super) fn alias(seen: &Item, target: ProfileId) -> Item {
    let mut new: std::collections::HashMap<_, _> = [FORGOTTEN_AT, LAST, LAST_DELIVERY]
        .iter()
        .filter_map(|name| seen.0.get_key_value(*name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    if let Some(id) = seen.id() {
        new.insert(LAST.to_owned(), number(id.seconds()));
        new.insert(ALIAS_ID.to_owned(), text(id));
    }
    new.insert(ALIAS_OF.to_owned(), text(target));
    new.insert(REV.to_owned(), number(next_revision(seen)));
    Item(new)
}

fn next_revision(seen: &Item) -> u64 {
    seen.revision().unwrap_or(0).saturating_add(1)
}

/// In [0, 100), three decimals.
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
    fn a_merge_keeps_the_values_of_the_profile_that_stays() {
        let both =
            merged(&item(&[("plan", "gold")]), &item(&[("plan", "free"), ("role", "admin"), (EMAIL, "a@b"), (REV, "7"), (ALIASES, "x")]));
        assert_eq!(both, item(&[("plan", "gold"), ("role", "admin")]));
    }

    #[test]
    fn an_alias_keeps_nothing_private() {
        let id = "0000000100000000000000ff";
        let alias = alias(&item(&[(ID, id), (UID, "u"), (EMAIL, "a@b"), ("plan", "gold")]), ProfileId::new(2, Slot::from_random(1)));
        let mut names: Vec<_> = alias.0.keys().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, [ALIAS_ID, ALIAS_OF, LAST, REV]);
        assert_eq!(alias.text(ALIAS_ID), Some(id));
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
