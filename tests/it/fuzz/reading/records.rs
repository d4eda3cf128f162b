//! Lookups, events, webhooks, deliveries, clear and forget: their part in what a profile shows.

use std::collections::BTreeMap;

use super::fields::{TYPED, Who};
use super::identifiers::{self, Address, Sent};
use super::profiles::{Place, State};
use super::times::Millis;
use super::values::Reader;
use super::{Fault, Warnings, missing, names};
use crate::fuzz::json::Json;

/// Reads the identifiers of a lookup. A uid that identifies nobody counts as not sent; no profile has an address that is none.
pub(crate) fn lookup(fields: &[&[(String, Json)]]) -> Result<Who, Vec<Fault>> {
    let who = named(fields)?;
    let email = fields.iter().copied().flatten().rfind(|(name, _)| name == "email").map(|(_, value)| value);
    match email.map(|email| identifiers::email(email, false)) {
        Some(Ok(Sent::Unusable)) if !matches!(email, Some(Json::Null)) => Err(vec![missing()]),
        _ => Ok(who),
    }
}

/// Reads identifiers. Those that identify nobody count as not sent.
fn named(fields: &[&[(String, Json)]]) -> Result<Who, Vec<Fault>> {
    let mut who = Who::default();
    let mut faults = Vec::new();
    let mut sent = BTreeMap::new();
    for (name, value) in fields.iter().copied().flatten() {
        sent.insert(name.as_str(), value);
    }
    for (name, value) in sent {
        match name {
            "id" => who.id = identifiers::id(value).map_or_else(|fault| note(&mut faults, fault), Sent::is),
            "uid" => who.uid = identifiers::uid(value, "uid").map_or_else(|fault| note(&mut faults, fault), Sent::is),
            "email" => who.email = identifiers::email(value, false).map_or_else(|fault| note(&mut faults, fault), Sent::is),
            _ => {}
        }
    }
    if who.id.is_none() && who.uid.is_none() && who.email.is_none() {
        // Where an address is looked up that is none, either may be answered.
        faults.extend([Fault { status: 422, names: Vec::new() }, missing()]);
    }
    if faults.is_empty() { Ok(who) } else { Err(faults) }
}

fn note<T>(faults: &mut Vec<Fault>, fault: Fault) -> Option<T> {
    faults.push(fault);
    None
}

/// What an event says.
pub(crate) struct Event {
    who: Who,
    pub(crate) warnings: Warnings,
}

/// Reads an event of a user who is named by one identifier.
pub(crate) fn event(body: &[(String, Json)], now: Millis) -> Result<Event, Vec<Fault>> {
    let mut warnings = Warnings::default();
    let mut faults = Vec::new();
    let identifiers: Vec<_> = body.iter().filter(|(name, _)| ["id", "uid", "email"].contains(&name.as_str())).cloned().collect();
    let who = named(&[&identifiers]).unwrap_or_else(|found| {
        faults.extend(found);
        Who::default()
    });
    let mut is_named = false;
    for (name, value) in body {
        match name.as_str() {
            "id" | "uid" | "email" => {}
            "name" => is_named = value.as_text().and_then(names::normalized).is_some(),
            _ if value.is_broken() => faults.push(Fault::field(422, name)),
            _ => match names::normalized(name) {
                Some(name) => _ = Reader { now, warnings: &mut warnings }.read(&name, &name, value),
                None => _ = warnings.must.insert(name.clone()),
            },
        }
    }
    if !is_named {
        faults.push(Fault::field(422, "name"));
    }
    if faults.is_empty() { Ok(Event { who, warnings }) } else { Err(faults) }
}

impl State {
    /// Finds the user of a record, or creates one.
    pub(crate) fn user_of(&mut self, who: &Who, now: Millis) -> Result<Place, Vec<Fault>> {
        match self.find(who) {
            Some(place) => Ok(place),
            None => self.identify(who, now).map(|done| done.place).map_err(|fault| vec![fault]),
        }
    }

    /// Records an event.
    pub(crate) fn event(&mut self, event: &Event, now: Millis) -> Result<Place, Vec<Fault>> {
        self.user_of(&event.who, now)
    }

    /// Records a webhook. One that comes again is answered as the first time.
    pub(crate) fn webhook(&mut self, id: &str, profile: &[(String, Json)], now: Millis) -> Result<Option<Place>, Vec<Fault>> {
        let sent = |name| profile.iter().filter(|(known, _)| known == name).cloned().collect::<Vec<_>>();
        // Only one of them is used, so that a late webhook changes no identifier.
        let used = ["uid", "email", "id"].map(sent).into_iter().find(|fields| named(&[fields]).is_ok());
        let who = named(&[&used.unwrap_or_else(|| profile.to_vec())])?;
        if self.webhooks.contains(id) {
            return Ok(None);
        }
        let place = self.user_of(&who, now)?;
        self.webhooks.insert(id.to_owned());
        Ok(Some(place))
    }

    /// Returns the user of a new delivery.
    pub(crate) fn user_of_delivery(&self, who: &Who) -> Result<Place, Vec<Fault>> {
        let place = self.find(who).ok_or_else(|| vec![missing()])?;
        let is_full = self.profiles[place].as_ref().is_some_and(|profile| profile.deliveries.len() >= 3);
        if is_full { Err(vec![Fault { status: 409, names: Vec::new() }]) } else { Ok(place) }
    }

    /// Cancels a delivery.
    pub(crate) fn cancel(&mut self, delivery: &str) -> Result<(), Vec<Fault>> {
        let profile = self.profiles.iter_mut().flatten().find(|profile| profile.deliveries.iter().any(|known| known == delivery));
        let profile = profile.ok_or_else(|| vec![missing()])?;
        profile.deliveries.retain(|known| known != delivery);
        Ok(())
    }

    /// Clears a user.
    pub(crate) fn clear(&mut self, who: &Who, now: Millis) -> Result<Place, Vec<Fault>> {
        let place = self.find(who).ok_or_else(|| vec![missing()])?;
        let profile = self.profile(place);
        profile.properties.retain(|name, _| !TYPED.contains(&name.as_str()));
        profile.deliveries.clear();
        profile.cleared_at = Some(now);
        profile.percent = None;
        Ok(place)
    }

    /// Forgets a user. Returns the id.
    pub(crate) fn forget(&mut self, who: &Who, now: Millis) -> Result<String, Vec<Fault>> {
        let place = self.find(who).ok_or_else(|| vec![missing()])?;
        let profile = self.profiles[place].take().expect("a profile that is there");
        let id = profile.id.expect("an id that was answered");
        let former: Vec<_> = profile.former_addresses.into_iter().filter(|email| self.by_email(email).is_none()).collect();
        let aliases = self.aliases.extract_if(.., |_, target| *target == place).map(|(id, _)| id);
        let names = aliases.chain([id.clone()]).chain(profile.uid).chain(profile.first_uid).chain(profile.email).chain(former);
        for name in names.collect::<Vec<_>>() {
            self.forgotten.insert(name, now);
        }
        Ok(id)
    }
}

/// Returns the text that names a user, as batches compare it with those who were forgotten.
pub(super) fn texts(who: &Who) -> impl Iterator<Item = &String> {
    let email = match &who.email {
        Some(Address::Is(email)) => Some(email),
        Some(Address::Goes) | None => None,
    };
    who.id.iter().chain(&who.uid).chain(email)
}
