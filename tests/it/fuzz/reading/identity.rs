//! Which profile a request names, and what it does to it.

use super::fields::{CompanyName, Membership, Upsert, Who};
use super::identifiers::Address;
use super::profiles::{Company, Place, Profile, State};
use super::times::Millis;
use super::values::Value;
use super::{Fault, missing};

/// What became of an upsert.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Done {
    pub(crate) place: Place,
    pub(crate) is_new: bool,
}

impl State {
    /// Creates or updates a profile, or returns the faults, of which one is answered.
    pub(crate) fn upsert(&mut self, upsert: &Upsert, now: Millis) -> Result<Done, Vec<Fault>> {
        let before = self.clone();
        let mut faults = Vec::new();
        let company = self.named_company(&upsert.membership).unwrap_or_else(|fault| {
            faults.push(fault);
            None
        });
        let done = self.identify(&upsert.who, now).inspect_err(|fault| faults.push(fault.clone()));
        let Some(done) = done.ok().filter(|_| faults.is_empty()) else {
            *self = before;
            return Err(faults);
        };
        let profile = self.profile(done.place);
        profile.properties.extend(upsert.properties.clone());
        match &upsert.membership {
            Membership::Stays => {}
            Membership::Ends => profile.company = None,
            Membership::In(_, properties) => {
                profile.company = company;
                self.companies[company.expect("a company that is named")].properties.extend(properties.clone());
            }
        }
        Ok(done)
    }

    /// Finds or founds the company that all of these names mean.
    fn named_company(&mut self, membership: &Membership) -> Result<Option<Place>, Fault> {
        let Membership::In(names, _) = membership else { return Ok(None) };
        let mut place = None;
        // An id first: it founds nothing.
        for name in names.iter().filter(|name| matches!(name, CompanyName::Id(_))).chain(names) {
            let found = match name {
                CompanyName::Id(id) => {
                    let known = self.companies.iter().position(|company| company.id.as_deref() == Some(id));
                    known.ok_or_else(|| Fault::field(422, "company"))?
                }
                CompanyName::Uid(uid) => match self.companies.iter().position(|company| company.uid == *uid) {
                    Some(found) => found,
                    None if place.is_some() => return Err(Fault::field(422, "company")),
                    None => {
                        self.companies.push(Company { uid: uid.clone(), ..Company::default() });
                        self.companies.len() - 1
                    }
                },
            };
            if place.is_some_and(|place| place != found) {
                return Err(Fault::field(422, "company"));
            }
            place = Some(found);
        }
        Ok(place)
    }

    /// Finds or creates the profile, and gives it the identifiers.
    pub(crate) fn identify(&mut self, who: &Who, now: Millis) -> Result<Done, Fault> {
        let email = match &who.email {
            Some(Address::Is(email)) => Some(email.as_str()),
            Some(Address::Goes) | None => None,
        };
        let done = match (&who.id, &who.uid) {
            (Some(id), uid) => {
                let place = self.by_id(id).ok_or_else(missing)?;
                self.identify_by_id(place, uid.as_deref(), email)?;
                Done { place, is_new: false }
            }
            (None, Some(uid)) => match self.by_uid(uid) {
                Some(place) => {
                    self.take_address(place, email)?;
                    Done { place, is_new: false }
                }
                None => match email.and_then(|email| self.by_email(email)) {
                    Some(place) if self.profile(place).uid.is_some() => return Err(Fault::field(409, "email")),
                    Some(place) => {
                        self.profile(place).uid = Some(uid.clone());
                        Done { place, is_new: false }
                    }
                    None => self.create(Some(uid), email, now),
                },
            },
            (None, None) => match self.by_email(email.unwrap_or_default()) {
                Some(place) => Done { place, is_new: false },
                None => self.create(None, email, now),
            },
        };
        if who.email == Some(Address::Goes) {
            self.move_address(done.place, None);
        }
        Ok(done)
    }

