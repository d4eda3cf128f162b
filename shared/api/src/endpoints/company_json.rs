//! A company as JSON: its own fields, then every property.

use profiles_domain::Company;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

/// The amount that is shown of a company.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CompanyDetail {
    /// Everything.
    All,
    /// Id, creation time, uid and name.
    Min,
    /// Of a profile's company: only the id, in the profile.
    Skip,
}

/// A company as the API shows it.
pub(crate) struct CompanyJson<'a> {
    pub(crate) company: &'a Company,
    pub(crate) detail: CompanyDetail,
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
