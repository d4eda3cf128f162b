//! A profile as JSON: the fields that are always there, then the company, then every property.

use profiles_domain::{Company, Profile};
use profiles_normalization::Value;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

/// System fields that are shown whether they are set or not, besides the identifiers and times.
const ALWAYS_SHOWN: [&str; 8] =
    ["percent", "browser_x", "browser_tz", "browser_l", "browser_n", "browser_k", "last_seen_at", "last_seen_session_count"];
const DELIVERY_IDS: &str = "delivery_ids";

/// How much of a profile is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProfileDetail {
    /// Everything.
    All,
    /// Id, times and uid.
    Min,
}

/// How much of a profile's company is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CompanyDetail {
    /// Everything.
    All,
    /// Id, creation time, uid and name.
    Min,
    /// Nothing but the id in the profile.
    Skip,
}

/// A profile as the API shows it.
pub(crate) struct ProfileJson<'a> {
    pub(crate) profile: &'a Profile,
    pub(crate) company: Option<&'a Company>,
    pub(crate) detail: ProfileDetail,
    pub(crate) company_detail: CompanyDetail,
}

impl Serialize for ProfileJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let profile = self.profile;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &profile.id.to_string())?;
        map.serialize_entry("created_at", &profile.created_at)?;
        map.serialize_entry("updated_at", &profile.updated_at)?;
        map.serialize_entry("uid", &profile.uid)?;
        if self.detail == ProfileDetail::Min {
            return map.end();
        }
        if let Some(company_id) = profile.company_id {
            map.serialize_entry("company_id", &company_id.to_string())?;
        }
        for name in ALWAYS_SHOWN {
            map.serialize_entry(name, profile.properties.get(name).unwrap_or(&Value::Null))?;
        }
        match profile.properties.get(DELIVERY_IDS) {
            Some(ids) => map.serialize_entry(DELIVERY_IDS, ids)?,
            None => map.serialize_entry::<_, [&str; 0]>(DELIVERY_IDS, &[])?,
        }
        for (name, value) in profile.properties.iter().filter(|(name, _)| !ALWAYS_SHOWN.contains(&name.as_str()) && *name != DELIVERY_IDS) {
            map.serialize_entry(name, value)?;
        }
        if let Some(company) = self.company {
            map.serialize_entry("company", &CompanyJson { company, detail: self.company_detail })?;
        }
        map.end()
    }
}

struct CompanyJson<'a> {
    company: &'a Company,
    detail: CompanyDetail,
}

impl Serialize for CompanyJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let company = self.company;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &company.id.to_string())?;
        map.serialize_entry("created_at", &company.created_at)?;
        if self.detail == CompanyDetail::All {
            map.serialize_entry("updated_at", &company.updated_at)?;
        }
        map.serialize_entry("uid", &company.uid)?;
        for (name, value) in company.properties.iter().filter(|(name, _)| self.detail == CompanyDetail::All || *name == "name") {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}
