//! A profile as JSON: the fields that are always shown, then every other property, then the company.

use profiles_domain::{Company, CompanyId, Profile, observed_names};
use profiles_normalization::{Timestamp, Value};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::company_json::{CompanyDetail, CompanyJson};
use super::users::CompaniesOf;

const PERCENT: &str = "percent";
const DELIVERY_IDS: &str = "delivery_ids";

/// The amount that is shown of a profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProfileDetail {
    /// Everything.
    All,
    /// Id, times and uid, and the company.
    Min,
}

/// A profile as the API shows it.
pub(crate) struct ProfileJson<'a> {
    pub(crate) profile: &'a Profile,
    /// The id of its company, if that is there.
    pub(crate) company_id: Option<CompanyId>,
    /// Its company, if that is there and shown.
    pub(crate) company: Option<&'a Company>,
    pub(crate) detail: ProfileDetail,
    pub(crate) company_detail: CompanyDetail,
    /// The time, which decides what is pending.
    pub(crate) now: Timestamp,
}

impl Serialize for ProfileJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let profile = self.profile;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &profile.id.to_string())?;
        map.serialize_entry("created_at", &profile.created_at)?;
        map.serialize_entry("updated_at", &profile.updated_at)?;
        map.serialize_entry("uid", &profile.uid)?;
        if self.detail == ProfileDetail::All {
            self.serialize_properties(&mut map)?;
        }
        if let Some(company) = self.company {
            map.serialize_entry("company", &CompanyJson { company, detail: self.company_detail })?;
        }
        map.end()
    }
}

impl<'a> ProfileJson<'a> {
    /// A profile and its company, if that is among these.
    pub(crate) fn new(
        profile: &'a Profile,
        companies: &'a CompaniesOf,
        detail: ProfileDetail,
        company_detail: CompanyDetail,
        now: Timestamp,
    ) -> Self {
        Self { profile, company_id: companies.id_of(profile), company: companies.get(profile), detail, company_detail, now }
    }

    fn serialize_properties<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        let profile = self.profile;
        if let Some(company_id) = self.company_id {
            map.serialize_entry("company_id", &company_id.to_string())?;
        }
        // These are shown even if they are not set.
        for name in always_shown() {
            map.serialize_entry(name, profile.properties.get(name).unwrap_or(&Value::Null))?;
        }
        map.serialize_entry(DELIVERY_IDS, &profile.delivery_ids(self.now).map(|id| id.to_string()).collect::<Vec<_>>())?;
        for (name, value) in profile.properties.iter().filter(|(name, _)| !always_shown().any(|shown| shown == *name)) {
            map.serialize_entry(name, value)?;
        }
        Ok(())
    }
}

fn always_shown() -> impl Iterator<Item = &'static str> {
    [PERCENT].into_iter().chain(observed_names())
}
