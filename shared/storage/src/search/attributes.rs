//! The attributes of a profile that filters look at.

use std::collections::BTreeSet;

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
