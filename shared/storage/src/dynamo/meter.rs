//! The meter: it counts, for each task, the requests to DynamoDB and the capacity that they consume.

use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_dynamodb::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_dynamodb::error::BoxError;
use aws_sdk_dynamodb::operation::batch_get_item::{BatchGetItemInput, BatchGetItemOutput};
use aws_sdk_dynamodb::operation::batch_write_item::{BatchWriteItemInput, BatchWriteItemOutput};
use aws_sdk_dynamodb::operation::get_item::{GetItemInput, GetItemOutput};
use aws_sdk_dynamodb::operation::put_item::{PutItemInput, PutItemOutput};
use aws_sdk_dynamodb::operation::query::{QueryInput, QueryOutput};
use aws_sdk_dynamodb::operation::transact_write_items::{TransactWriteItemsInput, TransactWriteItemsOutput};
use aws_sdk_dynamodb::operation::update_item::{UpdateItemInput, UpdateItemOutput};
use aws_sdk_dynamodb::types::{ConsumedCapacity, ReturnConsumedCapacity};
use aws_smithy_runtime_api::client::interceptors::context::{
    AfterDeserializationInterceptorContextRef, BeforeSerializationInterceptorContextMut, BeforeTransmitInterceptorContextRef, Input, Output,
};
use aws_smithy_runtime_api::client::interceptors::dyn_dispatch_hint;
use aws_smithy_runtime_api::client::orchestrator::Metadata;

tokio::task_local! {
    static METER: Meter;
}

/// The requests of some calls, and the capacity they consumed.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Consumed {
    /// Requests on the wire: each attempt of a call is one.
    pub requests: u32,
    /// Read capacity units.
    pub read_units: f64,
    /// Write capacity units. DynamoDB does not say what a write consumed whose condition did not hold.
    pub write_units: f64,
}

impl Consumed {
    /// Reads the consumed capacity from an answer, if it was [asked](ask) for.
    #[must_use]
    pub fn of(output: &Output) -> Self {
        Self { requests: 0, read_units: units_read(output), write_units: units_written(output) }
    }
}

/// Adds up the requests and the capacity of a task's calls, if its client has [`Metering`].
#[derive(Clone, Debug, Default)]
pub struct Meter(Arc<Mutex<Consumed>>);

impl Meter {
    /// Runs a task, and adds up its calls. A task that is dropped half-way counts those it made.
    pub async fn measure<T>(&self, task: impl Future<Output = T>) -> T {
        METER.scope(self.clone(), task).await
    }

    /// The sums so far.
    #[must_use]
    pub fn consumed(&self) -> Consumed {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(add: impl FnOnce(&mut Consumed)) {
        // Tasks without a meter are not counted.
        let _ = METER.try_with(|meter| add(&mut meter.0.lock().unwrap_or_else(PoisonError::into_inner)));
    }
}

/// The interceptor of a metered client. It asks DynamoDB for the capacity that each call consumes.
#[derive(Clone, Copy, Debug)]
pub struct Metering;

#[dyn_dispatch_hint]
impl Intercept for Metering {
    fn name(&self) -> &'static str {
        "Metering"
    }

    fn modify_before_serialization(
        &self,
        context: &mut BeforeSerializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        ask(context.input_mut());
        Ok(())
    }

    fn read_before_transmit(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        Meter::add(|consumed| consumed.requests = consumed.requests.saturating_add(1));
        Ok(())
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let output = context.output_or_error().ok();
        let Consumed { read_units, write_units, .. } = output.map(Consumed::of).unwrap_or_default();
        let call = config.load::<Metadata>().map_or("", Metadata::name);
        tracing::debug!(call, done = output.is_some(), read_units, write_units, "the database answered");
        Meter::add(|consumed| {
            consumed.read_units += read_units;
            consumed.write_units += write_units;
        });
        Ok(())
    }
}

/// Asks DynamoDB to report the consumed capacity in its answer.
pub fn ask(input: &mut Input) {
    let total = Some(ReturnConsumedCapacity::Total);
    if let Some(input) = input.downcast_mut::<UpdateItemInput>() {
        input.return_consumed_capacity = total;
    } else if let Some(input) = input.downcast_mut::<GetItemInput>() {
        input.return_consumed_capacity = total;
    } else if let Some(input) = input.downcast_mut::<TransactWriteItemsInput>() {
        input.return_consumed_capacity = total;
    } else if let Some(input) = input.downcast_mut::<BatchGetItemInput>() {
        input.return_consumed_capacity = total;
    } else if let Some(input) = input.downcast_mut::<BatchWriteItemInput>() {
        input.return_consumed_capacity = total;
    } else if let Some(input) = input.downcast_mut::<QueryInput>() {
        input.return_consumed_capacity = total;
    } else if let Some(input) = input.downcast_mut::<PutItemInput>() {
        input.return_consumed_capacity = total;
    }
}

fn units_read(output: &Output) -> f64 {
    if let Some(output) = output.downcast_ref::<GetItemOutput>() {
        units(output.consumed_capacity())
    } else if let Some(output) = output.downcast_ref::<BatchGetItemOutput>() {
        units(output.consumed_capacity())
    } else if let Some(output) = output.downcast_ref::<QueryOutput>() {
        units(output.consumed_capacity())
    } else {
        0.0
    }
}

fn units_written(output: &Output) -> f64 {
    if let Some(output) = output.downcast_ref::<UpdateItemOutput>() {
        units(output.consumed_capacity())
    } else if let Some(output) = output.downcast_ref::<TransactWriteItemsOutput>() {
        units(output.consumed_capacity())
    } else if let Some(output) = output.downcast_ref::<BatchWriteItemOutput>() {
        units(output.consumed_capacity())
    } else if let Some(output) = output.downcast_ref::<PutItemOutput>() {
        units(output.consumed_capacity())
    } else {
        0.0
    }
}

/// The units of one table, or of several.
fn units<'a>(consumed: impl IntoIterator<Item = &'a ConsumedCapacity>) -> f64 {
    consumed.into_iter().filter_map(ConsumedCapacity::capacity_units).sum()
}
