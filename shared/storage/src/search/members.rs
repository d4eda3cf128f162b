//! The members of a company, the newest first.

use profiles_domain::CompanyId;
use profiles_filters::{Field, Filter, Filters, Group, PropertyFilter, Test};
use profiles_normalization::Value;

use crate::schema::attributes::COMPANY_ID;

/// The filter that the members of a company fit.
pub(super) fn filters_of_members(company: CompanyId) -> Filters {
    let test = Test::Equal { value: Value::String(company.to_string()), negated: false };
    let filter = Filter::Property(PropertyFilter { field: Field::Path(vec![COMPANY_ID.to_owned()]), test });
    Filters { group: Group { filters: vec![filter], ..Group::default() }, ..Filters::default() }
}
