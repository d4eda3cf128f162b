//! A user with a profile, and the calls about it.

use aws_sdk_dynamodb::operation::get_item::GetItemInput;
use aws_sdk_dynamodb::operation::update_item::UpdateItemInput;
use aws_sdk_dynamodb::types::AttributeValue;

/// A user with a profile, and the calls about it, made before anything is measured.
pub(super) struct User {
    pub(super) account: String,
    pub(super) uid: String,
    /// The requests to the handler.
    pub(super) body: String,
    pub(super) body_with_email: String,
    /// The handler's calls to the database for them.
    pub(super) update: UpdateItemInput,
    pub(super) update_with_email: UpdateItemInput,
    pub(super) get: GetItemInput,
    /// The properties in `body` as they are stored.
    pub(super) sent: Vec<(String, AttributeValue)>,
}
