//! `POST …/profiles/batch`: accepts many upserts at once; `GET …/profiles/batch/{id}`: tells how far they are applied.

use http::StatusCode;
use profiles_domain::{AccountId, BatchId, Error as Domain, OnModelMissing, Slot};
use profiles_normalization::{Timestamp, Warning, each_item};
use profiles_storage::batches::{Acceptance, Earlier, NewBatch};
use serde::Serialize;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use super::admit::Admitted;
use super::idempotency;
use super::ignored_fields::kept_back;
use crate::batch::{Item, Note, Notes, What, chunks, identify};
use crate::context::Context;
use crate::error::Error;
use crate::request::Parameter;
use crate::response::{Response, json};
use crate::telemetry::BatchAccepted;
use crate::warnings::bounded;

/// Errors in the answer to a batch. More would not fit into what Lambda may answer; the batch's own page has them all.
const MAX_ERRORS: usize = 10_000;
/// What means something in a batch.
const KNOWN: [&str; 3] = ["profiles", "on_model_missing", "account_secret"];
const KEPT_BACK: &str = "kept back: a batch has `profiles` and `on_model_missing`, and each profile its own properties";

#[derive(Serialize)]
struct Answer<'a> {
    batch: Accepted,
    /// Items that can never be applied.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<Note<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<Warning>,
}

#[derive(Serialize)]
struct Accepted {
    id: String,
}

/// Makes a batch durable, and answers with its id. Whatever happens then, its items are applied.
pub(super) async fn accept(context: &Context, request: Admitted<'_>) -> Result<Response, Error> {
    let now = context.clock.now();
    let account = request.principal.account_id;
    let Sent { profiles, on_model_missing, warnings } = read(&request)?;
    let key = idempotency::in_header(request.headers, || hash_of(profiles, on_model_missing))?;
    let batches = context.storage.batches();
    if let Some(key) = &key
        && let Some(earlier) = batches.earlier(account, key, now).await?
    {
        // The same body has the same errors.
        let Checked { notes, .. } = check(account, profiles, now)?;
        return accepted(same(earlier)?, &notes, warnings);
    }
    let Checked { items, notes, total } = check(account, profiles, now)?;
    let chunks = chunks(&items)?;
    let id = BatchId::created_at(now, Slot::from_random(rand::random()));
    let batch = NewBatch {
        account,
        id,
        accepted_at: now,
        on_model_missing,
        total,
        failed: notes.errors(),
        problems: notes.clone().pack()?,
        chunks: &chunks,
        key: key.as_ref(),
    };
    drop(items);
    match batches.accept(&batch).await? {
        Acceptance::Accepted => {
            BatchAccepted::write(id, total, notes.errors());
            if let Some(tell) = &context.on_accepted {
                batch.tickets().for_each(tell);
            }
            accepted(id, &notes, warnings)
        }
        Acceptance::Earlier(earlier) => accepted(same(earlier)?, &notes, warnings),
    }
}

/// The batch that a key stands for, unless that is another one than was sent now.
fn same(earlier: Earlier) -> Result<BatchId, Error> {
    match earlier {
        Earlier::Same(id) => Ok(id),
        Earlier::Other => Err(Error::KeyIsTaken),
    }
}

fn accepted(id: BatchId, notes: &Notes, warnings: Vec<Warning>) -> Result<Response, Error> {
    let errors = notes.iter().take(MAX_ERRORS).collect();
    json(StatusCode::ACCEPTED, &Answer { batch: Accepted { id: id.to_string() }, errors, warnings: bounded(warnings) })
}

/// What a batch's body says.
struct Sent<'a> {
    /// A JSON array.
    profiles: &'a RawValue,
    on_model_missing: OnModelMissing,
    warnings: Vec<Warning>,
}

fn read<'a>(request: &'a Admitted<'_>) -> Result<Sent<'a>, Error> {
    let parameters = &request.parameters;
    let invalid = |field: &str, expected| Error::from(Domain::InvalidField { field: field.to_owned(), expected });
    let on_model_missing = match parameters.last_named("on_model_missing") {
        None => OnModelMissing::default(),
        Some(Parameter::Json(raw)) if raw.get() == "null" => OnModelMissing::default(),
        Some(sent) => sent
            .string()
            .and_then(|word| OnModelMissing::from_word(&word))
            .ok_or_else(|| invalid("on_model_missing", "`create` or `ignore`"))?,
    };
    let profiles = match parameters.last_named("profiles") {
        Some(Parameter::Json(raw)) if raw.get().starts_with('[') => raw,
        _ => return Err(invalid("profiles", "an array of profiles, such as [{\"uid\": 18821}]")),
    };
    Ok(Sent { profiles, on_model_missing, warnings: kept_back(parameters, &KNOWN, KEPT_BACK) })
}

/// The hash of what makes a batch the same when it comes again.
fn hash_of(profiles: &RawValue, on_model_missing: OnModelMissing) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(on_model_missing.as_str());
    hash.update(profiles.get());
    hash.finalize().into()
}

/// The items of a batch, sorted into those that can be applied and those that can't.
struct Checked<'a> {
    items: Vec<Item<'a>>,
    notes: Notes,
    total: u32,
}

fn check(account: AccountId, profiles: &RawValue, now: Timestamp) -> Result<Checked<'_>, Error> {
    let mut checked = Checked { items: Vec::new(), notes: Notes::default(), total: 0 };
    each_item(profiles.get(), |json| {
        let index = checked.total;
        checked.total += 1;
        if !json.get().starts_with('{') {
            checked.notes.add(index, What::not_an_object());
            return Ok(());
        }
        match identify(account, json.get(), now) {
            Ok(of) => checked.items.push(Item { index, of, json }),
            Err(error) => checked.notes.add(index, What::of_error(&error)),
        }
        Ok(())
    })
    .map_err(|_| Domain::Defect("a batch was an array, and is none any more".into()))?;
    Ok(checked)
}
