//! The filters of one kind in a tree, in the order of their numbers.

use profiles_filters::{ActivityFilter, Filter, Filters, Group, PropertyFilter};

use super::attributes::top_level;
use crate::schema::attributes::COMPANY_ID;

/// The filters of what users did.
pub(super) fn activity_filters(filters: &Filters) -> Vec<&ActivityFilter> {
    let mut found = Vec::new();
    each(&filters.group, &mut |filter| {
        if let Filter::Activity(number, filter) = filter {
            found.push((*number, filter));
        }
    });
    in_order(found)
}

/// The filters of companies.
pub(super) fn company_filters(filters: &Filters) -> Vec<&PropertyFilter> {
    let mut found = Vec::new();
    each(&filters.group, &mut |filter| {
        if let Filter::Company(number, filter) = filter {
            found.push((*number, filter));
        }
    });
    in_order(found)
}

/// Whether a filter is of the id of the profile's company.
pub(super) fn tests_company_id(filters: &Filters) -> bool {
    let mut found = false;
    each(&filters.group, &mut |filter| found |= matches!(filter, Filter::Property(filter) if top_level(&filter.field) == COMPANY_ID));
    found
}

fn in_order<T>(mut found: Vec<(usize, T)>) -> Vec<T> {
    found.sort_by_key(|(number, _)| *number);
    found.into_iter().map(|(_, filter)| filter).collect()
}

fn each<'f>(group: &'f Group, visit: &mut impl FnMut(&'f Filter)) {
    for filter in &group.filters {
        match filter {
            Filter::Group(group) => each(group, visit),
            filter => visit(filter),
        }
    }
}
