//! Makes recorded calls again, without the code that made them first.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::batch_get_item::BatchGetItemInput;
use aws_sdk_dynamodb::operation::batch_write_item::BatchWriteItemInput;
use aws_sdk_dynamodb::operation::get_item::GetItemInput;
use aws_sdk_dynamodb::operation::query::QueryInput;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsInput;
use aws_sdk_dynamodb::operation::update_item::UpdateItemInput;
use aws_sdk_dynamodb::types::AttributeValue;
use profiles_api::Clock;

/// Updates a profile at the present time, because a profile takes no write that is older than its last. The update's other conditions
/// must hold once more.
pub(crate) async fn update(client: &Client, update: UpdateItemInput) {
    let mut values = update.expression_attribute_values.expect("values");
    values.insert(":now".to_owned(), AttributeValue::S(Clock::system().now().to_string()));
    let sent = client
        .update_item()
        .set_table_name(update.table_name)
        .set_key(update.key)
        .set_update_expression(update.update_expression)
        .set_condition_expression(update.condition_expression)
        .set_expression_attribute_names(update.expression_attribute_names)
        .set_expression_attribute_values(Some(values))
        .set_return_values(update.return_values)
        .set_return_values_on_condition_check_failure(update.return_values_on_condition_check_failure)
        .send()
        .await;
    sent.expect("a known user is updated");
}

/// Reads an item, which must be there.
pub(crate) async fn get(client: &Client, get: GetItemInput) {
    let sent = client.get_item().set_table_name(get.table_name).set_key(get.key).set_consistent_read(get.consistent_read).send().await;
    assert!(sent.expect("a response").item.is_some(), "a known user is found");
}

/// Reads a page of a partition.
pub(crate) async fn query(client: &Client, query: QueryInput) {
    let sent = client
        .query()
        .set_table_name(query.table_name)
        .set_index_name(query.index_name)
        .set_key_condition_expression(query.key_condition_expression)
        .set_filter_expression(query.filter_expression)
        .set_projection_expression(query.projection_expression)
        .set_expression_attribute_names(query.expression_attribute_names)
        .set_expression_attribute_values(query.expression_attribute_values)
        .set_exclusive_start_key(query.exclusive_start_key)
        .set_scan_index_forward(query.scan_index_forward)
        .set_consistent_read(query.consistent_read)
        .set_select(query.select)
        .set_limit(query.limit)
        .send()
        .await;
    sent.expect("a page");
}

/// Reads many items.
pub(crate) async fn get_many(client: &Client, items: BatchGetItemInput) {
    client.batch_get_item().set_request_items(items.request_items).send().await.expect("the items");
}

/// Writes many items, all of which must be taken.
pub(crate) async fn write_many(client: &Client, items: BatchWriteItemInput) {
    let sent = client.batch_write_item().set_request_items(items.request_items).send().await;
    assert!(sent.expect("a response").unprocessed_items.is_none_or(|rest| rest.is_empty()), "all items are written");
}

/// Makes a transaction, whose conditions must hold once more.
pub(crate) async fn transact(client: &Client, transaction: TransactWriteItemsInput) {
    let sent = client.transact_write_items().set_transact_items(transaction.transact_items).send().await;
    sent.expect("the transaction is made");
}
