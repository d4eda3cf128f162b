//! Notes what goes to the database: how often, what it costs, and the calls themselves, so that they can be made again without the handler.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use aws_sdk_dynamodb::operation::batch_get_item::BatchGetItemInput;
use aws_sdk_dynamodb::operation::batch_write_item::BatchWriteItemInput;
use aws_sdk_dynamodb::operation::get_item::GetItemInput;
use aws_sdk_dynamodb::operation::transact_write_items::{TransactWriteItemsInput, TransactWriteItemsOutput};
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

/// What was noted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Notes {
    /// Requests sent, each attempt one, by operation and table; of several tables, the first.
    pub(crate) sent: BTreeMap<(String, String), u32>,
    /// Read capacity units.
    pub(crate) read_units: f64,
    /// Write capacity units, but for those of transactions: DynamoDB Local reports too few of them.
    pub(crate) write_units: f64,
    /// The updates, in the order sent.
    pub(crate) updates: Vec<UpdateItemInput>,
    /// The last read of a key.
    pub(crate) get: Option<GetItemInput>,
    /// The reads of many items at once, in the order sent.
    pub(crate) reads: Vec<BatchGetItemInput>,
    /// The writes of many items at once.
    pub(crate) bunches: Vec<BatchWriteItemInput>,
    /// The transactions.
    pub(crate) transactions: Vec<TransactWriteItemsInput>,
}

impl Notes {
    /// All requests sent.
    pub(crate) fn requests(&self) -> u32 {
        self.sent.values().sum()
    }
}

/// Takes the notes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recorder(Arc<Mutex<Notes>>);

impl Recorder {
    /// What was noted since this was last asked.
    pub(crate) fn take(&self) -> Notes {
        std::mem::take(&mut *self.0.lock().expect("nobody panicked"))
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
        let mut notes = self.0.lock().expect("nobody panicked");
        let input = context.input_mut();
        if let Some(input) = input.downcast_ref::<UpdateItemInput>() {
            notes.updates.push(input.clone());
        } else if let Some(input) = input.downcast_ref::<GetItemInput>() {
            notes.get = Some(input.clone());
        } else if let Some(input) = input.downcast_ref::<BatchWriteItemInput>() {
            notes.bunches.push(input.clone());
        } else if let Some(input) = input.downcast_ref::<TransactWriteItemsInput>() {
            notes.transactions.push(input.clone());
        } else if let Some(input) = input.downcast_ref::<BatchGetItemInput>() {
            notes.reads.push(input.clone());
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
        let subject = (wire::operation(context.request()).to_owned(), wire::table(context.request()).to_owned());
        *self.0.lock().expect("nobody panicked").sent.entry(subject).or_default() += 1;
        Ok(())
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let Ok(output) = context.output_or_error() else { return Ok(()) };
        if output.downcast_ref::<TransactWriteItemsOutput>().is_none() {
            let Consumed { read_units, write_units, .. } = Consumed::of(output);
            let mut notes = self.0.lock().expect("nobody panicked");
            notes.read_units += read_units;
            notes.write_units += write_units;
        }
        Ok(())
    }
}
