//! The attributes of a profile that filters look at.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use profiles_filters::{Field, Filter, Filters, Group};

use super::range::Range;
use crate::schema::attributes::{COMPANY_ID, CREATED_AT, DELIVERY_IDS, ID};

/// The attribute in which a field is.
pub(super) fn top_level(field: &Field) -> &str {
    match field {
        Field::Path(path) => path.first().map_or("", String::as_str),
        Field::DeliveryIds => DELIVERY_IDS,
    }
}

/// Has a query read the id and these attributes.
pub(super) fn projecting(mut query: QueryFluentBuilder, attributes: impl IntoIterator<Item = impl AsRef<str>>) -> QueryFluentBuilder {
    let mut projection = ID.to_owned();
    for (index, name) in attributes.into_iter().filter(|name| name.as_ref() != ID).enumerate() {
        projection.push_str(&format!(", #p{index}"));
        query = query.expression_attribute_names(format!("#p{index}"), name.as_ref());
    }
    query.projection_expression(projection)
}

/// All attributes of a profile that tell whether it fits and is in a range.
pub(super) fn looked_at(filters: &Filters, range: Range) -> Vec<String> {
    let mut names = BTreeSet::from([ID]);
    collect(&filters.group, &mut names);
    if range.has_times() {
        names.insert(CREATED_AT);
    }
    names.into_iter().map(str::to_owned).collect()
}

fn collect<'f>(group: &'f Group, names: &mut BTreeSet<&'f str>) {
    for filter in &group.filters {
        match filter {
            Filter::Property(filter) => _ = names.insert(top_level(&filter.field)),
            Filter::Company(..) => _ = names.insert(COMPANY_ID),
            Filter::Activity(..) => {}
            Filter::Group(group) => collect(group, names),
        }
    }
}
