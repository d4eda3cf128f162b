//! The kinds of call that are made to DynamoDB, and what their answers mean.
//!
//! This is the one place that tells a condition that did not hold from a failure, and a failure of one call from one of all calls.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{BuildError, ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::put_item::builders::PutItemFluentBuilder;
use aws_sdk_dynamodb::operation::query::QueryOutput;
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::operation::scan::ScanOutput;
use aws_sdk_dynamodb::operation::scan::builders::ScanFluentBuilder;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, CancellationReason, ReturnValuesOnConditionCheckFailure};
use profiles_domain::Error;

use super::item::{Item, Key};
use super::retry::{Retries, RetryPolicy};
use super::tables::Tables;
use super::transaction::{Committed, Refusals, Transaction};

/// Properties that one update expression takes. DynamoDB allows 300 operators and 4 KB, of which the fixed part needs its share.
pub(crate) const MAX_EXPRESSION_PROPERTIES: usize = 250;

/// A client, the tables it works on, and how often it tries.
pub(crate) struct Database {
    pub(crate) client: Client,
    pub(crate) tables: Tables,
    retry_policy: RetryPolicy,
}

/// The result of a conditional write.
pub(crate) enum Write {
    /// It took place; with the attributes that were asked for, if any.
    Done(Item),
    /// The condition did not hold for this item; empty when nothing is stored.
    Refused(Item),
    /// A transaction on the same item was under way.
    Raced,
}

impl Database {
    pub(crate) fn new(client: Client, tables: Tables, retry_policy: RetryPolicy) -> Self {
        Self { client, tables, retry_policy }
    }

    /// The attempts of an operation that may lose races.
    pub(crate) fn race_retries(&self) -> Retries {
        Retries::of_races(self.retry_policy)
    }

    /// The attempts of an item of a batch that may lose races.
    pub(crate) fn item_race_retries(&self) -> Retries {
        Retries::of_races(self.retry_policy.of_item())
    }

    /// The attempts of a request that waits for a place. `all_taken` is its error when it gets none.
    pub(crate) fn place_retries(&self, all_taken: Error) -> Retries {
        Retries::of_places(self.retry_policy, all_taken)
    }

    /// The attempts of a call that DynamoDB may not take.
    pub(crate) fn call_retries(&self) -> Retries {
        Retries::of_calls(self.retry_policy)
    }

    /// Reads an item, strongly consistent; empty when there is none.
    pub(crate) async fn get(&self, table: &str, key: Key) -> Result<Item, Error> {
        let request = self.client.get_item().table_name(table).set_key(Some(key)).consistent_read(true);
        let output = self.send("GetItem", || request.clone().send()).await?.map_err(|error| failure("GetItem", &error))?;
        Ok(Item(output.item.unwrap_or_default()))
    }

    /// Reads an item for half the price, eventually consistent: a write of the last moments may be missing.
    pub(crate) async fn get_eventually(&self, table: &str, key: Key) -> Result<Item, Error> {
        let output = self.client.get_item().table_name(table).set_key(Some(key)).send().await;
        Ok(Item(output.map_err(|error| failure("GetItem", &error))?.item.unwrap_or_default()))
    }

    /// Reads a page of a scan, and again for as long as DynamoDB does not take the call.
    pub(crate) async fn scan(&self, page: ScanFluentBuilder) -> Result<ScanOutput, Error> {
        self.read("Scan", || page.clone().send()).await
    }

    /// Reads a page of a query, and again for as long as DynamoDB does not take the call.
    pub(crate) async fn query(&self, page: QueryFluentBuilder) -> Result<QueryOutput, Error> {
        self.read("Query", || page.clone().send()).await
    }

