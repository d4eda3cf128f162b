//! Filters in DynamoDB's expression language, so that most of what does not fit is neither sent nor parsed.
//!
//! A translation lets through at least what fits. Filters know no negation of groups, so leaving a filter out of an `and`, or a whole `or`,
//! only lets more through.

mod limits;
mod part;
mod test;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};

use aws_sdk_dynamodb::types::AttributeValue;
use profiles_domain::CompanyId;
use profiles_filters::{Field, Filter, Filters, Group, GroupOp, PropertyFilter};

use self::limits::{OverLimits, Writer};
use self::part::{Condition, Part};
use super::attributes::looked_at;
use super::kind::Kind;
use super::known::Sets;
use super::range::Range;
use crate::schema::attributes::{COMPANY_ID, ID};

/// Companies that an expression names at most.
const MAX_COMPANIES: usize = 400;

/// The companies that decide a filter of companies.
pub(super) struct CompanySet {
    /// Those whose members fit, or do not fit if others fit.
    pub(super) ids: HashSet<CompanyId>,
    /// Whether a profile fits that is a member of none of them.
    pub(super) others_fit: bool,
}

/// A filter of DynamoDB that lets through at least what fits.
pub(super) struct Expression {
    /// The condition, which is in no parentheses; `None` lets everything through.
    pub(super) condition: Option<String>,
    /// The attributes by the names that stand for them.
    pub(super) names: HashMap<String, String>,
    /// The values by the names that stand for them.
    pub(super) values: HashMap<String, AttributeValue>,
    /// Whether it lets through exactly what fits.
    pub(super) is_exact: bool,
    /// The attributes by which the predicate decides about what was let through, sorted; none if it is exact.
    pub(super) needed: Vec<String>,
}

/// Translates filters, as far as DynamoDB can express them within its limits.
pub(super) fn translate(kind: Kind, filters: &Filters, sets: &Sets) -> Expression {
    let mut translation = Translation { writer: Writer::default(), kind, sets };
    let Part { condition, is_exact } = translation.part(|translation| Ok(translation.group(&filters.group)));
    let condition = match condition {
        Condition::Always => None,
        Condition::Never => Some(format!("attribute_exists({ID}) AND attribute_not_exists({ID})")),
        Condition::Text(text, _) => Some(text),
    };
    let (names, values) = translation.writer.placeholders();
    let needed = if is_exact { Vec::new() } else { looked_at(filters, Range::default()) };
    Expression { condition, names, values, is_exact, needed }
}

struct Translation<'a> {
    writer: Writer,
    kind: Kind,
    sets: &'a Sets,
}

impl Translation<'_> {
    /// Writes a part. Of one that is no condition, nothing stays; one that does not fit into the limits is left out.
    fn part(&mut self, write: impl FnOnce(&mut Self) -> Result<Part, OverLimits>) -> Part {
        let before = self.writer.mark();
        let part = write(self).unwrap_or(Part::UNKNOWN);
        if !matches!(part.condition, Condition::Text(..)) {
            self.writer.back_to(before);
        }
        part
    }

    fn group(&mut self, group: &Group) -> Part {
        match group.op {
            GroupOp::And => self.all(&group.filters),
            GroupOp::Or if group.filters.is_empty() => Part::ALWAYS,
            GroupOp::Or => self.any(&group.filters),
        }
    }

    fn all(&mut self, filters: &[Filter]) -> Part {
        let mut all = Part::ALWAYS;
        for filter in filters {
            all = all.and(self.filter(filter));
            if matches!(all.condition, Condition::Never) {
                break;
            }
        }
        all
    }

    fn any(&mut self, filters: &[Filter]) -> Part {
        let mut any = Part::NEVER;
        for filter in filters {
            any = any.or(self.filter(filter));
            if matches!(any.condition, Condition::Always) {
                break;
            }
        }
        any
    }

    fn filter(&mut self, filter: &Filter) -> Part {
        self.part(|translation| match filter {
            Filter::Property(filter) => match &filter.field {
                Field::Path(names) if translation.kind == Kind::Profiles && *names == [COMPANY_ID] => translation.company_id(filter),
                Field::Path(names) => test::of_path(&mut translation.writer, translation.kind, names, &filter.test),
                Field::DeliveryIds => test::of_delivery_ids(&mut translation.writer, &filter.test),
            },
            Filter::Company(number, _) => translation.company(*number),
            // What users did is in another table.
            Filter::Activity(..) => Ok(Part::UNKNOWN),
            Filter::Group(group) => Ok(translation.group(group)),
        })
    }

    fn company(&mut self, number: usize) -> Result<Part, OverLimits> {
        let Some(set) = self.sets.companies.get(number).filter(|set| set.ids.len() <= MAX_COMPANIES) else { return Ok(Part::UNKNOWN) };
        let is_one = self.is_member_of_one(&set.ids)?;
        if set.others_fit { self.writer.negated(is_one) } else { Ok(is_one) }
    }

    /// A filter of the id of the profile's company, which counts as not there while it names a company that is gone.
    fn company_id(&mut self, filter: &PropertyFilter) -> Result<Part, OverLimits> {
        let fits =
            self.part(|translation| test::of_path(&mut translation.writer, translation.kind, &[COMPANY_ID.to_owned()], &filter.test));
        let gone = &self.sets.gone;
        if gone.is_empty() {
            return Ok(fits);
        }
        if gone.len() > MAX_COMPANIES {
            return Ok(Part::UNKNOWN);
        }
        let is_gone = self.is_member_of_one(gone)?;
        if filter.fits_nothing() { Ok(fits.or(is_gone)) } else { Ok(fits.and(self.writer.negated(is_gone)?)) }
    }

    fn is_member_of_one(&mut self, companies: &HashSet<CompanyId>) -> Result<Part, OverLimits> {
        let mut ids: Vec<_> = companies.iter().map(ToString::to_string).collect();
        ids.sort_unstable();
        let ids = ids.into_iter().map(AttributeValue::S).collect();
        let path = self.writer.path(&[COMPANY_ID.to_owned()])?;
        test::one_of(&mut self.writer, &path, ids)
    }
}
