//! `GET …/profiles/batch/{id}` and `…/companies/batch/{id}`: returns a batch's progress and the problems of its items.

use http::StatusCode;
use profiles_domain::{BatchId, BatchModel, Counts};
use profiles_storage::batches::{State, Status};
use serde::Serialize;

use super::admit::Admitted;
use super::pagination;
use crate::batch::{Problem, Problems};
use crate::context::Context;
use crate::error::{Error, ResourceKind};
use crate::response::{Response, json};

#[derive(Serialize)]
struct Body<'a> {
    batch: Batch,
    errors: Vec<Problem<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<Problem<'a>>,
    cursor: Cursor,
}

#[derive(Serialize)]
struct Batch {
    id: String,
    state: &'static str,
    created_at: String,
    completed_at: Option<String>,
    total_count: u32,
    created_count: u32,
    updated_count: u32,
    unchanged_count: u32,
    ignored_count: u32,
    failed_count: u32,
    /// Chunks that failed so often that an operator should look.
    #[serde(skip_serializing_if = "is_zero")]
    stalled_chunks_count: u32,
}

fn is_zero(count: &u32) -> bool {
    *count == 0
}

/// The parameters of the next page.
#[derive(Serialize)]
struct Cursor {
    limit: usize,
    /// The parameter `after` of the next page; none if this is the last page.
    after: Option<u32>,
}

/// Responds with a batch's progress and a page of its problems.
pub(super) async fn status(context: &Context, model: BatchModel, request: Admitted<'_>) -> Result<Response, Error> {
    let not_found = |id: &str| Error::NotFound(ResourceKind::Batch, id.to_owned());
    let sent = request.route.parameter("id").unwrap_or_default();
    let id: BatchId = sent.parse().map_err(|_| not_found(sent))?;
    let limit = pagination::limit(&request.parameters)?;
    let after = pagination::number(&request.parameters, "after", "the index of an item: `after` of the last page's cursor")?;
    let status = context.storage.batches().status(request.principal.account_id, model, id).await?.ok_or_else(|| not_found(sent))?;
    let chunks = status.problems.iter().map(|packed| Problems::unpack(packed)).collect::<Result<Vec<_>, _>>()?;
    let mut shown = Vec::new();
    for problems in &chunks {
        // The problems of a chunk are in order, so the page's are among its first.
        let mut on_page = problems.iter().skip_while(|problem| after.is_some_and(|after| problem.index <= after)).peekable();
        let from_here = shown.len();
        while let Some(problem) = on_page.next_if(|next| {
            // The problems of an item stay together, because the next page begins after an item.
            shown.len() - from_here <= limit || shown.last().is_some_and(|last: &Problem<'_>| last.index == next.index)
        }) {
            shown.push(problem);
        }
    }
    shown.sort_by_key(|problem| problem.index);
    let last = shown.get(limit.saturating_sub(1)).map(|problem| problem.index);
    let is_on_page = |problem: &Problem<'_>| last.is_none_or(|last| problem.index <= last);
    let after = last.filter(|_| !shown.iter().all(is_on_page));
    let (errors, warnings) = shown.into_iter().filter(is_on_page).partition(Problem::is_error);
    json(StatusCode::OK, &Body { batch: batch(id, &status), errors, warnings, cursor: Cursor { limit, after } })
}

fn batch(id: BatchId, status: &Status) -> Batch {
    let Counts { created, updated, unchanged, ignored, failed } = status.counts;
    Batch {
        id: id.to_string(),
        state: match status.state {
            State::Accepted => "accepted",
            State::Processing => "processing",
            State::Completed => "completed",
        },
        created_at: status.accepted_at.clone(),
        completed_at: status.completed_at.clone(),
        total_count: status.total,
        created_count: created,
        updated_count: updated,
        unchanged_count: unchanged,
        ignored_count: ignored,
        failed_count: failed,
        stalled_chunks_count: status.stalled_chunks,
    }
}
