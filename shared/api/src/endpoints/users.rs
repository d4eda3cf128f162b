//! The users of a page of records, each with the company, as far as they are shown.

use std::collections::{BTreeSet, HashMap, HashSet};

use profiles_domain::{AccountId, Company, CompanyId, Profile, ProfileId};
use profiles_normalization::Timestamp;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::company_json::CompanyDetail;
use super::expand::{company_detail, expand};
use super::profile_json::{ProfileDetail, ProfileJson};
use crate::context::Context;
use crate::error::Error;
use crate::request::Parameters;

/// The amount that is shown of each record's user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Detail {
    /// `None` shows only the id, which costs no read.
    profile: Option<ProfileDetail>,
    company: CompanyDetail,
}

impl Detail {
    /// Reads it from a request.
    pub(super) fn read(parameters: &Parameters<'_>) -> Result<Self, Error> {
        let profile = match expand(parameters, "profile")?.as_deref() {
            None | Some("min") => Some(ProfileDetail::Min),
            Some("all") => Some(ProfileDetail::All),
            Some("skip") => None,
            Some(_) => return Err(Error::invalid_field("expand[profile]", "`all`, `min` or `skip`")),
        };
        Ok(Self { profile, company: company_detail(parameters)? })
    }
}

/// The users of a page, each read once, as are their companies.
pub(super) struct Users {
    profiles: HashMap<ProfileId, Profile>,
    companies: CompaniesOf,
    detail: Detail,
    now: Timestamp,
}

impl Users {
    pub(super) async fn read(
        context: &Context,
        account: AccountId,
        detail: Detail,
        ids: impl Iterator<Item = ProfileId>,
    ) -> Result<Self, Error> {
        let mut users = Self { profiles: HashMap::new(), companies: CompaniesOf::default(), detail, now: context.clock.now() };
        if detail.profile.is_some() {
            users.profiles = context.storage.profiles(account, &ids.collect::<Vec<_>>()).await?;
        }
        if let Some(of_profile) = detail.profile {
            users.companies = CompaniesOf::read(context, account, users.profiles.values(), of_profile, detail.company).await?;
        }
        Ok(users)
    }

    /// The user with this id. A user who was forgotten a moment ago is shown with only the id.
    pub(super) fn get(&self, id: ProfileId) -> UserJson<'_> {
        match self.profiles.get(&id).zip(self.detail.profile) {
            Some((profile, detail)) => UserJson::Known(ProfileJson::new(profile, &self.companies, detail, self.detail.company, self.now)),
            None => UserJson::Id(id),
        }
    }
}

/// The companies of profiles, as far as they are there and shown.
#[derive(Default)]
pub(super) struct CompaniesOf {
    there: HashMap<CompanyId, Company>,
    /// If only ids are shown: those of companies that are gone.
    gone: Option<HashSet<CompanyId>>,
}

impl CompaniesOf {
    /// Reads each of them once. Where only their ids are shown, one request tells which are gone.
    pub(super) async fn read(
        context: &Context,
        account: AccountId,
        profiles: impl Iterator<Item = &Profile>,
        detail: ProfileDetail,
        company_detail: CompanyDetail,
    ) -> Result<Self, Error> {
        let ids: BTreeSet<CompanyId> = profiles.filter_map(|profile| profile.company_id).collect();
        if ids.is_empty() {
            return Ok(Self::default());
        }
        if company_detail != CompanyDetail::Skip {
            let ids: Vec<CompanyId> = ids.into_iter().collect();
            return Ok(Self { there: context.storage.companies(account, &ids).await?, gone: None });
        }
        let gone = match detail {
            ProfileDetail::All => Some(context.storage.companies_being_deleted(account).await?),
            ProfileDetail::Min => None,
        };
        Ok(Self { there: HashMap::new(), gone })
    }

    /// The id of a profile's company, if that is there.
    pub(super) fn id_of(&self, profile: &Profile) -> Option<CompanyId> {
        match &self.gone {
            Some(gone) => profile.company_id.filter(|id| !gone.contains(id)),
            None => self.get(profile).map(|company| company.id),
        }
    }

    /// A profile's company, if that is there and shown.
    pub(super) fn get(&self, profile: &Profile) -> Option<&Company> {
        self.there.get(&profile.company_id?)
    }
}

/// A user as a record shows it.
pub(super) enum UserJson<'a> {
    Known(ProfileJson<'a>),
    Id(ProfileId),
}

impl Serialize for UserJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Known(profile) => profile.serialize(serializer),
            Self::Id(id) => {
                let mut map = serializer.serialize_map(Some(1))?;
                map.serialize_entry("id", &id.to_string())?;
                map.end()
            }
        }
    }
}