    /// Sends a call that reads, and again for as long as DynamoDB does not take it.
    async fn read<T, E: ProvideErrorMetadata, Sent>(&self, call: &'static str, send: impl Fn() -> Sent) -> Result<T, Error>
    where
        Sent: Future<Output = Result<T, SdkError<E>>>,
    {
        let mut retries = self.call_retries();
        loop {
            retries.wait_for_next().await?;
            match send().await.map_err(|error| failure(call, &error)) {
                Err(Error::Unavailable) => {}
                read => return read,
            }
        }
    }

    /// Reads the approximate number of items of a table, which DynamoDB counts now and then.
    pub(crate) async fn approximate_count(&self, table: &str) -> Result<u64, Error> {
        let table = self.client.describe_table().table_name(table).send().await.map_err(|error| failure("DescribeTable", &error))?.table;
        Ok(table.and_then(|table| table.item_count).and_then(|count| u64::try_from(count).ok()).unwrap_or(0))
    }

    /// Sends an update, whose condition decides.
    pub(crate) async fn update(&self, request: UpdateItemFluentBuilder) -> Result<Write, Error> {
        let request = request.return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match self.send("UpdateItem", || request.clone().send()).await? {
            Ok(output) => Ok(Write::Done(Item(output.attributes.unwrap_or_default()))),
            Err(SdkError::ServiceError(refusal)) => match refusal.into_err() {
                UpdateItemError::ConditionalCheckFailedException(refused) => Ok(Write::Refused(Item(refused.item.unwrap_or_default()))),
                UpdateItemError::TransactionConflictException(_) => Ok(Write::Raced),
                error => Err(service_failure("UpdateItem", &error)),
            },
            Err(error) => Err(failure("UpdateItem", &error)),
        }
    }

    /// Sends a put, whose condition decides.
    pub(crate) async fn put(&self, request: PutItemFluentBuilder) -> Result<Write, Error> {
        let request = request.return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match self.send("PutItem", || request.clone().send()).await? {
            Ok(_) => Ok(Write::Done(Item::default())),
            Err(SdkError::ServiceError(refusal)) => match refusal.into_err() {
                PutItemError::ConditionalCheckFailedException(refused) => Ok(Write::Refused(Item(refused.item.unwrap_or_default()))),
                PutItemError::TransactionConflictException(_) => Ok(Write::Raced),
                error => Err(service_failure("PutItem", &error)),
            },
            Err(error) => Err(failure("PutItem", &error)),
        }
    }

    /// Sends a call, and again for as long as DynamoDB throttles it: the SDK's own few attempts are over in a moment.
    ///
    /// # Errors
    /// `Unavailable` when no attempt is left.
    async fn send<T, E: ProvideErrorMetadata, Sent>(
        &self,
        call: &'static str,
        send: impl Fn() -> Sent,
    ) -> Result<Result<T, SdkError<E>>, Error>
    where
        Sent: Future<Output = Result<T, SdkError<E>>>,
    {
        let mut retries = self.call_retries();
        loop {
            retries.wait_for_next().await?;
            let sent = send().await;
            let code = sent.as_ref().err().and_then(|error| error.as_service_error()).and_then(throttled);
            let Some(code) = code else { return Ok(sent) };
            retries.throttled(call, code);
        }
    }

    /// Sends a transaction until it is known whether it took place. Each attempt has the same token, by which DynamoDB counts it once: also
    /// when the first is still in progress, or its answer was lost.
    pub(crate) async fn commit(&self, transaction: Transaction) -> Result<Committed, Error> {
        let actions = transaction.into_actions();
        let size = actions.len();
        let token = format!("{:032x}", rand::random::<u128>());
        let request = self.client.transact_write_items().set_transact_items(Some(actions)).client_request_token(token);
        let mut retries = self.call_retries();
        let mut was_in_progress = false;
        loop {
            retries.wait_for_next().await?;
            match request.clone().send().await {
                Ok(_) => return Ok(Committed::Done),
                Err(SdkError::ServiceError(refusal)) => match refusal.into_err() {
                    TransactWriteItemsError::TransactionCanceledException(cancelled) => {
                        match cancellation(cancelled.cancellation_reasons.unwrap_or_default(), size)? {
                            Cancelled::Throttled(code) => retries.throttled("TransactWriteItems", &code),
                            // It may conflict with its own earlier attempt.
                            Cancelled::Refused(refused) if was_in_progress && refused.is_empty() => {}
                            Cancelled::Refused(refused) => return Ok(Committed::Refused(refused)),
                        }
                    }
                    TransactWriteItemsError::TransactionInProgressException(_) => was_in_progress = true,
                    error => match throttled(&error) {
                        Some(code) => retries.throttled("TransactWriteItems", code),
                        None => return Err(service_failure("TransactWriteItems", &error)),
                    },
                },
                Err(error) => return Err(failure("TransactWriteItems", &error)),
            }
        }
    }
}

/// The code of an error that says that DynamoDB throttles the call: it was not executed, and will be when it waits.
fn throttled<E: ProvideErrorMetadata>(error: &E) -> Option<&str> {
    error.code().filter(|code| matches!(*code, "ThrottlingException" | "ProvisionedThroughputExceededException" | "RequestLimitExceeded"))
}

/// Sets each of these attributes, in a request and in the `SET` part of its expression.
pub(crate) fn set_each(
    mut request: UpdateItemFluentBuilder,
    set: &mut String,
    attributes: impl Iterator<Item = (String, AttributeValue)>,
) -> UpdateItemFluentBuilder {
    for (index, (name, value)) in attributes.enumerate() {
        set.push_str(&format!(", #{index} = :{index}"));
        request = request.expression_attribute_names(format!("#{index}"), name).expression_attribute_values(format!(":{index}"), value);
    }
    request
}

/// The error of a part of a request that could not be built.
pub(super) fn incomplete(_: BuildError) -> Error {
    Error::Defect("a part of a request lacks a value".into())
}

/// The reason why a transaction was cancelled.
enum Cancelled {
    /// Conditions did not hold, or a race was lost.
    Refused(Refusals),
    /// A part of it was throttled, with this code.
    Throttled(String),
}

/// Reads the reasons of a cancelled transaction of this many actions, which are in their order.
fn cancellation(reasons: Vec<CancellationReason>, actions: usize) -> Result<Cancelled, Error> {
    let mut refused = Vec::with_capacity(reasons.len());
    for reason in reasons {
        refused.push(match reason.code.as_deref() {
            None | Some("None" | "TransactionConflict") => None,
            Some("ConditionalCheckFailed") => Some(Item(reason.item.unwrap_or_default())),
            Some(code @ ("ThrottlingError" | "ProvisionedThroughputExceeded")) => return Ok(Cancelled::Throttled(code.to_owned())),
            Some("ValidationError") if is_too_large(reason.message.as_deref()) => return Err(Error::ItemTooLarge),
            Some(code @ "ValidationError") => return Err(Error::Defect(format!("TransactWriteItems was cancelled: {code}"))),
            Some(code) => return Err(Error::Denied(format!("TransactWriteItems was cancelled: {code}"))),
        });
    }
    Ok(Cancelled::Refused(Refusals::new(refused, actions)))
}

/// Translates an error that is not a refusal. Its text is not passed on: it may quote what was sent.
pub(crate) fn failure<E: ProvideErrorMetadata>(call: &'static str, error: &SdkError<E>) -> Error {
    let kind = match error {
        SdkError::ServiceError(refusal) => return service_failure(call, refusal.err()),
        SdkError::ConstructionFailure(_) => return Error::Defect(format!("{call} could not be built")),
        SdkError::TimeoutError(_) => "timeout",
        SdkError::DispatchFailure(_) => "not sent",
        SdkError::ResponseError(_) => "answer not understood",
        _ => "unknown",
    };
    tracing::warn!(call, kind, "the database could not be reached");
    Error::Unavailable
}

fn service_failure(call: &'static str, error: &impl ProvideErrorMetadata) -> Error {
    let code = error.code().unwrap_or("none");
    match code {
        "ValidationException" if is_too_large(error.message()) => Error::ItemTooLarge,
        // Each of these was tried again already.
        "ThrottlingException"
        | "ProvisionedThroughputExceededException"
        | "RequestLimitExceeded"
        | "InternalServerError"
        | "InternalFailure"
        | "ServiceUnavailable"
        | "ServiceUnavailableException"
        | "ReplicatedWriteConflictException"
        | "none" => {
            tracing::warn!(call, code, "the database did not take the call");
            Error::Unavailable
        }
        // Something is wrong with the call itself.
        "ValidationException" | "ItemCollectionSizeLimitExceededException" => Error::Defect(format!("{call} was refused: {code}")),
        _ => Error::Denied(format!("{call} was refused: {code}")),
    }
}

/// DynamoDB has no code of its own for an item over 400 KB.
fn is_too_large(message: Option<&str>) -> bool {
    message.is_some_and(|message| message.contains("Item size") && message.contains("exceeded"))
}
