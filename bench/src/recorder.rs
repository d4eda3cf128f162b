//! Notes what goes to the database: how often, what it costs, and the calls themselves, so that they can be made again without the handler.

use std::sync::{Arc, Mutex};

use aws_sdk_dynamodb::operation::get_item::{GetItemInput, GetItemOutput};
use aws_sdk_dynamodb::operation::put_item::{PutItemInput, PutItemOutput};
use aws_sdk_dynamodb::operation::query::{QueryInput, QueryOutput};
use aws_sdk_dynamodb::operation::update_item::{UpdateItemInput, UpdateItemOutput};
use aws_sdk_dynamodb::types::{ConsumedCapacity, ReturnConsumedCapacity};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::{
    AfterDeserializationInterceptorContextRef, BeforeSerializationInterceptorContextMut, BeforeTransmitInterceptorContextRef,
};
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

/// What was noted.
#[derive(Clone, Debug, Default)]
pub(super) struct Notes {
    /// Requests sent, each attempt one.
    pub(super) requests: u32,
    /// Read capacity units.
    pub(super) read_units: f64,
    /// Write capacity units.
    pub(super) write_units: f64,
    /// The last update.
    pub(super) update: Option<UpdateItemInput>,
    /// The last read of a key.
    pub(super) get: Option<GetItemInput>,
}

/// Takes the notes.
#[derive(Clone, Debug, Default)]
pub(super) struct Recorder(Arc<Mutex<Notes>>);

impl Recorder {
    /// What was noted since this was last asked.
    pub(super) fn take(&self) -> Notes {
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
        let total = Some(ReturnConsumedCapacity::Total);
        if let Some(input) = input.downcast_mut::<UpdateItemInput>() {
            notes.update = Some(input.clone());
            input.return_consumed_capacity = total;
        } else if let Some(input) = input.downcast_mut::<GetItemInput>() {
            notes.get = Some(input.clone());
            input.return_consumed_capacity = total;
        } else if let Some(input) = input.downcast_mut::<PutItemInput>() {
            input.return_consumed_capacity = total;
        } else if let Some(input) = input.downcast_mut::<QueryInput>() {
            input.return_consumed_capacity = total;
        }
        Ok(())
    }

    fn read_before_transmit(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.0.lock().expect("nobody panicked").requests += 1;
        Ok(())
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let Ok(output) = context.output_or_error() else { return Ok(()) };
        let units = |consumed: Option<&ConsumedCapacity>| consumed.and_then(ConsumedCapacity::capacity_units).unwrap_or(0.0);
        let mut notes = self.0.lock().expect("nobody panicked");
        if let Some(output) = output.downcast_ref::<UpdateItemOutput>() {
            notes.write_units += units(output.consumed_capacity());
        } else if let Some(output) = output.downcast_ref::<PutItemOutput>() {
            notes.write_units += units(output.consumed_capacity());
        } else if let Some(output) = output.downcast_ref::<GetItemOutput>() {
            notes.read_units += units(output.consumed_capacity());
        } else if let Some(output) = output.downcast_ref::<QueryOutput>() {
            notes.read_units += units(output.consumed_capacity());
        }
        Ok(())
    }
}
