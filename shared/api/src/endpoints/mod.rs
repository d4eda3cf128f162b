//! The endpoints: for each function one match, with a line for each of its endpoints.
//!
//! Each Lambda function links only its own handlers.

mod admit;
mod batch;
mod batch_status;
mod clear;
mod companies;
mod company_json;
mod deliveries;
mod delivery_json;
mod events;
mod expand;
mod experiences;
mod forget;
mod idempotency;
mod ignored_fields;
mod lists;
mod lookup;
mod models;
mod pagination;
mod profile_json;
mod properties;
mod property_json;
mod record_json;
mod responses;
mod retrieve;
mod root;
mod search;
mod stats;
mod upsert;
mod users;

use profiles_domain::{BatchModel, ModelKind};

use self::admit::serve;
use crate::context::Context;
use crate::error::Error;
use crate::request::RoutedRequest;
use crate::response::Response;
use crate::routes::{Endpoint, Function};

/// Responds to any request, by the function that serves its route.
pub async fn dispatch(context: &Context, request: RoutedRequest) -> Response {
    respond_as(request.function(), context, request).await
}

/// Responds to any request as this function does, whether or not the request's route is one of its own.
pub async fn respond_as(function: Function, context: &Context, request: RoutedRequest) -> Response {
    match function {
        Function::Analyze => analyze(context, request).await,
        Function::Batch => batch(context, request).await,
        Function::Clear => clear(context, request).await,
        Function::Companies => companies(context, request).await,
        Function::Deliveries => deliveries(context, request).await,
        Function::Events => events(context, request).await,
        Function::Experiences => experiences(context, request).await,
        Function::Forget => forget(context, request).await,
        Function::Properties => properties(context, request).await,
        Function::Retrieve => retrieve(context, request).await,
        Function::Root => root(context, request).await,
        Function::Search => search(context, request).await,
        Function::Upsert => upsert(context, request).await,
    }
}

/// `GET /v3/analyze/…`, except of profiles and companies: lists of events, responses and interactions, and their statistics. `GET /v3/edit/tours` and
/// `/v3/edit/surveys`: what is known of each.
pub async fn analyze(context: &Context, request: RoutedRequest) -> Response {
    serve(context, Function::Analyze, request, async |endpoint, request| match endpoint {
        Endpoint::TourStats => stats::stats(context, ModelKind::Tour, request).await,
        Endpoint::SurveyStats => stats::stats(context, ModelKind::Survey, request).await,
        Endpoint::Responses => lists::responses(context, request).await,
        Endpoint::Interactions => lists::interactions(context, request).await,
        Endpoint::Events => lists::events(context, request).await,
        Endpoint::ShowInteraction => lists::interaction(context, request).await,
        Endpoint::ListTours => models::list(context, ModelKind::Tour, request).await,
        Endpoint::ShowTour => models::show(context, ModelKind::Tour, request).await,
        Endpoint::ListSurveys => models::list(context, ModelKind::Survey, request).await,
        Endpoint::ShowSurvey => models::show(context, ModelKind::Survey, request).await,
        _ => Err(Error::UnknownPath),
    })
    .await
}

/// `POST …/profiles/batch` and `GET …/profiles/batch/{id}`, and the same of companies: accepts a batch, and shows its progress.
pub async fn batch(context: &Context, request: RoutedRequest) -> Response {
    serve(context, Function::Batch, request, async |endpoint, request| match endpoint {
        Endpoint::AcceptBatch => batch::accept(context, BatchModel::Profiles, request).await,
        Endpoint::BatchStatus => batch_status::status(context, BatchModel::Profiles, request).await,
        Endpoint::AcceptCompanyBatch => batch::accept(context, BatchModel::Companies, request).await,
        Endpoint::CompanyBatchStatus => batch_status::status(context, BatchModel::Companies, request).await,
        _ => Err(Error::UnknownPath),
    })
    .await
}

/// `DELETE /v3/edit/profiles…`: clears a profile.
pub async fn clear(context: &Context, request: RoutedRequest) -> Response {
    serve(context, Function::Clear, request, async |endpoint, request| match endpoint {
        Endpoint::Clear => clear::clear(context, request).await,
        _ => Err(Error::UnknownPath),
    })
    .await
}

/// `POST /v3/observe/hooks/companies`: creates or updates a company.
pub async fn companies(context: &Context, request: RoutedRequest) -> Response {
    serve(context, Function::Companies, request, async |endpoint, request| match endpoint {
        Endpoint::UpsertCompany => companies::upsert::upsert(context, request).await,
        _ => Err(Error::UnknownPath),
    })
    .await
}

