//! The rules of identity: which profile the identifiers of a request name, and what they change.

use super::super::operations::{Who, address};
use super::{Guard, NO_GUARD, Profile, Refusal, State, Token, not_found};

/// The effect of identifiers on a profile.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    Created,
    Changed,
    Unchanged,
}

impl State {
    fn by_uid(&self, uid: &str) -> Option<Token> {
        self.profiles.iter().find(|(_, profile)| profile.uid.as_deref() == Some(uid)).map(|(token, _)| *token)
    }

    pub(super) fn by_email(&self, email: &str) -> Option<Token> {
        self.profiles.iter().find(|(_, profile)| profile.email.as_deref() == Some(email)).map(|(token, _)| *token)
    }

    fn by_id(&self, place: usize) -> Option<Token> {
        self.resolve(self.written.get(place).copied().flatten()?)
    }

    /// Finds the profile that all identifiers name.
    pub(super) fn find(&self, who: Who) -> Option<Token> {
        let email = who.email.map(address);
        let token = match who {
            Who { id: Some(place), .. } => self.by_id(place),
            Who { uid: Some(uid), .. } => self.by_uid(uid),
            Who { .. } => self.by_email(email.as_ref()?),
        }?;
        let profile = &self.profiles[&token];
        let is_named = who.uid.is_none_or(|uid| profile.uid.as_deref() == Some(uid));
        (is_named && email.is_none_or(|email| profile.email == Some(email))).then_some(token)
    }

    /// Returns whether a tombstone keeps a batch from using this uid or address.
    fn has_tombstone(&self, guard: Guard, name: &str) -> bool {
        let is_fenced = self.fences.contains(name) && self.by_email(name).is_none();
        guard.of_batch && (is_fenced || self.tombstones.contains(name))
    }

    /// Creates or updates the profile that is named, without any property.
    pub(super) fn identify(&mut self, who: Who, guard: Guard) -> Result<(Token, Effect), Refusal> {
        let (token, effect) = self.identify_or_give(who, guard)?;
        let profile = self.profile(token);
        match profile.email.take_if(|_| who.unsets) {
            Some(old) => {
                profile.former_addresses.insert(old);
                Ok((token, Effect::Changed))
            }
            None => Ok((token, effect)),
        }
    }

    /// The same, but takes no address away.
    fn identify_or_give(&mut self, who: Who, guard: Guard) -> Result<(Token, Effect), Refusal> {
        let email = who.email.map(address);
        if let Some(place) = who.id {
            return self.identify_by_id(place, who.uid, email.as_deref(), guard);
        }
        let Some(uid) = who.uid else {
            let email = email.expect("some identifier");
            if self.has_tombstone(guard, &email) {
                return Err(Refusal::Ignored);
            }
            return match self.by_email(&email) {
                Some(token) => Ok((token, Effect::Unchanged)),
                None => self.create(None, Some(&email), guard),
            };
        };
        if self.has_tombstone(guard, uid) {
            return Err(Refusal::Ignored);
        }
        match (self.by_uid(uid), email) {
            (Some(token), email) => self.change_email(token, email.as_deref(), guard),
            (None, None) => self.create(Some(uid), None, guard),
            (None, Some(email)) => {
                if self.has_tombstone(guard, &email) {
                    return Err(Refusal::Ignored);
                }
                match self.by_email(&email) {
                    None => self.create(Some(uid), Some(&email), guard),
                    Some(token) if self.profiles[&token].uid.is_some() => Err(taken_email(&email)),
                    Some(token) => {
                        self.profile(token).uid = Some(uid.to_owned());
                        Ok((token, Effect::Changed))
                    }
                }
            }
        }
    }

