//! Records the calls to the database: how many there are, what they consume, and the calls themselves, so that they can be made again
//! without the handler.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Arc, Mutex};

use aws_sdk_dynamodb::operation::batch_get_item::BatchGetItemInput;
use aws_sdk_dynamodb::operation::batch_write_item::BatchWriteItemInput;
use aws_sdk_dynamodb::operation::get_item::GetItemInput;
use aws_sdk_dynamodb::operation::query::QueryInput;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsInput;
use aws_sdk_dynamodb::operation::update_item::UpdateItemInput;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::{
    AfterDeserializationInterceptorContextRef, BeforeSerializationInterceptorContextMut, BeforeTransmitInterceptorContextRef,
};
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use profiles_storage::meter::{Consumed, ask};

use crate::wire;

/// The recorded calls.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recorded {
    /// Requests sent, by operation. Each attempt of a call is one.
    pub(crate) sent: BTreeMap<String, u32>,
    /// Read capacity units.
    pub(crate) read_units: f64,
    /// Write capacity units, as DynamoDB Local reports them.
    pub(crate) write_units: f64,
    /// The updates, in their order.
    pub(crate) updates: Vec<UpdateItemInput>,
    /// The last read of an item.
    pub(crate) get: Option<GetItemInput>,
    /// The reads of a partition.
    pub(crate) queries: Vec<QueryInput>,
    /// The reads of many items.
    pub(crate) batch_gets: Vec<BatchGetItemInput>,
    /// The writes of many items.
    pub(crate) batch_writes: Vec<BatchWriteItemInput>,
    /// The transactions.
    pub(crate) transactions: Vec<TransactWriteItemsInput>,
}

impl Recorded {
    /// Returns the number of requests.
    pub(crate) fn requests(&self) -> u32 {
        self.sent.values().sum()
    }

    /// Returns the requests by operation, as text.
    pub(crate) fn calls(&self) -> String {
        let mut calls = String::new();
        for (call, times) in &self.sent {
            let _ = if *times == 1 { write!(calls, " {call}") } else { write!(calls, " {call} x{times}") };
        }
        calls
    }
}

/// Records calls.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recorder(Arc<Mutex<Recorded>>);

impl Recorder {
    /// Takes what was recorded since the last time.
    pub(crate) fn take(&self) -> Recorded {
        std::mem::take(&mut *self.0.lock().expect("no panic"))
    }
}

#[dyn_dispatch_hint]
impl Intercept for Recorder {
    fn name(&self) -> &'static str {
        "Recorder"
    }

    fn modify_before_serialization(
        &self,
        context: &mut BeforeSerializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let mut recorded = self.0.lock().expect("no panic");
        let input = context.input_mut();
        if let Some(input) = input.downcast_ref::<UpdateItemInput>() {
            recorded.updates.push(input.clone());
        } else if let Some(input) = input.downcast_ref::<GetItemInput>() {
            recorded.get = Some(input.clone());
        } else if let Some(input) = input.downcast_ref::<QueryInput>() {
            recorded.queries.push(input.clone());
        } else if let Some(input) = input.downcast_ref::<BatchGetItemInput>() {
            recorded.batch_gets.push(input.clone());
        } else if let Some(input) = input.downcast_ref::<BatchWriteItemInput>() {
            recorded.batch_writes.push(input.clone());
        } else if let Some(input) = input.downcast_ref::<TransactWriteItemsInput>() {
            recorded.transactions.push(input.clone());
        }
        ask(input);
        Ok(())
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let operation = wire::operation(context.request()).to_owned();
        *self.0.lock().expect("no panic").sent.entry(operation).or_default() += 1;
        Ok(())
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let Ok(output) = context.output_or_error() else { return Ok(()) };
        let Consumed { read_units, write_units, .. } = Consumed::of(output);
        let mut recorded = self.0.lock().expect("no panic");
        recorded.read_units += read_units;
        recorded.write_units += write_units;
        Ok(())
    }
}