    fn identify_by_id(&mut self, place: Place, uid: Option<&str>, email: Option<&str>) -> Result<(), Fault> {
        let known = self.profile(place).uid.clone();
        match (known, uid) {
            (Some(known), Some(uid)) if known != uid => return Err(Fault::field(409, "uid")),
            (Some(_), _) => return self.take_address(place, email),
            (None, Some(uid)) if self.by_uid(uid).is_some() => return Err(Fault::field(409, "uid")),
            (None, _) => {}
        }
        if let Some(email) = email {
            if self.by_email(email).is_some_and(|owner| owner != place) {
                return Err(Fault::field(409, "email"));
            }
            self.move_address(place, Some(email));
        }
        if let Some(uid) = uid {
            self.profile(place).uid = Some(uid.to_owned());
        }
        Ok(())
    }

    /// Gives a profile that has a uid this address, and what another had that was only this address.
    fn take_address(&mut self, place: Place, email: Option<&str>) -> Result<(), Fault> {
        let Some(email) = email else { return Ok(()) };
        match self.by_email(email) {
            Some(owner) if owner == place => return Ok(()),
            Some(owner) if self.profile(owner).uid.is_some() => return Err(Fault::field(409, "email")),
            Some(owner) => self.merge(place, owner),
            None => {}
        }
        self.move_address(place, Some(email));
        Ok(())
    }

    fn move_address(&mut self, place: Place, email: Option<&str>) {
        let profile = self.profile(place);
        let old = std::mem::replace(&mut profile.email, email.map(str::to_owned));
        profile.former_addresses.extend(old);
    }

    /// Merges the other profile into this one, whose values stay where both have one.
    fn merge(&mut self, place: Place, other: Place) {
        let twin = self.profiles[other].take().expect("a profile that is there");
        self.aliases.values_mut().filter(|target| **target == other).for_each(|target| *target = place);
        self.aliases.extend(twin.id.clone().map(|id| (id, place)));
        let profile = self.profile(place);
        for (name, value) in twin.properties {
            let own = profile.properties.entry(name).or_insert(Value::Null);
            if *own == Value::Null {
                *own = value;
            }
        }
        profile.company = profile.company.or(twin.company);
        profile.deliveries.extend(twin.deliveries);
        profile.former_addresses.extend(twin.former_addresses);
        profile.cleared_at = profile.cleared_at.or(twin.cleared_at);
    }

    fn create(&mut self, uid: Option<&String>, email: Option<&str>, now: Millis) -> Done {
        let profile =
            Profile { uid: uid.cloned(), email: email.map(str::to_owned), created_at: now, first_uid: uid.cloned(), ..Profile::default() };
        self.profiles.push(Some(profile));
        Done { place: self.profiles.len() - 1, is_new: true }
    }

    /// Finds the profiles that an upsert reads or changes: the one that its first identifier names, and one that is only its address.
    pub(crate) fn led_to(&self, who: &Who) -> impl Iterator<Item = Place> {
        let named = match (&who.id, &who.uid) {
            (Some(id), _) => self.by_id(id),
            (None, Some(uid)) => self.by_uid(uid),
            (None, None) => None,
        };
        let owner = match &who.email {
            Some(Address::Is(email)) => self.by_email(email),
            Some(Address::Goes) | None => None,
        };
        let is_first = who.id.is_none() && who.uid.is_none();
        let owner = owner.filter(|place| is_first || self.profiles[*place].as_ref().is_some_and(|profile| profile.uid.is_none()));
        named.into_iter().chain(owner)
    }

    /// Finds the profile that all of these identifiers name.
    pub(crate) fn find(&self, who: &Who) -> Option<Place> {
        let email = match &who.email {
            Some(Address::Is(email)) => Some(email.as_str()),
            Some(Address::Goes) | None => None,
        };
        let place = match (&who.id, &who.uid) {
            (Some(id), _) => self.by_id(id)?,
            (None, Some(uid)) => self.by_uid(uid)?,
            (None, None) => self.by_email(email?)?,
        };
        let profile = self.profiles[place].as_ref()?;
        let is_named = who.uid.is_none() || who.uid == profile.uid;
        (is_named && (email.is_none() || email == profile.email.as_deref())).then_some(place)
    }
}
