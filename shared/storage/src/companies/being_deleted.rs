//! The companies of an account whose deletion is under way. Profiles may still name them.

use std::collections::HashSet;

use profiles_domain::{AccountId, CompanyId, Error};

use crate::dynamo::database::Database;
use crate::dynamo::item::Item;
use crate::dynamo::value::text;
use crate::schema::attributes::{PK, SK};
use crate::schema::keys;

/// Reads the ids of the companies whose deletion is under way, strongly consistent. There are hardly ever any.
///
/// Whoever reads profiles after it learns of no member of a company that was gone by then, unless it is among these: a deletion removes its
/// marker only when it has taken off the last member.
pub(crate) async fn being_deleted(database: &Database, account: AccountId) -> Result<HashSet<CompanyId>, Error> {
    let query = database
        .client
        .query()
        .table_name(&database.tables.companies)
        .key_condition_expression(format!("{PK} = :key"))
        .expression_attribute_values(":key", text(keys::partition_of_companies_being_deleted(account)))
        .projection_expression(SK)
        .consistent_read(true);
    let (mut ids, mut from) = (HashSet::new(), None);
    loop {
        let page = database.query(query.clone().set_exclusive_start_key(from.take())).await?;
        let markers = page.items.unwrap_or_default().into_iter().map(Item);
        ids.extend(markers.filter_map(|marker| marker.text(SK)?.parse::<CompanyId>().ok()));
        match page.last_evaluated_key {
            Some(key) => from = Some(key),
            None => return Ok(ids),
        }
    }
}
