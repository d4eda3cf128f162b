//! `POST …/profiles/batch` and `…/companies/batch`: accepts many upserts at once.

use http::StatusCode;
use profiles_domain::{AccountId, BatchId, BatchModel, Error as Domain, OnModelMissing, Slot};
use profiles_normalization::{Timestamp, Warning, each_item};
use profiles_storage::batches::{Acceptance, Earlier, NewBatch};
use serde::Serialize;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use super::admit::Admitted;
use super::idempotency;
use super::ignored_fields::ignored_fields;
use crate::batch::{Problem, ProblemText, Problems, RoutedItem, chunks, identify};
use crate::context::Context;
use crate::error::Error;
use crate::request::Parameter;
use crate::response::{Response, json};
use crate::telemetry::BatchAccepted;
use crate::warnings::bounded;

/// Errors in the response to a batch at most. More would not fit into Lambda's response; the batch's status has all of them.
const MAX_ERRORS: usize = 10_000;

/// What a message says to the sender of a batch.
struct Words {
    /// Why a field is ignored that is none of a batch's.
    ignored: &'static str,
    /// What the field of the items must be.
    expected: &'static str,
}

fn words(model: BatchModel) -> Words {
    match model {
        BatchModel::Profiles => Words {
            ignored: "ignored: a batch has `profiles` and `on_model_missing`, and each profile its own properties",
            expected: "an array of profiles, such as [{\"uid\": 18821}]",
        },
        BatchModel::Companies => Words {
            ignored: "ignored: a batch has `companies` and `on_model_missing`, and each company its own properties",
            expected: "an array of companies, such as [{\"uid\": 931}]",
        },
    }
}

#[derive(Serialize)]
struct Body<'a> {
    batch: Accepted,
    /// Items that can never be applied.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<Problem<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<Warning>,
}

#[derive(Serialize)]
struct Accepted {
    id: String,
}

/// Stores a batch and responds with its id. From then on its items are sure to be applied.
pub(super) async fn accept(context: &Context, model: BatchModel, request: Admitted<'_>) -> Result<Response, Error> {
    let now = context.clock.now();
    let account = request.principal.account_id;
    let BatchBody { items: sent, on_model_missing, warnings } = read(model, &request)?;
    let key = idempotency::in_header(request.headers, || hash_of(model, sent, on_model_missing))?;
    let batches = context.storage.batches();
    if let Some(key) = &key
        && let Some(earlier) = batches.earlier(account, key, now).await?
    {
        // The same body has the same errors.
        let Checked { problems, .. } = check(account, model, sent, now)?;
        return accepted(same(earlier)?, &problems, warnings);
    }
    let Checked { items, problems, total } = check(account, model, sent, now)?;
    let chunks = chunks(&items)?;
    let id = BatchId::created_at(now, Slot::from_random(rand::random()));
    let batch = NewBatch {
        account,
        id,
        model,
        accepted_at: now,
        on_model_missing,
        total,
        failed: problems.errors(),
        problems: problems.clone().pack()?,
        chunks: &chunks,
        key: key.as_ref(),
    };
    drop(items);
    match batches.accept(&batch).await? {
        Acceptance::Accepted => {
            BatchAccepted::write(id, total, problems.errors());
            if let Some(tell) = &context.on_accepted {
                batch.tickets().for_each(tell);
            }
            accepted(id, &problems, warnings)
        }
        Acceptance::Earlier(earlier) => accepted(same(earlier)?, &problems, warnings),
    }
}

/// Returns the earlier batch with the same key, if it is the same batch.
fn same(earlier: Earlier) -> Result<BatchId, Error> {
    match earlier {
        Earlier::Same(id) => Ok(id),
        Earlier::Other => Err(Error::KeyIsTaken),
    }
}

fn accepted(id: BatchId, problems: &Problems, warnings: Vec<Warning>) -> Result<Response, Error> {
    let errors = problems.iter().take(MAX_ERRORS).collect();
    json(StatusCode::ACCEPTED, &Body { batch: Accepted { id: id.to_string() }, errors, warnings: bounded(warnings) })
}

/// The body of a batch.
struct BatchBody<'a> {
    /// A JSON array.
    items: &'a RawValue,
    on_model_missing: OnModelMissing,
    warnings: Vec<Warning>,
}

fn read<'a>(model: BatchModel, request: &'a Admitted<'_>) -> Result<BatchBody<'a>, Error> {
    let parameters = &request.parameters;
    let on_model_missing = match parameters.last_named("on_model_missing").filter(|sent| !sent.is_null()) {
        None => OnModelMissing::default(),
        Some(sent) => sent
            .string()
            .and_then(|word| OnModelMissing::from_word(&word))
            .ok_or_else(|| Error::invalid_field("on_model_missing", "`create` or `ignore`"))?,
    };
    let (field, words) = (model.as_str(), words(model));
    let items = match parameters.last_named(field) {
        Some(Parameter::Json(raw)) if raw.get().starts_with('[') => raw,
        _ => return Err(Error::invalid_field(field, words.expected)),
    };
    let warnings = ignored_fields(parameters, &[field, "on_model_missing", "account_secret"], words.ignored);
    Ok(BatchBody { items, on_model_missing, warnings })
}

/// The hash of the parts of a batch that must be equal when it is sent again.
fn hash_of(model: BatchModel, items: &RawValue, on_model_missing: OnModelMissing) -> [u8; 32] {
    let mut hash = Sha256::new();
    // The hashes of batches of profiles are older than those of others, and stay as they were.
    if model != BatchModel::Profiles {
        hash.update(model.as_str());
    }
    hash.update(on_model_missing.as_str());
    hash.update(items.get());
    hash.finalize().into()
}

/// The items of a batch that can be applied, and the problems of the others.
struct Checked<'a> {
    items: Vec<RoutedItem<'a>>,
    problems: Problems,
    total: u32,
}

fn check(account: AccountId, model: BatchModel, items: &RawValue, now: Timestamp) -> Result<Checked<'_>, Error> {
    let mut checked = Checked { items: Vec::new(), problems: Problems::default(), total: 0 };
    each_item(items.get(), |json| {
        let index = checked.total;
        checked.total += 1;
        if !json.get().starts_with('{') {
            checked.problems.add(index, ProblemText::not_an_object());
            return Ok(());
        }
        match identify(account, model, json.get(), now) {
            Ok(routing) => checked.items.push(RoutedItem { index, routing, json }),
            Err(error) => checked.problems.add(index, ProblemText::of_error(&error)),
        }
        Ok(())
    })
    .map_err(|_| Domain::Defect("the items of a batch are no longer an array".into()))?;
    Ok(checked)
}
