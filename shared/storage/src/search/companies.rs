//! The companies that filters of companies fit, found before any profile is looked at: companies are few.

use std::collections::HashSet;

use aws_sdk_dynamodb::operation::query::QueryOutput;
use profiles_domain::{AccountId, CompanyId, Error};
use profiles_filters::PropertyFilter;

use super::attributes::{projecting, top_level};
use super::expression::CompanySet;
use super::pace::Pace;
use super::partitions;
use super::record::CompanyRecord;
use super::sweep::{Visitor, sweep};
use crate::dynamo::database::Database;
use crate::dynamo::item::Item;
use crate::dynamo::value::text;
use crate::schema::attributes::{ID, PK};

/// Finds for each filter the companies that decide it, eventually consistent. Those that are gone decide nothing.
pub(super) async fn resolve(
    database: &Database,
    account: AccountId,
    filters: &[&PropertyFilter],
    gone: &HashSet<CompanyId>,
    pace: &Pace<'_>,
) -> Result<Vec<CompanySet>, Error> {
    if filters.is_empty() {
        return Ok(Vec::new());
    }
    let query = database
        .client
        .query()
        .table_name(&database.tables.companies)
        .key_condition_expression(format!("{PK} = :key"))
        .filter_expression(format!("attribute_exists({ID})"));
    let names: HashSet<_> = filters.iter().map(|filter| top_level(&filter.field)).collect();
    let query = projecting(query, names);
    let queries = partitions(account).map(|key| query.clone().expression_attribute_values(":key", text(key))).collect();
    let sets = filters.iter().map(|filter| (*filter, CompanySet { ids: HashSet::new(), others_fit: filter.fits_nothing() })).collect();
    let mut companies = Companies(sets);
    sweep(database, pace, queries, &mut companies).await?;
    let sets = companies.0.into_iter().map(|(_, mut set)| {
        set.ids.retain(|id| !gone.contains(id));
        set
    });
    Ok(sets.collect())
}

struct Companies<'a>(Vec<(&'a PropertyFilter, CompanySet)>);

impl Visitor for Companies<'_> {
    fn visit(&mut self, page: QueryOutput) {
        for company in page.items.unwrap_or_default().into_iter().map(Item) {
            let Some(id) = company.text(ID).and_then(|id| id.parse::<CompanyId>().ok()) else { continue };
            for (filter, set) in &mut self.0 {
                if filter.fits(&CompanyRecord(&company)) != set.others_fit {
                    set.ids.insert(id);
                }
            }
        }
    }
}
