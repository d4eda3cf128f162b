//! The predicate: whether a record fits filters.

mod stored;
mod test;

use profiles_normalization::Value;

use crate::tree::{ActivityFilter, Comparison, Field, Filter, Filters, Group, GroupOp, PropertyFilter};

pub use stored::{Look, Members, Normalized, Stored};

/// A record that may fit.
pub trait Record: Stored {
    /// The property or field of this name, if the key is there.
    fn property(&self, name: &str) -> Option<&Self::Value>;

    /// The ids of its pending deliveries.
    fn delivery_ids(&self) -> Vec<String>;

    /// Whether its company, which may be none, fits the filter of this number.
    fn company_fits(&self, number: usize, filter: &PropertyFilter) -> bool;

    /// Whether what the user did fits the filter of this number.
    fn activity_fits(&self, number: usize, filter: &ActivityFilter) -> bool;
}

impl Filters {
    /// Whether a record fits.
    pub fn fit<R: Record>(&self, record: &R) -> bool {
        self.group.fits(record)
    }
}

impl Group {
    fn fits<R: Record>(&self, record: &R) -> bool {
        let mut filters = self.filters.iter();
        match self.op {
            GroupOp::And => filters.all(|filter| filter.fits(record)),
            GroupOp::Or => self.filters.is_empty() || filters.any(|filter| filter.fits(record)),
        }
    }
}

impl Filter {
    fn fits<R: Record>(&self, record: &R) -> bool {
        match self {
            Self::Property(filter) => filter.fits(record),
            Self::Company(number, filter) => record.company_fits(*number, filter),
            Self::Activity(number, filter) => record.activity_fits(*number, filter),
            Self::Group(group) => group.fits(record),
        }
    }
}

impl PropertyFilter {
    /// Whether a record's property fits; the filters of a company are asked with the company as the record.
    pub fn fits<R: Record>(&self, record: &R) -> bool {
        match &self.field {
            Field::Path(names) => self.test.fits::<R>(at_path(record, names)),
            Field::DeliveryIds => {
                let ids: Vec<_> = record.delivery_ids().into_iter().map(Value::String).collect();
                let value = (!ids.is_empty()).then_some(Value::Array(ids));
                self.test.fits::<Normalized>(value.as_ref())
            }
        }
    }

    /// Whether a record that is not there, such as the company of a profile that is in none, fits.
    pub fn fits_nothing(&self) -> bool {
        self.test.fits::<Normalized>(None)
    }
}

/// What is at a path. Only hashes have something inside.
fn at_path<'r, R: Record>(record: &'r R, names: &[String]) -> Option<&'r R::Value> {
    let (first, rest) = names.split_first()?;
    rest.iter().try_fold(record.property(first)?, |value, name| match R::look(value) {
        Look::Hash(members) => members.member(name),
        _ => None,
    })
}

impl Comparison {
    /// Whether something in this order to the value compared with fits.
    #[must_use]
    pub fn holds(self, order: std::cmp::Ordering) -> bool {
        match self {
            Self::Greater => order.is_gt(),
            Self::GreaterOrEqual => order.is_ge(),
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
            Self::Equal => order.is_eq(),
        }
    }
}
