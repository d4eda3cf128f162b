//! `GET /v3/analyze/responses` and `/v3/analyze/interactions`: lists of users' responses and interactions, the latest first.

use std::collections::HashMap;

use http::StatusCode;
use profiles_domain::{AccountId, Interaction, Profile, ProfileId, SurveyResponse};
use profiles_normalization::Timestamp;
use profiles_storage::activities::{Listed, Of};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::admit::Admitted;
use super::expand::expand;
use super::lookup;
use super::pagination::{self, Cursor};
use super::profile_json::{CompanyDetail, ProfileDetail, ProfileJson};
use crate::context::Context;
use crate::error::Error;
use crate::request::{Parameter, Parameters, read_model_id};
use crate::response::{Response, json};

#[derive(Serialize)]
struct Responses<'a> {
    responses: Vec<ResponseJson<'a>>,
    cursor: Cursor,
}

#[derive(Serialize)]
struct Interactions<'a> {
    interactions: Vec<InteractionJson<'a>>,
    cursor: Cursor,
}

/// Responds with the responses to a Microsurvey, or of one user.
pub(super) async fn responses(context: &Context, request: Admitted<'_>) -> Result<Response, Error> {
    let account = request.principal.account_id;
    let (filter, page) = (filter(&request)?, pagination::page(&request.parameters, context.clock.now())?);
    let detail = detail(&request.parameters)?;
    let Listed { items, more } = context.storage.activities().responses(account, &filter, page).await?;
    let users = Users::read(context, account, detail, items.iter().map(|item| item.profile)).await?;
    let responses = items.iter().map(|response| ResponseJson { response, user: users.get(response.profile) }).collect();
    let cursor = Cursor::new(page.limit, items.last().map(|item| item.id.to_string()), more);
    json(StatusCode::OK, &Responses { responses, cursor })
}

/// Responds with the interactions with a tour or Microsurvey, or of one user.
pub(super) async fn interactions(context: &Context, request: Admitted<'_>) -> Result<Response, Error> {
    let account = request.principal.account_id;
    let (filter, page) = (filter(&request)?, pagination::page(&request.parameters, context.clock.now())?);
    let detail = detail(&request.parameters)?;
    let Listed { items, more } = context.storage.activities().interactions(account, &filter, page).await?;
    let users = Users::read(context, account, detail, items.iter().map(|item| item.profile)).await?;
    let interactions = items.iter().map(|interaction| InteractionJson { interaction, user: users.get(interaction.profile) }).collect();
    let cursor = Cursor::new(page.limit, items.last().map(|item| item.id.to_string()), more);
    json(StatusCode::OK, &Interactions { interactions, cursor })
}

/// Reads the filter: all items of a tour or Microsurvey, or all items of a user.
fn filter(request: &Admitted<'_>) -> Result<Of, Error> {
    let identity = lookup::optional_identity(&request.parameters, "profile_id", None)?;
    let invalid = |expected| Error::invalid_field("id", expected);
    let model = match request.parameters.last("id").filter(|sent| !sent.is_null()) {
        None => None,
        Some(Parameter::Text("")) => None,
        Some(sent) => Some(read_model_id("id", Some(sent))?),
    };
    match (model, identity.is_empty()) {
        (Some(id), true) => Ok(Of::Model(id)),
        (None, false) => Ok(Of::Profile(identity)),
        (Some(_), false) => Err(invalid("sent without `profile_id`, `uid` and `email`, one user's are told without it")),
        (None, true) => Err(invalid("the id of a tour or Microsurvey; for those of one user send `profile_id`, `uid` or `email` instead")),
    }
}

/// The amount that is shown of each item's user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Detail {
    Shown(ProfileDetail),
    /// Only the id, which costs no read.
    Skip,
}

fn detail(parameters: &Parameters<'_>) -> Result<Detail, Error> {
    match expand(parameters, "profile")?.as_deref() {
        None | Some("min") => Ok(Detail::Shown(ProfileDetail::Min)),
        Some("all") => Ok(Detail::Shown(ProfileDetail::All)),
        Some("skip") => Ok(Detail::Skip),
        Some(_) => Err(Error::invalid_field("expand[profile]", "`all`, `min` or `skip`")),
    }
}

/// The users of a page, each read once.
struct Users {
    profiles: HashMap<ProfileId, Profile>,
    detail: ProfileDetail,
    now: Timestamp,
}

impl Users {
    async fn read(context: &Context, account: AccountId, detail: Detail, ids: impl Iterator<Item = ProfileId>) -> Result<Self, Error> {
        let now = context.clock.now();
        Ok(match detail {
            Detail::Shown(detail) => Self { profiles: context.storage.profiles(account, &ids.collect::<Vec<_>>()).await?, detail, now },
            Detail::Skip => Self { profiles: HashMap::new(), detail: ProfileDetail::Min, now },
        })
    }

    /// The user with this id. A user who was forgotten a moment ago is shown with only the id.
    fn get(&self, id: ProfileId) -> UserJson<'_> {
        match self.profiles.get(&id) {
            Some(profile) => {
                let (company, company_detail) = (None, CompanyDetail::Skip);
                UserJson::Known(ProfileJson { profile, company, detail: self.detail, company_detail, now: self.now })
            }
            None => UserJson::Id(id),
        }
    }
}

enum UserJson<'a> {
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

struct ResponseJson<'a> {
    response: &'a SurveyResponse,
    user: UserJson<'a>,
}

impl Serialize for ResponseJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let SurveyResponse { id, created_at, survey_id, properties, .. } = self.response;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &id.to_string())?;
        map.serialize_entry("created_at", created_at)?;
        map.serialize_entry("survey_id", survey_id)?;
        map.serialize_entry("profile", &self.user)?;
        for (name, value) in properties {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

struct InteractionJson<'a> {
    interaction: &'a Interaction,
    user: UserJson<'a>,
}

impl Serialize for InteractionJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Interaction { id, created_at, updated_at, model, state, deferrals, .. } = self.interaction;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &id.to_string())?;
        map.serialize_entry("created_at", created_at)?;
        map.serialize_entry("updated_at", updated_at)?;
        map.serialize_entry("model_kind", model.kind.as_str())?;
        map.serialize_entry("model_id", &model.id)?;
        map.serialize_entry("state", state.as_str())?;
        map.serialize_entry("deferrals", deferrals)?;
        map.serialize_entry("profile", &self.user)?;
        map.end()
    }
}