/// `/v3/edit/deliveries`: orders, lists, shows, changes and withdraws deliveries. `DELETE /v3/edit/responses/{id}`: deletes a response.
pub async fn deliveries(context: &Context, request: RoutedRequest) -> Response {
    serve(context, Function::Deliveries, request, async |endpoint, request| match endpoint {
        Endpoint::OrderDelivery => deliveries::order(context, request).await,
        Endpoint::ListDeliveries => deliveries::list(context, request).await,
        Endpoint::ShowDelivery => deliveries::show(context, request).await,
        Endpoint::ChangeDelivery => deliveries::change(context, request).await,
        Endpoint::WithdrawDelivery => deliveries::withdraw(context, request).await,
        Endpoint::DeleteResponse => responses::delete(context, request).await,
        _ => Err(Error::UnknownPath),
    })
    .await
}

/// `POST /v3/observe/hooks/events`: records an event.
pub async fn events(context: &Context, request: RoutedRequest) -> Response {
    serve(context, Function::Events, request, async |endpoint, request| match endpoint {
        Endpoint::RecordEvent => events::record(context, request).await,
        _ => Err(Error::UnknownPath),
    })
    .await
}

/// `POST /v3/observe/hooks/experiences`: records a webhook about a tour or Microsurvey.
pub async fn experiences(context: &Context, request: RoutedRequest) -> Response {
    serve(context, Function::Experiences, request, async |endpoint, request| match endpoint {
        Endpoint::RecordExperience => experiences::record(context, request).await,
        _ => Err(Error::UnknownPath),
    })
    .await
}

/// `DELETE /v3/edit/profiles…/forget`, `DELETE /v3/edit/companies/{id}` and `GET /v3/edit/deletions/{id}`: forgets a user, deletes a company,
/// and shows how far that is.
pub async fn forget(context: &Context, request: RoutedRequest) -> Response {
    serve(context, Function::Forget, request, async |endpoint, request| match endpoint {
        Endpoint::Forget => forget::forget(context, request).await,
        Endpoint::Deletion => forget::deletion(context, request).await,
        Endpoint::DeleteCompany => companies::delete::delete(context, request).await,
        _ => Err(Error::UnknownPath),
    })
    .await
}

/// `/v3/edit/properties`: lists, shows, creates and changes properties.
pub async fn properties(context: &Context, request: RoutedRequest) -> Response {
    serve(context, Function::Properties, request, async |endpoint, request| match endpoint {
        Endpoint::ListProperties => properties::list(context, request).await,
        Endpoint::ShowProperty => properties::show(context, request).await,
        Endpoint::CreateProperty => properties::create(context, request).await,
        Endpoint::ChangeProperty => properties::change(context, request).await,
        _ => Err(Error::UnknownPath),
    })
    .await
}

/// `GET|POST /v3/analyze/profiles/{id}` and `/v3/analyze/profile`: returns a profile. `GET /v3/analyze/companies/{id}` and
/// `/v3/analyze/company`: returns a company.
pub async fn retrieve(context: &Context, request: RoutedRequest) -> Response {
    serve(context, Function::Retrieve, request, async |endpoint, request| match endpoint {
        Endpoint::Retrieve => retrieve::retrieve(context, request).await,
        Endpoint::RetrieveCompany => companies::retrieve::retrieve(context, request).await,
        _ => Err(Error::UnknownPath),
    })
    .await
}

/// `GET|POST /`: checks a secret. Requests that match no route get their 404 here.
pub async fn root(context: &Context, request: RoutedRequest) -> Response {
    serve(context, Function::Root, request, async |endpoint, request| match endpoint {
        Endpoint::CheckSecret => root::check_secret(&request),
        _ => Err(Error::UnknownPath),
    })
    .await
}

/// `GET|POST /v3/analyze/profiles` and `/v3/analyze/profiles/count`: finds and counts profiles. The same of companies, and the members of
/// one.
pub async fn search(context: &Context, request: RoutedRequest) -> Response {
    serve(context, Function::Search, request, async |endpoint, request| match endpoint {
        Endpoint::SearchProfiles => search::search(context, request).await,
        Endpoint::CountProfiles => search::count(context, request).await,
        Endpoint::SearchCompanies => companies::search::search(context, request).await,
        Endpoint::CountCompanies => companies::search::count(context, request).await,
        Endpoint::Members => companies::members::members(context, request).await,
        _ => Err(Error::UnknownPath),
    })
    .await
}

/// `POST /v3/observe/hooks/profiles`: creates or updates a profile.
pub async fn upsert(context: &Context, request: RoutedRequest) -> Response {
    serve(context, Function::Upsert, request, async |endpoint, request| match endpoint {
        Endpoint::Upsert => upsert::upsert(context, request).await,
        _ => Err(Error::UnknownPath),
    })
    .await
}
