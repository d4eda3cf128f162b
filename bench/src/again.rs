//! Calls that were recorded, made again as they are: what they cost without whoever made them first.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::batch_get_item::BatchGetItemInput;
use aws_sdk_dynamodb::operation::batch_write_item::BatchWriteItemInput;
use aws_sdk_dynamodb::operation::get_item::GetItemInput;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsInput;
use aws_sdk_dynamodb::operation::update_item::UpdateItemInput;

/// Updates an item, whose condition must hold once more.
pub(crate) async fn update(client: &Client, update: UpdateItemInput) {
    let sent = client
        .update_item()
        .set_table_name(update.table_name)
        .set_key(update.key)
        .set_update_expression(update.update_expression)
        .set_condition_expression(update.condition_expression)
        .set_expression_attribute_names(update.expression_attribute_names)
        .set_expression_attribute_values(update.expression_attribute_values)
        .set_return_values(update.return_values)
        .set_return_values_on_condition_check_failure(update.return_values_on_condition_check_failure)
        .send()
        .await;
    sent.expect("a known user is updated");
}

/// Reads an item, which must be there.
pub(crate) async fn get(client: &Client, get: GetItemInput) {
    let sent = client.get_item().set_table_name(get.table_name).set_key(get.key).set_consistent_read(get.consistent_read).send().await;
    assert!(sent.expect("an answer").item.is_some(), "a known user is found");
}

/// Reads many items.
pub(crate) async fn read(client: &Client, bunch: BatchGetItemInput) {
    let sent = client.batch_get_item().set_request_items(bunch.request_items).send().await;
    assert!(sent.expect("an answer").unprocessed_keys.is_none_or(|left| left.is_empty()), "all of it is read");
}

/// Writes many items.
pub(crate) async fn write(client: &Client, bunch: BatchWriteItemInput) {
    let sent = client.batch_write_item().set_request_items(bunch.request_items).send().await;
    assert!(sent.expect("an answer").unprocessed_items.is_none_or(|left| left.is_empty()), "all of it is written");
}

/// Makes a transaction.
pub(crate) async fn transact(client: &Client, transaction: TransactWriteItemsInput) {
    let sent = client.transact_write_items().set_transact_items(transaction.transact_items).send().await;
    sent.expect("nothing stands in its way");
}