    fn identify_by_id(&mut self, place: usize, uid: Option<&str>, email: Option<&str>, guard: Guard) -> Result<(Token, Effect), Refusal> {
        let written = self.written.get(place).copied().flatten();
        let Some(token) = self.by_id(place) else {
            let has_tombstone = guard.of_batch && written.is_some_and(|token| self.forgotten.contains_key(&token));
            return Err(if has_tombstone { Refusal::Ignored } else { not_found() });
        };
        if self.profiles[&token].created_by_uid.as_ref().is_some_and(|uid| self.has_tombstone(guard, uid)) {
            return Err(Refusal::Ignored);
        }
        match (self.profiles[&token].uid.clone(), uid) {
            (Some(stored), Some(sent)) if stored != sent => {
                Err(Refusal::Refused(409, format!("Conflict: the profile has another uid than `{sent}`, and a uid never changes")))
            }
            (Some(_), _) => self.change_email(token, email, guard),
            (None, Some(uid)) => {
                if self.has_tombstone(guard, uid) {
                    return Err(Refusal::Ignored);
                }
                if self.by_uid(uid).is_some() {
                    return Err(Refusal::Refused(409, format!("Conflict: the uid `{uid}` belongs to another profile")));
                }
                self.take_free_email(token, email, guard)?;
                self.profile(token).uid = Some(uid.to_owned());
                Ok((token, Effect::Changed))
            }
            (None, None) => {
                let moved = self.take_free_email(token, email, guard)?;
                Ok((token, if moved { Effect::Changed } else { Effect::Unchanged }))
            }
        }
    }

    /// Gives a profile an address that no profile may have.
    fn take_free_email(&mut self, token: Token, email: Option<&str>, guard: Guard) -> Result<bool, Refusal> {
        let Some(email) = email.filter(|email| self.profiles[&token].email.as_deref() != Some(*email)) else { return Ok(false) };
        if self.has_tombstone(guard, email) {
            return Err(Refusal::Ignored);
        }
        if self.by_email(email).is_some() {
            return Err(taken_email(email));
        }
        self.set_email(token, email);
        Ok(true)
    }

    /// Gives a profile with a uid this address. A profile that has only the address is merged into it.
    fn change_email(&mut self, token: Token, email: Option<&str>, guard: Guard) -> Result<(Token, Effect), Refusal> {
        let Some(email) = email.filter(|email| self.profiles[&token].email.as_deref() != Some(*email)) else {
            return Ok((token, Effect::Unchanged));
        };
        if self.has_tombstone(guard, email) {
            return Err(Refusal::Ignored);
        }
        match self.by_email(email) {
            None => {}
            Some(other) if self.profiles[&other].uid.is_some() => return Err(taken_email(email)),
            Some(other) => self.merge(token, other),
        }
        self.set_email(token, email);
        Ok((token, Effect::Changed))
    }

    fn set_email(&mut self, token: Token, email: &str) {
        let profile = self.profile(token);
        let old = profile.email.replace(email.to_owned());
        profile.former_addresses.extend(old);
    }

    fn merge(&mut self, token: Token, other: Token) {
        let twin = self.profiles.remove(&other).expect("a profile");
        for target in self.merged.values_mut().filter(|target| **target == other) {
            *target = token;
        }
        self.merged.insert(other, token);
        let profile = self.profile(token);
        profile.company = profile.company.or(twin.company);
        for (name, value) in twin.properties {
            profile.properties.entry(name).or_insert(value);
        }
        profile.deliveries.extend(twin.deliveries);
        for (key, delivery) in twin.delivery_keys {
            // The one that was ordered first.
            profile.delivery_keys.entry(key).and_modify(|known| *known = delivery.min(*known)).or_insert(delivery);
        }
        profile.events.extend(twin.events);
        profile.reached.extend(twin.reached);
        profile.former_addresses.extend(twin.former_addresses);
        profile.is_cleared |= twin.is_cleared;
    }

    fn create(&mut self, uid: Option<&str>, email: Option<&str>, guard: Guard) -> Result<(Token, Effect), Refusal> {
        let names = uid.map(str::to_owned).into_iter().chain(email.map(str::to_owned));
        if guard.ignore || names.into_iter().any(|name| self.has_tombstone(guard, &name)) {
            return Err(Refusal::Ignored);
        }
        let token = self.token();
        let own = |text: Option<&str>| text.map(str::to_owned);
        self.profiles.insert(token, Profile { uid: own(uid), email: own(email), created_by_uid: own(uid), ..Profile::default() });
        Ok((token, Effect::Created))
    }

    /// Finds the profile of an event or webhook, or creates it.
    pub(super) fn find_or_create(&mut self, who: Who) -> Result<Token, Refusal> {
        match self.find(who) {
            Some(token) => Ok(token),
            None => self.identify(who, NO_GUARD).map(|(token, _)| token),
        }
    }
}

fn taken_email(email: &str) -> Refusal {
    Refusal::Refused(409, format!("Conflict: the email `{email}` belongs to another profile"))
}
