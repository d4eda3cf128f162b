//! The users of a page of records, each with the company, as far as they are shown.

use std::collections::{BTreeSet, HashMap};

use profiles_domain::{AccountId, Company, CompanyId, Profile, ProfileId};
use profiles_normalization::Timestamp;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::company_json::CompanyDetail;
use super::expand::{company_detail, expand};
use super::profile_json::{ProfileDetail, ProfileJson, shows_company};
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
    companies: HashMap<CompanyId, Company>,
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
        let mut users = Self { profiles: HashMap::new(), companies: HashMap::new(), detail, now: context.clock.now() };
        if detail.profile.is_some() {
            users.profiles = context.storage.profiles(account, &ids.collect::<Vec<_>>()).await?;
        }
        let is_shown = detail.profile.is_some_and(|profile| shows_company(profile, detail.company));
        users.companies = companies_of(context, account, users.profiles.values(), is_shown).await?;
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

/// The companies of profiles, as far as they are there, each read once; none if they are not shown.
pub(super) async fn companies_of(
    context: &Context,
    account: AccountId,
    profiles: impl Iterator<Item = &Profile>,
    is_shown: bool,
) -> Result<HashMap<CompanyId, Company>, Error> {
    if !is_shown {
        return Ok(HashMap::new());
    }
    let ids: BTreeSet<String> = profiles.filter_map(|profile| profile.company_id).map(|id| id.to_string()).collect();
    let ids: Vec<CompanyId> = ids.iter().filter_map(|id| id.parse().ok()).collect();
    Ok(context.storage.companies(account, &ids).await?)
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
