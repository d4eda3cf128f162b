//! Counts the capacity that calls consume.

use std::sync::{Arc, Mutex};

use aws_sdk_dynamodb::operation::get_item::{GetItemInput, GetItemOutput};
use aws_sdk_dynamodb::operation::put_item::{PutItemInput, PutItemOutput};
use aws_sdk_dynamodb::operation::query::{QueryInput, QueryOutput};
use aws_sdk_dynamodb::operation::update_item::{UpdateItemInput, UpdateItemOutput};
use aws_sdk_dynamodb::types::{ConsumedCapacity, ReturnConsumedCapacity};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::{
    AfterDeserializationInterceptorContextRef, BeforeSerializationInterceptorContextMut,
};
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

/// Adds up the capacity units of all calls but transactions, of which DynamoDB Local reports too little.
#[derive(Clone, Debug, Default)]
pub struct Meter(Arc<Mutex<f64>>);

impl Meter {
    /// The units consumed since this was last asked.
    #[must_use]
    pub fn take(&self) -> f64 {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

#[dyn_dispatch_hint]
impl Intercept for Meter {
    fn name(&self) -> &'static str {
        "Meter"
    }

    fn modify_before_serialization(
        &self,
        context: &mut BeforeSerializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let total = Some(ReturnConsumedCapacity::Total);
        let input = context.input_mut();
        if let Some(input) = input.downcast_mut::<UpdateItemInput>() {
            input.return_consumed_capacity = total;
        } else if let Some(input) = input.downcast_mut::<PutItemInput>() {
            input.return_consumed_capacity = total;
        } else if let Some(input) = input.downcast_mut::<GetItemInput>() {
            input.return_consumed_capacity = total;
        } else if let Some(input) = input.downcast_mut::<QueryInput>() {
            input.return_consumed_capacity = total;
        }
        Ok(())
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let Ok(output) = context.output_or_error() else { return Ok(()) };
        let consumed: Option<&ConsumedCapacity> = if let Some(output) = output.downcast_ref::<UpdateItemOutput>() {
            output.consumed_capacity()
        } else if let Some(output) = output.downcast_ref::<PutItemOutput>() {
            output.consumed_capacity()
        } else if let Some(output) = output.downcast_ref::<GetItemOutput>() {
            output.consumed_capacity()
        } else if let Some(output) = output.downcast_ref::<QueryOutput>() {
            output.consumed_capacity()
        } else {
            None
        };
        *self.0.lock().unwrap() += consumed.and_then(ConsumedCapacity::capacity_units).unwrap_or(0.0);
        Ok(())
    }
}
